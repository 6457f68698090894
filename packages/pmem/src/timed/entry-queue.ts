/** A queue of entries by number from which any can be taken out: links, O(1), each entry once. */
const NONE = -1;

export class EntryQueue {
  /** The entry that was put in first, or −1. */
  first: number = NONE;
  private last: number = NONE;
  private readonly before: Int32Array;
  private readonly after: Int32Array;

  constructor(entries: number) {
    this.before = new Int32Array(entries).fill(NONE);
    this.after = new Int32Array(entries).fill(NONE);
  }

  push(entry: number): void {
    this.before[entry] = this.last;
    this.after[entry] = NONE;
    if (this.last === NONE) this.first = entry;
    else this.after[this.last] = entry;
    this.last = entry;
  }

  remove(entry: number): void {
    const before = this.before[entry];
    const after = this.after[entry];
    if (before === NONE) this.first = after;
    else this.after[before] = after;
    if (after === NONE) this.last = before;
    else this.before[after] = before;
  }
}
