/** Facts about blocks through calls, and which extents they let pass. */
import { describe, expect, test } from '@jest/globals';
import { afterPunch, afterReserve, afterResize, afterShift, afterStore } from './file-blocks.js';
import { NO_BLOCKS, wrongBlock } from './file-blocks.js';
import type { FileBlocks } from './file-blocks.js';

const BLOCK = 4096;

/** What is wrong with a file that has the blocks [first, first + count). */
function judge(versions: readonly FileBlocks[], first: number, count: number): unknown {
  const extent = { fileBlock: first, block: 100, length: count, isUnwritten: false };
  return wrongBlock(count === 0 ? [] : [extent], versions);
}

describe('blocks of a file', () => {
  const stored = afterStore(NO_BLOCKS, 0, 0, 4 * BLOCK);

  test('must be there after a store and may be there behind it', () => {
    expect(judge([stored], 0, 4)).toBeNull();
    expect(judge([stored], 0, 9)).toBeNull();
    expect(judge([stored], 0, 3)).toEqual({ fileBlock: 3, isMapped: false });
  });

  test('may not be there where a hole was punched within the end', () => {
    const punched = afterPunch(stored, 4 * BLOCK, 100, 2 * BLOCK);
    expect([...punched]).toEqual([1, 2, 1, 1]);
    expect(judge([punched], 0, 4)).toEqual({ fileBlock: 1, isMapped: true });
  });

  test('may not be there behind a new end, nor may what was reserved be missing', () => {
    const cut = afterResize(stored, 4 * BLOCK, 100);
    expect(judge([cut], 0, 1)).toBeNull();
    expect(judge([cut], 0, 2)).toEqual({ fileBlock: 1, isMapped: true });
    const reserved = afterReserve(cut, 2 * BLOCK, BLOCK, false);
    expect(judge([reserved], 0, 1)).toEqual({ fileBlock: 2, isMapped: false });
  });

  test('may be those of any version that was not promised away', () => {
    const cut = afterResize(stored, 4 * BLOCK, 0);
    expect(judge([stored, cut], 0, 4)).toBeNull();
    expect(judge([stored, cut], 0, 0)).toBeNull();
    expect(judge([stored], 0, 0)).not.toBeNull();
  });

  test('may be given back half-way through zeroing, not after it was promised', () => {
    const zeroed = afterReserve(stored, 0, 4 * BLOCK, true);
    expect(judge([stored, zeroed], 0, 2)).toBeNull();
    expect(judge([zeroed], 0, 2)).toEqual({ fileBlock: 2, isMapped: false });
  });

  test('go up where room is made', () => {
    const moved = afterShift(stored, 4 * BLOCK, 0, BLOCK, true);
    expect([...moved].map((fact) => fact & 3)).toEqual([2, 1, 1, 1, 1]);
  });
});
