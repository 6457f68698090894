/**
 * Blocks that are kept for what comes next: Linux 6.12 fs/ext4/mballoc.c, struct
 * ext4_prealloc_space.
 *
 *     of a file    file blocks [logical, logical + length) ┊ as many device blocks from `block` on
 *     of a group   device blocks, given out from the front to small files
 *
 * They live in core only: nothing on media says that they are kept, and after a crash they are
 * free. The lists are arenas; the blocks themselves are kept by the allocator.
 */
import { IntLists, NO_ID, NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

/** The list of what small files share; files have theirs by inode. */
export const SHARED = 0;
export const NONE = NO_ID;

export class Preallocations {
  private readonly lists: IntLists;
  private readonly logicals: NumberColumn;
  private readonly blocks: NumberColumn;
  private readonly lengths: NumberColumn;
  /** Cell 0: rows ever used. Unused rows are on the list −1. */
  private readonly rows: NumberColumn;

  constructor(space: StateSpace) {
    this.lists = new IntLists(space, 'preallocations');
    this.logicals = new NumberColumn(space, 'preallocation.logical');
    this.blocks = new NumberColumn(space, 'preallocation.block');
    this.lengths = new NumberColumn(space, 'preallocation.length');
    this.rows = new NumberColumn(space, 'preallocation.rows');
  }

  first(owner: number): number {
    return this.lists.first(owner + 1);
  }

  next(id: number): number {
    return this.lists.next(id);
  }

  /** First file block that it is for. */
  logical(id: number): number {
    return this.logicals.get(id);
  }

  /** First device block. */
  block(id: number): number {
    return this.blocks.get(id);
  }

  length(id: number): number {
    return this.lengths.get(id);
  }

  add(owner: number, logical: number, block: number, length: number): number {
    let id = this.lists.shift(UNUSED);
    if (id === NONE) id = this.rows.add(0, 1) - 1;
    this.lists.push(owner + 1, id);
    this.set(id, logical, block, length);
    return id;
  }

  /** Takes `count` blocks off the front. */
  cutFront(id: number, count: number): void {
    this.set(id, this.logical(id) + count, this.block(id) + count, this.length(id) - count);
  }

  remove(owner: number, id: number): void {
    this.lists.remove(owner + 1, id);
    this.set(id, 0, 0, 0);
    this.lists.push(UNUSED, id);
  }

  /** Owners that have any, and `SHARED`. */
  owners(limit: number): number[] {
    const found: number[] = [];
    for (let owner = SHARED; owner < limit; owner += 1) {
      if (this.first(owner) !== NONE) found.push(owner);
    }
    return found;
  }

  private set(id: number, logical: number, block: number, length: number): void {
    this.logicals.set(id, logical);
    this.blocks.set(id, block);
    this.lengths.set(id, length);
  }
}

/** List of unused rows; those of owners come behind. */
const UNUSED = 0;
