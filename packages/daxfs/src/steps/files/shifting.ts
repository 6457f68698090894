/**
 * Steps of fallocate(2) that move what lies behind a range: collapse and insert.
 *
 *     collapse:  free the range ─▶ shift each extent down, the first one first ─▶ smaller size
 *     insert:    greater size ─▶ split at the place ─▶ shift each extent up, the last one first
 *
 * One transaction for each extent, so between two of them a crash finds the file half shifted, as
 * on XFS (Linux 6.12 fs/xfs/xfs_bmap_util.c). Insert grows the size first: nothing that was in the
 * file is ever behind its end.
 */
import type { Frame } from '@daxsim/sim';
import { Errno, FILE_BYTES_MAX, FallocMode } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail, settle } from './answers.js';
import type { Step } from './answers.js';
import { blockAfter, blockOf } from './extents.js';
import { dropStaged } from './sharing.js';

function isAligned(frame: Frame): boolean {
  return frame.get(R.offset) % BYTES_PER_BLOCK === 0 && frame.get(R.length) % BYTES_PER_BLOCK === 0;
}

/** Whether a collapse or insert is possible; sets the number of the error. */
export function canShift(world: World, frame: Frame): number {
  const mode = frame.get(R.flags);
  const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
  const offset = frame.get(R.offset);
  const length = frame.get(R.length);
  if ((mode & FallocMode.CollapseRange) !== 0) {
    const isInside = offset + length < size;
    return isAligned(frame) && isInside ? Answer.Ok : fail(frame, Errno.Invalid);
  }
  if ((mode & FallocMode.InsertRange) === 0) return Answer.Ok;
  if (!isAligned(frame)) return fail(frame, Errno.Invalid);
  if (size + length > FILE_BYTES_MAX) return fail(frame, Errno.TooBig);
  return offset < size ? Answer.Ok : fail(frame, Errno.Invalid);
}

/**
 * What only the file system can refuse, after translations have gone and stamps are set: kernel
 * record p20, a refused collapse has unmapped the file.
 */
export const checkShift: Step = {
  name: 'checkShift',
  outcomes: OK_FAILED,
  touches: ['size'],
  run: canShift,
};

/** Insert: the size that the file gets, and the bytes that must read as zero up to it. */
export const aimInsert: Step = {
  name: 'aimInsert',
  outcomes: ['Ok'],
  touches: ['size'],
  run(world, frame) {
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    const length = frame.get(R.length);
    frame.set(R.count, length / BYTES_PER_BLOCK);
    frame.set(R.length, size + length);
    frame.set(R.cursor, size);
    frame.set(R.end, size + length);
    return Answer.Ok;
  },
};

/** Collapse, after the shift: the size that the file gets. */
export const aimCollapse: Step = {
  name: 'aimCollapse',
  outcomes: ['Ok'],
  touches: ['size'],
  run(world, frame) {
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    const newSize = size - frame.get(R.length);
    frame.set(R.length, newSize);
    frame.set(R.cursor, newSize);
    frame.set(R.end, blockAfter(newSize) * BYTES_PER_BLOCK);
    return Answer.Ok;
  },
};

/** Where the shifts start: `cursor` walks over file blocks. */
export const startShiftDown: Step = {
  name: 'startShiftDown',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.cursor, 0);
    return Answer.Ok;
  },
};

/** Splits the extent at the place of an insert, and starts behind the last one. */
export const splitForInsert: Step = {
  name: 'splitForInsert',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const inode = frame.get(R.inode);
    world.buddy?.giveUp(inode);
    const outcome = world.volume.extents.splitAt(inode, blockOf(frame.get(R.offset)));
    frame.set(R.sequence, world.volume.commit());
    frame.set(R.cursor, BEHIND_ALL);
    return settle(frame, outcome);
  },
};

/** Above every block of a file. */
const BEHIND_ALL = 4294967296;

function shiftOne(world: World, frame: Frame, from: number, delta: number): number {
  if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
  const { extents } = world.volume;
  // xfs_prepare_shift: nothing stays staged from the block before the place on.
  const first = Math.max(0, blockOf(frame.get(R.offset)) - 1);
  dropStaged(world, frame.get(R.inode), first, PAGE_LIMIT, true);
  const outcome = extents.shift(frame.get(R.inode), from, delta, frame.get(R.cursor));
  frame.set(R.sequence, world.volume.commit());
  if (outcome === MediaOutcome.NotFound) return Answer.Ok;
  if (outcome !== MediaOutcome.Done) return settle(frame, outcome);
  frame.set(R.cursor, extents.shifted);
  return Answer.First;
}

/** Collapse: moves the next extent behind the range down by its length. */
export const shiftDown: Step = {
  name: 'shiftDown',
  outcomes: [...TRANSACTION, 'More'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    const length = frame.get(R.length);
    const from = blockOf(frame.get(R.offset) + length);
    return shiftOne(world, frame, from, -length / BYTES_PER_BLOCK);
  },
};

/** Insert: moves the last extent not yet moved up by `count` blocks. */
export const shiftUp: Step = {
  name: 'shiftUp',
  outcomes: [...TRANSACTION, 'More'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    return shiftOne(world, frame, blockOf(frame.get(R.offset)), frame.get(R.count));
  },
};
