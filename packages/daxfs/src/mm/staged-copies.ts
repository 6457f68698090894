/**
 * Blocks set aside for copies of shared ones: the copy-on-write fork of an XFS inode.
 *
 *      file        … 8 ┊ 9 ┊10 ┊11 …         shared blocks of the file
 *      staged        a   b   c   d           taken together for a store to 9: a hint's worth of
 *                        ▼                   blocks, as long as the hole among the staged ones
 *      after       … 8 ┊ b ┊10 ┊11 …         9 was copied and took its place; a, c, d stay staged
 *
 * A page over which a block is staged goes there with its next store, whether its own block is
 * still shared or not, and even if it has none (kernel record r01). What is staged is taken from
 * the allocator and not on media: power loss gives it back. A block is *in use* from when a copy
 * into it begins; space that is short takes only those that are not.
 *
 * Files with staged blocks also remember whether a page was dirtied since the last sync(2): then
 * nobody takes their staged blocks away (Linux 6.12 fs/xfs/xfs_icache.c, xfs_prep_free_cowblocks).
 */
import { IntMap, NO_BIT } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { PAGE_LIMIT, PageSets, pageKey } from './page-set.js';

export class StagedCopies {
  /** (inode, page) → block · 2 + (1 if in use). */
  private readonly words: IntMap;
  private readonly pages: PageSets;
  /** Inode → 1: a page was dirtied since the last sync. */
  private readonly dirtied: IntMap;
  /** Inode → 1: it has staged blocks. */
  private readonly inodes: IntMap;
  /** Inode → clones that share its blocks just now. */
  private readonly sharing: IntMap;

  constructor(space: StateSpace) {
    this.words = new IntMap(space, 'staged.block');
    this.pages = new PageSets(space, 'staged.pages');
    this.dirtied = new IntMap(space, 'staged.dirtied');
    this.inodes = new IntMap(space, 'staged.inodes');
    this.sharing = new IntMap(space, 'staged.sharing');
  }

  /** Blocks staged for an inode; st_blocks counts them. */
  count(inode: number): number {
    return this.inodes.size === 0 ? 0 : this.pages.count(inode);
  }

  has(inode: number, page: number): boolean {
    return this.count(inode) > 0 && this.pages.has(inode, page);
  }

  /** The block staged for a page that has one. */
  block(inode: number, page: number): number {
    return Math.floor(this.words.get(pageKey(inode, page)) / 2);
  }

  isInUse(inode: number, page: number): boolean {
    return this.words.get(pageKey(inode, page)) % 2 === 1;
  }

  /** How many pages from `page` on, at most `most`, have blocks staged that follow each other. */
  run(inode: number, page: number, most: number): number {
    const first = this.block(inode, page);
    let count = 1;
    while (count < most && this.block(inode, page + count) === first + count) count += 1;
    return count;
  }

  /** The first page at or after `page` with a staged block, or PAGE_LIMIT. */
  next(inode: number, page: number): number {
    const found = this.pages.next(inode, page, PAGE_LIMIT);
    return found === NO_BIT ? PAGE_LIMIT : found;
  }

  /** The page behind the last one before `page` with a staged block, or 0. */
  endBefore(inode: number, page: number): number {
    const found = this.pages.previous(inode, page - 1);
    return found === NO_BIT ? 0 : found + 1;
  }

  add(inode: number, page: number, block: number, count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.words.set(pageKey(inode, page + i), (block + i) * 2);
      this.pages.add(inode, page + i);
    }
    this.inodes.set(inode, 1);
  }

  use(inode: number, page: number, count: number): void {
    for (let at = page; at < page + count; at += 1) {
      this.words.set(pageKey(inode, at), this.block(inode, at) * 2 + 1);
    }
  }

  /** Forgets the block of a page: it went into the file, or back to the allocator. */
  remove(inode: number, page: number): void {
    this.words.delete(pageKey(inode, page));
    this.pages.remove(inode, page);
    if (this.pages.count(inode) === 0) this.inodes.delete(inode);
  }

  /** Inodes with staged blocks. Allocates: for when space is short. */
  inodesWithCopies(): number[] {
    return this.inodes.keys();
  }

  /** A clone shares the blocks of an inode one after the other: stores to it wait. */
  beginSharing(inode: number): void {
    this.sharing.add(inode, 1);
  }

  endSharing(inode: number): void {
    this.sharing.add(inode, -1);
  }

  isSharing(inode: number): boolean {
    return this.sharing.size > 0 && this.sharing.has(inode);
  }

  noteDirty(inode: number): void {
    this.dirtied.set(inode, 1);
  }

  isDirtied(inode: number): boolean {
    return this.dirtied.has(inode);
  }

  /** sync(2) has written every file back. */
  forgetDirty(): void {
    if (this.dirtied.size === 0) return;
    for (const inode of this.dirtied.keys()) this.dirtied.delete(inode);
  }
}
