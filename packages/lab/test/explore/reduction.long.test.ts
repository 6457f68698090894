/** The comparison of the reduced search with the full one on larger scenarios. */
import { expect, test } from '@jest/globals';
import { LONG_CASES, compareCase } from './reduction-cases.js';

test.each(LONG_CASES)('$scenario under $plan ends alike reduced and not', (one) => {
  const found = compareCase(one);
  expect([found.isComplete, found.missing, found.extra]).toEqual([true, [], []]);
  expect(found.reduced.states).toBeLessThan(found.full.states);
});
