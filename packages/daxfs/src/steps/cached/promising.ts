/**
 * Steps that see to it that every page that becomes dirty has blocks, or the promise of some: Linux
 * 6.12 fs/xfs/xfs_iomap.c (xfs_buffered_write_iomap_begin, xfs_iomap_prealloc_size).
 *
 *      written, unwritten, promised   nothing to do
 *      hole                           promise: taken from free space, given a place at writeback
 *      hole, extent size hint         unwritten blocks at once
 *
 * A client promises nothing: space is its server's business.
 *
 * Behind the end of the file more is promised than asked for, so that what is appended later lies
 * beside it. Without space for that, what was asked for alone may do.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Errno } from '../../abi.js';
import { ExtentState, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import { Answer, TRANSACTION, begin, fail, settle } from '../files/answers.js';
import { availableBlocks } from '../files/buddy-placement.js';
import { reserveRange } from '../files/placement.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { found, isBehindAll, lookUp } from './extents.js';
import { cacheValues } from './folios.js';

/** Most pages that one promise covers. */
const PAGES_MOST = 1024;
/** Longest run that a promise behind the end may double. */
const EXTENT_BLOCKS_MOST = 2097151;

/** Bytes [cursor, end) get blocks or promises, at least from the cursor on: to `mappedEnd`. */
export const promiseBlocks: Step = {
  name: 'promiseBlocks',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'size', 'inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    const end = frame.get(R.end);
    if (world.personality.server !== null) {
      frame.set(R.mappedEnd, end);
      return Answer.Ok;
    }
    const page = Math.floor(cursor / BLOCK_BYTES);
    const state = lookUp(world, inode, page);
    if (state !== ExtentState.Hole) {
      frame.set(R.mappedEnd, Math.min(end, found.end * BLOCK_BYTES));
      return Answer.Ok;
    }
    const capped = Math.min(end, cursor + PAGES_MOST * BLOCK_BYTES);
    const behind = Math.min(Math.ceil(capped / BLOCK_BYTES), found.end);
    frame.set(R.mappedEnd, Math.min(capped, behind * BLOCK_BYTES));
    if (world.volume.inodes.extentHint(inode) > 0) {
      return allocateHinted(world, frame, page, behind - page);
    }
    const extra = extraBlocks(world, inode, page, cursor, capped);
    if (extra > 0 && promise(world, inode, page, behind + extra - page)) return Answer.Ok;
    if (promise(world, inode, page, behind - page)) return Answer.Ok;
    // Who gives blocks to pages one by one (ext4_da_reserve_space) promises them so, too.
    const part = cacheValues(world).placesWrittenOnly ? availableBlocks(world) : 0;
    if (part === 0 || !promise(world, inode, page, part)) return fail(frame, Errno.NoSpace);
    frame.set(R.mappedEnd, (page + part) * BLOCK_BYTES);
    return Answer.Ok;
  },
};

/** Promises blocks [page, page + length) of a hole; false without space for them and their tree. */
function promise(world: World, inode: number, page: number, length: number): boolean {
  const { allocator } = world.volume;
  if (availableBlocks(world) < world.delayed.costOf(length)) return false;
  allocator.addDelayed(world.delayed.add(inode, page, length));
  return true;
}

/** With an extent size hint blocks are allocated at once, unwritten and rounded to the hint. */
function allocateHinted(world: World, frame: Frame, page: number, count: number): number {
  if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
  const { allocator, extents } = world.volume;
  frame.set(R.transactions, 1);
  const answer = reserveRange(world, frame, page, count);
  if (answer !== Answer.Ok) {
    world.volume.commit();
    return answer;
  }
  const start = frame.get(R.page);
  const block = frame.get(R.block);
  const length = frame.get(R.count);
  const outcome = extents.insert(frame.get(R.inode), start, block, length, true);
  frame.set(R.sequence, world.volume.commit());
  if (outcome !== MediaOutcome.Done) allocator.giveBack(block, length);
  const mapped = (start + length) * BLOCK_BYTES;
  frame.set(R.mappedEnd, Math.min(frame.get(R.mappedEnd), mapped));
  return settle(frame, outcome);
}

/** How many blocks behind those of [cursor, end) a write behind the end of the file promises. */
function extraBlocks(
  world: World,
  inode: number,
  page: number,
  cursor: number,
  end: number,
): number {
  const least = cacheValues(world).preallocateBlocks;
  const { geometry, inodes } = world.volume;
  const size = inodes.sizeBytes(inode);
  if (least === 0 || end <= size || size < least * BLOCK_BYTES) return 0;
  if (!isBehindAll(world, inode, page)) return 0;
  const length = growthBlocks(world, inode, page, cursor, least);
  const unit = least * BLOCK_BYTES;
  let behind = (Math.floor((end - 1) / unit) * unit) / BLOCK_BYTES + length;
  const stripe = geometry.stripeBlocks;
  if (stripe > 1 && size >= stripe * BLOCK_BYTES) behind = Math.ceil(behind / stripe) * stripe;
  return Math.max(0, Math.min(behind, PAGE_LIMIT) - Math.ceil(end / BLOCK_BYTES));
}

/** Twice the extent that the write goes on with, less where space is short. */
function growthBlocks(
  world: World,
  inode: number,
  page: number,
  cursor: number,
  least: number,
): number {
  const { allocator, geometry, inodes } = world.volume;
  const isSmall = inodes.sizeBytes(inode) < geometry.stripeBlocks * BLOCK_BYTES;
  if (isSmall || page === 0) return least;
  if (lookUp(world, inode, page - 1) === ExtentState.Hole) return least;
  let blocks = (page - found.start) * 2;
  if (blocks > EXTENT_BLOCKS_MOST) blocks = Math.floor(cursor / BLOCK_BYTES);
  blocks = Math.min(blocks, EXTENT_BLOCKS_MOST + 1);
  const { free } = allocator;
  blocks >>= shortageShift(free, geometry.blocks);
  if (blocks > 0) blocks = 1 << (31 - Math.clz32(blocks));
  while (blocks > 0 && blocks >= free) blocks = Math.floor(blocks / 16);
  return Math.max(blocks, least);
}

/** From 5 % free space down, each per cent halves what is promised. */
function shortageShift(free: number, blocks: number): number {
  const percent = blocks / 100;
  if (free >= 5 * percent) return 0;
  let shift = 2;
  for (let share = 4; share > 0; share -= 1) if (free < share * percent) shift += 1;
  return shift;
}
