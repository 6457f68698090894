/**
 * Unbuffered transfers in flight: which blocks a device is about to read or write for which inode.
 *
 *      inode ─▶ its blocks, each with how many transfers have it        0: may be freed
 *
 * A transfer finds its blocks while it holds the inode lock and moves its bytes when it has given
 * that up; `i_dio_count` of Linux 6.12 is what waits for it.
 */
import { IntMap } from '@daxsim/sim';
import { PageSets } from './page-set.js';
import { Pins } from './pins.js';
import type { StateSpace } from '@daxsim/sim';

export class Transfers {
  /** Pages of each transfer, by its number; a list only, its counts are nobody's. */
  readonly list: Pins;
  private readonly counts: IntMap;
  private readonly blocks: PageSets;
  private readonly all: PageSets;

  constructor(space: StateSpace) {
    this.list = new Pins(space);
    this.counts = new IntMap(space, 'mm.transfer.counts');
    this.blocks = new PageSets(space, 'mm.transfer.blocksOf');
    this.all = new PageSets(space, 'mm.transfer.blocks');
  }

  begin(inode: number, block: number): void {
    this.counts.add(block, 1);
    this.blocks.add(inode, block);
    this.all.add(0, block);
  }

  /** One transfer of the block is over; true if it was the last. */
  end(inode: number, block: number): boolean {
    if (this.counts.add(block, -1) > 0) return false;
    this.blocks.remove(inode, block);
    this.all.remove(0, block);
    return true;
  }

  /** How many transfers have a block. */
  holders(block: number): number {
    return this.counts.get(block);
  }

  /** First block in flight of an inode, or NO_PAGE. */
  first(inode: number, limit: number): number {
    return this.blocks.next(inode, 0, limit);
  }

  /** First block in flight of any inode from `block` on, or NO_PAGE. */
  nextBlock(block: number, limit: number): number {
    return this.all.next(0, block, limit);
  }
}
