/**
 * What must hold of a world after every step, whatever runs: checked when exploring, crashing and
 * testing.
 *
 *      translation ──▶ block ──owned by──▶ (inode, page)     a task could load or store right now
 *           └ writable ─▶ entry dirty                        else fsync would miss the store
 *
 * Only what a task could use at once counts, so a rule needs no exception for critical sections: a
 * translation that is present is used by the hardware without asking for any lock. Entries are
 * checked where a fault would trust them. A block that was freed is lost at once, busy or not: loads
 * through it would see what the file no longer holds. Checks walk what is mapped, not the device.
 */
import { ExtentState } from './media/outcome.js';
import { NO_AREA } from './mm/areas.js';
import { EntryKind } from './mm/dax-entries.js';
import { NO_MAPPING } from './mm/mappings.js';
import { PAGE_LIMIT } from './mm/page-set.js';
import { NO_PAGE, Translation } from './mm/page-table.js';
import { isCopy } from './mm/memory-maps.js';
import type { World } from './world.js';

export interface Invariant {
  readonly name: string;
  /** One sentence: what must hold. */
  readonly about: string;
  readonly source: string;
  /** What is wrong, or null. */
  check(world: World): string | null;
}

/** A translation or entry, as the checks see it. */
interface Place {
  readonly inode: number;
  readonly page: number;
  readonly mapping: number;
  readonly kind: number;
  readonly target: number;
}

type Judge = (world: World, place: Place) => string | null;

function forEachTranslation(world: World, judge: Judge): string | null {
  const { mappings, table } = world.mm;
  for (let inode = 1; inode < world.volume.inodes.count; inode += 1) {
    for (let m = mappings.firstOf(inode); m !== NO_MAPPING; m = mappings.nextOf(m)) {
      for (let at = table.next(m, 0, PAGE_LIMIT); at !== NO_PAGE;) {
        const page = mappings.firstPage(m) + at;
        const place = {
          inode,
          page,
          mapping: m,
          kind: table.kind(m, at),
          target: table.target(m, at),
        };
        const wrong = judge(world, place);
        if (wrong !== null) return `${wrong} (mapping ${String(m)}, ${where(inode, page)})`;
        at = table.next(m, at + 1, PAGE_LIMIT);
      }
    }
  }
  return null;
}

function forEachEntry(world: World, judge: Judge): string | null {
  const { entries } = world.mm;
  for (let inode = 1; inode < world.volume.inodes.count; inode += 1) {
    if (entries.count(inode) === 0) continue;
    for (let page = entries.next(inode, 0, PAGE_LIMIT); page !== NO_PAGE;) {
      const kind = entries.kind(inode, page);
      const target = entries.block(inode, page);
      const wrong = judge(world, { inode, page, mapping: NO_MAPPING, kind, target });
      if (wrong !== null) return `${wrong} (${where(inode, page)})`;
      page = entries.next(inode, page + 1, PAGE_LIMIT);
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

/** Is the block no longer, or not yet, the file's at this page? */
function isLost(world: World, inode: number, page: number, block: number): boolean {
  const { extents } = world.volume;
  const state = extents.lookup(inode, page);
  return state === ExtentState.Hole || extents.block !== block;
}

const noTranslationToLostBlock: Invariant = {
  name: 'translation-owned',
  about: 'A present translation shows a block that its file owns at that page.',
  source: 'Linux 6.12 fs/dax.c, dax_layout_busy_page: blocks are freed after they are unmapped.',
  check: (world) =>
    forEachTranslation(world, (_world, { inode, page, kind, target }) => {
      if (!isOnDevice(kind) || !isLost(world, inode, page, target)) return null;
      return `a translation shows block ${String(target)}, which the file does not own`;
    }),
};

const noEntryToLostBlock: Invariant = {
  name: 'entry-owned',
  about: 'A DAX entry names a block that its file owns at that page.',
  source: 'Linux 6.12 fs/dax.c, dax_delete_mapping_entry: entries go before blocks are freed.',
  check: (world) =>
    forEachEntry(world, (_world, { inode, page, kind, target }) => {
      if (kind !== EntryKind.Block || !isLost(world, inode, page, target)) return null;
      return `an entry names block ${String(target)}, which the file does not own`;
    }),
};

const writableIsDirty: Invariant = {
  name: 'writable-is-dirty',
  about: 'A writable translation has a dirty entry of the same block.',
  source: 'Linux 6.12 fs/dax.c, dax_iomap_pte_fault: tagged before the entry is unlocked.',
  check: (world) =>
    forEachTranslation(world, (_world, { inode, page, kind, target }) => {
      if (kind !== Translation.Writable) return null;
      const { entries } = world.mm;
      if (!entries.isDirty(inode, page)) return 'a store here would be missed by fsync';
      if (entries.block(inode, page) === target) return null;
      return `fsync would flush block ${String(entries.block(inode, page))} for ${String(target)}`;
    }),
};

const writableIsWritten: Invariant = {
  name: 'writable-is-written',
  about:
    'A writable translation shows a block that reads as what it holds: written, not unwritten.',
  source: 'Linux 6.12 fs/xfs/xfs_iomap.c, xfs_iomap_write_direct: converted before it is mapped.',
  check: (world) =>
    forEachTranslation(world, (_world, { inode, page, kind }) => {
      if (kind !== Translation.Writable) return null;
      const isUnwritten = world.volume.extents.lookup(inode, page) === ExtentState.Unwritten;
      return isUnwritten ? 'a store here would read back as zeros later' : null;
    }),
};

const copiesArePrivate: Invariant = {
  name: 'copies-are-private',
  about: 'Only private mappings show copies, and none of them may store to the device.',
  source: 'mmap(2): stores to a private mapping are not carried through to the file.',
  check: (world) =>
    forEachTranslation(world, (_world, { mapping, kind }) => {
      const isShared = world.mm.mappings.isShared(mapping);
      if (isCopy(kind) && isShared) return 'a shared mapping shows a private copy';
      if (kind === Translation.Writable && !isShared)
        return 'a private mapping can store to the file';
      return null;
    }),
};

const translationsAreMapped: Invariant = {
  name: 'translation-mapped',
  about: 'A page with a translation is in an area of its mapping.',
  source: 'Linux 6.12 mm/mmap.c: unmapping removes translations under the exclusive lock.',
  check: (world) =>
    forEachTranslation(world, (_world, { mapping, page }) => {
      const { mappings } = world.mm;
      const isMapped = mappings.areas.find(mapping, page - mappings.firstPage(mapping)) !== NO_AREA;
      return isMapped ? null : 'a translation outside every area';
    }),
};

const dirtyHasBlock: Invariant = {
  name: 'dirty-has-block',
  about: 'A dirty entry names a block, where only write faults tag.',
  source: 'Linux 6.12 fs/dax.c, dax_writeback_one: a zero or empty dirty entry is a bug.',
  check: (world) => {
    if (world.personality.tagsDirtyOn === 'everyFault') return null;
    return forEachEntry(world, (_world, { inode, page, kind }) => {
      const isBad = world.mm.entries.isDirty(inode, page) && kind !== EntryKind.Block;
      return isBad ? 'a dirty entry has nothing to flush' : null;
    });
  },
};

/** The blocks of every file, each once; the allocator's sums agree with them. */
function checkOwners(world: World): string | null {
  const { allocator, extents, inodes } = world.volume;
  const owners = new Map<number, number>();
  for (let inode = 1; inode < inodes.count; inode += 1) {
    if (!inodes.isUsed(inode)) continue;
    for (let at = 0; extents.next(inode, at); at = extents.start + extents.length) {
      const { block, start, length } = extents;
      for (let i = 0; i < length; i += 1) {
        const at = block + i;
        const other = owners.get(at);
        if (other !== undefined) {
          return `block ${String(at)} is in ${where(inode, start + i)} and in inode ${String(other)}`;
        }
        if (allocator.isAvailable(at)) {
          return `block ${String(at)} of ${where(inode, start + i)} is free`;
        }
        owners.set(at, inode);
      }
    }
  }
  return null;
}

const oneOwner: Invariant = {
  name: 'one-owner',
  about: 'A block belongs to at most one page of one file, and then it is not available.',
  source: 'No shared blocks in this model; Linux 6.12 fs/xfs/libxfs/xfs_alloc.c.',
  check: checkOwners,
};

export const INVARIANTS: readonly Invariant[] = [
  noTranslationToLostBlock,
  noEntryToLostBlock,
  writableIsDirty,
  writableIsWritten,
  copiesArePrivate,
  translationsAreMapped,
  dirtyHasBlock,
  oneOwner,
];

/** The first invariant that does not hold, with its name, or null. */
export function checkInvariants(world: World): string | null {
  for (const invariant of INVARIANTS) {
    const wrong = invariant.check(world);
    if (wrong !== null) return `${invariant.name}: ${wrong}`;
  }
  return null;
}
