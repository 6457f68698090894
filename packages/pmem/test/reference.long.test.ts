import { expect, test } from '@jest/globals';
import { holdAgainstReference } from './against-reference.js';

/** Same as the short form, with more machines and longer traffic. */
test.each(Array.from({ length: 40 }, (_unused, block) => block))(
  'block %i of random machines: the times of the event-per-stage model',
  (block) => {
    let held = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      held += holdAgainstReference(1_000_000 + block * 100 + seed, 1 + (seed % 16), 250);
    }
    expect(held).toBeGreaterThan(100 * 250);
  },
);
