/** How far a request is widened, by the size of the file and what lies around the place. */
import { describe, expect, test } from '@jest/globals';
import { StateSpace } from '@daxsim/sim';
import { Preallocations } from './preallocations.js';
import { widen } from './request.js';
import type { Neighbours } from './request.js';

const ALONE: Neighbours = { lastBefore: -1, blockBefore: 0, firstBehind: 0, blockBehind: 0 };
const FILE = 7;

function kept(): Preallocations {
  return new Preallocations(new StateSpace());
}

describe('a request', () => {
  test.each([
    [1, 0, 0, 4],
    [4, 3, 0, 4],
    [5, 4, 0, 8],
    [17, 16, 0, 32],
    [256, 255, 0, 256],
    [257, 256, 0, 512],
    [1024, 700, 512, 512],
    [1025, 1024, 1024, 1024],
    [2049, 2048, 2048, 2048],
    [100000, 5000, 4096, 2048],
  ])('of a file of %i blocks at block %i is for %i and %i more', (size, page, logical, length) => {
    expect(widen(page, size, ALONE, kept(), FILE)).toEqual({ logical, length, goal: 0 });
  });

  test('begins behind what is there before it, and would go on with its blocks', () => {
    const around = { ...ALONE, lastBefore: 9, blockBefore: 500 };
    expect(widen(12, 16, around, kept(), FILE)).toEqual({ logical: 10, length: 6, goal: 501 });
  });

  test('ends at what is there behind it, and would end where that begins', () => {
    const around = { ...ALONE, firstBehind: 8, blockBehind: 900 };
    expect(widen(2, 16, around, kept(), FILE)).toEqual({ logical: 0, length: 8, goal: 892 });
  });

  test('leaves out what is kept for the file, and for no other', () => {
    const some = kept();
    some.add(FILE, 0, 100, 4);
    some.add(FILE, 12, 200, 4);
    some.add(FILE + 1, 4, 300, 4);
    expect(widen(6, 16, ALONE, some, FILE)).toEqual({ logical: 4, length: 8, goal: 0 });
  });
});

describe('what is kept', () => {
  test('is cut from the front, and rows that were given back are used again', () => {
    const some = kept();
    const first = some.add(FILE, 0, 100, 8);
    some.cutFront(first, 3);
    expect([some.logical(first), some.block(first), some.length(first)]).toEqual([3, 103, 5]);
    some.remove(FILE, first);
    expect(some.owners(20)).toEqual([]);
    expect(some.add(FILE + 1, 5, 50, 1)).toBe(first);
    expect(some.owners(20)).toEqual([FILE + 1]);
  });
});
