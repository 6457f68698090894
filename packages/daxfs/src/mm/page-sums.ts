/** Checksums of pages on their way, made when they are sent: of a page in memory, by its slot. */
import { IntMap } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { PAGE_BYTES } from './page-bytes.js';
import type { PageBytes } from './page-bytes.js';

/** Zero stands for a page without a checksum. */
const SOME = 0x40000000;

export class PageSums {
  private readonly sums: IntMap;
  private readonly buffer = new Uint8Array(PAGE_BYTES);

  constructor(
    space: StateSpace,
    private readonly bytes: PageBytes,
  ) {
    this.sums = new IntMap(space, 'mm.cache.sums');
  }

  /** Makes the checksum of what the page holds now. */
  make(slot: number): void {
    this.sums.set(slot, this.sumOf(slot));
  }

  /** Takes it away, and answers whether the page still holds what it was made of. */
  take(slot: number): boolean {
    const before = this.sums.get(slot);
    this.sums.set(slot, 0);
    return before === 0 || before === this.sumOf(slot);
  }

  private sumOf(slot: number): number {
    this.bytes.read(slot, 0, this.buffer, 0, PAGE_BYTES);
    let sum = 0;
    for (const byte of this.buffer) sum = (Math.imul(sum, 31) + byte) | 0;
    return (sum & (SOME - 1)) | SOME;
  }
}
