/**
 * What sharing means to whoever stores: must the blocks be copied, how far does that hold, and
 * where do copies go. Linux 6.12 fs/xfs/xfs_reflink.c (xfs_reflink_allocate_cow,
 * xfs_find_trim_cow_extent) and fs/xfs/libxfs/xfs_bmap.c (xfs_bmap_extsize_align).
 *
 * A page is copied if a block is staged for it, else if its own block has more than one owner.
 */
import type { Frame } from '@daxsim/sim';
import { ExtentState, InodeFlag } from '../../media/outcome.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';

/** The most blocks that are staged at once; what one transaction can put into a file's place. */
export const STAGED_MAX = 1024;

/**
 * How many blocks from `page` on, at most `count`, are to be copied; negative: how many may be
 * changed in place. `state` and `block` are what the extent map says of `page`, alike for `count`.
 */
export function copyRun(
  world: World,
  inode: number,
  page: number,
  state: number,
  block: number,
  count: number,
): number {
  const { copies, volume } = world;
  let most = count;
  if (copies.count(inode) > 0) {
    if (copies.has(inode, page)) return copies.run(inode, page, count);
    most = Math.min(most, copies.next(inode, page) - page);
  }
  if (state !== ExtentState.Written) return -most;
  const owners = volume.shares.owners(block);
  most = Math.min(most, volume.shares.length);
  return owners > 1 ? most : -most;
}

/**
 * Decides for the blocks found, [page, page + count), and cuts `count` to where the answer changes.
 * Sets `oldBlock`: where the bytes are that a copy keeps, 0 if they are zeros.
 */
export function mustCopy(world: World, frame: Frame): boolean {
  const { sharing } = world.personality;
  if (sharing === null) return false;
  const state = frame.get(R.state);
  const block = frame.get(R.block);
  const run = copyRun(
    world,
    frame.get(R.inode),
    frame.get(R.page),
    state,
    block,
    frame.get(R.count),
  );
  frame.set(R.count, Math.abs(run));
  const isOld =
    state === ExtentState.Written || (state !== ExtentState.Hole && !sharing.fillsHoles);
  frame.set(R.oldBlock, isOld ? block : 0);
  return run > 0;
}

/** Where the allocation for a copy of [page, page + count) begins and ends; left in two fields. */
export const staging = { first: 0, end: 0 };

/**
 * Rounds to the hint on both sides, then keeps off what is staged before and behind: the place is
 * moved first and cut only when it does not fit.
 */
export function aimStaging(world: World, inode: number, page: number, count: number): void {
  const { copies } = world;
  const unit = stagingUnit(world, inode);
  const before = copies.endBefore(inode, page);
  const behind = copies.next(inode, page);
  let first = Math.floor(page / unit) * unit;
  const length = Math.ceil((page + count) / unit) * unit - first;
  if (first !== page && first < before) first = before;
  const crosses = (): boolean => first + length !== page + count && first + length > behind;
  if (crosses()) first = Math.max(0, behind - length);
  if (first !== page && first < before) first = before;
  staging.first = first;
  staging.end = crosses() ? behind : first + length;
}

/** Blocks that copies are rounded to: the file's extent size hint, or the file system's default. */
export function stagingUnit(world: World, inode: number): number {
  const hint = world.volume.inodes.extentHint(inode);
  return hint > 0 ? hint : (world.personality.sharing?.copyUnitBlocks ?? 1);
}

/** Gives staged blocks of [from, limit) back; those in use only if `evenUsed`. */
export function dropStaged(
  world: World,
  inode: number,
  from: number,
  limit: number,
  evenUsed: boolean,
): void {
  const { copies, volume } = world;
  if (copies.count(inode) === 0) return;
  const end = Math.min(limit, PAGE_LIMIT);
  for (let page = copies.next(inode, from); page < end; page = copies.next(inode, page + 1)) {
    if (!evenUsed && copies.isInUse(inode, page)) continue;
    volume.allocator.giveBack(copies.block(inode, page), 1);
    copies.remove(inode, page);
  }
}

/**
 * Space is short: what other files have staged and do not use comes back, unless they were dirtied
 * since the last sync(2). Linux 6.12 fs/xfs/xfs_icache.c, xfs_blockgc_flush_all.
 */
export function reclaimStaged(world: World, inode: number): void {
  const { copies } = world;
  for (const other of copies.inodesWithCopies()) {
    if (other !== inode && !copies.isDirtied(other)) dropStaged(world, other, 0, PAGE_LIMIT, false);
  }
}

/** Whether any block of the file has another owner. */
export function sharesBlocks(world: World, inode: number): boolean {
  const { extents, shares } = world.volume;
  for (let at = 0; extents.next(inode, at);) {
    const { block, length, start, state } = extents;
    for (let i = 0; state === ExtentState.Written && i < length; i += shares.length) {
      if (shares.owners(block + i) > 1) return true;
    }
    at = start + length;
  }
  return false;
}

/** Whether blocks of the file have been shared at some time: XFS_DIFLAG2_REFLINK. */
export function isReflinked(world: World, inode: number): boolean {
  return (world.volume.inodes.flags(inode) & InodeFlag.Reflinked) !== 0;
}
