/** Scenarios that nobody thought of, a few of each kind; `drawn.long` has more. */
import { describe, expect, test } from '@jest/globals';
import { DRAWN_KINDS, wrongOfDrawn } from './drawn.js';

const SEEDS = Array.from({ length: 2 }, (_, at) => at + 1);

describe('drawn scenarios break nothing, and steps touch what they say', () => {
  test.each(DRAWN_KINDS)('%s, power loss %s', (...kind) => {
    expect(wrongOfDrawn(kind, kind[1] ? [1] : SEEDS, 300)).toEqual([]);
  });
});
