/**
 * Steps that say which pages something is done to: `firstPage` and `endPage`, for the recipes that
 * go page by page (write back, invalidate, unmap). The byte registers stay as they are.
 */
import type { Frame } from '@daxsim/sim';
import { Errno, SyncRangeFlag } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, fail } from './answers.js';
import type { Step } from './answers.js';
import { aimMove, blockAfter, blockOf } from './extents.js';

function setPages(frame: Frame, first: number, end: number): void {
  frame.set(R.firstPage, first);
  frame.set(R.endPage, Math.min(end, PAGE_LIMIT));
}

function pages(name: string, act: (world: World, frame: Frame) => void): Step {
  return {
    name,
    outcomes: ['Ok'],
    touches: [],
    run(world, frame) {
      act(world, frame);
      return Answer.Ok;
    },
  };
}

/** All pages of the file. */
export const allPages: Step = pages('allPages', (_world, frame) => {
  setPages(frame, 0, PAGE_LIMIT);
});

/** The pages that bytes [offset, offset + length) touch. */
export const pagesOfRange: Step = pages('pagesOfRange', (_world, frame) => {
  const offset = frame.get(R.offset);
  setPages(frame, blockOf(offset), blockAfter(offset + frame.get(R.length)));
});

/** The pages that a write has touched up to its cursor. */
export const pagesOfWrite: Step = pages('pagesOfWrite', (_world, frame) => {
  const end = frame.get(R.cursor);
  setPages(frame, blockOf(end - frame.get(R.done)), blockAfter(end));
});

/** The pages that lie wholly behind the new size; private copies of them end, too. */
export const pagesBehindEnd: Step = pages('pagesBehindEnd', (_world, frame) => {
  setPages(frame, blockAfter(frame.get(R.length)), PAGE_LIMIT);
  frame.set(R.evenCopies, 1);
});

/**
/**
 * Whether a growing file writes pages back first: those that it gets, from its old last one:
 * [cursor, length). Of a cached file all that is behind the logged size, but only if something
 * there was zeroed or is not logged.
 */
export const flushesGrowth: Step = {
  name: 'flushesGrowth',
  outcomes: ['No', 'Yes'],
  touches: ['size'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const end = blockAfter(frame.get(R.length));
    const logged = inodes.loggedSize(inode);
    const isCached = world.personality.cache !== null;
    setPages(frame, blockOf(isCached ? logged : frame.get(R.cursor)), end);
    const isLogged = frame.get(R.done) === 0 && inodes.sizeBytes(inode) === logged;
    return world.personality.flushesGrowth && !(isCached && isLogged) ? 1 : 0;
  },
};

/** Whether the page of the new end is written back before what is behind it becomes zero. */
export const flushesNewEnd: Step = {
  name: 'flushesNewEnd',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(world, frame) {
    if (!world.personality.flushesNewEnd) return 0;
    const page = blockOf(frame.get(R.length));
    setPages(frame, page, page + 1);
    return 1;
  },
};

/** Before extents are shifted: from the block before the place to the end (xfs_prepare_shift). */
export const pagesFromShift: Step = pages('pagesFromShift', (_world, frame) => {
  setPages(frame, Math.max(0, blockOf(frame.get(R.offset)) - 1), PAGE_LIMIT);
});

/** Whether the blocks just entered are new, so that stale translations may lie over them. */
export const needsInvalidate: Step = {
  name: 'needsInvalidate',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(world, frame) {
    const page = frame.get(R.page);
    setPages(frame, page, page + frame.get(R.count));
    return frame.get(R.isNew) === 1 && world.knobs.writeInvalidates !== 'no' ? 1 : 0;
  },
};

/** Aims the copy at the blocks just entered. */
export const aimAtNew: Step = pages('aimAtNew', (_world, frame) => {
  const cursor = frame.get(R.cursor);
  const blocksEnd = (frame.get(R.page) + frame.get(R.count)) * BYTES_PER_BLOCK;
  frame.set(R.chunk, Math.min(blocksEnd, frame.get(R.end)) - cursor);
  aimMove(frame, frame.get(R.block));
});

/** The pages of sync_file_range(2); length 0 means to the end. */
export const pagesToSync: Step = {
  name: 'pagesToSync',
  outcomes: [...OK_FAILED, 'Nothing'],
  touches: [],
  run(_world, frame) {
    const offset = frame.get(R.offset);
    const length = frame.get(R.length);
    const flags = frame.get(R.flags);
    const known = SyncRangeFlag.WaitBefore | SyncRangeFlag.Write | SyncRangeFlag.WaitAfter;
    if (offset < 0 || length < 0 || (flags & ~known) !== 0) return fail(frame, Errno.Invalid);
    setPages(frame, blockOf(offset), length === 0 ? PAGE_LIMIT : blockAfter(offset + length));
    return (flags & SyncRangeFlag.Write) === 0 ? 2 : Answer.Ok;
  },
};
