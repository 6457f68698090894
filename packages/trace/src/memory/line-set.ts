/**
 * A set of 64-byte lines, for counting how many different ones a trace touches. A page of 4 KiB is
 * 64 lines, two words of bits; memory grows with the pages touched and not with the accesses.
 */
const linesPerPage = 64;

export class LineSet {
  private readonly slotOf = new Map<number, number>();
  private bits = new Int32Array(256);
  private lastPage = -1;
  private lastSlot = 0;
  /** Different lines so far. */
  lines = 0;

  /** Different pages so far. */
  get pages(): number {
    return this.slotOf.size;
  }

  /** Adds the lines of `length` bytes at `offset` of space `space` (a file, or −1: addresses). */
  add(space: number, offset: number, length: number): void {
    const last = Math.floor((offset + Math.max(1, length) - 1) / 64);
    for (let line = Math.floor(offset / 64); line <= last; line += 1) this.addLine(space, line);
  }

  private addLine(space: number, line: number): void {
    const page = (space + 1) * pagesPerSpace + Math.floor(line / linesPerPage);
    if (page !== this.lastPage) this.findPage(page);
    const inPage = line % linesPerPage;
    const word = this.lastSlot * 2 + (inPage >> 5);
    const bit = 1 << (inPage & 31);
    const before = this.bits[word] as number;
    if ((before & bit) !== 0) return;
    this.bits[word] = before | bit;
    this.lines += 1;
  }

  private findPage(page: number): void {
    let slot = this.slotOf.get(page);
    if (slot === undefined) {
      slot = this.slotOf.size;
      this.slotOf.set(page, slot);
      if (slot * 2 + 2 > this.bits.length) {
        const grown = new Int32Array(this.bits.length * 2);
        grown.set(this.bits);
        this.bits = grown;
      }
    }
    this.lastPage = page;
    this.lastSlot = slot;
  }
}

/** Keeps the pages of different files apart: 2^41 pages each are more than 2^52 bytes. */
const pagesPerSpace = 2 ** 41;
