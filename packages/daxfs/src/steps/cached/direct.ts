/**
 * Steps of O_DIRECT: Linux 6.12 fs/iomap/direct-io.c and fs/xfs/xfs_file.c.
 *
 *      write back the range ─▶ [write: take it out of the cache] ─▶ device ─▶ take it out again
 *
 * What is written goes to blocks that are unwritten until its bytes are durable.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Errno, OpenFlag } from '../../abi.js';
import { ExtentState, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { R } from '../../registers.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail, settle } from '../files/answers.js';
import { aimMove } from '../files/extents.js';
import { reserveFor } from '../files/placement.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { DELAYED, found, lookUp } from './extents.js';
import { cacheValues } from './folios.js';

/** Unit of the device: what offset and length must be multiples of. */
const SECTOR_BYTES = 512;
const BLOCKS_MOST = 1024;
/** Answer of `allocateDirect` beside those of a transaction. */
const PROMISED = TRANSACTION.length;

/** Whether a call past the cache asks for whole sectors; nothing else has been done yet. */
export const checkSectors: Step = {
  name: 'checkSectors',
  outcomes: OK_FAILED,
  touches: ['handle'],
  run(world, frame) {
    const handle = frame.get(R.handle);
    if ((world.handles.flags(handle) & OpenFlag.Direct) === 0) return Answer.Ok;
    if (cacheValues(world).checksSectorsLate) return Answer.Ok;
    const offset = frame.get(R.offset);
    const start = offset === -1 ? world.handles.position(handle) : offset;
    const isWhole = start % SECTOR_BYTES === 0 && frame.get(R.length) % SECTOR_BYTES === 0;
    return isWhole ? Answer.Ok : fail(frame, Errno.Invalid);
  },
};

/** The same where a kernel looks only when the first request is made. */
export const checkSectorsLate: Step = {
  name: 'checkSectorsLate',
  outcomes: OK_FAILED,
  touches: [],
  run(world, frame) {
    if (!cacheValues(world).checksSectorsLate) return Answer.Ok;
    const isWhole =
      frame.get(R.cursor) % SECTOR_BYTES === 0 && frame.get(R.length) % SECTOR_BYTES === 0;
    return isWhole ? Answer.Ok : fail(frame, Errno.Invalid);
  },
};

/** Whether a call goes past the cache; [firstPage, endPage) is its range. */
export const chooseWay: Step = {
  name: 'chooseWay',
  outcomes: ['Cached', 'Direct'],
  touches: ['handle'],
  run(world, frame) {
    if ((world.handles.flags(frame.get(R.handle)) & OpenFlag.Direct) === 0) return 0;
    const cursor = frame.get(R.cursor);
    frame.set(R.firstPage, Math.floor(cursor / BLOCK_BYTES));
    frame.set(R.endPage, Math.ceil(frame.get(R.end) / BLOCK_BYTES));
    return 1;
  },
};

/**
 * Under the mapping lock: unwritten blocks for what the cursor stands on, and the copy's aim. A
 * store may have got a promise there since the range was written back; that has to be kept first.
 */
export const allocateDirect: Step = {
  name: 'allocateDirect',
  outcomes: [...TRANSACTION, 'Promised'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log', 'size'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    frame.set(R.isNew, 0);
    const cursor = frame.get(R.cursor);
    const end = frame.get(R.end);
    const page = Math.floor(cursor / BLOCK_BYTES);
    const state = lookUp(world, frame.get(R.inode), page);
    frame.set(R.page, page);
    frame.set(R.state, state);
    if (state === DELAYED) return PROMISED;
    if (state === ExtentState.Hole) {
      const answer = insertUnwritten(world, frame, page, end);
      if (answer !== Answer.Ok) return answer;
      lookUp(world, frame.get(R.inode), page);
    }
    const behind = Math.min(end, found.end * BLOCK_BYTES);
    frame.set(R.state, found.state);
    frame.set(R.block, found.block);
    frame.set(R.chunk, behind - cursor);
    frame.set(R.count, Math.ceil(behind / BLOCK_BYTES) - page);
    aimMove(frame, found.block);
    return Answer.Ok;
  },
};

function insertUnwritten(world: World, frame: Frame, page: number, end: number): number {
  if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
  const count = Math.min(Math.ceil(end / BLOCK_BYTES), found.end, page + BLOCKS_MOST) - page;
  const answer = reserveFor(world, frame, count, end);
  if (answer !== Answer.Ok) {
    world.volume.commit();
    return answer;
  }
  const { allocator, extents } = world.volume;
  const block = frame.get(R.block);
  const length = frame.get(R.count);
  const outcome = extents.insert(frame.get(R.inode), page, block, length, true);
  frame.set(R.sequence, world.volume.commit());
  frame.set(R.transactions, 1);
  if (outcome !== MediaOutcome.Done) allocator.giveBack(block, length);
  return settle(frame, outcome);
}

/** Whether blocks that are not yet written are filled in part only: then they are zeroed first. */
export const needsZeroes: Step = {
  name: 'needsZeroes',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    const cursor = frame.get(R.cursor);
    const edges = (cursor % BLOCK_BYTES) + ((cursor + frame.get(R.chunk)) % BLOCK_BYTES);
    return frame.get(R.state) === ExtentState.Unwritten && edges > 0 ? 1 : 0;
  },
};

/** Aims the copy again, after the zeroing. */
export const aimDirect: Step = {
  name: 'aimDirect',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    aimMove(frame, frame.get(R.block));
    return 0;
  },
};

/** The bytes are durable: their blocks become written. */
export const convertDirect: Step = {
  name: 'convertDirect',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    if (frame.get(R.state) !== ExtentState.Unwritten) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const { extents } = world.volume;
    const outcome = extents.convert(frame.get(R.inode), frame.get(R.page), frame.get(R.count));
    frame.set(R.sequence, world.volume.commit());
    frame.set(R.transactions, 1);
    return settle(frame, outcome);
  },
};
