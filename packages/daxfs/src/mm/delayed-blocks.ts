/**
 * Delayed allocations: blocks of files that were promised when a page was dirtied and get a place
 * on the device when it is written back.
 *
 *      file    [ 0 ─ delayed ─ 4 )     [ 7 ─ delayed ─ 9 )       runs, joined where they meet
 *      space   4 + tree                2 + tree                  taken from what is free
 *
 * Beside its blocks a run promises what the extent tree may grow by when it is entered: the worst
 * case of one leaf per so many blocks and a path above them (Linux 6.12 fs/xfs/libxfs/xfs_bmap.c,
 * xfs_bmap_worst_indlen). Runs are in core only; power loss forgets them.
 */
import { IntMap, NumberColumn, assert } from '@daxsim/sim';
import { PAGE_LIMIT, PageSets, pageKey } from './page-set.js';
import { NO_PAGE } from './page-table.js';
import type { StateSpace } from '@daxsim/sim';

/** Records in a block of XFS's extent tree, and levels that a tree of a file may have. */
const RECORDS_PER_BLOCK = 251;
const LEVELS_MOST = 5;

/** Blocks that entering `length` delayed blocks may add to an extent tree. */
export function worstTreeBlocks(length: number): number {
  let blocks = 0;
  let left = length;
  for (let level = 0; level < LEVELS_MOST; level += 1) {
    left = Math.ceil(left / RECORDS_PER_BLOCK);
    blocks += left;
    if (left === 1) return blocks + LEVELS_MOST - level - 1;
  }
  return blocks;
}

export class DelayedBlocks {
  /** First blocks of runs, and the length of each. */
  private readonly starts: PageSets;
  private readonly lengths: IntMap;
  private readonly totals: IntMap;
  /** Cell 0: what all runs promise beside their blocks. */
  private readonly trees: NumberColumn;
  /** Of the run that `find` or `next` found. */
  start = 0;
  length = 0;

  constructor(
    space: StateSpace,
    private readonly treeBlocks: (length: number) => number,
  ) {
    this.starts = new PageSets(space, 'delayed.starts');
    this.lengths = new IntMap(space, 'delayed.lengths');
    this.totals = new IntMap(space, 'delayed.totals');
    this.trees = new NumberColumn(space, 'delayed.trees');
  }

  /** Delayed blocks of a file. */
  count(inode: number): number {
    return this.totals.get(inode);
  }

  /** Blocks that a new run of `length` promises. */
  costOf(length: number): number {
    return length + this.treeBlocks(length);
  }

  has(inode: number, block: number): boolean {
    return this.totals.size > 0 && this.find(inode, block);
  }

  /** Finds the run with a block. */
  find(inode: number, block: number): boolean {
    const start = this.starts.previous(inode, block);
    if (start === NO_PAGE) return false;
    this.start = start;
    this.length = this.lengths.get(pageKey(inode, start));
    return block < start + this.length;
  }

  /** Finds the first run that ends behind `block`. */
  next(inode: number, block: number): boolean {
    if (this.totals.size === 0) return false;
    if (this.find(inode, block)) return true;
    const start = this.starts.next(inode, block, PAGE_LIMIT);
    if (start === NO_PAGE) return false;
    this.start = start;
    this.length = this.lengths.get(pageKey(inode, start));
    return true;
  }

  /** Adds a run where there is none; answers by how much the promise grows. */
  add(inode: number, block: number, length: number): number {
    let start = block;
    let end = block + length;
    let before = 0;
    if (block > 0 && this.find(inode, block - 1)) {
      start = this.start;
      before += this.treeBlocks(this.length);
      this.drop(inode, this.start);
    }
    if (this.find(inode, end)) {
      assert(this.start === end, 'DelayedBlocks: a run was added over another');
      end += this.length;
      before += this.treeBlocks(this.length);
      this.drop(inode, this.start);
    }
    this.put(inode, start, end - start);
    this.totals.add(inode, length);
    return length + this.treesBy(this.treeBlocks(end - start) - before);
  }

  /** Takes blocks [from, to) out of all runs; answers by how much the promise shrinks. */
  remove(inode: number, from: number, to: number): number {
    let blocks = 0;
    let trees = 0;
    while (from < to && this.next(inode, from) && this.start < to) {
      const { start, length } = this;
      const end = start + length;
      const cutFrom = Math.max(start, from);
      const cutTo = Math.min(end, to);
      this.drop(inode, start);
      trees -= this.treeBlocks(length);
      if (start < cutFrom) trees += this.put(inode, start, cutFrom - start);
      if (cutTo < end) trees += this.put(inode, cutTo, end - cutTo);
      blocks += cutTo - cutFrom;
    }
    if (blocks > 0) this.totals.add(inode, -blocks);
    return blocks - this.treesBy(trees);
  }

  private put(inode: number, start: number, length: number): number {
    this.starts.add(inode, start);
    this.lengths.set(pageKey(inode, start), length);
    return this.treeBlocks(length);
  }

  private drop(inode: number, start: number): void {
    this.starts.remove(inode, start);
    this.lengths.delete(pageKey(inode, start));
  }

  private treesBy(delta: number): number {
    this.trees.add(0, delta);
    return delta;
  }
}
