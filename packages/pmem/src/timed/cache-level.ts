/**
 * The tags of one cache: set-associative, exact LRU, no bytes.
 *
 *   set   [ 3rd | 4th | free | newest | 2nd ]   around from the newest to the oldest, then free
 *                              ▲ `newest`
 *
 * A tag is line + 1, negative if the line is dirty; 0 is a free way. Places say ages, so LRU is
 * exact and nothing is counted. What comes in takes the place before the newest, where the oldest
 * or a free way is, and moves nobody; only a line that is used again, or taken out, moves others.
 */
import { assert } from '@daxsim/sim';

/** What `remove` found. */
export const Removed = { Absent: 0, Clean: 1, Dirty: 2 } as const;

// Copies: what is exported is looked up at each use, a constant of the module is folded in.
const { Absent: ABSENT, Clean: CLEAN, Dirty: DIRTY } = Removed;
const INT_MAX = 0x7fffffff;

export class CacheLevel {
  private readonly tags: Int32Array | Float64Array;
  /** Of each set, where its newest line is. */
  private readonly newest: Uint8Array;
  private readonly sets: number;

  constructor(
    capacityBytes: number,
    private readonly ways: number,
    /** How many the device has. */
    lines: number,
  ) {
    this.sets = capacityBytes / 64 / ways;
    assert(
      Number.isInteger(this.sets) && this.sets > 0,
      'CacheLevel: ways do not divide the lines',
    );
    // The tag of the last line of the largest device is one too large for 32 bits.
    const Tags = lines <= INT_MAX ? Int32Array : Float64Array;
    this.tags = new Tags(this.sets * ways);
    this.newest = new Uint8Array(this.sets);
  }

  /** Makes the line dirty if `writes` and it is the newest of its set; false if it is not. */
  useNewest(line: number, writes: boolean): boolean {
    const { tags } = this;
    const set = line % this.sets;
    const at = set * this.ways + this.newest[set];
    const clean = line + 1;
    const tag = tags[at];
    if (tag !== clean && tag !== -clean) return false;
    if (writes) tags[at] = -clean;
    return true;
  }

  /** Makes the line the newest of its set, and dirty if `writes`; false if it is not here. */
  use(line: number, writes: boolean): boolean {
    const { tags } = this;
    const set = line % this.sets;
    const first = set * this.ways;
    const newest = first + this.newest[set];
    const clean = line + 1;
    let found = tags[newest];
    if (found !== clean && found !== -clean) {
      const at = this.find(first, clean);
      if (at < 0) return false;
      found = tags[at];
      this.age(at, newest, first);
    }
    tags[newest] = writes ? -clean : found;
    return true;
  }

  /** Whether the line is here; nobody's age changes. */
  has(line: number): boolean {
    return this.find((line % this.sets) * this.ways, line + 1) >= 0;
  }

  /** Takes the line out; answers a `Removed`. */
  remove(line: number): number {
    const { tags } = this;
    const set = line % this.sets;
    const first = set * this.ways;
    const at = this.find(first, line + 1);
    if (at < 0) return ABSENT;
    const wasDirty = tags[at] < 0;
    this.close(at, set, first);
    return wasDirty ? DIRTY : CLEAN;
  }

  /** Marks the line clean where it stands; answers a `Removed` for what it was. */
  clean(line: number): number {
    const { tags } = this;
    const at = this.find((line % this.sets) * this.ways, line + 1);
    if (at < 0) return ABSENT;
    const wasDirty = tags[at] < 0;
    tags[at] = line + 1;
    return wasDirty ? DIRTY : CLEAN;
  }

  /** Puts a line that is not here in as the newest; answers the tag that fell out, 0 if none. */
  insert(line: number, isDirty: boolean): number {
    const { tags } = this;
    const set = line % this.sets;
    const newest = this.newest[set];
    const place = newest === 0 ? this.ways - 1 : newest - 1;
    const at = set * this.ways + place;
    const fallen = tags[at];
    tags[at] = isDirty ? -(line + 1) : line + 1;
    this.newest[set] = place;
    return fallen;
  }

  /** Those from `newest` up to the one before `at` age by one place, over the one at `at`. */
  private age(at: number, newest: number, first: number): void {
    const { tags } = this;
    const last = first + this.ways - 1;
    let to = at;
    while (to !== newest) {
      const from = to === first ? last : to - 1;
      tags[to] = tags[from];
      to = from;
    }
  }

  /** Those behind `at` get one place younger, over the one at `at`; the last place is free then. */
  private close(at: number, set: number, first: number): void {
    const { tags } = this;
    const last = first + this.ways - 1;
    const newest = first + this.newest[set];
    let to = at;
    if (at === newest) this.newest[set] = at === last ? 0 : at - first + 1;
    else {
      for (;;) {
        const from = to === last ? first : to + 1;
        if (from === newest) break;
        tags[to] = tags[from];
        to = from;
      }
    }
    tags[to] = 0;
  }

  private find(first: number, clean: number): number {
    const { tags } = this;
    const end = first + this.ways;
    for (let at = first; at < end; at += 1) {
      const tag = tags[at];
      if (tag === clean || tag === -clean) return at;
    }
    return -1;
  }
}
