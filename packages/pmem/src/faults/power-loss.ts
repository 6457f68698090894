import type { FaultDefinition } from './fault.js';

export const powerLoss: FaultDefinition = {
  name: 'power-loss',
  about: 'Power goes before the request; of each pending line a prefix of its stores survives.',
  source: 'Intel SDM vol. 1, 11.4.4; SNIA NVM Programming Model 1.2: 8 bytes are written whole.',
  strikes: ['persist', 'any', 'load', 'store', 'flush', 'fence'],
  needsPowerLoss: true,
  strikesAtLoss: true,
  strike: () => undefined,
};
