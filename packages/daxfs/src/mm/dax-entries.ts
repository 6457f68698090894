/**
 * DAX entries: what each inode remembers of the pages that were mapped.
 *
 *      none ─fault▶ Empty ─▶ Zero (hole, unwritten) | Block     Zero ─write fault▶ Block
 *      Block ─write fault▶ dirty ─writeback▶ clean        any ─truncate, invalidate▶ none
 *
 * A page is dirty if stores through some mapping may not be durable; only then may a translation be
 * writable. Dirty pages of an inode are found in order without looking at clean ones. The lock of
 * an entry is a lock like any other and not here.
 */
import { IntMap } from '@daxsim/sim';
import { PageSets, pageKey } from './page-set.js';
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

const KINDS = 4;

export class DaxEntries {
  private readonly words: IntMap;
  private readonly present: PageSets;
  private readonly dirty: PageSets;

  constructor(space: StateSpace) {
    this.words = new IntMap(space, 'mm.entry');
    this.present = new PageSets(space, 'mm.entriesOfInode');
    this.dirty = new PageSets(space, 'mm.dirty');
  }

  kind(inode: number, page: number): number {
    return this.words.get(pageKey(inode, page)) % KINDS;
  }

  /** Device block of an entry of kind Block. */
  block(inode: number, page: number): number {
    return Math.floor(this.words.get(pageKey(inode, page)) / KINDS);
  }

  /** Enters or replaces an entry; its dirty tag stays. */
  put(inode: number, page: number, kind: EntryKind, block: number): void {
    this.words.set(pageKey(inode, page), block * KINDS + kind);
    this.present.add(inode, page);
  }

  /** Removes an entry with its tag; true if there was one. */
  remove(inode: number, page: number): boolean {
    const key = pageKey(inode, page);
    if (!this.words.has(key)) return false;
    this.words.delete(key);
    this.present.remove(inode, page);
    this.dirty.remove(inode, page);
    return true;
  }

  isDirty(inode: number, page: number): boolean {
    return this.dirty.has(inode, page);
  }

  markDirty(inode: number, page: number): void {
    this.dirty.add(inode, page);
  }

  clearDirty(inode: number, page: number): void {
    this.dirty.remove(inode, page);
  }

  /** First page with an entry in `from` … `limit − 1`, or NO_PAGE. */
  next(inode: number, from: number, limit: number): number {
    return this.present.next(inode, from, limit);
  }

  /** First dirty page in `from` … `limit − 1`, or NO_PAGE. */
  nextDirty(inode: number, from: number, limit: number): number {
    return this.dirty.next(inode, from, limit);
  }

  count(inode: number): number {
    return this.present.count(inode);
  }

  dirtyCount(inode: number): number {
    return this.dirty.count(inode);
  }
}
