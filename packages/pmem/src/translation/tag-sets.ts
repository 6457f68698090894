/** Tags in sets, the least recently used of a set goes first: TLBs, and what is kept of tables. */

export class TagSets {
  /** Per set from the most recent on; 0 is free, else the tag + 1. */
  private readonly tags: Float64Array;
  private readonly sets: number;

  /** `ways` divides `entries`. */
  constructor(
    entries: number,
    private readonly ways: number,
  ) {
    this.sets = entries / ways;
    this.tags = new Float64Array(entries);
  }

  /** Makes `tag` the most recent of its set, in place of the oldest; whether it was there. */
  touch(tag: number): boolean {
    const { tags, ways } = this;
    const first = (tag % this.sets) * ways;
    const sought = tag + 1;
    if (tags[first] === sought) return true;
    const last = first + ways - 1;
    let at = first + 1;
    while (at < last && tags[at] !== sought) at += 1;
    const isThere = at <= last && tags[at] === sought;
    if (at > last) at = last;
    for (; at > first; at -= 1) tags[at] = tags[at - 1];
    tags[first] = sought;
    return isThere;
  }

  clear(): void {
    this.tags.fill(0);
  }
}
