/**
 * The entries of the cores' store buffers, oldest first, and when each leaves.
 *
 *   first ▾            known ▾      unposted ▾          next ▾
 *   [ drains at 70 | drains at 90 | line is coming | waits for a fill buffer ]
 *
 * An entry is done when its line is there, and leaves when all before it have left: stores become
 * visible in order. So `drainedAt` is the latest `doneAt` up to the entry, known when all of these
 * are. Entries are numbered as they come; number n of a source lies at its place n modulo size.
 */
import { NEVER } from '@daxsim/sim';

/** What an entry still needs. */
export const StoreNeeds = {
  /** Nothing: its line is in the L1, or on its way there. */
  Nothing: 0,
  /** A fill buffer for its line. */
  Fill: 1,
  /** A fill buffer to be written from: the machine has no caches. */
  Post: 2,
} as const;

/** No entry. */
export const NO_ENTRY = -1;

// Copies: what is exported or imported is looked up at each use, a constant of the module is not.
const NONE = NO_ENTRY;
const never: number = NEVER;

export class StoreRing {
  readonly line: Int32Array;
  readonly fromByte: Uint8Array;
  readonly toByte: Uint8Array;
  /** A `StoreNeeds`. */
  readonly needs: Uint8Array;
  /** A `Found`. */
  readonly found: Uint8Array;
  /** Place of the store among all accesses, times two. */
  readonly rank: Float64Array;
  readonly sequence: Float64Array;
  /** When it came here. */
  readonly retiredAt: Float64Array;
  /** When its line is there; NEVER while that is not known. */
  readonly doneAt: Float64Array;
  /** When it has left; NEVER while that is not known. */
  readonly drainedAt: Float64Array;
  /** The record that brings its line, or −1. */
  readonly record: Int32Array;
  /** Dirty line that it pushed out of the caches and that is not posted yet, or −1. */
  readonly evicted: Int32Array;
  readonly evictedToken: Float64Array;
  /** One that fell out with it, or −1. */
  readonly evictedToo: Int32Array;
  readonly evictedTooToken: Float64Array;
  readonly evictedRank: Float64Array;
  /** Of coherent caches: its line's journey, or −1. */
  readonly journey: Int32Array;
  /** Of a store that is posted itself: what it carries. */
  readonly token: Float64Array;
  readonly slot: Int32Array;
  /** Of each source: numbers of the oldest entry that is kept, and of the next to come. */
  readonly first: Float64Array;
  readonly next: Float64Array;
  /** Number of the first whose leaving is not known, and of the first that may need a buffer. */
  readonly known: Float64Array;
  readonly unposted: Float64Array;
  /** When the last of the known entries has left. */
  readonly leftAt: Float64Array;

  constructor(
    sources: number,
    readonly size: number,
  ) {
    const places = sources * size;
    this.line = new Int32Array(places);
    this.fromByte = new Uint8Array(places);
    this.toByte = new Uint8Array(places);
    this.needs = new Uint8Array(places);
    this.found = new Uint8Array(places);
    this.rank = new Float64Array(places);
    this.sequence = new Float64Array(places);
    this.retiredAt = new Float64Array(places);
    this.doneAt = new Float64Array(places);
    this.drainedAt = new Float64Array(places);
    this.record = new Int32Array(places);
    this.evicted = new Int32Array(places);
    this.evictedToken = new Float64Array(places);
    this.evictedToo = new Int32Array(places);
    this.evictedTooToken = new Float64Array(places);
    this.evictedRank = new Float64Array(places);
    this.journey = new Int32Array(places);
    this.token = new Float64Array(places);
    this.slot = new Int32Array(places);
    this.first = new Float64Array(sources);
    this.next = new Float64Array(sources);
    this.known = new Float64Array(sources);
    this.unposted = new Float64Array(sources);
    this.leftAt = new Float64Array(sources);
  }

  place(s: number, number: number): number {
    return s * this.size + (number % this.size);
  }

  count(s: number): number {
    return this.next[s] - this.first[s];
  }

  /** Forgets what has left by `at`. */
  free(s: number, at: number): void {
    while (this.first[s] < this.known[s]) {
      if (this.drainedAt[this.place(s, this.first[s])] > at) return;
      this.first[s] += 1;
    }
  }

  /** A new entry's place; the caller fills it in and has made sure of room. */
  add(s: number): number {
    const at = this.place(s, this.next[s]);
    this.next[s] += 1;
    this.doneAt[at] = never;
    this.drainedAt[at] = never;
    this.record[at] = NONE;
    return at;
  }

  /** What `record` brought is there at `doneAt`. */
  over(s: number, record: number, doneAt: number): void {
    for (let n = this.known[s]; n < this.next[s]; n += 1) {
      const at = this.place(s, n);
      if (this.record[at] !== record || this.doneAt[at] !== never) continue;
      this.doneAt[at] = Math.max(doneAt, this.retiredAt[at]);
      this.record[at] = NONE;
    }
  }

  /** Finds out when entries leave, as far as can be known. */
  settle(s: number): void {
    while (this.known[s] < this.next[s]) {
      const at = this.place(s, this.known[s]);
      if (this.doneAt[at] === never) return;
      this.leftAt[s] = Math.max(this.leftAt[s], this.doneAt[at]);
      this.drainedAt[at] = this.leftAt[s];
      this.known[s] += 1;
    }
  }

  /** The youngest entry of `line` before `rank` that is still here at `at`, or `NO_ENTRY`. */
  youngest(s: number, line: number, rank: number, at: number): number {
    for (let n = this.next[s] - 1; n >= this.first[s]; n -= 1) {
      const place = this.place(s, n);
      if (this.drainedAt[place] <= at) return NONE;
      if (this.line[place] === line && this.rank[place] < rank) return n;
    }
    return NONE;
  }

  /** The youngest that is here at `at` and shares a byte with [from, to) of the line. */
  overlapping(s: number, line: number, from: number, to: number, at: number): number {
    for (let n = this.next[s] - 1; n >= this.first[s]; n -= 1) {
      const place = this.place(s, n);
      if (this.drainedAt[place] <= at) return NONE;
      if (this.line[place] !== line) continue;
      if (this.fromByte[place] < to && from < this.toByte[place]) return n;
    }
    return NONE;
  }

  /** The youngest of `line` whose line is not there at `at`. */
  filling(s: number, line: number, at: number): number {
    for (let n = this.next[s] - 1; n >= this.first[s]; n -= 1) {
      const place = this.place(s, n);
      if (this.drainedAt[place] <= at) return NONE;
      if (this.line[place] === line && this.doneAt[place] > at) return n;
    }
    return NONE;
  }
}
