import type { FaultDefinition } from './fault.js';

export const thermalThrottling: FaultDefinition = {
  name: 'thermal-throttling',
  about: 'A hot device is held back: no more than one line in the given time, until it is lifted.',
  source: 'Intel Optane PMem: throttling above 83 C; JEDEC JESD21-C TSE: MEMHOT duty cycles.',
  strikes: ['any', 'load', 'store', 'flush'],
  needsPowerLoss: false,
  strike: (overlay, _request, { ticks }) => {
    overlay.laid.parts.throttle(ticks);
  },
};
