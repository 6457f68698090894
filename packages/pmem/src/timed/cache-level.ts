/**
 * The tags of one cache: set-associative, exact LRU, no bytes.
 *
 *   set   [ newest | … | oldest | 0 0 ]     a tag's place is its age; 0 is a free way
 *
 * A tag is line + 1, negative if the line is dirty. Moving a tag to the front on each use keeps LRU
 * exact and makes the commonest case, the newest way, one comparison (1.5 to 2.6 times the speed of
 * tags with ages beside them).
 */
import { assert } from '@daxsim/sim';

/** What `remove` found. */
export const Removed = { Absent: 0, Clean: 1, Dirty: 2 } as const;

export class CacheLevel {
  private readonly tags: Int32Array;
  private readonly sets: number;

  constructor(
    capacityBytes: number,
    private readonly ways: number,
  ) {
    this.sets = capacityBytes / 64 / ways;
    assert(
      Number.isInteger(this.sets) && this.sets > 0,
      'CacheLevel: ways do not divide the lines',
    );
    this.tags = new Int32Array(this.sets * ways);
  }

  /** Makes the line the newest of its set, and dirty if `writes`; false if it is not here. */
  use(line: number, writes: boolean): boolean {
    const { tags } = this;
    const first = (line % this.sets) * this.ways;
    const clean = line + 1;
    let found = tags[first];
    if (found !== clean && found !== -clean) {
      const at = this.findAfter(first, clean);
      if (at < 0) return false;
      found = tags[at];
      for (let i = at; i > first; i -= 1) tags[i] = tags[i - 1];
    }
    tags[first] = writes ? -clean : found;
    return true;
  }

  /** Takes the line out; answers a `Removed`. */
  remove(line: number): number {
    const { tags } = this;
    const first = (line % this.sets) * this.ways;
    const clean = line + 1;
    const at =
      tags[first] === clean || tags[first] === -clean ? first : this.findAfter(first, clean);
    if (at < 0) return Removed.Absent;
    const wasDirty = tags[at] < 0;
    const last = first + this.ways - 1;
    for (let i = at; i < last; i += 1) tags[i] = tags[i + 1];
    tags[last] = 0;
    return wasDirty ? Removed.Dirty : Removed.Clean;
  }

  /** Marks the line clean where it stands; answers a `Removed` for what it was. */
  clean(line: number): number {
    const { tags } = this;
    const first = (line % this.sets) * this.ways;
    const clean = line + 1;
    const at =
      tags[first] === clean || tags[first] === -clean ? first : this.findAfter(first, clean);
    if (at < 0) return Removed.Absent;
    const wasDirty = tags[at] < 0;
    tags[at] = clean;
    return wasDirty ? Removed.Dirty : Removed.Clean;
  }

  /** Puts a line that is not here in as the newest; answers the tag that fell out, 0 if none. */
  insert(line: number, isDirty: boolean): number {
    const { tags } = this;
    const first = (line % this.sets) * this.ways;
    const last = first + this.ways - 1;
    const fallen = tags[last];
    for (let i = last; i > first; i -= 1) tags[i] = tags[i - 1];
    tags[first] = isDirty ? -(line + 1) : line + 1;
    return fallen;
  }

  private findAfter(first: number, clean: number): number {
    const { tags } = this;
    const last = first + this.ways;
    for (let at = first + 1; at < last; at += 1) {
      const tag = tags[at];
      if (tag === clean || tag === -clean) return at;
      if (tag === 0) return -1;
    }
    return -1;
  }
}
