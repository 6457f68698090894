/**
 * Steps of fallocate(2) where blocks stay in place: zeroing turns them unwritten, edges are kept
 * and zeroed, a punch ends with the file. Linux 6.1 and 6.12 fs/ext4/extents.c (ext4_zero_range,
 * ext4_collapse_range, ext4_insert_range) and fs/ext4/inode.c (ext4_punch_hole).
 *
 *     bytes     ┊ offset ▏▒▒▒│ whole │ whole │▒▒▏ offset + length
 *                         edge: zeroed          edge
 *
 * `offset2` keeps the end of what was asked for while `length` is the size that the file gets.
 */
import type { Frame } from '@daxsim/sim';
import { Errno, FallocMode } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail, settle } from './answers.js';
import type { Step } from './answers.js';
import { blockAfter, blockOf } from './extents.js';
import { canShift } from './shifting.js';

/** Answer of a check that finds nothing to be done. */
const NOTHING = 2;

/**
 * Whether collapse and insert are possible, and what a punch has to do: nothing behind the end, and
 * no more than to the end of the last page.
 */
export const checkInPlace: Step = {
  name: 'checkInPlace',
  outcomes: ['Ok', 'Failed', 'Nothing'],
  touches: ['size'],
  run(world, frame) {
    if (canShift(world, frame) === Answer.Failed) return Answer.Failed;
    const isPunch = (frame.get(R.flags) & FallocMode.PunchHole) !== 0;
    if (!isPunch || world.personality.punchLimit === 'none') return Answer.Ok;
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    const offset = frame.get(R.offset);
    if (offset >= size) return NOTHING;
    if (offset + frame.get(R.length) > size) {
      frame.set(R.length, blockAfter(size) * BYTES_PER_BLOCK - offset);
    }
    return Answer.Ok;
  },
};

/** Whether a punch writes its range back before anything else. */
export const flushesPunch: Step = {
  name: 'flushesPunch',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(world, frame) {
    const isPunch = (frame.get(R.flags) & FallocMode.PunchHole) !== 0;
    return isPunch && world.personality.flushesBeforeCheck ? 1 : 0;
  },
};

/** Whether fallocate zeroes a range of which a first or last block is only a part. */
export const hasEdges: Step = {
  name: 'hasEdges',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    const offset = frame.get(R.offset);
    const end = offset + frame.get(R.length);
    frame.set(R.offset2, end);
    if ((frame.get(R.flags) & FallocMode.ZeroRange) === 0) return 0;
    return offset % BYTES_PER_BLOCK === 0 && end % BYTES_PER_BLOCK === 0 ? 0 : 1;
  },
};

/** Whether there is a whole block in the range; sets its pages. */
export const hasWhole: Step = {
  name: 'hasWhole',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    const first = blockAfter(frame.get(R.offset));
    const end = blockOf(frame.get(R.offset) + frame.get(R.length));
    frame.set(R.firstPage, first);
    frame.set(R.endPage, Math.max(first, Math.min(end, PAGE_LIMIT)));
    return end > first ? 1 : 0;
  },
};

/** From the page of the place to the end, private copies too (truncate_pagecache). */
export const pagesFromPlace: Step = {
  name: 'pagesFromPlace',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.firstPage, blockOf(frame.get(R.offset)));
    frame.set(R.endPage, PAGE_LIMIT);
    frame.set(R.evenCopies, 1);
    return Answer.Ok;
  },
};

/** Pages that a shift moves, to be written back first. */
export const pagesToMove: Step = {
  name: 'pagesToMove',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    const isCollapse = (frame.get(R.flags) & FallocMode.CollapseRange) !== 0;
    const from = frame.get(R.offset) + (isCollapse ? frame.get(R.length) : 0);
    frame.set(R.firstPage, blockOf(from));
    frame.set(R.endPage, PAGE_LIMIT);
    return Answer.Ok;
  },
};

/** Aims at the whole blocks of the range. */
export const aimAtWhole: Step = {
  name: 'aimAtWhole',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.cursor, frame.get(R.firstPage) * BYTES_PER_BLOCK);
    frame.set(R.end, frame.get(R.endPage) * BYTES_PER_BLOCK);
    return Answer.Ok;
  },
};

/** Makes the next written run of [cursor, end) unwritten, in one transaction. */
export const unwriteNext: Step = {
  name: 'unwriteNext',
  outcomes: [...TRANSACTION, 'End'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    const { extents } = world.volume;
    const inode = frame.get(R.inode);
    const limit = blockOf(frame.get(R.end));
    let page = blockOf(frame.get(R.cursor));
    let state = 0;
    while (page < limit) {
      state = extents.lookup(inode, page);
      if (state === ExtentState.Written) break;
      page += extents.length;
    }
    if (page >= limit) return Answer.First;
    const end = Math.min(page + extents.length, limit);
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    frame.set(R.transactions, 1);
    const outcome = extents.unconvert(inode, page, end - page);
    frame.set(R.sequence, world.volume.commit());
    const answer = settle(frame, outcome);
    if (answer === Answer.Ok) frame.set(R.cursor, end * BYTES_PER_BLOCK);
    return answer;
  },
};

/** Whether everything went well so far. */
export const isWell: Step = {
  name: 'isWell',
  outcomes: OK_FAILED,
  touches: [],
  run(_world, frame) {
    const errno = frame.get(R.lateErrno);
    return errno === Errno.None ? Answer.Ok : fail(frame, errno);
  },
};

/** The range is again what was asked for. */
export const restoreLength: Step = {
  name: 'restoreLength',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.length, frame.get(R.offset2) - frame.get(R.offset));
    return Answer.Ok;
  },
};

/**
 * An edge of the range: bytes from `from` to `to` of the file, if there are any. Unlike a punch, it
 * goes on behind the end of the file.
 */
function aimAtEdge(name: string, bounds: (offset: number, end: number) => readonly number[]): Step {
  return {
    name,
    outcomes: ['Partial', 'Whole'],
    touches: [],
    run(_world: World, frame: Frame) {
      const offset = frame.get(R.offset);
      const [from, to] = bounds(offset, offset + frame.get(R.length));
      frame.set(R.cursor, from);
      frame.set(R.end, to);
      return from < to ? 0 : 1;
    },
  };
}

export const aimAtFirstEdge: Step = aimAtEdge('aimAtFirstEdge', (offset, end) => [
  offset,
  Math.min(blockAfter(offset) * BYTES_PER_BLOCK, end),
]);

export const aimAtLastEdge: Step = aimAtEdge('aimAtLastEdge', (offset, end) => [
  Math.max(blockOf(end) * BYTES_PER_BLOCK, offset),
  end,
]);
