/** Scenarios that nobody thought of, many. */
import { describe, expect, test } from '@jest/globals';
import { DRAWN_KINDS, wrongOfDrawn } from './drawn.js';

const PARTS = Array.from({ length: 4 }, (_, part) => part);

describe.each(PARTS)('part %i of the drawn scenarios', (part) => {
  const seeds = Array.from({ length: 40 }, (_, at) => 1000 + part * 40 + at);

  test.each(DRAWN_KINDS)('%s, power loss %s', (...kind) => {
    expect(wrongOfDrawn(kind, seeds, 40_000)).toEqual([]);
  });
});
