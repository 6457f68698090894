/**
 * Where the records of pending stores are: one slot for each line that has some, its facts side by
 * side in half a line of the host.
 *
 *   facts of a slot    [ line | next | count, room, shape | guard | place | log | base ]  32 bytes
 *   place in the pool  the sixteen words that a line held which was stored whole
 *   log                room for entries of five words (`PendingStores`)
 *
 * A slot gets a place when a whole line is stored to it first and room in the log when less is, and
 * keeps both when it is freed; the slot freed last is taken first, as it is nearest.
 */
import type { LinePool } from './line-pool.js';
import { SlotIndex } from './slot-index.js';

/** Words of a slot's facts, and those of them that are integers by index. */
export const FACT_SHIFT = 3;
export const SlotFact = { Line: 0, Next: 1, Count: 2, Guard: 3, Place: 4, Log: 5 } as const;
/** Doubles of a slot's facts, and the last of them by index. */
export const NUMBER_SHIFT = 2;
/** Number of the slot's entry 0 in a count that never repeats for a line. */
export const SLOT_BASE = 3;
/**
 * In `SlotFact.Count`: set where `Place` is what the line held; above it what the log has room for,
 * as 0 or n for 4 << n entries; above that, the entries.
 */
export const WHOLE = 1;
export const ROOM_MASK = 62;
export const COUNT_SHIFT = 6;
/** Set on the unit of an entry that survives only together with the one before it. */
export const JOINED_UNIT = 8;

// What is exported is looked up at each use, a constant of the module is folded into the code.
const FACTS = FACT_SHIFT;
const NUMBERS = NUMBER_SHIFT;
const { Line: LINE, Next: NEXT, Count: COUNT, Guard: GUARD, Place: PLACE, Log: LOG } = SlotFact;
const BASE = SLOT_BASE;
const SHAPE = WHOLE;
const COUNTS = COUNT_SHIFT;
const ROOM = ROOM_MASK;
const MORE_ROOM = 2;
const FIRST_SLOTS = 64;
const FIRST_WORDS = 1024;
const ENTRY_WORDS = 5;
const UNIT_MASK = 7;
const JOINED = JOINED_UNIT;
const LINE_UNITS = 8;
const NO_PLACE = -1;

export class PendingSlots {
  /** Valid, like all arrays here, until the next `take` or `enlarge`. */
  facts = new Int32Array(FIRST_SLOTS << FACTS);
  numbers = new Float64Array(this.facts.buffer);
  log = new Int32Array(FIRST_WORDS);
  readonly slotOfLine = new SlotIndex(this.facts, FACTS, this.facts, NEXT);
  private nextBase = 0.5;
  private slots = 0;
  private freeSlots = new Int32Array(FIRST_SLOTS);
  private freeCount = 0;
  private logUsed = 0;

  constructor(readonly pool: LinePool) {
    // Counted from a fraction on, so that the engine keeps it unboxed.
    this.nextBase = 1;
  }

  /** Unit (0 … 7) that entry `i` overwrote. */
  unit(slot: number, i: number): number {
    return this.isWhole(slot) ? i : this.log[this.entry(slot, i)] & UNIT_MASK;
  }

  oldLow(slot: number, i: number): number {
    if (this.isWhole(slot)) return this.pool.word(this.place(slot), i * 2);
    return this.log[this.entry(slot, i) + 1];
  }

  oldHigh(slot: number, i: number): number {
    if (this.isWhole(slot)) return this.pool.word(this.place(slot), i * 2 + 1);
    return this.log[this.entry(slot, i) + 2];
  }

  /** True if entry `i` survives only together with entry i − 1. */
  isJoined(slot: number, i: number): boolean {
    return !this.isWhole(slot) && (this.log[this.entry(slot, i)] & JOINED) !== 0;
  }

  /** A slot without entries for a line that has none. */
  take(line: number): number {
    let slot = this.slots;
    if (this.freeCount > 0) {
      this.freeCount -= 1;
      slot = this.freeSlots[this.freeCount];
    } else {
      this.slots += 1;
      if (slot << FACTS === this.facts.length) this.growSlots();
      this.facts[(slot << FACTS) | PLACE] = NO_PLACE;
    }
    const { facts } = this;
    facts[(slot << FACTS) | LINE] = line;
    facts[(slot << FACTS) | COUNT] &= ROOM;
    facts[(slot << FACTS) | GUARD] = 0;
    this.numbers[(slot << NUMBERS) | BASE] = this.nextBase;
    this.slotOfLine.add(slot);
    return slot;
  }

  free(slot: number): void {
    const { facts } = this;
    // The next life of any line starts above every token of this one.
    this.nextBase += (facts[(slot << FACTS) | COUNT] >> COUNTS) + 1;
    this.slotOfLine.remove(slot);
    facts[(slot << FACTS) | LINE] = -1;
    this.freeSlots[this.freeCount] = slot;
    this.freeCount += 1;
  }

  /** The first `covered` of the slot's entries went, and others stay. */
  advance(slot: number, covered: number): void {
    this.numbers[(slot << NUMBERS) | BASE] += covered;
    this.nextBase += covered;
    const at = (slot << FACTS) | GUARD;
    this.facts[at] = this.facts[at] > covered ? this.facts[at] - covered : 0;
  }

  /** The slot's place in the pool, whatever it holds. */
  place(slot: number): number {
    const at = (slot << FACTS) | PLACE;
    if (this.facts[at] === NO_PLACE) this.facts[at] = this.pool.take();
    return this.facts[at];
  }

  /** Entries for which the slot has room. */
  capacity(slot: number): number {
    const room = (this.facts[(slot << FACTS) | COUNT] & ROOM) >> 1;
    return room === 0 ? 0 : 4 << room;
  }

  /** Gives a line that is kept whole the entries it stands for. */
  unfold(slot: number): void {
    const { facts, pool } = this;
    if (!this.isWhole(slot)) return;
    if (this.capacity(slot) === 0) this.enlarge(slot);
    const { log } = this;
    const place = facts[(slot << FACTS) | PLACE];
    const first = facts[(slot << FACTS) | LOG];
    for (let unit = 0; unit < LINE_UNITS; unit += 1) {
      const at = first + unit * ENTRY_WORDS;
      log[at] = unit;
      log[at + 1] = pool.word(place, unit * 2);
      log[at + 2] = pool.word(place, unit * 2 + 1);
      log[at + 3] = 0;
      log[at + 4] = 0;
    }
    facts[(slot << FACTS) | COUNT] &= ~SHAPE;
  }

  /** Moves the entries to twice the room. The old room stays unused: few lines ever need more. */
  enlarge(slot: number): void {
    const { facts } = this;
    const words = this.capacity(slot) * ENTRY_WORDS;
    const from = facts[(slot << FACTS) | LOG];
    facts[(slot << FACTS) | COUNT] += MORE_ROOM;
    const wordsThen = this.capacity(slot) * ENTRY_WORDS;
    const to = this.takeLog(wordsThen);
    if (words > 0) this.log.copyWithin(to, from, from + words);
    this.log.fill(0, to + words, to + wordsThen);
    facts[(slot << FACTS) | LOG] = to;
  }

  /** Of a whole line the place has the sixteen words it held, and the log has nothing. */
  private isWhole(slot: number): boolean {
    return (this.facts[(slot << FACTS) | COUNT] & SHAPE) !== 0;
  }

  /** Where entry `i` is in the log. */
  private entry(slot: number, i: number): number {
    return this.facts[(slot << FACTS) | LOG] + i * ENTRY_WORDS;
  }

  /** Room for words, from a multiple of sixteen on. */
  private takeLog(count: number): number {
    const words = (count + 15) & ~15;
    while (this.logUsed + words > this.log.length) {
      const log = new Int32Array(this.log.length * 2);
      log.set(this.log);
      this.log = log;
    }
    const at = this.logUsed;
    this.logUsed += words;
    return at;
  }

  private growSlots(): void {
    const facts = new Int32Array(this.facts.length * 2);
    facts.set(this.facts);
    this.facts = facts;
    this.slotOfLine.moveTo(facts, facts);
    this.numbers = new Float64Array(facts.buffer);
    const freeSlots = new Int32Array(this.freeSlots.length * 2);
    freeSlots.set(this.freeSlots);
    this.freeSlots = freeSlots;
  }
}
