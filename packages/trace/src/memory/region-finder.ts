/**
 * Which mapped file an address lies in, asked millions of times. Most accesses of a program are to
 * its stack and heap, and most of the others to where the last one was; so the answer is first
 * sought in the bounds of all that is mapped, then in the region of last time.
 */
import type { AddressSpace, Region } from '../strace/address-space.js';

export class RegionFinder {
  private low = Infinity;
  private high = -Infinity;
  private last: Region | undefined = undefined;
  private space: AddressSpace | undefined = undefined;

  /** To be called after each change of what is mapped. */
  reset(space: AddressSpace): void {
    this.space = space;
    this.last = undefined;
    this.low = Infinity;
    this.high = -Infinity;
    for (const { start, end } of space.all) {
      if (start < this.low) this.low = start;
      if (end > this.high) this.high = end;
    }
  }

  /** The region that holds `address`, or undefined. */
  find(address: number): Region | undefined {
    if (address < this.low || address >= this.high) return undefined;
    const { last } = this;
    if (last !== undefined && address >= last.start && address < last.end) return last;
    const region = this.space?.at(address);
    if (region !== undefined) this.last = region;
    return region;
  }
}
