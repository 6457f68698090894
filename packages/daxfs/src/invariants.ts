/**
 * What must hold of a world after every step, whatever runs: checked when exploring, crashing and
 * testing.
 *
 *      translation ──▶ block ──owned by──▶ (inode, page)     a task could load or store right now
 *           └ writable ─▶ entry dirty                        else fsync would miss the store
 *
 * Only what a task could use at once counts, so a rule needs no exception for critical sections: a
 * translation that is present is used by the hardware without asking for any lock. Entries are
 * checked where a fault would trust them. A block that was freed is lost at once, busy or not:
 * loads through it would see what the file no longer holds. Checks walk what is mapped, not the
 * device.
 */
import { ExtentState } from './media/outcome.js';
import { NO_AREA } from './mm/areas.js';
import { EntryKind } from './mm/dax-entries.js';
import { HUGE_PAGES, hugeStart } from './mm/huge.js';
import { NO_MAPPING } from './mm/mappings.js';
import { PAGE_LIMIT } from './mm/page-set.js';
import { NO_PAGE, Translation, translationKind, translationTarget } from './mm/page-table.js';
import { isCopy } from './mm/memory-maps.js';
import { checkWindow, showsOwnRange } from './window/invariants.js';
import type { Place, Rule } from './invariant-rule.js';
import type { PageTable } from './mm/page-table.js';
import { WorldFlag } from './world.js';
import type { World } from './world.js';

export interface Invariant {
  readonly name: string;
  /** One sentence: what must hold. */
  readonly about: string;
  readonly source: string;
  /** What is wrong, or null. */
  check(world: World): string | null;
}

/** Checks that a search may see as separate: what the blocks, the pins, one file must fulfil. */
const OWNERS = 0;
const PINS = 1;
const FIRST_INODE = 2;

const place: Place = { inode: 0, page: 0, mapping: 0, kind: 0, target: 0 };

function judgeAll(world: World, rules: readonly Rule[]): string | null {
  for (const rule of rules) {
    const wrong = rule.judge(world, place);
    if (wrong !== null) return `${rule.name}: ${wrong} (${where(place.inode, place.page)})`;
  }
  return null;
}

function forEachTranslation(world: World, rules: readonly Rule[]): string | null {
  const { stale, table } = world.mm;
  if (world.window !== null) return inTable(world, table, rules);
  return inTable(world, table, rules) ?? inTable(world, stale, [noTranslationToLostBlock]);
}

function inTable(world: World, table: PageTable, rules: readonly Rule[]): string | null {
  const { mappings } = world.mm;
  const { inodeLimit } = world;
  for (let inode = 1; inode < inodeLimit; inode += 1) {
    world.space.watch?.about(FIRST_INODE + inode);
    for (let m = mappings.firstOf(inode); m !== NO_MAPPING; m = mappings.nextOf(m)) {
      for (let at = table.next(m, 0, PAGE_LIMIT); at !== NO_PAGE;) {
        const word = table.word(m, at);
        place.inode = inode;
        place.page = mappings.firstPage(m) + at;
        place.mapping = m;
        place.kind = translationKind(word);
        place.target = translationTarget(word);
        const wrong = judgeAll(world, rules);
        if (wrong !== null) return `${wrong}, mapping ${String(m)}`;
        at = table.next(m, at + 1, PAGE_LIMIT);
      }
    }
  }
  return null;
}

function forEachEntry(world: World, rules: readonly Rule[]): string | null {
  const { entries } = world.mm;
  for (let inode = 1; inode < world.volume.inodes.count; inode += 1) {
    world.space.watch?.about(FIRST_INODE + inode);
    if (entries.count(inode) === 0) continue;
    for (let start = entries.next(inode, 0, PAGE_LIMIT); start !== NO_PAGE;) {
      const end = start + entries.pages(inode, start);
      for (let page = start; page < end; page += 1) {
        place.inode = inode;
        place.page = page;
        place.kind = entries.kind(inode, page);
        place.target = entries.block(inode, page);
        const wrong = judgeAll(world, rules);
        if (wrong !== null) return wrong;
      }
      start = entries.next(inode, end, PAGE_LIMIT);
    }
  }
  return null;
}

function where(inode: number, page: number): string {
  return `inode ${String(inode)}, page ${String(page)}`;
}

function isOnDevice(kind: number): boolean {
  return kind === Translation.ReadOnly || kind === Translation.Writable;
}

/**
 * Is the block no longer, or not yet, the file's at this page? A copy may be entered before it
 * takes the place of the old block; and some kernels leave what shows the old one.
 */
function isLost(world: World, inode: number, page: number, block: number): boolean {
  const { extents, shares } = world.volume;
  if (world.personality.sharing?.unmapsCopied === false) return false;
  // Between a copy's taking its place and the second unmapping: still the other file's block.
  if (world.knobs.copiedPages === 'unmappedTwice' && shares.owners(block) > 0) return false;
  if (world.copies.has(inode, page) && world.copies.block(inode, page) === block) return false;
  const state = extents.lookup(inode, page);
  return state === ExtentState.Hole || extents.block !== block;
}

const noTranslationToLostBlock: Rule = {
  name: 'translation-owned',
  about: 'A present translation shows a block that its file owns at that page.',
  source: 'Linux 6.12 fs/dax.c, dax_layout_busy_page: blocks are freed after they are unmapped.',
  judge(world, { inode, page, kind, target }) {
    if (!isOnDevice(kind) || !isLost(world, inode, page, target)) return null;
    return `a translation shows block ${String(target)}, which the file does not own`;
  },
};

const noEntryToLostBlock: Rule = {
  name: 'entry-owned',
  about: 'A DAX entry names a block that its file owns at that page.',
  source: 'Linux 6.12 fs/dax.c, dax_delete_mapping_entry: entries go before blocks are freed.',
  judge(world, { inode, page, kind, target }) {
    if (kind !== EntryKind.Block || !isLost(world, inode, page, target)) return null;
    return `an entry names block ${String(target)}, which the file does not own`;
  },
};

const writableIsDirty: Rule = {
  name: 'writable-is-dirty',
  about: 'A writable translation has a dirty entry of the same block.',
  source: 'Linux 6.12 fs/dax.c, dax_iomap_pte_fault: tagged before the entry is unlocked.',
  judge(world, { inode, page, kind, target }) {
    if (kind !== Translation.Writable) return null;
    const { entries } = world.mm;
    if (!entries.isDirty(inode, page)) return 'a store here would be missed by fsync';
    if (entries.block(inode, page) === target) return null;
    return `fsync would flush block ${String(entries.block(inode, page))} for ${String(target)}`;
  },
};

const writableIsWritten: Rule = {
  name: 'writable-is-written',
  about:
    'A writable translation shows a block that reads as what it holds: written, not unwritten.',
  source: 'Linux 6.12 fs/xfs/xfs_iomap.c, xfs_iomap_write_direct: converted before it is mapped.',
  judge(world, { inode, page, kind }) {
    if (kind !== Translation.Writable) return null;
    const isUnwritten = world.volume.extents.lookup(inode, page) === ExtentState.Unwritten;
    return isUnwritten ? 'a store here would read back as zeros later' : null;
  },
};

/** Whether a translation shows a page of the cache. */
function isInCache(kind: number): boolean {
  return (
    kind === Translation.Cached ||
    kind === Translation.CachedWritable ||
    kind === Translation.CachedDirty
  );
}

const cachedIsShown: Rule = {
  name: 'cached-shown',
  about: 'A translation to the page cache shows what the cache holds of its file there.',
  source: 'Linux 6.12 mm/truncate.c, truncate_cleanup_folio: unmapped before it is removed.',
  judge(world, { inode, page, kind, target }) {
    if (!isInCache(kind) || world.mm.cache.slot(inode, page) === target) return null;
    return 'a translation shows a page that the cache has let go of';
  },
};

const cachedWritableIsDirty: Rule = {
  name: 'cached-writable-is-dirty',
  about: 'A page of the cache that can be stored to is dirty.',
  source: 'Linux 6.12 fs/iomap/buffered-io.c, iomap_page_mkwrite: dirty before it is mapped.',
  judge(world, { inode, page, kind }) {
    if (kind !== Translation.CachedWritable || world.mm.cache.isDirty(inode, page)) return null;
    return 'a store here would not be written back';
  },
};

const cachedDirtyHasBlock: Rule = {
  name: 'cached-dirty-has-block',
  about: 'A page of the cache that can be stored to has a block, or the promise of one.',
  source: 'Linux 6.12 fs/xfs/xfs_iomap.c, xfs_buffered_write_iomap_begin.',
  judge(world, { inode, page, kind }) {
    if (kind !== Translation.CachedWritable || world.delayed.has(inode, page)) return null;
    if (world.personality.server !== null) return null;
    const isHole = world.volume.extents.lookup(inode, page) === ExtentState.Hole;
    return isHole ? 'what is stored here would have no place' : null;
  },
};

const copiesArePrivate: Rule = {
  name: 'copies-are-private',
  about: 'Only private mappings show copies, and none of them may store to the device.',
  source: 'mmap(2): stores to a private mapping are not carried through to the file.',
  judge(world, { mapping, kind }) {
    const isShared = world.mm.mappings.isShared(mapping);
    if (isCopy(kind) && isShared) return 'a shared mapping shows a private copy';
    if (kind === Translation.Writable && !isShared)
      return 'a private mapping can store to the file';
    return null;
  },
};

const translationsAreMapped: Rule = {
  name: 'translation-mapped',
  about: 'A page with a translation is in an area of its mapping.',
  source: 'Linux 6.12 mm/mmap.c: unmapping removes translations under the exclusive lock.',
  judge(world, { mapping, page }) {
    const { mappings } = world.mm;
    const isMapped = mappings.areas.find(mapping, page - mappings.firstPage(mapping)) !== NO_AREA;
    return isMapped ? null : 'a translation outside every area';
  },
};

const dirtyHasBlock: Rule = {
  name: 'dirty-has-block',
  about: 'A dirty entry names a block, where only write faults tag.',
  source: 'Linux 6.12 fs/dax.c, dax_writeback_one: a zero or empty dirty entry is a bug.',
  judge(world, { inode, page, kind }) {
    if (kind === EntryKind.Block || world.personality.tagsDirtyOn === 'everyFault') return null;
    return world.mm.entries.isDirty(inode, page) ? 'a dirty entry has nothing to flush' : null;
  },
};

const hugeIsAlone: Rule = {
  name: 'huge-entry-alone',
  about: 'Under an entry of 2 MiB no page has an entry of its own.',
  source: 'Linux 6.12 fs/dax.c, grab_mapping_entry: a conflict falls back, a downgrade deletes.',
  judge(world, { inode, page }) {
    const { entries } = world.mm;
    const isUnder = page % HUGE_PAGES !== 0 && entries.start(inode, page) === page;
    if (!isUnder || !entries.isHuge(inode, hugeStart(page))) return null;
    return 'an entry of a page under one of 2 MiB';
  },
};

/** The blocks of every file, as often as they are counted; none of them is available. */
function checkOwners(world: World): string | null {
  const { allocator, extents, inodes, shares } = world.volume;
  const owners = new Map<number, number>();
  world.space.watch?.about(OWNERS);
  for (let inode = 1; inode < inodes.count; inode += 1) {
    if (!inodes.isUsed(inode)) continue;
    for (let at = 0; extents.next(inode, at); at = extents.start + extents.length) {
      const { block, start, length } = extents;
      for (let i = 0; i < length; i += 1) {
        const found = (owners.get(block + i) ?? 0) + 1;
        owners.set(block + i, found);
        if (allocator.isAvailable(block + i)) {
          return `owners-counted: block ${String(block + i)} of ${where(inode, start + i)} is free`;
        }
      }
    }
  }
  for (const [block, found] of owners) {
    const counted = shares.owners(block);
    if (counted === found) continue;
    const numbers = `${String(found)} owners, ${String(counted)} are counted`;
    return `owners-counted: block ${String(block)} has ${numbers}`;
  }
  return null;
}

const ownersAreCounted: Invariant = {
  name: 'owners-counted',
  about:
    'A block belongs to as many pages of files as are counted, one if it is not shared, and then ' +
    'it is not available.',
  source: 'Linux 6.12 fs/xfs/libxfs/xfs_alloc.c and xfs_refcount.c.',
  check: checkOwners,
};

/** Nobody but the file may get a block that somebody outside still reads or writes. */
function checkPins(world: World): string | null {
  const { allocator, geometry } = world.volume;
  const { pins, transfers } = world.mm;
  world.space.watch?.about(PINS);
  for (const outside of [pins, transfers]) {
    let block = outside.nextBlock(0, geometry.blocks);
    while (block !== NO_PAGE) {
      if (allocator.isAvailable(block) || allocator.isBusy(block)) {
        return `pinned-kept: block ${String(block)} was freed while it was pinned`;
      }
      block = outside.nextBlock(block + 1, geometry.blocks);
    }
  }
  return null;
}

const pinnedIsKept: Invariant = {
  name: 'pinned-kept',
  about: 'A pinned block is not freed.',
  source: 'Linux 6.12 fs/dax.c, dax_layout_busy_page: a device may still write to it.',
  check: checkPins,
};

/** Faults that begin again for ever are told after so many. */
const FAULT_RETRIES_MAX = 16;

const faultsEnd: Invariant = {
  name: 'faults-end',
  about: 'A fault that finds no space does not begin again for ever.',
  source: 'xfstests generic/274.',
  check(world) {
    const retries = world.flags.get(WorldFlag.FaultRetries);
    return retries > FAULT_RETRIES_MAX ? `faults-end: ${String(retries)} retries of faults` : null;
  },
};

/** What a checksum was made of must arrive. */
const pagesAreStable: Invariant = {
  name: 'pages-stable',
  about: 'A page on its way to a server or device holds what its checksum was made of.',
  source: 'Linux 6.12 mm/page-writeback.c, folio_wait_stable.',
  check(world) {
    const pages = world.flags.get(WorldFlag.UnstablePages);
    return pages > 0 ? 'pages-stable: a page changed while it was on its way' : null;
  },
};

const TRANSLATION_RULES: readonly Rule[] = [
  noTranslationToLostBlock,
  writableIsDirty,
  writableIsWritten,
  cachedIsShown,
  cachedWritableIsDirty,
  cachedDirtyHasBlock,
  copiesArePrivate,
  translationsAreMapped,
];
const ENTRY_RULES: readonly Rule[] = [noEntryToLostBlock, dirtyHasBlock, hugeIsAlone];

/** Of a guest, whose translations show its window. */
const GUEST_RULES: readonly Rule[] = [
  showsOwnRange,
  writableIsDirty,
  copiesArePrivate,
  translationsAreMapped,
];

function overTranslations(rule: Rule): Invariant {
  return { ...rule, check: (world) => forEachTranslation(world, [rule]) };
}

function overEntries(rule: Rule): Invariant {
  return { ...rule, check: (world) => forEachEntry(world, [rule]) };
}

export const INVARIANTS: readonly Invariant[] = [
  ...TRANSLATION_RULES.map(overTranslations),
  ...ENTRY_RULES.map(overEntries),
  ownersAreCounted,
  pinnedIsKept,
  faultsEnd,
  pagesAreStable,
];

/** The first invariant that does not hold, with its name, or null. Walks everything once. */
export function checkInvariants(world: World): string | null {
  if (world.host !== null) {
    return (
      forEachTranslation(world, GUEST_RULES) ??
      checkWindow(world) ??
      faultsEnd.check(world) ??
      checkInvariants(world.host)
    );
  }
  return (
    forEachTranslation(world, TRANSLATION_RULES) ??
    forEachEntry(world, ENTRY_RULES) ??
    checkOwners(world) ??
    checkPins(world) ??
    faultsEnd.check(world) ??
    pagesAreStable.check(world)
  );
}
