/**
 * Asks `BuddySpace` for the blocks of a hole, where a personality places by buddies: says what lies
 * around the hole and where the file would like to go on (Linux 6.12 fs/ext4/extents.c,
 * ext4_ext_map_blocks and ext4_ext_find_goal).
 */
import type { Frame } from '@daxsim/sim';
import type { BuddySpace } from '../../buddy/buddy-space.js';
import type { Neighbours } from '../../buddy/request.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState } from '../../media/outcome.js';
import { NO_MAPPING } from '../../mm/mappings.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';

/** Longest unwritten extent; what preallocation asks for beyond it is widened like a write. */
const UNWRITTEN_MOST = 32767;

function neighboursOf(world: World, inode: number, page: number): Neighbours {
  const { extents } = world.volume;
  extents.lookup(inode, page);
  const holeStart = extents.start;
  const isFollowed = extents.next(inode, page);
  const firstBehind = isFollowed ? extents.start : 0;
  const blockBehind = isFollowed ? extents.block : 0;
  const isPreceded = holeStart > 0 && extents.lookup(inode, holeStart - 1) !== ExtentState.Hole;
  return {
    lastBefore: holeStart - 1,
    blockBefore: isPreceded ? extents.block : 0,
    firstBehind,
    blockBehind,
  };
}

function near(page: number, around: Neighbours): number {
  const { blockBefore, lastBefore, blockBehind, firstBehind } = around;
  if (blockBefore > 0) return blockBefore + page - lastBefore;
  return blockBehind > 0 ? Math.max(0, blockBehind - (firstBehind - page)) : 0;
}

function takeAt(
  world: World,
  buddy: BuddySpace,
  inode: number,
  page: number,
  count: number,
  isExact: boolean,
): number {
  const around = neighboursOf(world, inode, page);
  const fileBlocks = Math.ceil(world.volume.inodes.sizeBytes(inode) / BYTES_PER_BLOCK);
  return buddy.take({
    inode,
    page,
    count,
    fileBlocks,
    around,
    near: near(page, around),
    isExact,
  });
}

/** Blocks for a write or a fault; how many. */
export function takeForUse(world: World, inode: number, page: number, count: number): number {
  const { buddy } = world;
  return buddy === null ? 0 : takeAt(world, buddy, inode, page, count, false);
}

/** Blocks for a part of what fallocate asked for; how many. */
export function takeForLater(world: World, frame: Frame, page: number, count: number): number {
  const { buddy } = world;
  if (buddy === null) return 0;
  const first = Math.floor(frame.get(R.offset) / BYTES_PER_BLOCK);
  const asked = Math.ceil(frame.get(R.end) / BYTES_PER_BLOCK) - first;
  const most = Math.min(count, UNWRITTEN_MOST);
  return takeAt(world, buddy, frame.get(R.inode), page, most, asked <= UNWRITTEN_MOST);
}

/** What was kept for the file goes when nobody can write to it any more. */
export function giveUpUnlessWritten(world: World, inode: number): void {
  const { buddy, handles, mm } = world;
  if (buddy === null || mm.mappings.firstOf(inode) !== NO_MAPPING) return;
  if (!handles.isWritten(inode)) buddy.giveUp(inode);
}

/** Blocks that statfs tells as free. */
export function freeBlocks(world: World): number {
  return world.buddy === null ? world.volume.allocator.free : world.buddy.free;
}

/** Blocks that anybody may have now. */
export function spareBlocks({ buddy, volume }: World): number {
  return buddy === null ? volume.allocator.available : buddy.available;
}

/** Blocks that statfs tells as available to everybody. */
export function availableBlocks(world: World): number {
  return world.buddy === null ? world.volume.allocator.free : world.buddy.available;
}
