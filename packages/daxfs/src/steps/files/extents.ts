/**
 * Steps on the extent map: finding what lies under a byte, reserving blocks for what is missing,
 * entering them, freeing them.
 *
 *     lookup ── Written ─────────────────────────────────────────▶ copy
 *        └───── Hole, Unwritten ─▶ reserve ─▶ zero (move) ─▶ enter ┘      Linux 6.12 for DAX:
 *                                             xfs_iomap_write_direct, zeroed before the commit
 *
 * Enters and conversions look again first: a plan without the mapping lock may have let somebody
 * else in, and then the reservation goes back.
 */
import { assert } from '@daxsim/sim';
import type { Frame } from '@daxsim/sim';
import { Errno, FILE_BYTES_MAX, FallocMode } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState, InodeFlag, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, TRANSACTION, begin, fail, settle } from './answers.js';
import type { Step } from './answers.js';
import { aimAlone, aimNeighbours } from './neighbours.js';
import { lacksSpaceFor, reserveFor, reserveRange } from './placement.js';
import { dropStaged, mustCopy } from './sharing.js';

export { reserveFor };

/** Modes of fallocate that take blocks out of the middle. */
const PUNCHING = FallocMode.PunchHole | FallocMode.ZeroRange | FallocMode.CollapseRange;

export function blockOf(byte: number): number {
  return Math.floor(byte / BYTES_PER_BLOCK);
}

/** First block that begins at or after a byte. */
export function blockAfter(byte: number): number {
  return Math.ceil(byte / BYTES_PER_BLOCK);
}

/** Points the move registers at the device bytes of [cursor, cursor + chunk). */
export function aimMove(frame: Frame, block: number): void {
  const cursor = frame.get(R.cursor);
  const from = block * BYTES_PER_BLOCK + (cursor % BYTES_PER_BLOCK);
  frame.set(R.moveFrom, from);
  frame.set(R.moveTo, from + frame.get(R.chunk));
  frame.set(R.moveFile, cursor);
}

/** Looks up the byte at `cursor`; sets page, state, block, count (blocks) and chunk (bytes). */
function lookAtCursor(world: World, frame: Frame): number {
  const { extents } = world.volume;
  const cursor = frame.get(R.cursor);
  const end = frame.get(R.end);
  const page = blockOf(cursor);
  const state = extents.lookup(frame.get(R.inode), page);
  const runEnd = (page + extents.length) * BYTES_PER_BLOCK;
  const chunkEnd = runEnd < end ? runEnd : end;
  frame.set(R.page, page);
  frame.set(R.state, state);
  frame.set(R.block, state === ExtentState.Hole ? 0 : extents.block);
  frame.set(R.count, blockAfter(chunkEnd) - page);
  frame.set(R.chunk, chunkEnd - cursor);
  if (state !== ExtentState.Hole) aimMove(frame, extents.block);
  return state;
}

/** What a read finds under the cursor; unwritten reads like a hole. */
export const lookupForRead: Step = {
  name: 'lookupForRead',
  outcomes: ['Written', 'Hole'],
  touches: ['extentMap'],
  run(world, frame) {
    return lookAtCursor(world, frame) === ExtentState.Written ? 0 : 1;
  },
};

/** Whether the blocks under the cursor are to be copied; cuts the chunk to where this ends. */
function copiesAtCursor(world: World, frame: Frame): boolean {
  if (world.personality.sharing === null) return false;
  const isCopy = mustCopy(world, frame);
  const runEnd = (frame.get(R.page) + frame.get(R.count)) * BYTES_PER_BLOCK;
  frame.set(R.chunk, Math.min(frame.get(R.chunk), runEnd - frame.get(R.cursor)));
  if (frame.get(R.state) !== ExtentState.Hole) aimMove(frame, frame.get(R.block));
  return isCopy;
}

/** What a write finds under the cursor; shared blocks are copied first. */
export const lookupForWrite: Step = {
  name: 'lookupForWrite',
  outcomes: ['Written', 'Missing', 'Copy'],
  touches: ['extentMap'],
  run(world, frame) {
    frame.set(R.isNew, 0);
    frame.set(R.retries, 0);
    const state = lookAtCursor(world, frame);
    if (copiesAtCursor(world, frame)) return 2;
    return state === ExtentState.Written ? 0 : 1;
  },
};

/** What unsharing finds: staged blocks have no say over holes and unwritten blocks. */
export const lookupToUnshare: Step = {
  name: 'lookupToUnshare',
  outcomes: ['Written', 'Missing', 'Copy'],
  touches: ['extentMap'],
  run(world, frame) {
    frame.set(R.isNew, 0);
    frame.set(R.retries, 0);
    const state = lookAtCursor(world, frame);
    if (state !== ExtentState.Written) return 1;
    return copiesAtCursor(world, frame) ? 2 : 0;
  },
};

/** The next written bytes in [cursor, end), to be zeroed in place. */
export const nextWritten: Step = {
  name: 'nextWritten',
  outcomes: ['Found', 'End', 'Copy'],
  touches: ['extentMap'],
  run(world, frame) {
    const { extents } = world.volume;
    const inode = frame.get(R.inode);
    const end = frame.get(R.end);
    while (frame.get(R.cursor) < end) {
      if (lookAtCursor(world, frame) === ExtentState.Written) {
        return copiesAtCursor(world, frame) ? 2 : 0;
      }
      const behind = blockOf(frame.get(R.cursor)) + Math.max(1, extents.length);
      if (!extents.next(inode, behind)) return 1;
      frame.set(R.cursor, Math.max(behind, extents.start) * BYTES_PER_BLOCK);
    }
    return 1;
  },
};

/** Aims the zeroing move at whole blocks. */
function aimAtBlocks(frame: Frame): void {
  const from = frame.get(R.block) * BYTES_PER_BLOCK;
  frame.set(R.moveFrom, from);
  frame.set(R.moveTo, from + frame.get(R.count) * BYTES_PER_BLOCK);
  frame.set(R.moveFile, frame.get(R.page) * BYTES_PER_BLOCK);
}

/** Under the mapping lock: looks again and takes blocks for what is missing. */
export const reserveBlocks: Step = {
  name: 'reserveBlocks',
  outcomes: [...TRANSACTION, 'Written'],
  touches: ['extentMap', 'freeSpace', 'size', 'inodeCore'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    const again = world.knobs.writeLookup === 'again';
    const state = again ? lookAtCursor(world, frame) : frame.get(R.state);
    if (state === ExtentState.Written) {
      assert(world.knobs.changedLookup === 'again', 'reserveBlocks: the mapping has changed');
      return Answer.First;
    }
    copiesAtCursor(world, frame);
    const { blocksPerWrite } = world.personality;
    const count = Math.min(frame.get(R.count), blocksPerWrite);
    frame.set(R.count, count);
    aimAlone(frame);
    if (state === ExtentState.Unwritten) aimNeighbours(world, frame, frame.get(R.page), count);
    else {
      const chunkEnd = frame.get(R.cursor) + blocksPerWrite * BYTES_PER_BLOCK;
      const answer = reserveFor(world, frame, count, Math.min(frame.get(R.end), chunkEnd));
      if (answer !== Answer.Ok) return answer;
      frame.set(R.transactions, 1);
    }
    frame.set(R.isNew, 1);
    aimAtBlocks(frame);
    return Answer.Ok;
  },
};

/** Takes back what was promised to pages in [from, limit) that are gone. */
export function dropDelayed(world: World, inode: number, from: number, limit: number): void {
  if (world.delayed.count(inode) === 0) return;
  const given = world.delayed.remove(inode, from, Math.min(limit, PAGE_LIMIT));
  if (given > 0) world.volume.allocator.addDelayed(-given);
}

/** Gives a reservation back if the blocks were not the file's before. */
export function giveBack(world: World, frame: Frame): void {
  if (frame.get(R.state) !== ExtentState.Hole) return;
  world.volume.allocator.giveBack(frame.get(R.block), frame.get(R.count));
}

/** Whether [page, page + count) still is what it was when the blocks were reserved. */
export function isUnchanged(world: World, frame: Frame): boolean {
  const { extents, inodes } = world.volume;
  const inode = frame.get(R.inode);
  const head = frame.get(R.head);
  const state = extents.lookup(inode, frame.get(R.page) - head);
  if (!inodes.isUsed(inode) || state !== frame.get(R.state)) return false;
  if (state === ExtentState.Unwritten && extents.block !== frame.get(R.block) - head) return false;
  return extents.length >= head + frame.get(R.count) + frame.get(R.tail);
}

/** Makes the needed blocks and their neighbours written, in the open transaction. */
export function convertNeeded(world: World, frame: Frame): MediaOutcome {
  const head = frame.get(R.head);
  const count = head + frame.get(R.count) + frame.get(R.tail);
  return world.volume.extents.convert(frame.get(R.inode), frame.get(R.page) - head, count);
}

/**
 * Enters zeroed blocks as written, or converts them: one transaction. Answers an `Answer`, or
 * `First` when somebody else changed the range. Shared with the write fault.
 */
export function enterWritten(world: World, frame: Frame): number {
  if (world.knobs.writeLookup === 'again' && !isUnchanged(world, frame)) {
    assert(world.knobs.changedLookup === 'again', 'enterExtent: the mapping has changed');
    giveBack(world, frame);
    return Answer.First;
  }
  if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
  const { extents } = world.volume;
  const inode = frame.get(R.inode);
  const page = frame.get(R.page);
  const count = frame.get(R.count);
  const isHole = frame.get(R.state) === ExtentState.Hole;
  const outcome = isHole
    ? extents.insert(inode, page, frame.get(R.block), count, false)
    : convertNeeded(world, frame);
  frame.set(R.sequence, world.volume.commit());
  const answer = settle(frame, outcome);
  if (answer === Answer.Failed) giveBack(world, frame);
  return answer;
}

export const enterExtent: Step = {
  name: 'enterExtent',
  outcomes: [...TRANSACTION, 'Changed'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run: enterWritten,
};

/** What was allocated on purpose is not trimmed when the file is closed. */
function markPreallocated(world: World, inode: number): void {
  const { inodes } = world.volume;
  const flags = inodes.flags(inode);
  if ((flags & InodeFlag.Preallocated) !== 0) return;
  inodes.setFlags(inode, flags | InodeFlag.Preallocated);
}

/**
 * No hole is left. When there was none at all the inode is logged all the same, so that a fault
 * through MAP_SYNC forces the log (Linux 6.12 xfs_alloc_file_space; kernel record h09).
 */
function preallocated(world: World, frame: Frame): number {
  const inode = frame.get(R.inode);
  if (frame.get(R.cursor) !== frame.get(R.offset)) return Answer.First;
  if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
  const { inodes } = world.volume;
  inodes.setFlags(inode, inodes.flags(inode) | InodeFlag.Preallocated);
  frame.set(R.sequence, world.volume.commit());
  frame.set(R.transactions, 1);
  return Answer.First;
}

/** fallocate: gives the next hole in [cursor, end) unwritten blocks, in one transaction. */
export const preallocate: Step = {
  name: 'preallocate',
  outcomes: [...TRANSACTION, 'End'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    const { extents, allocator } = world.volume;
    const inode = frame.get(R.inode);
    const limit = blockAfter(frame.get(R.end));
    let page = blockOf(frame.get(R.cursor));
    const isWhole = !world.personality.preallocatesInPart;
    if (isWhole && page < limit && lacksSpaceFor(world, inode, limit - page)) {
      return fail(frame, Errno.NoSpace);
    }
    while (page < limit && extents.lookup(inode, page) !== ExtentState.Hole) page += extents.length;
    if (page >= limit) return preallocated(world, frame);
    frame.set(R.cursor, Math.max(frame.get(R.cursor), page * BYTES_PER_BLOCK));
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    frame.set(R.transactions, 1);
    extents.lookup(inode, page);
    const answer = reserveRange(world, frame, page, Math.min(limit - page, extents.length));
    if (answer !== Answer.Ok) {
      world.volume.commit();
      return answer;
    }
    const count = frame.get(R.count);
    const block = frame.get(R.block);
    const start = frame.get(R.page);
    const { inodes } = world.volume;
    const last = inodes.lastSequence(inode);
    const lastData = inodes.lastDataSequence(inode);
    const outcome = extents.insert(inode, start, block, count, true);
    markPreallocated(world, inode);
    frame.set(R.sequence, world.volume.commit());
    const isBehind = start * BYTES_PER_BLOCK >= inodes.sizeBytes(inode);
    if (isBehind && world.knobs.fsyncBehindEnd === 'ignored') {
      inodes.forgetChanges(inode, last, lastData);
    }
    if (outcome !== MediaOutcome.Done) allocator.giveBack(block, count);
    else {
      // xfs_bmapi_write: a delayed allocation gets its place now, unwritten until written back.
      dropDelayed(world, inode, start, start + count);
      frame.set(R.cursor, (start + count) * BYTES_PER_BLOCK);
    }
    return settle(frame, outcome);
  },
};

/** Frees whole blocks of [cursor, end), a few extents per transaction, from the end. */
export const freeExtents: Step = {
  name: 'freeExtents',
  outcomes: [...TRANSACTION, 'More'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    const from = blockAfter(frame.get(R.cursor));
    const limit = blockOf(frame.get(R.end));
    if (from >= limit) return Answer.Ok;
    // The transaction that makes a hole reserves what it may add to the tree; one that truncates
    // does not (Linux 6.12 xfs_unmap_extent; kernel record p24).
    const isPunch = (frame.get(R.flags) & PUNCHING) !== 0;
    if (isPunch && lacksSpaceFor(world, frame.get(R.inode), 0)) return fail(frame, Errno.NoSpace);
    dropDelayed(world, frame.get(R.inode), from, limit);
    world.buddy?.giveUp(frame.get(R.inode));
    // xfs_itruncate_extents: what was staged behind the new end goes with it.
    if (frame.get(R.end) === FILE_BYTES_MAX) {
      dropStaged(world, frame.get(R.inode), from, PAGE_LIMIT, true);
    }
    if (!begin(world, frame, world.volume.removalNeed)) return Answer.LogFull;
    const inode = frame.get(R.inode);
    frame.set(R.transactions, 1);
    const perFree = world.personality.extentsPerFree;
    const outcome = world.volume.extents.remove(inode, from, limit, perFree);
    frame.set(R.sequence, world.volume.commit());
    return outcome === MediaOutcome.More ? Answer.First : settle(frame, outcome);
  },
};

/** One transaction that frees part of an orphan. */
export const reclaimPart: Step = {
  name: 'reclaimPart',
  outcomes: [...TRANSACTION, 'More'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log', 'directory', 'references'],
  run(world, frame) {
    if (!begin(world, frame, world.volume.removalNeed)) return Answer.LogFull;
    const inode = frame.get(R.inode);
    dropDelayed(world, inode, 0, PAGE_LIMIT);
    world.buddy?.giveUp(inode);
    dropStaged(world, inode, 0, PAGE_LIMIT, true);
    const outcome = world.volume.reclaimOrphan(inode, world.personality.extentsPerFree);
    world.volume.commit();
    if (outcome === MediaOutcome.More) return Answer.First;
    return outcome === MediaOutcome.Done ? Answer.Ok : fail(frame, Errno.Io);
  },
};
