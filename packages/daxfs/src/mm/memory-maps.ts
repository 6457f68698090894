/**
 * Memory management as the file system sees it: mappings, their page tables, the DAX entries of
 * each inode and private copies, and what acts on several of them at once.
 *
 *      store ─▶ translation of (mapping, page) ─▶ block            moves
 *               absent ─▶ fault ─▶ entry of (inode, page) ─▶ extent   recipes
 *      zap(inode, pages): every mapping of the inode loses its translations
 *
 * Nothing here takes a lock or time; steps call it, and count what they did for their price.
 */
import { IntColumn, defineStats } from '@daxsim/sim';
import { NO_AREA } from './areas.js';
import { DaxEntries, EntryKind } from './dax-entries.js';
import { HUGE_PAGES } from './huge.js';
import { Mappings, NO_MAPPING } from './mappings.js';
import {
  NO_PAGE,
  PageTable,
  Translation,
  translationKind,
  translationTarget,
} from './page-table.js';
import { PageCache } from './page-cache.js';
import { Pins } from './pins.js';
import { Transfers } from './transfers.js';
import { PrivatePages } from './private-pages.js';
import { ReadAheadStates } from './read-ahead.js';
import { PAGE_LIMIT } from './page-set.js';
import type { StateSpace } from '@daxsim/sim';

export const mmStats = defineStats({
  readFaults: ['count', 'Faults that wanted to read.'],
  writeFaults: ['count', 'Faults that wanted to write.'],
  majorFaults: ['count', 'Faults of 4 KiB for which a block was allocated or converted.'],
  pageFaults: ['count', 'Faults that ended with a translation of 4 KiB.'],
  hugeFaults: ['count', 'Faults that ended with a translation of 2 MiB.'],
  copyFaults: ['count', 'Faults that asked the file system for a page to be copied.'],
  hugeSyncFaults: ['count', 'MAP_SYNC faults of 2 MiB that had to force the log first.'],
  fallbacks: ['count', 'Attempts at 2 MiB that ended with one at 4 KiB, for any reason.'],
  fallbacksOutside: ['count', '… because the mapping, as protected, does not cover the 2 MiB.'],
  fallbacksColour: ['count', '… because address and file offset differ modulo 2 MiB.'],
  fallbacksPrivate: ['count', '… because a private mapping is stored to.'],
  fallbacksBeyondEnd: ['count', '… because the file ends inside the 2 MiB.'],
  fallbacksEntry: ['count', '… because a page of 4 KiB has an entry there.'],
  fallbacksShort: ['count', '… because the extent ends inside the 2 MiB.'],
  fallbacksUnaligned: ['count', '… because the blocks do not begin on 2 MiB of the device.'],
  fallbacksNoSpace: ['count', '… because 2 MiB could not be allocated.'],
  upgradeFaults: ['count', 'Write faults that found a read-only translation.'],
  syncFaults: ['count', 'MAP_SYNC faults of 4 KiB that had to force the log first.'],
  signalFaults: ['count', 'Faults that ended in SIGBUS or SIGSEGV.'],
  zappedPages: ['count', 'Translations of either size removed and shot down.'],
  protectedPages: ['count', 'Translations that lost the right to store.'],
  flushedPages: ['count', 'Dirty entries written back, of 4 KiB or 2 MiB.'],
  droppedEntries: ['count', 'DAX entries removed by truncation and invalidation.'],
  readAheads: ['count', 'Windows that were read ahead of a reader or a fault.'],
  pagesRead: ['count', 'Pages filled from the device, holes not counted.'],
  pagesWritten: ['count', 'Pages of the cache written back.'],
  pagesAround: ['count', 'Cached pages that read faults mapped beside their own.'],
  foliosDropped: ['count', 'Folios removed by truncation and invalidation.'],
  foliosReclaimed: ['count', 'Clean folios removed because the cache was full.'],
});

export class MemoryMaps {
  readonly mappings: Mappings;
  readonly table: PageTable;
  readonly entries: DaxEntries;
  readonly privatePages: PrivatePages;
  readonly pins: Pins;
  /** Unbuffered transfers in flight. */
  readonly transfers: Transfers;
  /** Of a client: how often it changed the size of a file itself. */
  readonly sizeChanges: IntColumn;
  /** Translations that TLBs hold though they were zapped; empty unless a defect leaves some. */
  readonly stale: PageTable;
  /** Whether a zap leaves TLBs as they are. */
  leavesStale = false;
  /** Whether who translates once more behind this page table hears of zaps; a defect if not. */
  givesNotice = true;
  readonly cache: PageCache;
  readonly readAhead: ReadAheadStates;
  readonly stats = mmStats.create();

  constructor(space: StateSpace) {
    this.mappings = new Mappings(space);
    this.table = new PageTable(space);
    this.entries = new DaxEntries(space);
    this.privatePages = new PrivatePages(space);
    this.pins = new Pins(space);
    this.transfers = new Transfers(space);
    this.sizeChanges = new IntColumn(space, 'mm.sizeChanges');
    this.stale = new PageTable(space);
    this.cache = new PageCache(space);
    this.readAhead = new ReadAheadStates(space);
  }

  /** Whether a page of an inode has an entry of any kind or is cached, as SEEK_DATA asks. */
  hasEntry(inode: number, page: number): boolean {
    return this.entries.kind(inode, page) !== EntryKind.None || this.cache.isReady(inode, page);
  }

  /**
   * Removes the translations of a mapping's pages [from, to), copies included; their number. A huge
   * one goes whole.
   */
  zapMapping(mapping: number, from: number, to: number): number {
    if (!this.givesNotice) this.forgetStaleOf(mapping);
    return this.zapPages(mapping, from, to, true);
  }

  /**
   * Removes the translations to pages [from, to) of an inode from every mapping; private copies
   * only if `evenCopies`. Answers how many there were.
   */
  zapInode(inode: number, from: number, to: number, evenCopies: boolean): number {
    let zapped = 0;
    const { mappings, leavesStale } = this;
    this.leavesStale = leavesStale || !this.givesNotice;
    for (let m = mappings.firstOf(inode); m !== NO_MAPPING; m = mappings.nextOf(m)) {
      const first = mappings.firstPage(m);
      zapped += this.zapPages(m, Math.max(0, from - first), to - first, evenCopies);
    }
    this.leavesStale = leavesStale;
    return zapped;
  }

  /** One entry for each page instead of the one of 2 MiB that begins at `start`. */
  splitEntry(inode: number, start: number): void {
    const { entries } = this;
    const block = entries.block(inode, start);
    const isDirty = entries.isDirty(inode, start);
    this.zapInode(inode, start, start + HUGE_PAGES, false);
    entries.remove(inode, start);
    for (let page = start; page < start + HUGE_PAGES; page += 1) {
      entries.put(inode, page, EntryKind.Block, block + page - start);
      if (isDirty) entries.markDirty(inode, page);
    }
  }

  /**
   * Makes every shared translation to pages [from, to) of an inode read-only; how many were
   * writable.
   */
  protectPages(inode: number, from: number, to: number): number {
    let protectedPages = 0;
    const { mappings } = this;
    for (let m = mappings.firstOf(inode); m !== NO_MAPPING; m = mappings.nextOf(m)) {
      if (!mappings.isShared(m)) continue;
      const first = mappings.firstPage(m);
      protectedPages += this.protectMapping(m, Math.max(0, from - first), to - first);
    }
    return protectedPages;
  }

  /** Takes pages [from, to) out of a mapping; true if nothing of it is left. */
  unmap(mapping: number, from: number, to: number): boolean {
    this.mappings.areas.remove(mapping, from, to);
    this.table.freeTables(mapping, from, to);
    if (this.mappings.areas.first(mapping) !== NO_AREA) return false;
    this.mappings.remove(mapping);
    this.table.freeAll(mapping);
    return true;
  }

  /** Takes the right to store from translations of pages [from, to) of a mapping; their number. */
  protectMapping(mapping: number, from: number, to: number, isClean = true): number {
    let protectedPages = 0;
    const { table } = this;
    for (let page = table.next(mapping, from, to); page !== NO_PAGE;) {
      if (table.protect(mapping, page, isClean)) protectedPages += 1;
      page = table.next(mapping, table.after(mapping, page), to);
    }
    this.stats.protectedPages += protectedPages;
    return protectedPages;
  }

  /** Gives the right to store back where stores were made before it went. */
  allowStores(mapping: number, from: number, to: number): void {
    const { table } = this;
    for (let page = table.next(mapping, from, to); page !== NO_PAGE;) {
      if (table.kind(mapping, page) === Translation.CachedDirty) {
        table.install(mapping, page, Translation.CachedWritable, table.target(mapping, page));
      }
      page = table.next(mapping, table.after(mapping, page), to);
    }
  }

  /** Removes a huge translation that crosses into `page` from before; how many that were. */
  splitAt(mapping: number, page: number): number {
    const { table } = this;
    if (!table.isHuge(mapping, page) || table.slotStart(mapping, page) === page) return 0;
    return this.zapPages(mapping, page, page + 1, false);
  }

  private zapPages(mapping: number, from: number, to: number, evenCopies: boolean): number {
    let zapped = 0;
    const { table } = this;
    for (let page = table.next(mapping, from, to); page !== NO_PAGE;) {
      const after = table.after(mapping, page);
      if (evenCopies || !isCopy(table.kind(mapping, page))) {
        this.zapPage(mapping, page);
        zapped += 1;
      }
      page = table.next(mapping, after, to);
    }
    return zapped;
  }

  /** The word that a load or store finds: what a TLB holds comes before the page table. */
  hardwareWord(mapping: number, page: number): number {
    if (this.stale.count(mapping) === 0) return this.table.word(mapping, page);
    const held = this.stale.word(mapping, page);
    return held === 0 ? this.table.word(mapping, page) : held;
  }

  /** Every TLB has let go of an inode's zapped translations. */
  forgetStale(inode: number): void {
    const { mappings } = this;
    for (let m = mappings.firstOf(inode); m !== NO_MAPPING; m = mappings.nextOf(m)) {
      this.forgetStaleOf(m);
    }
  }

  private forgetStaleOf(mapping: number): void {
    const { stale } = this;
    for (let page = stale.next(mapping, 0, PAGE_LIMIT); page !== NO_PAGE;) {
      const after = stale.after(mapping, page);
      stale.zap(mapping, page);
      page = stale.next(mapping, after, PAGE_LIMIT);
    }
  }

  private keepStale(mapping: number, page: number, word: number): void {
    const kind = translationKind(word);
    if (kind !== Translation.ReadOnly && kind !== Translation.Writable) return;
    const target = translationTarget(word);
    if (this.table.isHuge(mapping, page)) this.stale.installHuge(mapping, page, kind, target);
    else this.stale.install(mapping, page, kind, target);
  }

  private zapPage(mapping: number, page: number): void {
    const word = this.table.word(mapping, page);
    if (this.leavesStale) this.keepStale(mapping, page, word);
    if (isCopy(translationKind(word))) this.privatePages.giveBack(translationTarget(word));
    this.table.zap(mapping, page);
    this.stats.zappedPages += 1;
  }
}

/** True for translations to a private copy. */
export function isCopy(kind: number): boolean {
  return kind === Translation.Private || kind === Translation.PrivateReadOnly;
}
