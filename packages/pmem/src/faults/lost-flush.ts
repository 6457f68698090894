import type { FaultDefinition } from './fault.js';

export const lostFlush: FaultDefinition = {
  name: 'lost-flush',
  about: 'A clwb or clflushopt does nothing: its line stays in the cache, dirty.',
  source: 'The commonest defect of persistent memory programs: PMTest 2019, XFDetector 2020.',
  strikes: ['flush'],
  needsPowerLoss: true,
  strike: (overlay) => {
    overlay.drop();
  },
};
