/** Exact least-recently-used order of a fixed set of entries: a ring of links, O(1) per touch. */
export class RecencyList {
  private readonly older: Int32Array;
  private readonly newer: Int32Array;
  private newest: number;
  /** The entry that was not touched for longest; at first the one with the highest number. */
  oldest: number;

  constructor(entries: number) {
    this.older = new Int32Array(entries);
    this.newer = new Int32Array(entries);
    for (let i = 0; i < entries; i += 1) {
      this.older[i] = i + 1 < entries ? i + 1 : -1;
      this.newer[i] = i - 1;
    }
    this.newest = 0;
    this.oldest = entries - 1;
  }

  /** Makes `entry` the most recent. */
  touch(entry: number): void {
    if (entry === this.newest) return;
    const { older, newer } = this;
    const before = newer[entry];
    const after = older[entry];
    older[before] = after;
    if (after >= 0) newer[after] = before;
    else this.oldest = before;
    newer[entry] = -1;
    older[entry] = this.newest;
    newer[this.newest] = entry;
    this.newest = entry;
  }
}
