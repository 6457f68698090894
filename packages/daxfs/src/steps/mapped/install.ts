/**
 * Steps of a page fault from the block to the translation: Linux 6.12 fs/dax.c,
 * dax_iomap_pte_fault, dax_insert_entry, dax_insert_pfn_mkwrite.
 *
 *      entry ─▶ dirty tag ─▶ writable translation       never the other way round: fsync looks for
 *                                                       tags, and must find every page that a
 *                                                       store can reach
 */
import { ExtentState } from '../../media/outcome.js';
import { EntryKind } from '../../mm/dax-entries.js';
import { HUGE_PAGES } from '../../mm/huge.js';
import { NO_PAGE, Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { dropStaged } from '../files/sharing.js';
import { fallBack, placeInMapping } from './fault-size.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../../world.js';
import type { Step } from '../files/answers.js';

/** Finds the entry to be locked: the page's own, or that of its 2 MiB. */
export const findEntry: Step = {
  name: 'findEntry',
  outcomes: ['Ok'],
  touches: ['entryIndex'],
  run(world, frame) {
    const page = frame.get(R.page);
    const start = world.mm.entries.start(frame.get(R.inode), page);
    frame.set(R.entryPage, start === NO_PAGE ? page : start);
    return 0;
  },
};

/**
 * Puts an empty entry where there is none, first thing under the entry lock. Whoever allocates the
 * block meanwhile finds it, waits for its lock and then drops what this fault made of it; without
 * it a write(2) between lookup and install would find nothing to invalidate (Kara, 2017-04-25).
 *
 * Moved: while the fault waited, another entry came or the one locked went. An entry of 2 MiB that
 * holds no blocks gives way to one of a page (grab_mapping_entry, pmd_downgrade).
 */
export const grabEntry: Step = {
  name: 'grabEntry',
  outcomes: ['Ok', 'Moved', 'Smaller'],
  touches: ['daxEntry', 'pageTable'],
  run(world, frame) {
    const { mm } = world;
    const { entries } = mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    const isHuge = frame.get(R.span) > 1;
    const fallsBack = world.knobs.hugeConflict === 'fallsBack';
    if (isHuge && fallsBack && entries.hasSmall(inode, page)) {
      fallBack(world, frame, 'fallbacksEntry');
      return 2;
    }
    const start = entries.start(inode, page);
    if ((start === NO_PAGE ? page : start) !== frame.get(R.entryPage)) return 1;
    if (frame.get(R.entryShared) === 1 && !isReady(world, frame)) {
      frame.set(R.entryShared, 2);
      return 1;
    }
    if (start === NO_PAGE) {
      entries.put(inode, page, EntryKind.Empty, 0, isHuge);
      return 0;
    }
    if (isHuge || !entries.isHuge(inode, start) || entries.kind(inode, page) === EntryKind.Block) {
      return 0;
    }
    if (entries.kind(inode, page) === EntryKind.Zero) {
      mm.zapInode(inode, start, start + HUGE_PAGES, false);
    }
    entries.remove(inode, start);
    return 1;
  },
};

/** Whether the fault can use the entry as it is, so that it may share it with others. */
function isReady(world: World, frame: Frame): boolean {
  const { entries } = world.mm;
  const inode = frame.get(R.inode);
  const page = frame.get(R.page);
  if (entries.start(inode, page) === NO_PAGE) return false;
  return entries.kind(inode, page) === EntryKind.Block;
}

/** How a fault locks an entry where a plan tells readers from writers of entries. */
export const entryMode: Step = {
  name: 'entryMode',
  outcomes: ['Shared', 'Exclusive'],
  touches: ['daxEntry'],
  run(world, frame) {
    const isShared = frame.get(R.entryShared) !== 2 && isReady(world, frame);
    frame.set(R.entryShared, isShared ? 1 : 2);
    return isShared ? 0 : 1;
  },
};

/** Whether the blocks that were found make a translation of the attempt's size; else falls back. */
function isWhole(world: World, frame: Frame): boolean {
  const span = frame.get(R.span);
  if (span === 1) return true;
  if (frame.get(R.count) < span) {
    fallBack(world, frame, 'fallbacksShort');
    return false;
  }
  const isBlock = frame.get(R.state) === ExtentState.Written || frame.get(R.isNew) === 1;
  if (!isBlock || frame.get(R.block) % span === 0) return true;
  fallBack(world, frame, 'fallbacksUnaligned');
  return false;
}

/** Enters what a read fault found: the block, or zeros. */
export const enterReadEntry: Step = {
  name: 'enterReadEntry',
  outcomes: ['Ok', 'Smaller'],
  touches: ['daxEntry', 'mappings', 'pageTable'],
  per: 'count',
  run(world, frame) {
    if (!isWhole(world, frame)) {
      // Nothing was unmapped, which is what costs.
      frame.set(R.count, 0);
      return 1;
    }
    const isBlock = frame.get(R.state) === ExtentState.Written;
    putEntry(world, frame, isBlock ? EntryKind.Block : EntryKind.Zero);
    if (world.personality.tagsDirtyOn === 'everyFault') {
      world.mm.entries.markDirty(frame.get(R.inode), frame.get(R.page));
    }
    return 0;
  },
};

/** Enters the block of a write fault and tags it, unless the log must be forced first. */
export const enterWriteEntry: Step = {
  name: 'enterWriteEntry',
  outcomes: ['Ok', 'NeedSync', 'Smaller', 'Copy', 'CopySync'],
  touches: ['daxEntry', 'inodeCore', 'log', 'mappings', 'pageTable'],
  per: 'count',
  run(world, frame) {
    const { mm, volume } = world;
    const inode = frame.get(R.inode);
    const isCopy = frame.get(R.isCopy) === 1;
    const page = frame.get(R.page);
    if (!isWhole(world, frame)) {
      // xfs_dax_write_iomap_end: what was staged for the attempt goes back.
      if (isCopy) dropStaged(world, inode, page, page + frame.get(R.count), true);
      frame.set(R.count, 0);
      return 2;
    }
    const isHuge = frame.get(R.span) > 1;
    putEntry(world, frame, EntryKind.Block);
    if (world.personality.sharing !== null) world.copies.noteDirty(inode);
    if (frame.get(R.isNew) === 1 && !isHuge) mm.stats.majorFaults += 1;
    const sequence = volume.inodes.lastDataSequence(inode);
    // Taking blocks for a copy is a change of the inode; using those taken before is none, although
    // putting them in place will be: kernel record r07, the second store is not synchronous.
    const isTaken = isCopy && frame.get(R.isStaged) === 1;
    const isPending = isTaken || sequence > volume.journal.durableSequence;
    const waits = isPending && world.knobs.syncFaults === 'forceFirst';
    if (waits && mm.mappings.isSync(frame.get(R.mapping))) {
      if (isHuge) mm.stats.hugeSyncFaults += 1;
      else mm.stats.syncFaults += 1;
      frame.set(R.needsSync, 1);
      frame.set(R.sequence, sequence);
      frame.set(R.cursor, frame.get(R.page));
      frame.set(R.end, frame.get(R.page) + frame.get(R.span));
      return isCopy ? 4 : 1;
    }
    mm.entries.markDirty(inode, frame.get(R.page));
    return isCopy ? 3 : 0;
  },
};

/**
 * Replaces zeros by blocks, and shared blocks by copies, only after nobody can see what was there
 * any more. An entry of 2 MiB stays when a page in it faults, unless that page is copied.
 */
function putEntry(world: World, frame: Frame, kind: EntryKind): void {
  const { mm } = world;
  const inode = frame.get(R.inode);
  const page = frame.get(R.page);
  const span = frame.get(R.span);
  const isHuge = span > 1;
  let zapped = 0;
  const isUnder = !isHuge && mm.entries.isHuge(inode, frame.get(R.entryPage));
  const isCopy = frame.get(R.isCopy) === 1;
  if (isUnder && isCopy) mm.splitEntry(inode, frame.get(R.entryPage));
  if (!isUnder || isCopy) {
    const wasZero = mm.entries.kind(inode, page) === EntryKind.Zero;
    if (kind === EntryKind.Block && (wasZero || isCopy || frame.get(R.isShared) === 1)) {
      zapped = mm.zapInode(inode, page, page + span, false);
    }
    const block = kind === EntryKind.Block ? frame.get(R.block) : 0;
    mm.entries.put(inode, page, kind, block, isHuge);
  }
  frame.set(R.count, zapped);
}

/** Installs a read-only translation, if there is none. */
export const mapForReading: Step = {
  name: 'mapForReading',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    const { table } = world.mm;
    const mapping = frame.get(R.mapping);
    const page = placeInMapping(world, frame);
    countEnd(world, frame);
    if (page < 0 || table.kind(mapping, page) !== Translation.Absent) return 0;
    const isBlock = frame.get(R.state) === ExtentState.Written;
    const kind = isBlock ? Translation.ReadOnly : Translation.Zero;
    const block = isBlock ? frame.get(R.block) : 0;
    if (frame.get(R.span) > 1) table.installHuge(mapping, page, kind, block);
    else table.install(mapping, page, kind, block);
    return 0;
  },
};

/** Installs a writable translation, or makes a read-only one writable. */
export const mapForWriting: Step = {
  name: 'mapForWriting',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    const { table, stats } = world.mm;
    const mapping = frame.get(R.mapping);
    const page = placeInMapping(world, frame);
    if (frame.get(R.needsSync) === 0) countEnd(world, frame);
    if (page < 0) return 0;
    if (table.kind(mapping, page) === Translation.ReadOnly) stats.upgradeFaults += 1;
    const block = frame.get(R.block);
    if (frame.get(R.span) > 1) table.installHuge(mapping, page, Translation.Writable, block);
    else table.install(mapping, page, Translation.Writable, block);
    return 0;
  },
};

function countEnd(world: World, frame: Frame): void {
  if (frame.get(R.span) > 1) world.mm.stats.hugeFaults += 1;
  else world.mm.stats.pageFaults += 1;
}

/** Whether the fault waits for the log. */
export const isSyncPending: Step = {
  name: 'isSyncPending',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.needsSync);
  },
};

/** After the force: is the entry still the one of this fault? Then it may become dirty. */
export const findEntryAgain: Step = {
  name: 'findEntryAgain',
  outcomes: ['Same', 'Gone'],
  touches: ['daxEntry'],
  run(world, frame) {
    const { entries } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (entries.start(inode, page) !== frame.get(R.entryPage)) return 1;
    if (frame.get(R.span) > 1 && !entries.isHuge(inode, page)) return 1;
    if (entries.kind(inode, page) !== EntryKind.Block) return 1;
    if (entries.block(inode, page) !== frame.get(R.block)) return 1;
    entries.markDirty(inode, page);
    return 0;
  },
};
