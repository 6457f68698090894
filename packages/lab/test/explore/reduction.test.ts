/** The reduced search of shipped scenarios reaches the ends of the full one, failing ones too. */
import { expect, test } from '@jest/globals';
import { SHORT_CASES, compareCase } from './reduction-cases.js';

test.each(SHORT_CASES)('$scenario under $plan ends alike reduced and not', (one) => {
  const found = compareCase(one);
  expect([found.isComplete, found.missing, found.extra]).toEqual([true, [], []]);
  expect(found.reduced.states).toBeLessThan(found.full.states);
});
