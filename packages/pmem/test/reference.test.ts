import { expect, test } from '@jest/globals';
import { holdAgainstReference } from './against-reference.js';

test.each([1, 2, 8, 9, 12])('%i sources see the times of the event-per-stage model', (sources) => {
  let held = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    held += holdAgainstReference(seed * 16 + sources, sources, Math.ceil(800 / sources));
  }
  expect(held).toBeGreaterThanOrEqual(32_000);
});
