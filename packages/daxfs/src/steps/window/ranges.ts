/**
 * Steps from a place in a file to a range of the window: Linux 6.12 fs/fuse/dax.c,
 * fuse_iomap_begin, fuse_setup_new_dax_mapping, fuse_upgrade_dax_mapping.
 *
 *      findRange     Ready                          the range is held
 *                    ReadOnly ─▶ confirmUpgrade     held over the change of lock, looked up again
 *                    Missing ─▶ take one ─▶ confirmNoRange     somebody may have been faster
 *
 * `cursor` is the byte, `access` what is wanted. Whoever gets a range holds it until `putRange`.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { ExtentState } from '../../media/outcome.js';
import { HUGE_PAGES } from '../../mm/huge.js';
import { Protection } from '../../mm/areas.js';
import { MappingKind } from '../../mm/mappings.js';
import { R } from '../../registers.js';
import { hostOf } from '../../window/hosted.js';
import { NO_RANGE, RANGE_BYTES, firstWindowPage } from '../../window/window-ranges.js';
import { Answer, fail } from '../files/answers.js';
import { windowOf } from './guest.js';
import type { Frame, WaitDefinition } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

function wantsStores(frame: Frame): boolean {
  return frame.get(R.access) === Access.Write;
}

/** Looks in the tree, shared: most find what they need. */
export const findRange: Step = {
  name: 'findRange',
  outcomes: ['Ready', 'ReadOnly', 'Missing'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const inode = frame.get(R.inode);
    const index = Math.floor(frame.get(R.cursor) / RANGE_BYTES);
    frame.set(R.server, window.serverInode(inode));
    frame.set(R.guest, window.guestOfInode(inode));
    frame.set(R.rangeAt, index);
    const range = window.find(inode, index);
    frame.set(R.range, range);
    if (range === NO_RANGE) return 2;
    const isReadOnly = wantsStores(frame) && !window.isWritable(range);
    if (!isReadOnly || world.knobs.windowUpgrade === 'keepsRange') window.hold(range);
    return isReadOnly ? 1 : 0;
  },
};

/** Under the exclusive lock: somebody else may have made it writable. */
export const confirmUpgrade: Step = {
  name: 'confirmUpgrade',
  outcomes: ['Ready', 'Upgrade', 'Lost'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    if (world.knobs.windowUpgrade === 'dropsRange') {
      window.hold(frame.get(R.range));
      return 1;
    }
    const range = window.find(frame.get(R.inode), frame.get(R.rangeAt));
    if (range !== frame.get(R.range)) {
      fail(frame, Errno.Io);
      return 2;
    }
    return window.isWritable(range) ? 0 : 1;
  },
};

/** A free range, if there is one; it is then in transfer. */
export const takeFreeRange: Step = {
  name: 'takeFreeRange',
  outcomes: ['Taken', 'Empty'],
  touches: ['windowRange'],
  run(world, frame) {
    const range = windowOf(world).takeFree(frame.get(R.guest));
    frame.set(R.spare, range);
    return range === NO_RANGE ? 1 : 0;
  },
};

/** Under the exclusive lock: is the place still without a range? Else the spare one goes back. */
export const confirmNoRange: Step = {
  name: 'confirmNoRange',
  outcomes: ['Absent', 'Ready', 'ReadOnly'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const range = window.find(frame.get(R.inode), frame.get(R.rangeAt));
    if (range === NO_RANGE) {
      frame.set(R.range, frame.get(R.spare));
      return 0;
    }
    giveBack(world, frame.get(R.spare));
    frame.set(R.range, range);
    window.hold(range);
    return wantsStores(frame) && !window.isWritable(range) ? 2 : 1;
  },
};

/** A range is free again, and whoever waits for one hears of it. */
export function giveBack(world: World, range: number): void {
  const window = windowOf(world);
  window.giveBack(range);
  const guest = window.guestOfRange(range);
  world.signal('freeRange', guest);
  world.signal('idleRange', guest);
}

/**
 * The server maps the file's 2 MiB where the range is, over whatever was there: FUSE_SETUPMAPPING,
 * mmap with MAP_FIXED. Stores are allowed if `access` asks for them.
 */
export const mapAtServer: Step = {
  name: 'mapAtServer',
  outcomes: ['Ok'],
  touches: ['mappings', 'pageTable'],
  run(world, frame) {
    const { mm } = hostOf(world);
    const window = windowOf(world);
    const range = frame.get(R.range);
    const isWrite = wantsStores(frame);
    if (mm.mappings.isLive(range)) window.figures.upgrades += 1;
    else window.figures.setups += 1;
    unmapRange(world, range);
    const protection = Protection.Read | (isWrite ? Protection.Write : 0);
    const kind = MappingKind.Shared | MappingKind.MayStore;
    const first = frame.get(R.rangeAt) * HUGE_PAGES;
    const { server, guest } = R;
    mm.mappings.insert(
      range,
      frame.get(guest),
      frame.get(server),
      first,
      HUGE_PAGES,
      protection,
      kind,
    );
    mm.table.place(range, 0);
    return Answer.Ok;
  },
};

/** The server takes what the range shows away: FUSE_REMOVEMAPPING. */
export const unmapAtServer: Step = {
  name: 'unmapAtServer',
  outcomes: ['Ok'],
  touches: ['mappings', 'pageTable'],
  run(world, frame) {
    windowOf(world).figures.removals += 1;
    unmapRange(world, frame.get(R.range));
    return Answer.Ok;
  },
};

/** Takes the host's mapping of a range away, with all translations of the guest's memory to it. */
export function unmapRange(world: World, range: number): void {
  const { mm } = hostOf(world);
  if (!mm.mappings.isLive(range)) return;
  mm.zapMapping(range, 0, HUGE_PAGES);
  mm.unmap(range, 0, HUGE_PAGES);
}

/** The reply came: the range is the file's, and held. */
export const enterRange: Step = {
  name: 'enterRange',
  outcomes: ['Ok'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const range = frame.get(R.range);
    window.insert(range, frame.get(R.inode), frame.get(R.rangeAt), wantsStores(frame));
    window.hold(range);
    return Answer.Ok;
  },
};

/** The reply came: the range may be stored to. */
export const enterUpgrade: Step = {
  name: 'enterUpgrade',
  outcomes: ['Ok'],
  touches: ['windowTree', 'windowRange'],
  run(world, frame) {
    windowOf(world).setWritable(frame.get(R.range));
    return Answer.Ok;
  },
};

/** Lets go of the range that was found. */
export const putRange: Step = {
  name: 'putRange',
  outcomes: ['Ok'],
  touches: ['windowRange'],
  run(world, frame) {
    const window = windowOf(world);
    const range = frame.get(R.range);
    if (range === NO_RANGE) return Answer.Ok;
    window.letGo(range);
    frame.set(R.range, NO_RANGE);
    world.signal('idleRange', window.guestOfRange(range));
    return Answer.Ok;
  },
};

/** Whether the fault has a range already. */
export const hasRange: Step = {
  name: 'hasRange',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.range) === NO_RANGE ? 0 : 1;
  },
};

/** Byte of the file that a fault is about. */
export const aimAtFault: Step = {
  name: 'aimAtFault',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.cursor, frame.get(R.page) * BLOCK_BYTES);
    return Answer.Ok;
  },
};

/** What a fault maps: pages of the window, as far as range and file go (fuse_fill_iomap). */
export const aimAtWindow: Step = {
  name: 'aimAtWindow',
  outcomes: ['Ok'],
  touches: ['size'],
  run(world, frame) {
    const page = frame.get(R.page);
    const size = windowOf(world).sizeOf(frame.get(R.inode));
    const left = Math.min(HUGE_PAGES - (page % HUGE_PAGES), Math.ceil(size / BLOCK_BYTES) - page);
    frame.set(R.state, ExtentState.Written);
    frame.set(R.block, firstWindowPage(frame.get(R.range)) + (page % HUGE_PAGES));
    frame.set(R.count, Math.min(left, frame.get(R.span)));
    frame.set(R.isCopy, 0);
    frame.set(R.isShared, 0);
    return Answer.Ok;
  },
};

/** Aims a copy at the range, from the cursor to the end of one of the two. */
export const aimCopy: Step = {
  name: 'aimCopy',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    const cursor = frame.get(R.cursor);
    const chunk = Math.min(frame.get(R.end) - cursor, RANGE_BYTES - (cursor % RANGE_BYTES));
    const from = frame.get(R.range) * RANGE_BYTES + (cursor % RANGE_BYTES);
    frame.set(R.chunk, chunk);
    frame.set(R.moveFrom, from);
    frame.set(R.moveTo, from + chunk);
    frame.set(R.moveFile, cursor);
    return Answer.Ok;
  },
};

/** A fault found nothing free: the worker has to be told. */
export const noteNoRange: Step = {
  name: 'noteNoRange',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    const window = windowOf(world);
    window.figures.waits += 1;
    frame.set(R.guest, window.guestOfInode(frame.get(R.inode)));
    frame.set(R.spare, NO_RANGE);
    return Answer.Ok;
  },
};

/** Asleep until a range is free. */
export const freeRange: WaitDefinition<World> = {
  name: 'freeRange',
  key: (_world, frame) => frame.get(R.guest),
  ready(world, frame) {
    const window = windowOf(world);
    const guest = frame.get(R.guest);
    if (window.freeCount(guest) > 0) return true;
    return world.knobs.windowWorker === 'onDemand' && !window.isWorking(guest);
  },
};
