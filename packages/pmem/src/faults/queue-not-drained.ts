import type { FaultDefinition } from './fault.js';

export const queueNotDrained: FaultDefinition = {
  name: 'queue-not-drained',
  about: 'At power loss the write queue is not drained: the last lines it accepted are lost.',
  source: 'What ADR promises not to happen: Rudoff, ;login: 42(2), 2017. A weak supply breaks it.',
  strikes: ['persist', 'any', 'fence'],
  needsPowerLoss: true,
  strikesAtLoss: true,
  strike: (overlay, _request, { lines }) => {
    overlay.loseQueue(lines);
  },
};
