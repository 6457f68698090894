/**
 * A state space: all *function* state of one simulated world, in arenas that share one undo log and
 * one incremental hash.
 *
 *      mark ──▶ write write write ──▶ rewind(mark)      every cell is as it was at the mark
 *
 * An arena is anything that stores numbers under numeric keys and writes them through
 * `space.wrote(arena, key, old, now)`. That one call logs the old value while somebody holds a mark
 * and folds the change into the hash while hashing is on; a timed replay has both off and pays one
 * branch per write. The hash is a sum (xor) over cells of mix(arena, key, value), where a cell that
 * holds 0 contributes nothing: it does not depend on the order of writes, an untouched arena costs
 * nothing, and undoing a write undoes its part of the hash.
 *
 * Values are whole numbers of less than 2^53 either way (or infinity); keys are whole numbers from
 * 0. Timing state (clocks, queues, tags) and reports never live here: two states that differ only
 * in them are the same state.
 */
import { RunawayError, assert } from '../errors.js';

// Looking up a global costs much where code runs in a context of its own, as tests do.
const { floor, imul } = Math;

/** Something that keeps numbers under numeric keys and can put an old value back. */
export interface Arena {
  /** Name for messages and for the record of touched cells. */
  readonly name: string;
  /** Puts `value` back under `key` without logging; called by `rewind` only. */
  restore(key: number, value: number): void;
}

/** A place in the undo log. Marks nest; rewinding to one drops the later ones. */
export type Mark = number & { readonly mark: unique symbol };

/** How an action met a cell: bits, which add up. */
export const Access = {
  Read: 1,
  Write: 2,
  /** Changed it in a way that commutes with other updates and not with reads. */
  Update: 4,
} as const;

/** Told of every cell read or written; see `StateSpace.watch`. */
export interface TouchWatch {
  read(arena: number, key: number): void;
  wrote(arena: number, key: number): void;
  /**
   * A machine's own account of what it did to a lock, a wait channel or its free tasks, beside the
   * cells it used for that: `access` is of `Access`.
   */
  met(arena: number, key: number, access: number): void;
  /**
   * What is read from here on serves a check of its own, named by a whole number: two checks that
   * read nothing in common may be made in either order.
   */
  about(check: number): void;
  /** A step or move that declares these touches runs, until `ended`. */
  began(name: string, touches: readonly string[]): void;
  ended(): void;
}

const FIRST_LOG_ENTRIES = 1024;

export class StateSpace {
  /** True while writes must be reported through `wrote`; arenas test it before calling. */
  tracking = false;
  /**
   * True while each cell must be reported by itself, for the hash or a watch. While it is false an
   * arena may report many cells under one key, if its own `restore` puts all of them back.
   */
  isCellwise = false;
  /** Another number whenever the undo log was emptied: what it meant is not needed any more. */
  emptied = 0;
  /**
   * How long the undo log may get, in entries of 28 bytes; no end by default. A write beyond throws
   * a `RunawayError`. Looked at when the log grows, which is by doubling.
   */
  logEntriesMost = Infinity;

  private readonly arenas: Arena[] = [];
  // Empty until something is logged: recovery of a crash image makes a space and holds no mark.
  private logArena = new Int32Array(0);
  private logKey = new Float64Array(0);
  private logOld = new Float64Array(0);
  private logHashLow = new Int32Array(0);
  private logHashHigh = new Int32Array(0);
  private logLength = 0;
  private marks = 0;
  private hashing = false;
  private watching: TouchWatch | null = null;
  private hashLow = 0;
  private hashHigh = 0;

  /** Told of every read and write while set, to check declared touches; else null. */
  get watch(): TouchWatch | null {
    return this.watching;
  }

  set watch(watch: TouchWatch | null) {
    this.watching = watch;
    this.follow();
  }

  /** How many arenas there are: the number of the next one. */
  get arenaCount(): number {
    return this.arenas.length;
  }

  /** Adds an arena and answers its number, which the arena passes to `wrote`. */
  register(arena: Arena): number {
    this.arenas.push(arena);
    return this.arenas.length - 1;
  }

  /** The name an arena was registered with. */
  arenaName(arena: number): string {
    return this.arenas[arena].name;
  }

  /**
   * Turns the incremental hash on. What was written before is not in the hash: the state at this
   * moment hashes to 0, and hashes compare states reached from it. Call before the first write for
   * hashes that also compare between worlds.
   */
  startHashing(): void {
    this.hashing = true;
    this.follow();
  }

  /** Remembers the present state; `rewind` returns to it. Every mark is given back by `release`. */
  mark(): Mark {
    this.marks += 1;
    this.follow();
    return this.logLength as Mark;
  }

  /** Puts every cell back to its value at `mark`; the mark stays usable. */
  rewind(mark: Mark): void {
    assert(mark <= this.logLength, 'StateSpace: rewind to a mark that was already dropped');
    while (this.logLength > mark) {
      this.logLength -= 1;
      const at = this.logLength;
      const arena = this.logArena[at];
      const key = this.logKey[at];
      if (this.hashing) {
        // The value being replaced is found by undoing its own contribution, kept beside the old.
        this.fold(this.logHashLow[at], this.logHashHigh[at]);
      }
      this.arenas[arena].restore(key, this.logOld[at]);
    }
  }

  /** Gives a mark back. When none is held, writes are no longer logged. */
  release(mark: Mark): void {
    assert(this.marks > 0, 'StateSpace: more marks released than taken');
    this.marks -= 1;
    if (this.marks > 0) return;
    assert(mark <= this.logLength, 'StateSpace: release of a mark that was already dropped');
    this.logLength = 0;
    this.emptied += 1;
    this.follow();
  }

  /**
   * The present hash as one exact integer below 2^53. Equal states have equal hashes; with n
   * distinct states the chance of any collision is about n² / 2^54.
   */
  hash(): number {
    return (this.hashHigh >>> 11) * 4294967296 + (this.hashLow >>> 0);
  }

  /** Reports that `key` of `arena` changed from `old` to `now`. Call only while `tracking`. */
  wrote(arena: number, key: number, old: number, now: number): void {
    if (this.watching !== null) this.watching.wrote(arena, key);
    this.changed(arena, key, old, now);
  }

  /** The same of a sum to which tasks add in any order and which none of them looks at. */
  counted(arena: number, key: number, old: number, now: number): void {
    if (this.watching !== null) this.watching.met(arena, key, Access.Update);
    this.changed(arena, key, old, now);
  }

  private changed(arena: number, key: number, old: number, now: number): void {
    if (old === now) return;
    let low = 0;
    let high = 0;
    if (this.hashing) {
      assert(floor(now) === now, 'StateSpace: a cell was given a fraction or NaN');
      if (old !== 0) {
        low = cellHash(arena, key, old, 0x9e3779b9, 0xcc9e2d51, 0x1b873593);
        high = cellHash(arena, key, old, 0x85ebca6b, 0x38b34ae5, 0xa1e38b93);
      }
      if (now !== 0) {
        low ^= cellHash(arena, key, now, 0x9e3779b9, 0xcc9e2d51, 0x1b873593);
        high ^= cellHash(arena, key, now, 0x85ebca6b, 0x38b34ae5, 0xa1e38b93);
      }
      this.fold(low, high);
    }
    if (this.marks > 0) this.append(arena, key, old, low, high);
  }

  /** Arenas report writes while a mark, the hash or a watch needs them. */
  private follow(): void {
    this.isCellwise = this.hashing || this.watching !== null;
    this.tracking = this.marks > 0 || this.isCellwise;
  }

  private fold(low: number, high: number): void {
    this.hashLow ^= low;
    this.hashHigh ^= high;
  }

  private append(arena: number, key: number, old: number, low: number, high: number): void {
    if (this.logLength === this.logArena.length) this.grow();
    const at = this.logLength;
    this.logArena[at] = arena;
    this.logKey[at] = key;
    this.logOld[at] = old;
    this.logHashLow[at] = low;
    this.logHashHigh[at] = high;
    this.logLength = at + 1;
  }

  private grow(): void {
    const length = Math.max(FIRST_LOG_ENTRIES, this.logArena.length * 2);
    if (length > this.logEntriesMost) {
      throw new RunawayError(`StateSpace: more than ${this.logLength} changes to take back`);
    }
    this.logArena = copyInto(new Int32Array(length), this.logArena);
    this.logKey = copyInto(new Float64Array(length), this.logKey);
    this.logOld = copyInto(new Float64Array(length), this.logOld);
    this.logHashLow = copyInto(new Int32Array(length), this.logHashLow);
    this.logHashHigh = copyInto(new Int32Array(length), this.logHashHigh);
  }
}

function copyInto<T extends Int32Array | Float64Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

/**
 * Mixes (arena, key, value) into 32 bits, after MurmurHash3 (Appleby, public domain). The two
 * halves of the hash use different multipliers, so that a collision in one says nothing about the
 * other.
 */
function cellHash(
  arena: number,
  key: number,
  value: number,
  seed: number,
  spread: number,
  blend: number,
): number {
  let h = imul(arena ^ seed, spread);
  h = mixWord(h, key | 0, spread, blend);
  h = mixWord(h, (key / 4294967296) | 0, spread, blend);
  h = mixWord(h, value | 0, spread, blend);
  // Rounded down, not cut: -1 and 2^32 - 1 differ only here.
  h = mixWord(h, floor(value / 4294967296) | 0, spread, blend);
  h ^= h >>> 16;
  h = imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function mixWord(h: number, word: number, spread: number, blend: number): number {
  let k = imul(word, spread);
  k = (k << 15) | (k >>> 17);
  k = imul(k, blend);
  const mixed = h ^ k;
  return (imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
