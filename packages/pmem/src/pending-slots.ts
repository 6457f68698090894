/**
 * Where the records of pending stores are: one slot for each line that has some, its facts side by
 * side in half a line of the host, and a log from which records take room.
 *
 *   facts of a slot   [ line | count | offset | room + shape | base | guard ]     32 bytes
 *   log at `offset`   entries of five words, or sixteen words of a whole line (`PendingStores`)
 *
 * A slot that is freed keeps its room; the slot freed last is taken first, as it is nearest.
 */
import { SlotIndex } from './slot-index.js';

/** Words of a slot's facts, and the first four of them by index. */
export const FACT_SHIFT = 3;
export const SlotFact = { Line: 0, Count: 1, Offset: 2, Room: 3 } as const;
/** Doubles of a slot's facts, and the last two of them by index. */
export const NUMBER_SHIFT = 2;
/**
 * Base: number of the slot's entry 0 in a count that never repeats for a line. Guard: the highest
 * token handed out for the slot.
 */
export const SlotNumber = { Base: 2, Guard: 3 } as const;
/** In `SlotFact.Room`: set where the log holds a whole line; above it, room in entries. */
export const WHOLE = 1;
export const ROOM_SHIFT = 1;

// What is exported is looked up at each use, a constant of the module is folded into the code.
const FACTS = FACT_SHIFT;
const NUMBERS = NUMBER_SHIFT;
const { Line: LINE, Count: COUNT, Offset: OFFSET, Room: ROOM } = SlotFact;
const { Base: BASE, Guard: GUARD } = SlotNumber;
const SHAPE = WHOLE;
const FIRST_SLOTS = 64;
const FIRST_CAPACITY = 8;
const FIRST_WORDS = 48;
const ENTRY_WORDS = 5;
const LINE_WORDS = 16;

export class PendingSlots {
  /** Valid, like all arrays here, until the next `take` or `enlarge`. */
  facts = new Int32Array(FIRST_SLOTS << FACTS);
  numbers = new Float64Array(this.facts.buffer);
  log = new Int32Array(FIRST_SLOTS * FIRST_WORDS);
  /** The same bytes by eight, for copies. */
  wideLog = new BigInt64Array(this.log.buffer);
  readonly slotOfLine = new SlotIndex(this.facts, FACTS);
  private readonly folded = new Int32Array(LINE_WORDS);
  private nextBase = 0.5;
  private slots = 0;
  private freeSlots = new Int32Array(FIRST_SLOTS);
  private freeCount = 0;
  private logUsed = 0;

  constructor() {
    // Counted from a fraction on, so that the engine keeps it unboxed.
    this.nextBase = 1;
  }

  /** A slot without entries, with room for eight, for a line that has none. */
  take(line: number): number {
    let slot = this.slots;
    if (this.freeCount > 0) {
      this.freeCount -= 1;
      slot = this.freeSlots[this.freeCount];
    } else {
      this.slots += 1;
      if (slot << FACTS === this.facts.length) this.growSlots();
      const at = (slot << FACTS) | ROOM;
      this.facts[at] = FIRST_CAPACITY << ROOM_SHIFT;
      this.facts[(slot << FACTS) | OFFSET] = this.takeLog(FIRST_CAPACITY);
    }
    const { facts, numbers } = this;
    facts[(slot << FACTS) | LINE] = line;
    facts[(slot << FACTS) | COUNT] = 0;
    facts[(slot << FACTS) | ROOM] &= ~SHAPE;
    numbers[(slot << NUMBERS) | BASE] = this.nextBase;
    numbers[(slot << NUMBERS) | GUARD] = 0;
    this.slotOfLine.add(slot);
    return slot;
  }

  free(slot: number): void {
    const { facts, numbers } = this;
    const base = numbers[(slot << NUMBERS) | BASE];
    const guard = numbers[(slot << NUMBERS) | GUARD];
    // The next life of any line starts above every token of this one.
    if (guard > this.nextBase) this.nextBase = guard;
    if (base > this.nextBase) this.nextBase = base;
    this.nextBase += 1;
    this.slotOfLine.remove(slot);
    facts[(slot << FACTS) | LINE] = -1;
    this.freeSlots[this.freeCount] = slot;
    this.freeCount += 1;
  }

  /** Gives a line that is kept whole the entries it stands for. */
  unfold(slot: number): void {
    const { facts, log, folded } = this;
    if ((facts[(slot << FACTS) | ROOM] & SHAPE) === 0) return;
    const offset = facts[(slot << FACTS) | OFFSET];
    for (let i = 0; i < LINE_WORDS; i += 1) folded[i] = log[offset + i];
    for (let unit = 0; unit < LINE_WORDS / 2; unit += 1) {
      const at = offset + unit * ENTRY_WORDS;
      log[at] = unit;
      log[at + 1] = folded[unit * 2];
      log[at + 2] = folded[unit * 2 + 1];
      log[at + 3] = 0;
      log[at + 4] = 0;
    }
    facts[(slot << FACTS) | ROOM] &= ~SHAPE;
  }

  /** Moves the record to twice the room. The old room stays unused: few lines ever need more. */
  enlarge(slot: number): void {
    const { facts } = this;
    const capacity = facts[(slot << FACTS) | ROOM] >> ROOM_SHIFT;
    const to = this.takeLog(capacity * 2);
    const from = facts[(slot << FACTS) | OFFSET];
    this.log.copyWithin(to, from, from + capacity * ENTRY_WORDS);
    this.log.fill(0, to + capacity * ENTRY_WORDS, to + capacity * 2 * ENTRY_WORDS);
    facts[(slot << FACTS) | OFFSET] = to;
    facts[(slot << FACTS) | ROOM] += capacity << ROOM_SHIFT;
  }

  /** Room for entries, from a multiple of sixteen words on. */
  private takeLog(capacity: number): number {
    const words = (capacity * ENTRY_WORDS + 15) & ~15;
    while (this.logUsed + words > this.log.length) {
      const log = new Int32Array(this.log.length * 2);
      log.set(this.log);
      this.log = log;
      this.wideLog = new BigInt64Array(log.buffer);
    }
    const at = this.logUsed;
    this.logUsed += words;
    return at;
  }

  private growSlots(): void {
    const facts = new Int32Array(this.facts.length * 2);
    facts.set(this.facts);
    this.facts = facts;
    this.slotOfLine.moveTo(facts);
    this.numbers = new Float64Array(facts.buffer);
    const freeSlots = new Int32Array(this.freeSlots.length * 2);
    freeSlots.set(this.freeSlots);
    this.freeSlots = freeSlots;
  }
}
