/** The first rounds of `filling.long.test.ts`. */
import { expect, test } from '@jest/globals';
import { fillAndEmpty } from './filling.js';

test('filling and deleting gives each block back, a power cut in it leaves a sound image', () => {
  const filled = fillAndEmpty(1, 10);
  expect(filled).toMatchObject({ rounds: 10, cuts: 10 });
  expect(filled.refusals).toBeGreaterThan(20);
  expect(filled.leastFree / filled.rounds).toBeLessThan(25);
});
