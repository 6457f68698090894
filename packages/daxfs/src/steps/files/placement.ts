/**
 * How many blocks an allocation asks for, and where: Linux 6.12 fs/xfs/xfs_iomap.c
 * (xfs_iomap_eof_align_last_fsb) and fs/xfs/libxfs/xfs_bmap.c (xfs_bmap_adjacent,
 * xfs_bmap_btalloc).
 *
 *     file     ┊ before ┊· · page ┊ count ┊ · · ┊ after ┊         goal: as far from its neighbour
 *     device   ┊ before ┊· · goal ┊                                     as in the file
 *
 * What goes behind the last extent and is as long as the stripe unit starts on a multiple of it,
 * unless it continues that extent. Space must be there for all of it and for the extent tree, or
 * nothing is taken.
 */
import type { Frame } from '@daxsim/sim';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState, MediaOutcome } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, settle } from './answers.js';
import { takeForLater, takeForUse } from './buddy-placement.js';
import { reclaimStaged } from './sharing.js';

/** A gap up to this many times the allocation is left free on the device as it is in the file. */
const GAP_UNITS = 4;

/** Whether no extent begins behind `page`. */
function isLast(world: World, inode: number, page: number): boolean {
  return !world.volume.extents.next(inode, page);
}

/**
 * How many blocks to ask for at `page`: at the end of the file, the allocation goes on to the end
 * of the stripe unit (kernel record p10: 511 blocks for one byte) or of the extent size hint.
 */
function wantedBlocks(
  world: World,
  inode: number,
  page: number,
  count: number,
  endByte: number,
): number {
  const { geometry, inodes } = world.volume;
  const size = inodes.sizeBytes(inode);
  const end = page + count;
  if (endByte <= size) return count;
  const hint = inodes.extentHint(inode);
  const isStriped =
    world.personality.eofAllocation === 'stripe' &&
    geometry.stripeBlocks > 1 &&
    size >= geometry.stripeBlocks * BYTES_PER_BLOCK;
  let unit = isStriped ? geometry.stripeBlocks : 1;
  if (hint > 0) unit = Math.ceil(unit / hint) * hint;
  if (unit === 1 || !isLast(world, inode, end)) return count;
  return Math.ceil(end / unit) * unit - page;
}

/** Where the file's neighbours on both sides want the hole at `page` to go; 0 is no wish. */
function goalFor(world: World, inode: number, page: number, count: number): number {
  const { extents } = world.volume;
  extents.lookup(inode, page);
  const holeStart = extents.start;
  const isFollowed = extents.next(inode, page);
  const afterGap = extents.start - page;
  const afterBlock = extents.block;
  const isPreceded = holeStart > 0 && extents.lookup(inode, holeStart - 1) !== ExtentState.Hole;
  const gap = page - holeStart;
  const beforeEnd = extents.block + 1;
  if (!isFollowed) return isPreceded ? beforeEnd + gap : 0;
  const isNearBefore = gap <= GAP_UNITS * count;
  const before = isNearBefore ? beforeEnd + gap : beforeEnd;
  const beforeDistance = isNearBefore ? gap : 2 * gap;
  const isNearAfter = afterGap <= GAP_UNITS * count;
  const after = afterBlock - (isNearAfter ? afterGap : count);
  const afterDistance = isNearAfter ? afterGap : 2 * afterGap - count;
  if (!isPreceded) return Math.max(0, after);
  return beforeDistance <= afterDistance ? before : after;
}

/** Whether there is no space for what making an inode and its name may take. */
export function lacksSpaceToCreate(world: World): boolean {
  return world.volume.allocator.free < world.personality.createReserveBlocks;
}

/** Whether there is no space for so many blocks, and what the transaction reserves for the tree. */
export function lacksSpace(world: World, wanted: number): boolean {
  return world.volume.allocator.free < wanted + world.personality.treeReserveBlocks;
}

/** The same for a file, after taking back what other files have set aside for copies. */
export function lacksSpaceFor(world: World, inode: number, wanted: number): boolean {
  if (!lacksSpace(world, wanted)) return false;
  reclaimStaged(world, inode);
  return lacksSpace(world, wanted);
}

/**
 * Reserves blocks for the hole at `page`, up to `count`; sets block and count. Answers an `Answer`.
 * `endByte` is where the access ends: a fault with its pages, a write with its bytes.
 * Shared with the write fault.
 */
export function reserveFor(
  world: World,
  frame: Frame,
  count: number,
  endByte: number = (frame.get(R.page) + count) * BYTES_PER_BLOCK,
): number {
  const inode = frame.get(R.inode);
  const page = frame.get(R.page);
  if (world.buddy !== null) return reserveAt(world, frame, page, count);
  const wanted = wantedBlocks(world, inode, page, count, endByte);
  if (lacksSpaceFor(world, inode, wanted)) return settle(frame, MediaOutcome.NoSpace);
  return reserveAt(world, frame, page, wanted);
}

/**
 * The same for preallocation: rounded to the extent size hint, and to nothing else. Sets page,
 * block and count.
 */
export function reserveRange(world: World, frame: Frame, page: number, count: number): number {
  const { extents, inodes } = world.volume;
  const inode = frame.get(R.inode);
  if (world.buddy !== null) {
    return settleTaken(world, frame, page, takeForLater(world, frame, page, count));
  }
  const hint = inodes.extentHint(inode);
  if (hint === 0) return reserveAt(world, frame, page, count, count);
  extents.lookup(inode, page);
  const holeStart = extents.start;
  const holeEnd = page + extents.length;
  const rounded = Math.floor(page / hint) * hint;
  let first = Math.max(holeStart, rounded);
  // Rounded at both ends, then moved as a whole so that it begins, or else ends, with the hole
  // (Linux 6.12 fs/xfs/libxfs/xfs_bmap.c, xfs_bmap_extsize_align; kernel record h12).
  const wanted = Math.ceil((page + count) / hint) * hint - rounded;
  if (first + wanted > holeEnd) first = Math.max(holeStart, holeEnd - wanted);
  return reserveAt(world, frame, first, Math.min(wanted, holeEnd - first), count);
}

/**
 * Reserves up to `wanted` blocks for `page` on, whatever space is promised; as `reserveFor`. What
 * was `asked` for before it was rounded decides whether the stripe unit counts.
 */
export function reserveAt(
  world: World,
  frame: Frame,
  page: number,
  wanted: number,
  asked: number = wanted,
): number {
  const inode = frame.get(R.inode);
  if (world.buddy !== null) {
    return settleTaken(world, frame, page, takeForUse(world, inode, page, wanted));
  }
  const goal = goalFor(world, inode, page, wanted);
  return settleTaken(world, frame, page, take(world, inode, page, wanted, asked, goal));
}

/** Sets what was taken, `length` blocks from the allocator's reserved one on. */
function settleTaken(world: World, frame: Frame, page: number, length: number): number {
  const { allocator } = world.volume;
  frame.set(R.page, page);
  if (length === 0) {
    return settle(frame, allocator.busy > 0 ? MediaOutcome.SpaceBusy : MediaOutcome.NoSpace);
  }
  frame.set(R.block, allocator.reservedBlock);
  frame.set(R.count, length);
  return Answer.Ok;
}

/** What a hint adds does not make a request long: it is aligned to the stripe by itself only. */
function take(
  world: World,
  inode: number,
  page: number,
  wanted: number,
  asked: number,
  goal: number,
): number {
  const { allocator, geometry } = world.volume;
  const stripe = geometry.stripeBlocks;
  const isAligned = stripe > 1 && asked >= stripe && isLast(world, inode, page);
  if (!isAligned) return allocator.reserve(goal, wanted, 1);
  if (page > 0 && allocator.reserveExactly(goal, wanted)) return wanted;
  return allocator.reserve(goal, wanted, stripe);
}
