/**
 * Pending events in order of time, first in first out among equal times: a hierarchical timing
 * wheel of 7 levels with 256 slots each.
 *
 *      level 0   slots of 1 ps       ┐  an event lies on the level of the highest byte in which
 *      level 1   slots of 256 ps     │  its time differs from now, in the slot that byte names;
 *      …                             │  when now enters a slot, its events move down, in order
 *      level 6   slots of 2^48 ps    ┘
 *
 * Together the levels cover every time below 2^53 ps, so there is no horizon and no far list: an
 * hour of picoseconds (3.6 × 10^15) lies on level 6. Order among equals needs no sequence numbers:
 * an event can be put into a slot directly only after now has entered the slot above it, which is
 * when the earlier ones moved down.
 *
 * It holds wake-ups, timers and the like. Lines of memory are priced without events.
 */
import { assert } from './errors.js';
import { NEVER, type Ticks } from './units.js';

// See space.ts: looking up a global costs much in the contexts in which tests run.
const { clz32, floor } = Math;

const LEVELS = 7;
const SLOTS = 256;
const WORDS = SLOTS / 32;
const FIRST_EVENTS = 64;
/** Handles are generation × this + node. */
const NODES_MAX = 4194304;
const NONE = -1;
const TWO_32 = 4294967296;
/** `earliest` when it must be searched for. */
const UNKNOWN = -1;

export class EventWheel {
  /** Number of pending events. */
  size = 0;
  private time = 0;
  private timeLow = 0;
  private timeHigh = 0;
  private earliest: number = NEVER;

  private readonly heads = new Int32Array(LEVELS * SLOTS).fill(NONE);
  private readonly tails = new Int32Array(LEVELS * SLOTS).fill(NONE);
  /** One bit per slot that is not empty. */
  private readonly busy = new Int32Array(LEVELS * WORDS);

  private at = new Float64Array(FIRST_EVENTS);
  private next = new Int32Array(FIRST_EVENTS);
  private before = new Int32Array(FIRST_EVENTS);
  /** Slot of a pending node, NONE of a free one. */
  private slot = new Int32Array(FIRST_EVENTS).fill(NONE);
  private payload = new Int32Array(FIRST_EVENTS);
  private generation = new Int32Array(FIRST_EVENTS);
  private firstFree = NONE;
  private used = 0;

  /** The time of the event popped last, or the time advanced to. */
  get now(): Ticks {
    return this.time as Ticks;
  }

  /**
   * Adds an event at `at`, a whole number now … 2^53 − 1, with a 32-bit payload. Answers a handle
   * for `cancel`.
   */
  schedule(at: number, payload: number): number {
    assert(at >= this.time, 'EventWheel: event in the past');
    assert(at <= Number.MAX_SAFE_INTEGER && floor(at) === at, 'EventWheel: not a whole time');
    const node = this.takeNode();
    this.at[node] = at;
    this.payload[node] = payload;
    this.link(node);
    this.size += 1;
    if (at < this.earliest && this.earliest !== UNKNOWN) this.earliest = at;
    return this.generation[node] * NODES_MAX + node;
  }

  /** Takes a pending event out. False when it was popped or cancelled before. */
  cancel(handle: number): boolean {
    const node = handle % NODES_MAX;
    const generation = (handle - node) / NODES_MAX;
    if (node >= this.used || this.slot[node] === NONE) return false;
    if (this.generation[node] !== generation) return false;
    if (this.at[node] === this.earliest) this.earliest = UNKNOWN;
    this.unlink(node);
    this.freeNode(node);
    return true;
  }

  /** Time of the first pending event, or `NEVER`. */
  nextAt(): Ticks {
    if (this.earliest === UNKNOWN) this.earliest = this.findEarliest();
    return this.earliest as Ticks;
  }

  /** Takes the first event out, moves `now` to it and answers its payload. There must be one. */
  pop(): number {
    assert(this.size > 0, 'EventWheel: pop of an empty wheel');
    let slot = this.busySlot(0, this.timeLow & 255);
    while (slot === NONE) {
      this.enterNextSlot();
      slot = this.busySlot(0, 0);
    }
    const node = this.heads[slot];
    this.moveTo(this.at[node]);
    this.earliest = this.next[node] === NONE ? UNKNOWN : this.time;
    if (this.size === 1) this.earliest = NEVER;
    const payload = this.payload[node];
    this.unlink(node);
    this.freeNode(node);
    return payload;
  }

  /** Moves `now` to `at`, which no pending event comes before. */
  advanceTo(at: number): void {
    assert(
      at >= this.time && at <= this.nextAt(),
      'EventWheel: advanced backwards or past an event',
    );
    assert(at <= Number.MAX_SAFE_INTEGER, 'EventWheel: advanced beyond 2^53 - 1');
    const level = this.levelOf(at | 0, (at / TWO_32) | 0);
    this.moveTo(at);
    if (level > 0) this.cascade(level * SLOTS + this.digit(level));
  }

  /**
   * Level 0 holds nothing: moves `now` to the start of the first busy slot above, and empties
   * it.
   */
  private enterNextSlot(): void {
    const slot = this.firstSlotAbove();
    const level = slot >>> 8;
    let start = slot & 255;
    // All bytes above this level are those of now; those below are 0.
    if (level < 3) start = ((this.timeLow >>> (level * 8 + 8)) << 8) | start;
    this.moveTo(this.slotStart(level, start));
    this.cascade(slot);
  }

  private slotStart(level: number, digits: number): number {
    if (level < 3) return this.timeHigh * TWO_32 + ((digits << (level * 8)) >>> 0);
    if (level === 3) return this.timeHigh * TWO_32 + ((digits << 24) >>> 0);
    const shift = (level - 4) * 8;
    const above = level === 6 ? 0 : (this.timeHigh >>> (shift + 8)) << 8;
    return ((above | digits) << shift) * TWO_32;
  }

  /** The first busy slot of the lowest busy level above 0. */
  private firstSlotAbove(): number {
    for (let level = 1; level < LEVELS; level += 1) {
      const slot = this.busySlot(level, 0);
      if (slot !== NONE) return slot;
    }
    assert(false, 'EventWheel: events were counted that are on no level');
  }

  private findEarliest(): number {
    if (this.size === 0) return NEVER;
    const low = this.busySlot(0, this.timeLow & 255);
    if (low !== NONE) return this.at[this.heads[low]];
    let earliest: number = NEVER;
    for (let node = this.heads[this.firstSlotAbove()]; node !== NONE; node = this.next[node]) {
      if (this.at[node] < earliest) earliest = this.at[node];
    }
    return earliest;
  }

  private moveTo(at: number): void {
    this.time = at;
    this.timeLow = at | 0;
    this.timeHigh = (at / TWO_32) | 0;
  }

  /** Highest byte in which a time differs from now. */
  private levelOf(low: number, high: number): number {
    const highBits = high ^ this.timeHigh;
    if (highBits !== 0) return 4 + ((31 - clz32(highBits)) >>> 3);
    const lowBits = low ^ this.timeLow;
    return lowBits === 0 ? 0 : (31 - clz32(lowBits)) >>> 3;
  }

  /** The byte of now at `level`. */
  private digit(level: number): number {
    return (level < 4 ? this.timeLow >>> (level * 8) : this.timeHigh >>> (level * 8 - 32)) & 255;
  }

  private link(node: number): void {
    const low = this.at[node] | 0;
    const high = (this.at[node] / TWO_32) | 0;
    const level = this.levelOf(low, high);
    const digit = (level < 4 ? low >>> (level * 8) : high >>> (level * 8 - 32)) & 255;
    const slot = level * SLOTS + digit;
    const tail = this.tails[slot];
    this.slot[node] = slot;
    this.before[node] = tail;
    this.next[node] = NONE;
    this.tails[slot] = node;
    if (tail === NONE) {
      this.heads[slot] = node;
      this.busy[slot >>> 5] |= 1 << (slot & 31);
    } else this.next[tail] = node;
  }

  private unlink(node: number): void {
    const slot = this.slot[node];
    const before = this.before[node];
    const next = this.next[node];
    if (before === NONE) this.heads[slot] = next;
    else this.next[before] = next;
    if (next === NONE) this.tails[slot] = before;
    else this.before[next] = before;
    if (this.heads[slot] === NONE) this.busy[slot >>> 5] &= ~(1 << (slot & 31));
  }

  /** Moves the events of a slot, which now has entered, to the levels below, in order. */
  private cascade(slot: number): void {
    let node = this.heads[slot];
    this.heads[slot] = NONE;
    this.tails[slot] = NONE;
    this.busy[slot >>> 5] &= ~(1 << (slot & 31));
    while (node !== NONE) {
      const next = this.next[node];
      this.link(node);
      node = next;
    }
  }

  /** The first busy slot of `level` at or after byte `from`, or NONE. */
  private busySlot(level: number, from: number): number {
    const first = level * WORDS;
    let word = first + (from >>> 5);
    let bits = this.busy[word] & (-1 << (from & 31));
    while (bits === 0) {
      word += 1;
      if (word === first + WORDS) return NONE;
      bits = this.busy[word];
    }
    return word * 32 + 31 - clz32(bits & -bits);
  }

  private takeNode(): number {
    const node = this.firstFree;
    if (node !== NONE) {
      this.firstFree = this.next[node];
      return node;
    }
    if (this.used === this.at.length) this.grow();
    this.used += 1;
    return this.used - 1;
  }

  private freeNode(node: number): void {
    this.slot[node] = NONE;
    this.generation[node] = (this.generation[node] + 1) & 0x7fffffff;
    this.next[node] = this.firstFree;
    this.firstFree = node;
    this.size -= 1;
  }

  private grow(): void {
    const length = this.at.length * 2;
    assert(length <= NODES_MAX, 'EventWheel: more than 2^22 pending events');
    const at = new Float64Array(length);
    at.set(this.at);
    this.at = at;
    this.next = longer(this.next, length);
    this.before = longer(this.before, length);
    this.slot = longer(this.slot, length);
    this.payload = longer(this.payload, length);
    this.generation = longer(this.generation, length);
  }
}

function longer(cells: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(cells);
  return copy;
}
