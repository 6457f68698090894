/**
 * Steps of FICLONE and FICLONERANGE: Linux 6.12 fs/remap_range.c (generic_remap_file_range_prep),
 * fs/xfs/xfs_reflink.c (xfs_reflink_remap_prep, xfs_reflink_remap_extent).
 *
 *      source   [ written ][ hole ][ unwritten ]
 *                   │         │         │
 *      target   [ the same ][  hole   ][ hole ]        unwritten over unwritten stays
 *
 * As in a copy, `inode` is the target and `inode2` the source; `offset` and `offset2` are where the
 * range begins in each, `length` 0 means to the end of the source. `done` bytes are shared so far.
 */
import type { Frame } from '@daxsim/sim';
import { Errno, FILE_BYTES_MAX } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState, InodeFlag, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail, settle } from './answers.js';
import type { Step } from './answers.js';
import { NOTHING } from './data.js';
import { blockAfter, blockOf } from './extents.js';
import { lacksSpace } from './placement.js';

/** A file system without shared blocks refuses before it locks anything. */
export const canShare: Step = {
  name: 'canShare',
  outcomes: OK_FAILED,
  touches: [],
  run(world, frame) {
    return world.personality.sharing === null ? fail(frame, Errno.NotSupported) : Answer.Ok;
  },
};

function overlap(a: number, b: number, length: number): boolean {
  return a < b + length && b < a + length;
}

/** What only both files together can refuse: layouts are broken by then (kernel record r03). */
export const startClone: Step = {
  name: 'startClone',
  outcomes: ['Ok', 'Failed', 'Nothing'],
  touches: ['size'],
  run(world, frame) {
    const { inodes } = world.volume;
    const from = frame.get(R.offset);
    const to = frame.get(R.offset2);
    const sourceSize = inodes.sizeBytes(frame.get(R.inode2));
    const asked = frame.get(R.length);
    const length = asked === 0 ? sourceSize - from : asked;
    if (from < 0 || to < 0 || length < 0) return fail(frame, Errno.Invalid);
    if (asked === 0 && length === 0) return NOTHING;
    if (from % BYTES_PER_BLOCK !== 0 || to % BYTES_PER_BLOCK !== 0) {
      return fail(frame, Errno.Invalid);
    }
    const reachesEnd = from + length >= sourceSize;
    const isWhole = reachesEnd ? from + length === sourceSize : length % BYTES_PER_BLOCK === 0;
    if (from >= sourceSize || !isWhole) return fail(frame, Errno.Invalid);
    if (to + length > FILE_BYTES_MAX) return fail(frame, Errno.TooBig);
    const blocksLength = blockAfter(length) * BYTES_PER_BLOCK;
    const isOneFile = frame.get(R.inode) === frame.get(R.inode2);
    if (isOneFile && overlap(from, to, blocksLength)) return fail(frame, Errno.Invalid);
    frame.set(R.length, length);
    frame.set(R.done, 0);
    return Answer.Ok;
  },
};

function range(name: string, offset: number): Step {
  return {
    name,
    outcomes: ['Ok'],
    touches: [],
    run(_world, frame) {
      const start = frame.get(offset);
      frame.set(R.firstPage, blockOf(start));
      frame.set(R.endPage, Math.min(blockAfter(start + frame.get(R.length)), PAGE_LIMIT));
      return Answer.Ok;
    },
  };
}

/** The pages that are shared, in the source and in the target. */
export const pagesOfSource: Step = range('pagesOfSource', R.offset);
export const pagesOfTarget: Step = range('pagesOfTarget', R.offset2);

/**
 * A last block that is shared in part must not lie inside the target. Behind the target's end, what
 * is between must read as zero: `size` … `cursor`.
 */
export const checkCloneEnd: Step = {
  name: 'checkCloneEnd',
  outcomes: ['Ok', 'Failed'],
  touches: ['size'],
  run(world, frame) {
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    const length = frame.get(R.length);
    const isCut = length % BYTES_PER_BLOCK !== 0;
    const isInside = frame.get(R.offset2) + length < size;
    return isCut && isInside ? fail(frame, Errno.Invalid) : Answer.Ok;
  },
};

export const aimCloneGap: Step = {
  name: 'aimCloneGap',
  outcomes: ['None', 'Gap'],
  touches: ['size'],
  run(world, frame) {
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    frame.set(R.size, size);
    frame.set(R.cursor, frame.get(R.offset2));
    return frame.get(R.offset2) > size ? 1 : 0;
  },
};

/** Both files say from now on that blocks of theirs have been shared. */
export const markReflinked: Step = {
  name: 'markReflinked',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'log'],
  run(world, frame) {
    const { inodes } = world.volume;
    const files = [frame.get(R.inode2), frame.get(R.inode)];
    const fresh = files.filter((inode) => (inodes.flags(inode) & InodeFlag.Reflinked) === 0);
    if (fresh.length === 0) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Name)) return Answer.LogFull;
    for (const inode of fresh) inodes.setFlags(inode, inodes.flags(inode) | InodeFlag.Reflinked);
    frame.set(R.sequence, world.volume.commit());
    return Answer.Ok;
  },
};

/** From here on a store to the source has to wait, whatever lock it gets: XFS_IREMAPPING. */
export const beginSharing: Step = {
  name: 'beginSharing',
  outcomes: ['Ok'],
  touches: ['inodeCore'],
  run(world, frame) {
    world.copies.beginSharing(frame.get(R.inode2));
    return Answer.Ok;
  },
};

/**
 * From here on the source may be read: its locks become shared. Behind the flag, or a fault that
 * comes in between would map for writing what is shared next.
 */
export const demoteSource: Step = {
  name: 'demoteSource',
  outcomes: ['Ok'],
  touches: [],
  run: () => Answer.Ok,
};

export const endSharing: Step = {
  name: 'endSharing',
  outcomes: ['Ok'],
  touches: ['inodeCore'],
  run(world, frame) {
    world.copies.endSharing(frame.get(R.inode2));
    return Answer.Ok;
  },
};

/** What is found at the place reached, alike in source and target for `count` blocks. */
const found = { sourceState: 0, sourceBlock: 0, targetState: 0, targetBlock: 0, count: 0 };

function lookAtBoth(world: World, frame: Frame): void {
  const { extents } = world.volume;
  const done = frame.get(R.done);
  const left = blockAfter(frame.get(R.length) - done);
  found.sourceState = extents.lookup(frame.get(R.inode2), blockOf(frame.get(R.offset) + done));
  found.sourceBlock = extents.block;
  found.count = Math.min(left, extents.length);
  found.targetState = extents.lookup(frame.get(R.inode), blockOf(frame.get(R.offset2) + done));
  found.targetBlock = extents.block;
  found.count = Math.min(found.count, extents.length);
}

/** Whether there is nothing to change: both are holes, both unwritten, or they share already. */
function isSame(): boolean {
  const { sourceState, targetState } = found;
  if (sourceState === ExtentState.Written) {
    return targetState !== ExtentState.Hole && found.sourceBlock === found.targetBlock;
  }
  return targetState === ExtentState.Hole || sourceState === targetState;
}

/** One piece, in one transaction: as far as both files' extents and equal counts go. */
export const sharePiece: Step = {
  name: 'sharePiece',
  outcomes: [...TRANSACTION, 'More'],
  touches: ['extentMap', 'freeSpace', 'size', 'inodeCore', 'log'],
  run(world, frame) {
    const { volume } = world;
    const done = frame.get(R.done);
    const length = frame.get(R.length);
    if (done >= length) return Answer.Ok;
    lookAtBoth(world, frame);
    let { count } = found;
    if (!isSame()) {
      if (lacksSpace(world, 0)) return settle(frame, MediaOutcome.NoSpace);
      if (!begin(world, frame, LogNeed.Shares)) return Answer.LogFull;
      const inode = frame.get(R.inode);
      const start = blockOf(frame.get(R.offset2) + done);
      const block = found.sourceState === ExtentState.Written ? found.sourceBlock : 0;
      const outcome = volume.extents.replace(inode, start, block, count, true);
      count = volume.extents.replaced;
      if (outcome === MediaOutcome.Done && block !== 0) growWith(world, frame, start + count);
      frame.set(R.sequence, volume.commit());
      if (outcome !== MediaOutcome.Done) return settle(frame, outcome);
    }
    frame.set(R.done, Math.min(length, done + count * BYTES_PER_BLOCK));
    return Answer.First;
  },
};

/** The size follows what is shared, piece by piece. */
function growWith(world: World, frame: Frame, endBlock: number): void {
  const { inodes } = world.volume;
  const inode = frame.get(R.inode);
  const most = frame.get(R.offset2) + frame.get(R.length);
  const reached = Math.min(endBlock * BYTES_PER_BLOCK, most);
  if (reached > inodes.sizeBytes(inode)) world.volume.growSize(inode, reached);
}

/** The size when all is shared: behind it may be a hole. */
export const sizeOfClone: Step = {
  name: 'sizeOfClone',
  outcomes: TRANSACTION,
  touches: ['size', 'inodeCore', 'log'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const reached = frame.get(R.offset2) + frame.get(R.length);
    frame.set(R.result, frame.get(R.length));
    if (reached <= inodes.sizeBytes(inode)) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
    world.volume.growSize(inode, reached);
    frame.set(R.sequence, world.volume.commit());
    return Answer.Ok;
  },
};
