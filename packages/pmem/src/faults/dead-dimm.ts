import type { FaultDefinition } from './fault.js';

export const deadDimm: FaultDefinition = {
  name: 'dead-dimm',
  about: 'A module is gone: loads of its lines fail like poisoned ones, stores to it are lost.',
  source: 'Intel SDM vol. 3, machine-check architecture: uncorrected, data not delivered.',
  strikes: ['load', 'any', 'store', 'flush'],
  needsPowerLoss: false,
  strike: (overlay, request) => {
    overlay.laid.parts.loseChannelOf(request.line);
  },
};
