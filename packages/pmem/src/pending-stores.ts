/**
 * The overlay of stores that power loss could still take.
 *
 *   visible    A2 B1 C1 …          line's bytes as every source sees them
 *   pending    [A0][B0][A1][C0]    oldest ▸ newest: what each store overwrote, by 8-byte unit
 *   durable    undo all            = A0 B0 C0
 *   survives   undo all but k      = what power loss leaves when the first k units made it
 *
 * So the overlay of a line is its undo log, and a store that becomes durable is simply forgotten:
 * no byte is copied. Stores of one line become durable in order (they sit in one cache line), so a
 * line's state after power loss is always such a prefix; lines are independent.
 *
 * Two stores to the same unit with nothing between them share an entry. A line that somebody keeps
 * writing and never flushes is compacted at some hundreds of entries: the run since the last flush
 * becomes one group that survives whole or not at all. That hides crash states and never invents
 * one.
 *
 * State: cells under (line, field), where field 0 is the count and entry i takes five fields from
 * 1 + 5i; what is past the count is zero, so equal overlays hash alike whatever their history.
 * Physical places (slots, offsets) are not state.
 */
import { assert, type Arena, type StateSpace } from '@daxsim/sim';
import { KeptWords } from './kept-words.js';
import type { LinePool } from './line-pool.js';
import {
  COUNT_SHIFT,
  FACT_SHIFT,
  JOINED_UNIT,
  NUMBER_SHIFT,
  PendingSlots,
  ROOM_MASK,
  SLOT_BASE,
  SlotFact,
  WHOLE,
} from './pending-slots.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const FACTS = FACT_SHIFT;
const NUMBERS = NUMBER_SHIFT;
const COUNTS = COUNT_SHIFT;
const ROOM = ROOM_MASK;
const SHAPE = WHOLE;
const BASE = SLOT_BASE;
const { Line: LINE, Count: COUNT, Guard: GUARD, Place: PLACE, Log: LOG } = SlotFact;
const ENTRY_WORDS = 5;
const JOINED = JOINED_UNIT;
const COMPACT_ABOVE = 256;
const FIELDS = 8192;
/** The field under which all entries of a line come back at once. */
const ALL_ENTRIES = FIELDS - 1;
/** Flush marks are two words of one bit per source. */
export const MARKED_SOURCES_MAX = 64;

export class PendingStores implements Arena {
  readonly name = 'pmem pending stores';
  private readonly id: number;
  /** Where the entries are, to be read. */
  readonly slots: PendingSlots;
  private readonly undone: KeptWords;
  /** What `look` read: kept, so that the read is not left out. */
  near = 0;

  /** What whole lines held is kept in `pool`. */
  constructor(
    private readonly space: StateSpace,
    pool: LinePool,
  ) {
    this.slots = new PendingSlots(pool);
    this.id = space.register(this);
    this.undone = new KeptWords(space);
  }

  /** Number of lines that have pending entries. */
  get lines(): number {
    return this.slots.slotOfLine.size;
  }

  /** Slot of a line's record, or −1. Valid until the next push or drop. */
  find(line: number): number {
    return this.slots.slotOfLine.find(line);
  }

  /** Reads early what `find` will need. */
  look(line: number): void {
    this.near = this.slots.slotOfLine.look(line);
  }

  count(slot: number): number {
    return this.slots.facts[(slot << FACTS) | COUNT] >> COUNTS;
  }

  /** All lines with pending entries, ascending. */
  sortedLines(): number[] {
    return this.slots.slotOfLine.sortedKeys();
  }

  /** Record of `line`, made if need be. */
  open(line: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    const slot = this.slots.slotOfLine.find(line);
    return slot < 0 ? this.slots.take(line) : slot;
  }

  /** Before up to eight entries are pushed. */
  makeRoom(slot: number): void {
    this.slots.unfold(slot);
    if (this.count(slot) + 8 <= this.slots.capacity(slot)) return;
    if (this.count(slot) > COMPACT_ABOVE) this.compact(slot);
    while (this.count(slot) + 8 > this.slots.capacity(slot)) this.slots.enlarge(slot);
    assert(
      !this.space.tracking || this.slots.capacity(slot) * ENTRY_WORDS < FIELDS,
      'PendingStores: too many sources flush one line without a fence',
    );
  }

  /**
   * Notes that a store overwrote (low, high) in `unit`, which may be joined to the entry before;
   * only after `makeRoom`.
   */
  push(slot: number, unit: number, low: number, high: number): void {
    const count = this.count(slot);
    const at = this.offset(slot) + count * ENTRY_WORDS;
    if (count > 0 && this.joinsLast(slot, at - ENTRY_WORDS, unit)) return;
    const { log } = this;
    log[at] = unit;
    log[at + 1] = low;
    log[at + 2] = high;
    log[at + 3] = 0;
    log[at + 4] = 0;
    if (this.space.isCellwise) {
      // Cells past the count are zero by definition, whatever a slot's earlier life left there.
      const field = this.key(slot) + 1 + count * ENTRY_WORDS;
      this.space.wrote(this.id, field, 0, unit);
      this.space.wrote(this.id, field + 1, 0, low);
      this.space.wrote(this.id, field + 2, 0, high);
    }
    if (this.space.tracking) this.space.wrote(this.id, this.key(slot), count, count + 1);
    this.setCount(slot, count + 1);
  }

  /**
   * Gives an empty slot an entry for each unit of the line, and answers a place in the pool: there
   * the caller puts what the line held, or a place that holds it is kept with `keepPlace` instead.
   * Only while no cell must be reported by itself.
   */
  startLine(slot: number): number {
    if (this.space.tracking) this.space.wrote(this.id, this.key(slot), 0, 8);
    this.slots.facts[(slot << FACTS) | COUNT] += (8 << COUNTS) | SHAPE;
    return this.slots.place(slot);
  }

  keepPlace(slot: number, place: number): void {
    this.slots.facts[(slot << FACTS) | PLACE] = place;
  }

  /**
   * Leaves in `into[at]` a name of the line's present entries, for `acceptUpTo`; 0 for none.
   * Answers the line's slot or −1.
   */
  token(line: number, into: Float64Array, at: number): number {
    const slot = this.slots.slotOfLine.find(line);
    if (slot < 0) into[at] = 0;
    else this.tokenOfSlot(slot, into, at);
    return slot;
  }

  /** The same, where the line's slot was `hint` when `find` was asked. */
  tokenNear(line: number, hint: number, into: Float64Array, at: number): number {
    if (hint < 0 || this.slots.facts[(hint << FACTS) | LINE] !== line) {
      return this.token(line, into, at);
    }
    this.tokenOfSlot(hint, into, at);
    return hint;
  }

  /** The same of a slot that has entries. */
  tokenOfSlot(slot: number, into: Float64Array, at: number): void {
    const { facts, numbers } = this.slots;
    const count = facts[(slot << FACTS) | COUNT] >> COUNTS;
    facts[(slot << FACTS) | GUARD] = count;
    into[at] = numbers[(slot << NUMBERS) | BASE] + count;
  }

  /**
   * The entries named by `tokens[at]` are durable; those already dropped do not matter. `hint` is
   * the slot that the line had when the token was made: if it still has it, nothing is looked up.
   */
  acceptUpTo(line: number, tokens: Float64Array, at: number, hint: number): void {
    let slot = hint;
    if (slot < 0 || this.slots.facts[(slot << FACTS) | LINE] !== line) {
      slot = this.slots.slotOfLine.find(line);
      if (slot < 0) return;
    }
    const known = tokens[at] - this.base(slot);
    if (known >= this.count(slot) && !this.space.tracking) this.slots.free(slot);
    else if (known > 0) this.drop(slot, known);
  }

  /** Marks the line's present entries as on their way for `source`; false if there are none. */
  mark(line: number, source: number): boolean {
    assert(source >= 0 && source < MARKED_SOURCES_MAX, 'PendingStores: more than 64 sources');
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    const slot = this.slots.slotOfLine.find(line);
    if (slot < 0) return false;
    this.clearMark(slot, source);
    this.slots.unfold(slot);
    const field = (this.count(slot) - 1) * ENTRY_WORDS + 3 + (source >>> 5);
    this.put(slot, field, this.log[this.offset(slot) + field] | (1 << (source & 31)));
    return true;
  }

  /** What `source` marked on this line is durable. */
  acceptMarked(line: number, source: number): void {
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    const slot = this.slots.slotOfLine.find(line);
    if (slot < 0) return;
    const marked = this.clearMark(slot, source);
    if (marked > 0) this.drop(slot, marked);
  }

  /** Everything pending on this line is durable. */
  acceptAll(line: number): void {
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    const slot = this.slots.slotOfLine.find(line);
    if (slot >= 0) this.drop(slot, this.count(slot));
  }

  restore(key: number, value: number): void {
    const line = Math.floor(key / FIELDS);
    const field = key - line * FIELDS;
    let slot = this.slots.slotOfLine.find(line);
    if (slot >= 0) this.slots.unfold(slot);
    if (field === ALL_ENTRIES) {
      this.restoreAll(line, value);
      return;
    }
    if (field !== 0) {
      if (slot >= 0) this.log[this.offset(slot) + field - 1] = value;
      return;
    }
    if (value === 0) {
      if (slot >= 0) this.slots.free(slot);
      return;
    }
    if (slot < 0) {
      slot = this.slots.take(line);
      // Cells that are to be zero again were never logged; an earlier life may have left something.
      const offset = this.offset(slot);
      this.log.fill(0, offset, offset + this.slots.capacity(slot) * ENTRY_WORDS);
    }
    while (this.slots.capacity(slot) < value) this.slots.enlarge(slot);
    this.setCount(slot, value);
  }

  /** Of a whole line the log has the sixteen words it held, and nothing else. */
  private isWhole(slot: number): boolean {
    return (this.slots.facts[(slot << FACTS) | COUNT] & SHAPE) !== 0;
  }

  /**
   * Entries, of any shape but a whole line: unit, what it held (2 words), flush marks (2 words).
   */
  private get log(): Int32Array {
    return this.slots.log;
  }

  /** Where the first entry is in the log. */
  private offset(slot: number): number {
    return this.slots.facts[(slot << FACTS) | LOG];
  }

  /** Of entries in the log. */
  private setCount(slot: number, count: number): void {
    const at = (slot << FACTS) | COUNT;
    this.slots.facts[at] = (this.slots.facts[at] & ROOM) | (count << COUNTS);
  }

  private base(slot: number): number {
    return this.slots.numbers[(slot << NUMBERS) | BASE];
  }

  /** How many of the entries a token was handed out for. */
  private guard(slot: number): number {
    return this.slots.facts[(slot << FACTS) | GUARD];
  }

  /** Key of the record's cells. */
  private key(slot: number): number {
    return this.slots.facts[(slot << FACTS) | LINE] * FIELDS;
  }

  private joinsLast(slot: number, lastAt: number, unit: number): boolean {
    const log = this.log;
    if (log[lastAt] !== unit) return false;
    if ((log[lastAt + 3] | log[lastAt + 4]) !== 0) return false;
    return this.count(slot) > this.guard(slot);
  }

  /** Takes the source's mark off; answers how many entries it covered. */
  private clearMark(slot: number, source: number): number {
    if (this.isWhole(slot)) return 0;
    const bit = 1 << (source & 31);
    for (let i = this.count(slot) - 1; i >= 0; i -= 1) {
      const field = i * ENTRY_WORDS + 3 + (source >>> 5);
      const marks = this.log[this.offset(slot) + field];
      if ((marks & bit) === 0) continue;
      this.put(slot, field, marks & ~bit);
      return i + 1;
    }
    return 0;
  }

  private drop(slot: number, covered: number): void {
    const count = this.count(slot);
    const left = count > covered ? count - covered : 0;
    if (left > 0 || this.space.tracking) this.slots.unfold(slot);
    this.keepAll(slot);
    if (this.space.isCellwise) {
      const kept = left * ENTRY_WORDS;
      const shift = covered * ENTRY_WORDS;
      const offset = this.offset(slot);
      for (let i = 0; i < kept; i += 1) this.put(slot, i, this.log[offset + shift + i]);
      for (let i = kept; i < count * ENTRY_WORDS; i += 1) this.put(slot, i, 0);
      this.space.wrote(this.id, this.key(slot), count, left);
    } else if (left > 0) {
      const offset = this.offset(slot);
      this.log.copyWithin(offset, offset + covered * ENTRY_WORDS, offset + count * ENTRY_WORDS);
    }
    if (left === 0) {
      this.slots.free(slot);
      return;
    }
    this.setCount(slot, left);
    this.slots.advance(slot, covered);
  }

  /** Before entries go: they come back as they are, and not cell by cell if they need not. */
  private keepAll(slot: number): void {
    if (!this.space.tracking || this.space.isCellwise) return;
    const words = this.count(slot) * ENTRY_WORDS;
    const kept = this.undone.keep(this.log, this.offset(slot), words);
    this.space.wrote(this.id, this.key(slot) + ALL_ENTRIES, kept, -1);
  }

  private restoreAll(line: number, kept: number): void {
    const count = this.undone.count(kept) / ENTRY_WORDS;
    let slot = this.slots.slotOfLine.find(line);
    if (slot < 0) slot = this.slots.take(line);
    while (this.slots.capacity(slot) < count) this.slots.enlarge(slot);
    this.undone.putBack(kept, this.log, this.offset(slot));
    this.setCount(slot, count);
  }

  private put(slot: number, index: number, value: number): void {
    const at = this.offset(slot) + index;
    if (this.space.tracking) {
      this.space.wrote(this.id, this.key(slot) + 1 + index, this.log[at], value);
    }
    this.log[at] = value;
  }

  /** Joins the entries since the last flush: per unit only what was there first matters. */
  private compact(slot: number): void {
    this.keepAll(slot);
    const offset = this.offset(slot);
    const count = this.count(slot);
    let start = this.guard(slot);
    for (let i = start; i < count; i += 1) {
      const at = offset + i * ENTRY_WORDS;
      if ((this.log[at + 3] | this.log[at + 4]) !== 0) start = i + 1;
    }
    let units = 0;
    let kept = start;
    for (let i = start; i < count; i += 1) {
      const unit = this.slots.unit(slot, i);
      if ((units & (1 << unit)) !== 0) continue;
      units |= 1 << unit;
      const low = this.slots.oldLow(slot, i);
      const high = this.slots.oldHigh(slot, i);
      this.put(slot, kept * ENTRY_WORDS, kept === start ? unit : unit | JOINED);
      this.put(slot, kept * ENTRY_WORDS + 1, low);
      this.put(slot, kept * ENTRY_WORDS + 2, high);
      kept += 1;
    }
    for (let i = kept * ENTRY_WORDS; i < count * ENTRY_WORDS; i += 1) this.put(slot, i, 0);
    if (this.space.tracking) {
      this.space.wrote(this.id, this.key(slot), count, kept);
    }
    this.setCount(slot, kept);
  }
}
