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
import {
  FACT_SHIFT,
  NUMBER_SHIFT,
  PendingSlots,
  ROOM_SHIFT,
  SlotFact,
  SlotNumber,
  WHOLE,
} from './pending-slots.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const FACTS = FACT_SHIFT;
const NUMBERS = NUMBER_SHIFT;
const ROOM_BITS = ROOM_SHIFT;
const SHAPE = WHOLE;
const { Line: LINE, Count: COUNT, Offset: OFFSET, Room: ROOM } = SlotFact;
const { Base: BASE, Guard: GUARD } = SlotNumber;
const ENTRY_WORDS = 5;
const UNIT_MASK = 7;
/** Set on the unit of an entry that survives only together with the one before it. */
export const JOINED_UNIT = 8;
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
  private readonly slots = new PendingSlots();
  private readonly undone: KeptWords;

  constructor(private readonly space: StateSpace) {
    this.id = space.register(this);
    this.undone = new KeptWords(space);
  }

  /** Number of lines that have pending entries. */
  get lines(): number {
    return this.slots.slotOfLine.size;
  }

  /**
   * Entries: unit, what it held (2 words), flush marks (2 words); or, where `startLine` gave a slot
   * its entries, what the line held. Valid until the next open.
   */
  get log(): Int32Array {
    return this.slots.log;
  }

  /** The log by eight bytes. */
  get wideLog(): BigInt64Array {
    return this.slots.wideLog;
  }

  /** Slot of a line's record, or −1. Valid until the next push or drop. */
  find(line: number): number {
    return this.slots.slotOfLine.find(line);
  }

  count(slot: number): number {
    return this.slots.facts[(slot << FACTS) | COUNT];
  }

  /** Unit (0 … 7) that entry `i` overwrote. */
  unit(slot: number, i: number): number {
    if (this.isWhole(slot)) return i;
    return this.log[this.offset(slot) + i * ENTRY_WORDS] & UNIT_MASK;
  }

  oldLow(slot: number, i: number): number {
    if (this.isWhole(slot)) return this.log[this.offset(slot) + i * 2];
    return this.log[this.offset(slot) + i * ENTRY_WORDS + 1];
  }

  oldHigh(slot: number, i: number): number {
    if (this.isWhole(slot)) return this.log[this.offset(slot) + i * 2 + 1];
    return this.log[this.offset(slot) + i * ENTRY_WORDS + 2];
  }

  /** True if entry `i` survives only together with entry i − 1. */
  isJoined(slot: number, i: number): boolean {
    if (this.isWhole(slot)) return false;
    return (this.log[this.offset(slot) + i * ENTRY_WORDS] & JOINED) !== 0;
  }

  /** All lines with pending entries, ascending. */
  sortedLines(): number[] {
    return this.slots.slotOfLine.sortedKeys();
  }

  /** Record of `line`, made if need be, with room for eight more entries. */
  open(line: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    let slot = this.slots.slotOfLine.find(line);
    if (slot < 0) slot = this.slots.take(line);
    else if (this.count(slot) + 8 > this.capacity(slot)) this.makeRoom(slot);
    return slot;
  }

  /**
   * Notes that a store overwrote (low, high) in `unit`, which may be joined to the entry before;
   * the slot comes from `open`.
   */
  push(slot: number, unit: number, low: number, high: number): void {
    if (this.isWhole(slot)) this.slots.unfold(slot);
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
    this.slots.facts[(slot << FACTS) | COUNT] = count + 1;
  }

  /**
   * Gives an empty slot an entry for each unit of the line. The caller puts what the store
   * overwrote into `log`, sixteen words from the answered index on. Only while no cell must be
   * reported by itself.
   */
  startLine(slot: number): number {
    const { facts } = this.slots;
    const first = slot << FACTS;
    if (this.space.tracking) this.space.wrote(this.id, this.key(slot), 0, 8);
    facts[first | COUNT] = 8;
    facts[first | ROOM] |= SHAPE;
    return facts[first | OFFSET];
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
    const token = this.base(slot) + this.count(slot);
    this.slots.numbers[(slot << NUMBERS) | GUARD] = token;
    into[at] = token;
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
      this.log.fill(0, offset, offset + this.capacity(slot) * ENTRY_WORDS);
    }
    while (this.capacity(slot) < value) this.slots.enlarge(slot);
    this.slots.facts[(slot << FACTS) | COUNT] = value;
  }

  /** Of a whole line the log has the sixteen words it held, and nothing else. */
  private isWhole(slot: number): boolean {
    return (this.slots.facts[(slot << FACTS) | ROOM] & SHAPE) !== 0;
  }

  private offset(slot: number): number {
    return this.slots.facts[(slot << FACTS) | OFFSET];
  }

  private capacity(slot: number): number {
    return this.slots.facts[(slot << FACTS) | ROOM] >> ROOM_BITS;
  }

  private base(slot: number): number {
    return this.slots.numbers[(slot << NUMBERS) | BASE];
  }

  private guard(slot: number): number {
    return this.slots.numbers[(slot << NUMBERS) | GUARD];
  }

  /** Key of the record's cells. */
  private key(slot: number): number {
    return this.slots.facts[(slot << FACTS) | LINE] * FIELDS;
  }

  private joinsLast(slot: number, lastAt: number, unit: number): boolean {
    const log = this.log;
    if (log[lastAt] !== unit) return false;
    if ((log[lastAt + 3] | log[lastAt + 4]) !== 0) return false;
    return this.base(slot) + this.count(slot) > this.guard(slot);
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
    this.slots.facts[(slot << FACTS) | COUNT] = left;
    if (left === 0) this.slots.free(slot);
    else this.slots.numbers[(slot << NUMBERS) | BASE] += covered;
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
    while (this.capacity(slot) < count) this.slots.enlarge(slot);
    this.undone.putBack(kept, this.log, this.offset(slot));
    this.slots.facts[(slot << FACTS) | COUNT] = count;
  }

  private put(slot: number, index: number, value: number): void {
    const at = this.offset(slot) + index;
    if (this.space.tracking) {
      this.space.wrote(this.id, this.key(slot) + 1 + index, this.log[at], value);
    }
    this.log[at] = value;
  }

  private makeRoom(slot: number): void {
    if (this.count(slot) > COMPACT_ABOVE) this.compact(slot);
    while (this.count(slot) + 8 > this.capacity(slot)) this.slots.enlarge(slot);
    assert(
      !this.space.tracking || this.capacity(slot) * ENTRY_WORDS < FIELDS,
      'PendingStores: too many sources flush one line without a fence',
    );
  }

  /** Joins the entries since the last flush: per unit only what was there first matters. */
  private compact(slot: number): void {
    this.keepAll(slot);
    const offset = this.offset(slot);
    const count = this.count(slot);
    let start = Math.max(0, this.guard(slot) - this.base(slot));
    for (let i = start; i < count; i += 1) {
      const at = offset + i * ENTRY_WORDS;
      if ((this.log[at + 3] | this.log[at + 4]) !== 0) start = i + 1;
    }
    let units = 0;
    let kept = start;
    for (let i = start; i < count; i += 1) {
      const unit = this.unit(slot, i);
      if ((units & (1 << unit)) !== 0) continue;
      units |= 1 << unit;
      const low = this.oldLow(slot, i);
      const high = this.oldHigh(slot, i);
      this.put(slot, kept * ENTRY_WORDS, kept === start ? unit : unit | JOINED);
      this.put(slot, kept * ENTRY_WORDS + 1, low);
      this.put(slot, kept * ENTRY_WORDS + 2, high);
      kept += 1;
    }
    for (let i = kept * ENTRY_WORDS; i < count * ENTRY_WORDS; i += 1) this.put(slot, i, 0);
    if (this.space.tracking) {
      this.space.wrote(this.id, this.key(slot), count, kept);
    }
    this.slots.facts[(slot << FACTS) | COUNT] = kept;
  }
}
