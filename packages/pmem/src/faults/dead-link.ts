import type { FaultDefinition } from './fault.js';

export const deadLink: FaultDefinition = {
  name: 'dead-link',
  about: 'The link to the device is down: loads end when their completion is overdue, stores go.',
  source: 'PCI Express Base 5.0, 2.8: completion timeout; 2.2.9: unsupported request.',
  strikes: ['any', 'load', 'store', 'flush', 'fence'],
  needsPowerLoss: false,
  strike: (overlay) => {
    overlay.laid.parts.loseLink();
  },
};
