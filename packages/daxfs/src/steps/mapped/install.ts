/**
 * Steps of a page fault from the block to the translation: Linux 6.12 fs/dax.c,
 * dax_iomap_pte_fault, dax_insert_entry, dax_insert_pfn_mkwrite.
 *
 *      entry ─▶ dirty tag ─▶ writable translation       never the other way round: fsync looks for
 *                                                       tags, and must find every page that a
 *                                                       store can reach
 */
import { ExtentState } from '../../media/outcome.js';
import { NO_AREA } from '../../mm/areas.js';
import { EntryKind } from '../../mm/dax-entries.js';
import { Translation } from '../../mm/page-table.js';
import { isCopy } from '../../mm/memory-maps.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../../world.js';
import type { Step } from '../files/answers.js';

/**
 * Puts an empty entry where there is none, first thing under the entry lock. Whoever allocates the
 * block meanwhile finds it, waits for its lock and then drops what this fault made of it; without
 * it a write(2) between lookup and install would find nothing to invalidate (Kara, 2017-04-25).
 */
export const grabEntry: Step = {
  name: 'grabEntry',
  outcomes: ['Ok'],
  touches: ['daxEntry'],
  run(world, frame) {
    const { entries } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (entries.kind(inode, page) === EntryKind.None) entries.put(inode, page, EntryKind.Empty, 0);
    return 0;
  },
};

/** Enters what a read fault found: the block, or zeros. */
export const enterReadEntry: Step = {
  name: 'enterReadEntry',
  outcomes: ['Ok'],
  touches: ['daxEntry'],
  per: 'count',
  run(world, frame) {
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    const isBlock = frame.get(R.state) === ExtentState.Written;
    putEntry(world, frame, isBlock ? EntryKind.Block : EntryKind.Zero);
    if (world.personality.tagsDirtyOn === 'everyFault') world.mm.entries.markDirty(inode, page);
    return 0;
  },
};

/** Enters the block of a write fault and tags it, unless the log must be forced first. */
export const enterWriteEntry: Step = {
  name: 'enterWriteEntry',
  outcomes: ['Ok', 'NeedSync'],
  touches: ['daxEntry', 'inodeCore'],
  per: 'count',
  run(world, frame) {
    const { mm, volume } = world;
    const inode = frame.get(R.inode);
    putEntry(world, frame, EntryKind.Block);
    if (frame.get(R.isNew) === 1) mm.stats.majorFaults += 1;
    const sequence = volume.inodes.lastDataSequence(inode);
    const isPending = sequence > volume.journal.durableSequence;
    if (isPending && mm.mappings.isSync(frame.get(R.mapping))) {
      mm.stats.syncFaults += 1;
      frame.set(R.needsSync, 1);
      frame.set(R.sequence, sequence);
      return 1;
    }
    mm.entries.markDirty(inode, frame.get(R.page));
    return 0;
  },
};

/** Replaces zeros by a block only after nobody can see the zeros any more. */
function putEntry(world: World, frame: Frame, kind: EntryKind): void {
  const { mm } = world;
  const inode = frame.get(R.inode);
  const page = frame.get(R.page);
  let zapped = 0;
  if (kind === EntryKind.Block && mm.entries.kind(inode, page) === EntryKind.Zero) {
    zapped = mm.zapInode(inode, page, page + 1, false);
  }
  frame.set(R.count, zapped);
  mm.entries.put(inode, page, kind, kind === EntryKind.Block ? frame.get(R.block) : 0);
}

/** Installs a read-only translation, if there is none. */
export const mapForReading: Step = {
  name: 'mapForReading',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    const { table } = world.mm;
    const mapping = frame.get(R.mapping);
    const page = pageInMapping(world, frame);
    if (page < 0 || table.kind(mapping, page) !== Translation.Absent) return 0;
    const isBlock = frame.get(R.state) === ExtentState.Written;
    const block = frame.get(R.block);
    if (isBlock) table.install(mapping, page, Translation.ReadOnly, block);
    else table.install(mapping, page, Translation.Zero, 0);
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
    const page = pageInMapping(world, frame);
    if (page < 0) return 0;
    if (table.kind(mapping, page) === Translation.ReadOnly) stats.upgradeFaults += 1;
    table.install(mapping, page, Translation.Writable, frame.get(R.block));
    return 0;
  },
};

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
    if (entries.kind(inode, page) !== EntryKind.Block) return 1;
    if (entries.block(inode, page) !== frame.get(R.block)) return 1;
    entries.markDirty(inode, page);
    return 0;
  },
};

/** A private mapping's own copy: takes a page for it, or finds that there is one. */
export const takeCopy: Step = {
  name: 'takeCopy',
  outcomes: ['Fill', 'Ready', 'Zero'],
  touches: ['pageTable'],
  run(world, frame) {
    const { privatePages, table } = world.mm;
    const mapping = frame.get(R.mapping);
    const page = pageInMapping(world, frame);
    if (page < 0) return 1;
    if (isCopy(table.kind(mapping, page))) {
      table.install(mapping, page, Translation.Private, table.target(mapping, page));
      return 1;
    }
    frame.set(R.moveFile, privatePages.take());
    return frame.get(R.state) === ExtentState.Written ? 0 : 2;
  },
};

/** Installs the copy in place of what was there; a copy that somebody else made stays. */
export const mapCopy: Step = {
  name: 'mapCopy',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    const { privatePages, table } = world.mm;
    const mapping = frame.get(R.mapping);
    const slot = frame.get(R.moveFile);
    const page = pageInMapping(world, frame);
    if (page < 0 || isCopy(table.kind(mapping, page))) privatePages.giveBack(slot);
    else table.install(mapping, page, Translation.Private, slot);
    return 0;
  },
};

/** Page of the fault counted in its mapping; −1 if that is no longer mapped. */
function pageInMapping(world: World, frame: Frame): number {
  const { mappings } = world.mm;
  const mapping = frame.get(R.mapping);
  if (!mappings.isLive(mapping)) return -1;
  const page = frame.get(R.page) - mappings.firstPage(mapping);
  return mappings.areas.find(mapping, page) === NO_AREA ? -1 : page;
}
