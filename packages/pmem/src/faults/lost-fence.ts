import type { FaultDefinition } from './fault.js';

export const lostFence: FaultDefinition = {
  name: 'lost-fence',
  about: 'A fence waits for nothing: what was flushed before it is still on its way.',
  source: 'Chipmunk, EuroSys 2023: missing fences in PMFS, WineFS and NOVA-Fortis.',
  strikes: ['fence'],
  needsPowerLoss: true,
  strike: (overlay) => {
    overlay.drop();
  },
};
