/**
 * Steps of mmap, munmap, mremap, mprotect and madvise. Checks come first, in the kernel's order,
 * and touch no lock; what changes a mapping runs while no fault of its address space can.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Advice, Errno, MapFlag } from '../../abi.js';
import { FileType } from '../../media/outcome.js';
import { Protection } from '../../mm/areas.js';
import { HUGE_PAGES } from '../../mm/huge.js';
import { MappingKind } from '../../mm/mappings.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import { Answer, OK_FAILED, fail } from '../files/answers.js';
import { giveUpUnlessWritten } from '../files/buddy-placement.js';
import { endPage, firstPage, isSpan, pagesOf } from './page-span.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

const MAPPINGS = ['mappings'] as const;
const MAPPED_PAGES = ['mappings', 'pageTable'] as const;

function isShared(flags: number): boolean {
  return (flags & (MapFlag.Shared | MapFlag.Sync)) !== 0;
}

/** Only files on the device itself; a guest's device may lose what was flushed to it. */
function mapsSync({ personality }: World): boolean {
  return personality.cache === null && personality.window === null;
}

export const checkMmap: Step = {
  name: 'checkMmap',
  outcomes: OK_FAILED,
  touches: ['handle', 'inodeCore'],
  run(world, frame) {
    const handle = frame.get(R.handle);
    const flags = frame.get(R.flags);
    const inode = world.handles.inode(handle);
    if (frame.get(R.offset) % BLOCK_BYTES !== 0) return fail(frame, Errno.Invalid);
    if (inode === 0 || world.handles.isPathOnly(handle)) return fail(frame, Errno.BadHandle);
    if (!isSpan(frame) || frame.get(R.length) === 0) return fail(frame, Errno.Invalid);
    const limit = pagesOf(frame.get(R.offset) + frame.get(R.length));
    if (limit > PAGE_LIMIT) return fail(frame, Errno.Overflow);
    const wantsStores = isShared(flags) && (flags & MapFlag.Write) !== 0;
    if (wantsStores && !world.handles.mayWrite(handle)) return fail(frame, Errno.Access);
    if (!world.handles.mayRead(handle)) return fail(frame, Errno.Access);
    if (world.volume.inodes.type(inode) !== FileType.Regular) {
      return fail(frame, Errno.NotMappable);
    }
    if ((flags & MapFlag.Sync) !== 0 && !mapsSync(world)) {
      return fail(frame, Errno.NotSupported);
    }
    frame.set(R.inode, inode);
    return Answer.Ok;
  },
};

export const insertMapping: Step = {
  name: 'insertMapping',
  outcomes: ['Ok'],
  touches: [...MAPPINGS, 'handle', 'references'],
  run(world, frame) {
    const flags = frame.get(R.flags);
    const handle = frame.get(R.handle);
    let kind = 0;
    if (isShared(flags)) kind += MappingKind.Shared;
    if ((flags & MapFlag.Sync) !== 0) kind += MappingKind.Sync;
    if (!isShared(flags) || world.handles.mayWrite(handle)) kind += MappingKind.MayStore;
    const mapping = frame.get(R.mapping);
    const inode = frame.get(R.inode);
    const first = frame.get(R.offset) / BLOCK_BYTES;
    const pages = pagesOf(frame.get(R.length));
    const { mappings } = world.mm;
    mappings.insert(
      mapping,
      frame.get(R.mm),
      inode,
      first,
      pages,
      protectionOf(flags),
      kind,
      handle,
    );
    world.mm.readAhead.bind(mapping, handle);
    world.mm.table.place(mapping, (first + frame.get(R.colour)) % HUGE_PAGES);
    if ((flags & MapFlag.Crowded) !== 0) world.mm.table.addTable(mapping, 0);
    world.volume.hold(world.serverInode(inode));
    frame.set(R.result, mapping);
    return Answer.Ok;
  },
};

export const checkMunmap: Step = {
  name: 'checkMunmap',
  outcomes: OK_FAILED,
  touches: [],
  run(_world, frame) {
    frame.set(R.result, 0);
    const isSensible = isSpan(frame) && frame.get(R.length) > 0;
    return isSensible ? Answer.Ok : fail(frame, Errno.Invalid);
  },
};

/** Removes translations, shot down before the step ends, and pages; unmapping nothing is fine. */
export const unmapPages: Step = {
  name: 'unmapPages',
  outcomes: ['Ok'],
  // The last mapping of a file gives its preallocation up.
  touches: [...MAPPED_PAGES, 'handle', 'freeSpace'],
  per: 'count',
  run(world, frame) {
    frame.set(R.count, unmap(world, frame, firstPage(frame), endPage(frame)));
    return Answer.Ok;
  },
};

/** The operation takes over the hold of a mapping that ends, to let go of it without locks. */
function unmap(world: World, frame: Frame, from: number, to: number): number {
  const { mm } = world;
  const mapping = frame.get(R.mapping);
  if (!mm.mappings.isLive(mapping)) return 0;
  const inode = mm.mappings.inode(mapping);
  const zapped = mm.zapMapping(mapping, from, to);
  if (mm.unmap(mapping, from, to)) {
    frame.set(R.held, world.serverInode(inode));
    giveUpUnlessWritten(world, inode);
  }
  return zapped;
}

export const checkMremap: Step = {
  name: 'checkMremap',
  outcomes: OK_FAILED,
  touches: [],
  run(_world, frame) {
    const isSensible = isSpan(frame) && frame.get(R.length) > 0 && frame.get(R.offset2) > 0;
    frame.set(R.result, frame.get(R.mapping));
    return isSensible ? Answer.Ok : fail(frame, Errno.Invalid);
  },
};

/** Only the end of a mapping can grow: its own pages would be in the way elsewhere. */
export const resizeMapping: Step = {
  name: 'resizeMapping',
  outcomes: OK_FAILED,
  touches: MAPPED_PAGES,
  per: 'count',
  run(world, frame) {
    const { mappings } = world.mm;
    const { areas } = mappings;
    const mapping = frame.get(R.mapping);
    frame.set(R.count, 0);
    const end = endPage(frame);
    const newEnd = pagesOf(frame.get(R.offset) + frame.get(R.offset2));
    const isMapped = mappings.isLive(mapping) && areas.covers(mapping, firstPage(frame), end);
    if (!isMapped) return fail(frame, Errno.Fault);
    const last = areas.find(mapping, end - 1);
    if (newEnd < end) {
      frame.set(R.count, unmap(world, frame, newEnd, end));
      return Answer.Ok;
    }
    if (newEnd === end) return Answer.Ok;
    const isInside = areas.limit(mapping) > end;
    if (isInside || mappings.firstPage(mapping) + newEnd > PAGE_LIMIT) {
      return fail(frame, Errno.NoMemory);
    }
    areas.append(mapping, end, newEnd, areas.protection(last));
    return Answer.Ok;
  },
};

export const checkMprotect: Step = {
  name: 'checkMprotect',
  outcomes: OK_FAILED,
  touches: [],
  run(_world, frame) {
    frame.set(R.result, 0);
    return isSpan(frame) ? Answer.Ok : fail(frame, Errno.Invalid);
  },
};

/** Translations of 2 MiB that the range's ends cut are removed. */
export const protectRange: Step = {
  name: 'protectRange',
  outcomes: OK_FAILED,
  touches: MAPPED_PAGES,
  per: 'count',
  run(world, frame) {
    const { mm } = world;
    const mapping = frame.get(R.mapping);
    const from = firstPage(frame);
    const to = endPage(frame);
    frame.set(R.count, 0);
    if (from === to) return Answer.Ok;
    const isMapped = mm.mappings.isLive(mapping) && mm.mappings.areas.covers(mapping, from, to);
    if (!isMapped) return fail(frame, Errno.NoMemory);
    const protection = protectionOf(frame.get(R.flags));
    const wantsStores = (protection & Protection.Write) !== 0;
    if (wantsStores && !mm.mappings.mayStore(mapping)) return fail(frame, Errno.Access);
    mm.mappings.areas.protect(mapping, from, to, protection);
    let changed = mm.splitAt(mapping, from) + mm.splitAt(mapping, to);
    if (protection === Protection.None && mm.mappings.isShared(mapping)) {
      changed += mm.zapMapping(mapping, from, to);
    } else if (wantsStores) mm.allowStores(mapping, from, to);
    else changed += mm.protectMapping(mapping, from, to, false);
    frame.set(R.count, changed);
    return Answer.Ok;
  },
};

/**
 * Pages that are not mapped make the call fail with ENOMEM after the others were treated; filling
 * stops before them.
 */
export const checkAdvice: Step = {
  name: 'checkAdvice',
  outcomes: ['Nothing', 'Failed', 'Drop', 'Populate'],
  touches: MAPPINGS,
  run(world, frame) {
    const { mappings } = world.mm;
    const mapping = frame.get(R.mapping);
    const advice = frame.get(R.flags);
    frame.set(R.result, 0);
    if (!isSpan(frame)) return fail(frame, Errno.Invalid);
    if (frame.get(R.length) === 0) return 0;
    if (!mappings.isLive(mapping)) return fail(frame, Errno.NoMemory);
    const isPopulate = advice === Advice.PopulateRead || advice === Advice.PopulateWrite;
    const isWhole = mappings.areas.covers(mapping, firstPage(frame), endPage(frame));
    if (!isWhole && !isPopulate) frame.set(R.errno, Errno.NoMemory);
    if (advice === Advice.DontNeed) return 2;
    if (!isPopulate) return 0;
    frame.set(R.access, advice === Advice.PopulateWrite ? Access.Write : Access.Read);
    frame.set(R.cursor, frame.get(R.offset) - BLOCK_BYTES);
    frame.set(R.done, frame.get(R.offset));
    frame.set(R.end, frame.get(R.offset) + frame.get(R.length));
    return 3;
  },
};

/** MADV_DONTNEED: translations and private copies go, the file's own bytes stay. */
export const adviseRange: Step = {
  name: 'adviseRange',
  outcomes: ['Ok'],
  touches: MAPPED_PAGES,
  per: 'count',
  run(world, frame) {
    const mapping = frame.get(R.mapping);
    frame.set(R.count, world.mm.zapMapping(mapping, firstPage(frame), endPage(frame)));
    return Answer.Ok;
  },
};

function protectionOf(flags: number): number {
  let protection: number = Protection.None;
  if ((flags & MapFlag.Read) !== 0) protection += Protection.Read;
  if ((flags & MapFlag.Write) !== 0) protection += Protection.Write;
  return protection;
}
