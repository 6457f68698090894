/**
 * A set of entries by number, of which the n-th can be had: O(1), in no order that means anything.
 */
export class EntrySet {
  count = 0;
  private readonly entries: Int32Array;
  private readonly placeOf: Int32Array;

  constructor(entries: number) {
    this.entries = new Int32Array(entries);
    this.placeOf = new Int32Array(entries);
  }

  /** The entry at `place`, below `count`. */
  at(place: number): number {
    return this.entries[place];
  }

  /** Only of an entry that is not in the set. */
  add(entry: number): void {
    this.entries[this.count] = entry;
    this.placeOf[entry] = this.count;
    this.count += 1;
  }

  /** Only of an entry that is in the set; the last takes its place. */
  remove(entry: number): void {
    this.count -= 1;
    const last = this.entries[this.count];
    const place = this.placeOf[entry];
    this.entries[place] = last;
    this.placeOf[last] = place;
  }
}
