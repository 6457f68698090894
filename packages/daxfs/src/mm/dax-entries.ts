/**
 * DAX entries: what each inode remembers of the pages that were mapped.
 *
 *      none ─fault▶ Empty ─▶ Zero (hole, unwritten) | Block     Zero ─write fault▶ Block
 *      Block ─write fault▶ dirty ─writeback▶ clean        any ─truncate, invalidate▶ none
 *
 * An entry is for one page, or for the 2 MiB that begin at its page; then it is alone there. Pages
 * of a huge entry answer as it does, and it has one tag. `next` and `nextDirty` answer the page at
 * which an entry begins, which may lie before the page that they were asked from.
 *
 * A page is dirty if stores through some mapping may not be durable; only then may a translation be
 * writable. Dirty pages of an inode are found in order without looking at clean ones. The lock of
 * an entry is a lock like any other and not here.
 */
import { IntMap } from '@daxsim/sim';
import { HUGE_PAGES, hugeStart } from './huge.js';
import { PageSets, pageKey } from './page-set.js';
import { NO_PAGE } from './page-table.js';
import type { StateSpace } from '@daxsim/sim';

export const EntryKind = {
  None: 0,
  /** Zeros; the file has no written block there. */
  Zero: 1,
  /** A device block. */
  Block: 2,
  /** Put there by a fault before it looks the extent up, so that others find it and wait. */
  Empty: 3,
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

const KINDS = 8;
/** Beside the kind in an entry's word: it is for 2 MiB. */
const HUGE = 4;

export class DaxEntries {
  private readonly words: IntMap;
  private readonly present: PageSets;
  private readonly dirty: PageSets;

  constructor(space: StateSpace) {
    this.words = new IntMap(space, 'mm.entry');
    this.present = new PageSets(space, 'mm.entriesOfInode');
    this.dirty = new PageSets(space, 'mm.dirty');
  }

  /** The page at which the entry of a page begins, or NO_PAGE if there is none. */
  start(inode: number, page: number): number {
    if (this.words.has(pageKey(inode, page))) return page;
    const start = hugeStart(page);
    return this.isHuge(inode, start) ? start : NO_PAGE;
  }

  kind(inode: number, page: number): number {
    return this.wordOf(inode, page) & 3;
  }

  /** Device block of a page whose entry is of kind Block. */
  block(inode: number, page: number): number {
    const own = this.words.get(pageKey(inode, page));
    if (own !== 0) return Math.floor(own / KINDS);
    return Math.floor(this.wordOf(inode, page) / KINDS) + (page % HUGE_PAGES);
  }

  /** Whether a huge entry begins at a page. */
  isHuge(inode: number, start: number): boolean {
    return (this.words.get(pageKey(inode, start)) & HUGE) !== 0;
  }

  /** Pages of the entry that begins at a page. */
  pages(inode: number, start: number): number {
    return this.isHuge(inode, start) ? HUGE_PAGES : 1;
  }

  /** Whether single pages of the 2 MiB from `start` on have entries. */
  hasSmall(inode: number, start: number): boolean {
    return !this.isHuge(inode, start) && this.present.next(inode, start, start + HUGE_PAGES) >= 0;
  }

  /** Enters or replaces an entry that begins at a page; its dirty tag stays. */
  put(inode: number, page: number, kind: EntryKind, block: number, isHuge = false): void {
    this.words.set(pageKey(inode, page), block * KINDS + (isHuge ? HUGE : 0) + kind);
    this.present.add(inode, page);
  }

  /** Removes the entry that begins at a page, with its tag; true if there was one. */
  remove(inode: number, page: number): boolean {
    const key = pageKey(inode, page);
    if (!this.words.has(key)) return false;
    this.words.delete(key);
    this.present.remove(inode, page);
    this.dirty.remove(inode, page);
    return true;
  }

  isDirty(inode: number, page: number): boolean {
    const start = this.start(inode, page);
    return start !== NO_PAGE && this.dirty.has(inode, start);
  }

  /** Tags the entry of a page; there must be one. */
  markDirty(inode: number, page: number): void {
    this.dirty.add(inode, this.start(inode, page));
  }

  clearDirty(inode: number, page: number): void {
    this.dirty.remove(inode, this.start(inode, page));
  }

  /** The first entry with a page in `from` … `limit − 1`, or NO_PAGE. */
  next(inode: number, from: number, limit: number): number {
    return this.firstIn(this.present, inode, from, limit);
  }

  /** The first dirty entry with a page in `from` … `limit − 1`, or NO_PAGE. */
  nextDirty(inode: number, from: number, limit: number): number {
    return this.firstIn(this.dirty, inode, from, limit);
  }

  count(inode: number): number {
    return this.present.count(inode);
  }

  dirtyCount(inode: number): number {
    return this.dirty.count(inode);
  }

  private firstIn(set: PageSets, inode: number, from: number, limit: number): number {
    const start = hugeStart(from);
    if (start < from && from < limit && set.has(inode, start) && this.isHuge(inode, start)) {
      return start;
    }
    return set.next(inode, from, limit);
  }

  private wordOf(inode: number, page: number): number {
    const own = this.words.get(pageKey(inode, page));
    if (own !== 0) return own;
    const huge = this.words.get(pageKey(inode, hugeStart(page)));
    return (huge & HUGE) !== 0 ? huge : 0;
  }
}
