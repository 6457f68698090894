/**
 * Steps of copying shared blocks before they are changed: Linux 6.12 fs/xfs/xfs_reflink.c
 * (xfs_reflink_fill_cow_hole, xfs_reflink_end_cow) and fs/dax.c (dax_iomap_copy_around).
 *
 *     stageCopy ─▶ bytes of the old block around ─▶ the new bytes ─▶ fence ─▶ putCopy
 *        │                                                                      one transaction:
 *        └ takes a hint's worth of blocks and leaves the rest for later         old − 1 owner,
 *                                                                               new in its place
 *
 * Registers: [page, page + count) is what is copied, `oldBlock` where its bytes are (0: zeros),
 * `block` where they go. The copy is durable before the transaction that shows it begins to be;
 * the kernel leaves what it copies around in the caches.
 */
import type { Frame } from '@daxsim/sim';
import { Errno } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { InodeFlag, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, TRANSACTION, begin, settle } from './answers.js';
import type { Step } from './answers.js';
import { lacksSpaceFor } from './placement.js';
import {
  STAGED_MAX,
  aimStaging,
  dropStaged,
  isReflinked,
  sharesBlocks,
  staging,
} from './sharing.js';

/** Takes blocks for a copy of [page, page + count), or as many of these as there are in one run. */
export const stageCopy: Step = {
  name: 'stageCopy',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'inodeCore'],
  per: 'transactions',
  run(world, frame) {
    const { copies } = world;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    frame.set(R.transactions, 0);
    frame.set(R.isStaged, 0);
    if (!copies.has(inode, page)) {
      const answer = stage(world, frame, inode, page, Math.min(frame.get(R.count), STAGED_MAX));
      if (answer !== Answer.Ok) return answer;
      frame.set(R.isStaged, 1);
      frame.set(R.transactions, 1);
    }
    const count = copies.run(inode, page, Math.min(frame.get(R.count), STAGED_MAX));
    copies.use(inode, page, count);
    frame.set(R.block, copies.block(inode, page));
    frame.set(R.count, count);
    return Answer.Ok;
  },
};

function stage(world: World, frame: Frame, inode: number, page: number, count: number): number {
  const { allocator } = world.volume;
  aimStaging(world, inode, page, count);
  const { first, end } = staging;
  if (lacksSpaceFor(world, inode, end - first)) return settle(frame, MediaOutcome.NoSpace);
  const got = takeRun(world, inode, first, end - first);
  if (got === 0) {
    return settle(frame, allocator.busy > 0 ? MediaOutcome.SpaceBusy : MediaOutcome.NoSpace);
  }
  // xfs_bmap_process_allocated_extent: a shorter run lies where it covers what was asked for.
  let start = first;
  if (got <= count) start = page;
  else if (first + got < page + count) start = page + count - got;
  world.copies.add(inode, start, allocator.reservedBlock, got);
  return Answer.Ok;
}

/** One run near the blocks staged around it; as long as a stripe unit it starts on one. */
function takeRun(world: World, inode: number, first: number, wanted: number): number {
  const { copies, volume } = world;
  const { allocator, geometry } = volume;
  const before = copies.endBefore(inode, first);
  const behind = copies.next(inode, first);
  let goal = 0;
  if (before > 0) goal = copies.block(inode, before - 1) + 1 + first - before;
  else if (behind < PAGE_LIMIT) goal = Math.max(0, copies.block(inode, behind) - behind + first);
  const stripe = geometry.stripeBlocks;
  if (stripe <= 1 || wanted < stripe || behind < PAGE_LIMIT) {
    return allocator.reserve(goal, wanted, 1);
  }
  if (first > 0 && goal > 0 && allocator.reserveExactly(goal, wanted)) return wanted;
  return allocator.reserve(goal, wanted, stripe);
}

/** Blocks that are copied: of a fault, all that it maps. */
function copied(frame: Frame): number {
  return Math.max(frame.get(R.span), frame.get(R.count));
}

/** Puts the copy in the file's place: one transaction for each run of equally shared blocks. */
export const putCopy: Step = {
  name: 'putCopy',
  outcomes: [...TRANSACTION, 'More'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    const { copies, volume } = world;
    const inode = frame.get(R.inode);
    const end = frame.get(R.page) + copied(frame);
    const page = copies.next(inode, frame.get(R.page));
    if (page >= end) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Shares)) return Answer.LogFull;
    const count = copies.run(inode, page, end - page);
    const block = copies.block(inode, page);
    const outcome = volume.extents.replace(inode, page, block, count, false);
    frame.set(R.sequence, volume.commit());
    if (outcome !== MediaOutcome.Done) return settle(frame, outcome);
    const behind = page + volume.extents.replaced;
    for (let at = page; at < behind; at += 1) copies.remove(inode, at);
    return behind === end ? Answer.Ok : Answer.First;
  },
};

/** Aims at bytes [from, to) of the file, which lie in what is copied. */
function aimCopy(frame: Frame, from: number, to: number): number {
  if (from >= to) return 2;
  const start = frame.get(R.page) * BYTES_PER_BLOCK;
  const target = frame.get(R.block) * BYTES_PER_BLOCK - start;
  const old = frame.get(R.oldBlock);
  if (old === 0) {
    frame.set(R.moveFrom, target + from);
    frame.set(R.moveTo, target + to);
    return 1;
  }
  const source = old * BYTES_PER_BLOCK - start;
  frame.set(R.moveFrom, source + from);
  frame.set(R.moveTo, source + to);
  frame.set(R.moveFile, target + from);
  return 0;
}

/** Some kernels leave a copy of nothing as it is: then what the block held before shows. */
function isLeft(world: World, frame: Frame): boolean {
  return frame.get(R.oldBlock) === 0 && world.personality.sharing?.fillsHoles === false;
}

type Byte = (frame: Frame) => number;

function edge(name: string, from: Byte, to: Byte): Step {
  return {
    name,
    outcomes: ['Across', 'Zeros', 'Nothing'],
    touches: [],
    run(world, frame) {
      if (isLeft(world, frame)) return 2;
      return aimCopy(frame, from(frame), to(frame));
    },
  };
}

const firstByte: Byte = (frame) => frame.get(R.page) * BYTES_PER_BLOCK;
const lastByte: Byte = (frame) => (frame.get(R.page) + copied(frame)) * BYTES_PER_BLOCK;
const startOfBytes: Byte = (frame) => frame.get(R.cursor);
const endOfBytes: Byte = (frame) => Math.min(frame.get(R.end), lastByte(frame));

/** What lies in the copied blocks before the bytes to be written. */
export const aimBefore: Step = edge('aimBefore', firstByte, startOfBytes);

/** What lies in them behind those bytes. */
export const aimBehind: Step = edge('aimBehind', endOfBytes, lastByte);

/** All of them. */
export const aimAtCopied: Step = edge('aimAtCopied', firstByte, lastByte);

/** Whether blocks that are to be zeroed in part are copied, or only staged. */
export const copiesToZero: Step = {
  name: 'copiesToZero',
  outcomes: ['Yes', 'No'],
  touches: [],
  run(world) {
    return world.personality.sharing?.copiesToZero === false ? 1 : 0;
  },
};

/** Whether a copy takes the translations of the old blocks away. */
export const unmapsCopied: Step = {
  name: 'unmapsCopied',
  outcomes: ['Yes', 'No'],
  touches: [],
  run(world, frame) {
    const page = frame.get(R.page);
    frame.set(R.firstPage, page);
    frame.set(R.endPage, page + frame.get(R.count));
    return world.personality.sharing?.unmapsCopied === false ? 1 : 0;
  },
};

/** Aims at the pages whose blocks a copy has replaced. */
export const pagesCopied: Step = {
  name: 'pagesCopied',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    const page = frame.get(R.page);
    frame.set(R.firstPage, page);
    frame.set(R.endPage, page + copied(frame));
    return 0;
  },
};

/** fallocate, unshare: only files whose blocks were shared at some time have anything to do. */
export const startUnshare: Step = {
  name: 'startUnshare',
  outcomes: ['Ok', 'Nothing'],
  touches: ['size', 'inodeCore'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    const offset = frame.get(R.offset);
    const size = world.volume.inodes.sizeBytes(inode);
    if (world.personality.sharing === null || !isReflinked(world, inode)) return 1;
    if (offset >= size) return 1;
    frame.set(R.cursor, offset);
    frame.set(R.end, Math.min(offset + frame.get(R.length), size));
    frame.set(R.done, 0);
    return 0;
  },
};

/** After unsharing: a file without shared blocks forgets that it had some, and what was staged. */
export const endUnshare: Step = {
  name: 'endUnshare',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    const { copies, volume } = world;
    const inode = frame.get(R.inode);
    if (frame.get(R.errno) !== Errno.None) return Answer.Failed;
    const isKept =
      world.personality.sharing?.keepsStagedIfDirty === true && copies.isDirtied(inode);
    if (isKept || sharesBlocks(world, inode)) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
    volume.inodes.setFlags(inode, volume.inodes.flags(inode) & ~InodeFlag.Reflinked);
    frame.set(R.sequence, volume.commit());
    dropStaged(world, inode, 0, PAGE_LIMIT, true);
    return Answer.Ok;
  },
};
