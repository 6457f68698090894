/**
 * Steps of taking a range back: Linux 6.12 fs/fuse/dax.c, lookup_and_reclaim_dmap,
 * inode_inline_reclaim_one_dmap, try_to_free_dmap_chunks.
 *
 * `rangeAt` says which 2 MiB of the file, −1 for the first that nobody holds.
 */
import { Errno } from '../../abi.js';
import { HUGE_PAGES } from '../../mm/huge.js';
import { R } from '../../registers.js';
import { NO_RANGE } from '../../window/window-ranges.js';
import { Answer, fail } from '../files/answers.js';
import { setPages, windowOf } from './guest.js';
import { giveBack, unmapRange } from './ranges.js';
import type { WaitDefinition } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** Any range of the file that nobody holds will do. */
export const wantAnyRange: Step = {
  name: 'wantAnyRange',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.rangeAt, -1);
    frame.set(R.spare, NO_RANGE);
    return Answer.Ok;
  },
};

/** The range to be taken back, and its pages. */
export const chooseVictim: Step = {
  name: 'chooseVictim',
  outcomes: ['Found', 'None'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const inode = frame.get(R.inode);
    const wanted = frame.get(R.rangeAt);
    const range = wanted < 0 ? window.firstIdle(inode) : window.find(inode, wanted);
    if (range === NO_RANGE) return 1;
    const index = window.index(range);
    frame.set(R.rangeAt, index);
    frame.set(R.server, window.serverInode(inode));
    frame.set(R.guest, window.guestOfInode(inode));
    setPages(frame, index * HUGE_PAGES, (index + 1) * HUGE_PAGES);
    return 0;
  },
};

/** Under the exclusive lock: is it still there, and does nobody hold it? */
export const confirmVictim: Step = {
  name: 'confirmVictim',
  outcomes: ['Ok', 'Busy'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const range = window.find(frame.get(R.inode), frame.get(R.rangeAt));
    frame.set(R.range, range);
    return range !== NO_RANGE && window.isIdle(range) ? 0 : 1;
  },
};

/** Out of the tree: nobody finds it any more. */
export const removeRange: Step = {
  name: 'removeRange',
  outcomes: ['Ok'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    windowOf(world).remove(frame.get(R.range));
    return Answer.Ok;
  },
};

/** The range that was taken back goes on the free list. */
export const freeReclaimed: Step = {
  name: 'freeReclaimed',
  outcomes: ['Ok'],
  touches: ['windowRange'],
  run(world, frame) {
    windowOf(world).figures.backgroundReclaims += 1;
    giveBack(world, frame.get(R.range));
    frame.set(R.range, NO_RANGE);
    return Answer.Ok;
  },
};

/** The range that was taken back is used by whoever took it. */
export const keepReclaimed: Step = {
  name: 'keepReclaimed',
  outcomes: ['Ok'],
  touches: ['windowRange'],
  run(world, frame) {
    windowOf(world).figures.inlineReclaims += 1;
    frame.set(R.spare, frame.get(R.range));
    return Answer.Ok;
  },
};

/** Nothing could be taken back. */
export const failReclaim: Step = {
  name: 'failReclaim',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    fail(frame, Errno.Again);
    return Answer.Ok;
  },
};

/** Whether the worker has to be started: too few ranges are free; on demand, none at all. */
export const startsWorker: Step = {
  name: 'startsWorker',
  outcomes: ['No', 'Yes'],
  touches: ['windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const guest = frame.get(R.guest);
    const isScarce = window.freeCount(guest) < window.threshold;
    const mayStart = world.knobs.windowWorker === 'threshold' || frame.get(R.spare) === NO_RANGE;
    if (!isScarce || !mayStart || window.isWorking(guest)) return 0;
    window.setWorking(guest, true);
    return 1;
  },
};

/** The worker's next range, oldest first; none while enough are free, or all are in use. */
export const nextVictim: Step = {
  name: 'nextVictim',
  outcomes: ['Found', 'Enough', 'Busy'],
  touches: ['windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const guest = frame.get(R.guest);
    if (window.freeCount(guest) >= window.threshold) {
      window.setWorking(guest, false);
      // Nobody sleeps without a worker where only sleepers start it.
      if (world.knobs.windowWorker === 'onDemand') world.signal('freeRange', guest);
      return 1;
    }
    const range = window.nextVictim(guest);
    if (range === NO_RANGE) return 2;
    frame.set(R.inode, window.inode(range));
    frame.set(R.rangeAt, window.index(range));
    return 0;
  },
};

/** Asleep until a range is idle, or free. */
export const idleRange: WaitDefinition<World> = {
  name: 'idleRange',
  key: (_world, frame) => frame.get(R.guest),
  ready(world, frame) {
    const window = windowOf(world);
    const guest = frame.get(R.guest);
    return window.freeCount(guest) >= window.threshold || window.hasIdle(guest);
  },
};

/** Every range of a file that is no more, of all guests: fuse_dax_inode_cleanup. */
export const forgetRanges: Step = {
  name: 'forgetRanges',
  outcomes: ['Ok'],
  touches: ['windowTree', 'windowRange', 'size', 'mappings', 'pageTable', 'daxEntry', 'dirtyTag'],
  run(world, frame) {
    const window = windowOf(world);
    const server = frame.get(R.inode);
    for (let guest = 0; guest < window.values.guests; guest += 1) {
      forgetAll(world, server + guest * window.stride);
    }
    return Answer.Ok;
  },
};

function forgetAll(world: World, inode: number): void {
  const window = windowOf(world);
  const { entries } = world.mm;
  for (let at = window.anyOf(inode); at !== NO_RANGE; at = window.anyOf(inode)) {
    const first = window.index(at) * HUGE_PAGES;
    for (let page = entries.next(inode, first, first + HUGE_PAGES); page >= 0;) {
      entries.remove(inode, page);
      page = entries.next(inode, first, first + HUGE_PAGES);
    }
    window.remove(at);
    unmapRange(world, at);
    giveBack(world, at);
  }
  if (window.sizeOf(inode) > 0) window.setSize(inode, 0);
}
