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
import { defineStats } from '@daxsim/sim';
import { NO_AREA } from './areas.js';
import { DaxEntries, EntryKind } from './dax-entries.js';
import { Mappings, NO_MAPPING } from './mappings.js';
import {
  NO_PAGE,
  PageTable,
  Translation,
  translationKind,
  translationTarget,
} from './page-table.js';
import { PrivatePages } from './private-pages.js';
import type { StateSpace } from '@daxsim/sim';

export const mmStats = defineStats({
  readFaults: ['count', 'Faults that wanted to read.'],
  writeFaults: ['count', 'Faults that wanted to write.'],
  majorFaults: ['count', 'Faults for which the file system allocated or converted a block.'],
  upgradeFaults: ['count', 'Write faults that found a read-only translation.'],
  syncFaults: ['count', 'MAP_SYNC faults that had to force the log first.'],
  signalFaults: ['count', 'Faults that ended in SIGBUS or SIGSEGV.'],
  zappedPages: ['count', 'Translations removed and shot down.'],
  protectedPages: ['count', 'Translations that lost the right to store.'],
  flushedPages: ['count', 'Dirty pages written back.'],
  droppedEntries: ['count', 'DAX entries removed by truncation and invalidation.'],
});

export class MemoryMaps {
  readonly mappings: Mappings;
  readonly table: PageTable;
  readonly entries: DaxEntries;
  readonly privatePages: PrivatePages;
  readonly stats = mmStats.create();

  constructor(space: StateSpace) {
    this.mappings = new Mappings(space);
    this.table = new PageTable(space);
    this.entries = new DaxEntries(space);
    this.privatePages = new PrivatePages(space);
  }

  /** Whether a page of an inode has an entry of any kind, as SEEK_DATA asks. */
  hasEntry(inode: number, page: number): boolean {
    return this.entries.kind(inode, page) !== EntryKind.None;
  }

  /** Removes the translations of a mapping's pages [from, to), copies included; their number. */
  zapMapping(mapping: number, from: number, to: number): number {
    let zapped = 0;
    for (let page = this.table.next(mapping, from, to); page !== NO_PAGE;) {
      this.zapPage(mapping, page);
      zapped += 1;
      page = this.table.next(mapping, page + 1, to);
    }
    return zapped;
  }

  /**
   * Removes the translations to pages [from, to) of an inode from every mapping; private copies
   * only if `evenCopies`. Answers how many there were.
   */
  zapInode(inode: number, from: number, to: number, evenCopies: boolean): number {
    let zapped = 0;
    const { mappings } = this;
    for (let m = mappings.firstOf(inode); m !== NO_MAPPING; m = mappings.nextOf(m)) {
      const first = mappings.firstPage(m);
      const start = Math.max(0, from - first);
      const end = to - first;
      for (let page = this.table.next(m, start, end); page !== NO_PAGE;) {
        if (evenCopies || !isCopy(this.table.kind(m, page))) {
          this.zapPage(m, page);
          zapped += 1;
        }
        page = this.table.next(m, page + 1, end);
      }
    }
    return zapped;
  }

  /** Makes every shared translation to a page of an inode read-only; how many were writable. */
  protectPage(inode: number, page: number): number {
    let protectedPages = 0;
    const { mappings } = this;
    for (let m = mappings.firstOf(inode); m !== NO_MAPPING; m = mappings.nextOf(m)) {
      const at = page - mappings.firstPage(m);
      if (at < 0 || this.table.kind(m, at) !== Translation.Writable) continue;
      this.table.protect(m, at);
      protectedPages += 1;
    }
    this.stats.protectedPages += protectedPages;
    return protectedPages;
  }

  /** Takes pages [from, to) out of a mapping; true if nothing of it is left. */
  unmap(mapping: number, from: number, to: number): boolean {
    this.mappings.areas.remove(mapping, from, to);
    if (this.mappings.areas.first(mapping) !== NO_AREA) return false;
    this.mappings.remove(mapping);
    return true;
  }

  /**
   * Takes the right to store from the translations of pages [from, to) of a mapping; their number.
   */
  protectMapping(mapping: number, from: number, to: number): number {
    let protectedPages = 0;
    for (let page = this.table.next(mapping, from, to); page !== NO_PAGE;) {
      if (this.table.protect(mapping, page)) protectedPages += 1;
      page = this.table.next(mapping, page + 1, to);
    }
    this.stats.protectedPages += protectedPages;
    return protectedPages;
  }

  private zapPage(mapping: number, page: number): void {
    const word = this.table.word(mapping, page);
    if (isCopy(translationKind(word))) this.privatePages.giveBack(translationTarget(word));
    this.table.zap(mapping, page);
    this.stats.zappedPages += 1;
  }
}

/** True for translations to a private copy. */
export function isCopy(kind: number): boolean {
  return kind === Translation.Private || kind === Translation.PrivateReadOnly;
}
