/** The first rounds of `filling.long.test.ts`. */
import { expect, test } from '@jest/globals';
import { fillAndEmpty } from './filling.js';

test('filling and deleting gives each block back, a power cut in it leaves a sound image', () => {
  const filled = fillAndEmpty(1, 20);
  expect(filled).toMatchObject({ rounds: 20, cuts: 20 });
  expect(filled.refusals).toBeGreaterThan(40);
  expect(filled.leastFree / filled.rounds).toBeLessThan(25);
});
