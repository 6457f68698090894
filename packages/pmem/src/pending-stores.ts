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
import { LineTable } from './line-table.js';

const ENTRY_WORDS = 5;
/** From what one entry overwrote to what the next did, in `PendingStores.log`. */
export const LOG_STEP = ENTRY_WORDS;
const UNIT_MASK = 7;
/** Set on an entry that survives only together with the one before it. */
const JOINED = 8;
const FIRST_CAPACITY = 8;
const FIRST_SLOTS = 64;
const COMPACT_ABOVE = 256;
const FIELDS = 8192;
/** Flush marks are two words of one bit per source. */
export const MARKED_SOURCES_MAX = 64;

export class PendingStores implements Arena {
  readonly name = 'pmem pending stores';
  private readonly id: number;
  private readonly slotOfLine = new LineTable(FIRST_SLOTS);
  /** −1 in a slot that is free. */
  private lineOf = new Int32Array(FIRST_SLOTS);
  private countOf = new Int32Array(FIRST_SLOTS);
  private capacityOf = new Int32Array(FIRST_SLOTS);
  private offsetOf = new Int32Array(FIRST_SLOTS);
  /** 1 if the first eight entries are known to be those of `startLine`, words aside. */
  private isLineShaped = new Uint8Array(FIRST_SLOTS);
  /** Number of the slot's entry 0 in a count that never repeats for a line; see `token`. */
  private baseOf = new Float64Array(FIRST_SLOTS);
  /** Highest token handed out for the slot. */
  private guardOf = new Float64Array(FIRST_SLOTS);
  private nextBase = 0.5;
  private slots = 0;
  private freeSlots = new Int32Array(FIRST_SLOTS);
  private freeCount = 0;
  /** Entries: unit, what it held (2 words), flush marks (2 words). Valid until the next open. */
  log = new Int32Array(FIRST_SLOTS * FIRST_CAPACITY * ENTRY_WORDS);
  private logUsed = 0;

  constructor(private readonly space: StateSpace) {
    this.id = space.register(this);
    // Counted from a fraction on, so that the engine keeps it unboxed.
    this.nextBase = 1;
  }

  /** Number of lines that have pending entries. */
  get lines(): number {
    return this.slotOfLine.size;
  }

  /** Slot of a line's record, or −1. Valid until the next push or drop. */
  find(line: number): number {
    return this.slotOfLine.get(line);
  }

  count(slot: number): number {
    return this.countOf[slot];
  }

  /** Unit (0 … 7) that entry `i` overwrote. */
  unit(slot: number, i: number): number {
    return this.log[this.offsetOf[slot] + i * ENTRY_WORDS] & UNIT_MASK;
  }

  oldLow(slot: number, i: number): number {
    return this.log[this.offsetOf[slot] + i * ENTRY_WORDS + 1];
  }

  oldHigh(slot: number, i: number): number {
    return this.log[this.offsetOf[slot] + i * ENTRY_WORDS + 2];
  }

  /** True if entry `i` survives only together with entry i − 1. */
  isJoined(slot: number, i: number): boolean {
    return (this.log[this.offsetOf[slot] + i * ENTRY_WORDS] & JOINED) !== 0;
  }

  /** All lines with pending entries, ascending. */
  sortedLines(): number[] {
    return this.slotOfLine.keys();
  }

  /** Record of `line`, made if need be, with room for eight more entries. */
  open(line: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    let slot = this.slotOfLine.get(line);
    if (slot < 0) slot = this.takeSlot(line, FIRST_CAPACITY);
    else if (this.countOf[slot] + 8 > this.capacityOf[slot]) this.makeRoom(slot);
    return slot;
  }

  /** Notes that a store overwrote (low, high) in `unit`; the slot comes from `open`. */
  push(slot: number, unit: number, low: number, high: number): void {
    const count = this.countOf[slot];
    const at = this.offsetOf[slot] + count * ENTRY_WORDS;
    if (count > 0 && this.joinsLast(slot, at - ENTRY_WORDS, unit)) return;
    const { log } = this;
    if (count < 8) this.isLineShaped[slot] = 0;
    log[at] = unit;
    log[at + 1] = low;
    log[at + 2] = high;
    log[at + 3] = 0;
    log[at + 4] = 0;
    if (this.space.tracking) {
      // Cells past the count are zero by definition, whatever a slot's earlier life left there.
      const key = this.lineOf[slot] * FIELDS;
      const field = key + 1 + count * ENTRY_WORDS;
      this.space.wrote(this.id, field, 0, unit);
      this.space.wrote(this.id, field + 1, 0, low);
      this.space.wrote(this.id, field + 2, 0, high);
      this.space.wrote(this.id, key, count, count + 1);
    }
    this.countOf[slot] = count + 1;
  }

  /**
   * Gives an empty slot an entry for each unit of the line. The caller puts what the store
   * overwrote into `log`, two words at the answered index and every `LOG_STEP` from there. Only
   * while nothing tracks writes.
   */
  startLine(slot: number): number {
    const { log } = this;
    const offset = this.offsetOf[slot];
    if (this.isLineShaped[slot] === 0) {
      let at = offset;
      for (let unit = 0; unit < 8; unit += 1) {
        log[at] = unit;
        log[at + 3] = 0;
        log[at + 4] = 0;
        at += ENTRY_WORDS;
      }
      this.isLineShaped[slot] = 1;
    }
    this.countOf[slot] = 8;
    return offset + 1;
  }

  /**
   * Leaves in `into[at]` a name of the line's present entries, for `acceptUpTo`; 0 for none.
   * Answers the line's slot or −1.
   */
  token(line: number, into: Float64Array, at: number): number {
    const slot = this.slotOfLine.get(line);
    if (slot < 0) into[at] = 0;
    else this.tokenOfSlot(slot, into, at);
    return slot;
  }

  /** The same of a slot that has entries. */
  tokenOfSlot(slot: number, into: Float64Array, at: number): void {
    const token = this.baseOf[slot] + this.countOf[slot];
    this.guardOf[slot] = token;
    into[at] = token;
  }

  /**
   * The entries named by `tokens[at]` are durable; those already dropped do not matter. `hint` is
   * the slot that the line had when the token was made: if it still has it, nothing is looked up.
   */
  acceptUpTo(line: number, tokens: Float64Array, at: number, hint: number): void {
    let slot = hint;
    if (slot < 0 || this.lineOf[slot] !== line) {
      slot = this.slotOfLine.get(line);
      if (slot < 0) return;
    }
    const known = tokens[at] - this.baseOf[slot];
    if (known > 0) this.drop(slot, known);
  }

  /** Marks the line's present entries as on their way for `source`; false if there are none. */
  mark(line: number, source: number): boolean {
    assert(source >= 0 && source < MARKED_SOURCES_MAX, 'PendingStores: more than 64 sources');
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    const slot = this.slotOfLine.get(line);
    if (slot < 0) return false;
    this.clearMark(slot, source);
    const field = (this.countOf[slot] - 1) * ENTRY_WORDS + 3 + (source >>> 5);
    this.put(slot, field, this.log[this.offsetOf[slot] + field] | (1 << (source & 31)));
    return true;
  }

  /** What `source` marked on this line is durable. */
  acceptMarked(line: number, source: number): void {
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    const slot = this.slotOfLine.get(line);
    if (slot < 0) return;
    const marked = this.clearMark(slot, source);
    if (marked > 0) this.drop(slot, marked);
  }

  /** Everything pending on this line is durable. */
  acceptAll(line: number): void {
    if (this.space.watch !== null) this.space.watch.read(this.id, line * FIELDS);
    const slot = this.slotOfLine.get(line);
    if (slot >= 0) this.drop(slot, this.countOf[slot]);
  }

  restore(key: number, value: number): void {
    const line = Math.floor(key / FIELDS);
    const field = key - line * FIELDS;
    let slot = this.slotOfLine.get(line);
    if (slot >= 0) this.isLineShaped[slot] = 0;
    if (field !== 0) {
      if (slot >= 0) this.log[this.offsetOf[slot] + field - 1] = value;
      return;
    }
    if (value === 0) {
      if (slot >= 0) this.freeSlot(slot);
      return;
    }
    if (slot < 0) {
      slot = this.takeSlot(line, FIRST_CAPACITY);
      // Cells that are to be zero again were never logged; an earlier life may have left something.
      const offset = this.offsetOf[slot];
      this.isLineShaped[slot] = 0;
      this.log.fill(0, offset, offset + this.capacityOf[slot] * ENTRY_WORDS);
    }
    while (this.capacityOf[slot] < value) this.enlarge(slot);
    this.countOf[slot] = value;
  }

  private joinsLast(slot: number, lastAt: number, unit: number): boolean {
    const log = this.log;
    if ((log[lastAt] & UNIT_MASK) !== unit) return false;
    if ((log[lastAt + 3] | log[lastAt + 4]) !== 0) return false;
    return this.baseOf[slot] + this.countOf[slot] > this.guardOf[slot];
  }

  /** Takes the source's mark off; answers how many entries it covered. */
  private clearMark(slot: number, source: number): number {
    const bit = 1 << (source & 31);
    for (let i = this.countOf[slot] - 1; i >= 0; i -= 1) {
      const field = i * ENTRY_WORDS + 3 + (source >>> 5);
      const marks = this.log[this.offsetOf[slot] + field];
      if ((marks & bit) === 0) continue;
      this.put(slot, field, marks & ~bit);
      return i + 1;
    }
    return 0;
  }

  private drop(slot: number, covered: number): void {
    const count = this.countOf[slot];
    const left = count > covered ? count - covered : 0;
    if (this.space.tracking) {
      const kept = left * ENTRY_WORDS;
      const shift = covered * ENTRY_WORDS;
      const offset = this.offsetOf[slot];
      for (let i = 0; i < kept; i += 1) this.put(slot, i, this.log[offset + shift + i]);
      for (let i = kept; i < count * ENTRY_WORDS; i += 1) this.put(slot, i, 0);
      this.space.wrote(this.id, this.lineOf[slot] * FIELDS, count, left);
    } else if (left > 0) {
      const offset = this.offsetOf[slot];
      this.isLineShaped[slot] = 0;
      this.log.copyWithin(offset, offset + covered * ENTRY_WORDS, offset + count * ENTRY_WORDS);
    }
    this.countOf[slot] = left;
    if (left === 0) this.freeSlot(slot);
    else this.baseOf[slot] += covered;
  }

  private put(slot: number, index: number, value: number): void {
    const at = this.offsetOf[slot] + index;
    this.isLineShaped[slot] = 0;
    if (this.space.tracking) {
      this.space.wrote(this.id, this.lineOf[slot] * FIELDS + 1 + index, this.log[at], value);
    }
    this.log[at] = value;
  }

  private makeRoom(slot: number): void {
    if (this.countOf[slot] > COMPACT_ABOVE) this.compact(slot);
    while (this.countOf[slot] + 8 > this.capacityOf[slot]) this.enlarge(slot);
    assert(
      !this.space.tracking || this.capacityOf[slot] * ENTRY_WORDS < FIELDS,
      'PendingStores: too many sources flush one line without a fence',
    );
  }

  /** Joins the entries since the last flush: per unit only what was there first matters. */
  private compact(slot: number): void {
    const offset = this.offsetOf[slot];
    const count = this.countOf[slot];
    let start = Math.max(0, this.guardOf[slot] - this.baseOf[slot]);
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
      this.space.wrote(this.id, this.lineOf[slot] * FIELDS, count, kept);
    }
    this.countOf[slot] = kept;
  }

  private takeSlot(line: number, capacity: number): number {
    let slot: number;
    if (this.freeCount > 0) {
      this.freeCount -= 1;
      slot = this.freeSlots[this.freeCount];
    } else {
      slot = this.slots;
      this.slots += 1;
      if (slot === this.lineOf.length) this.growSlots();
      this.capacityOf[slot] = capacity;
      this.offsetOf[slot] = this.takeLog(capacity);
    }
    this.lineOf[slot] = line;
    this.countOf[slot] = 0;
    this.baseOf[slot] = this.nextBase;
    this.guardOf[slot] = 0;
    this.slotOfLine.set(line, slot);
    return slot;
  }

  private freeSlot(slot: number): void {
    // The next life of any line starts above every token of this one.
    if (this.guardOf[slot] > this.nextBase) this.nextBase = this.guardOf[slot];
    if (this.baseOf[slot] > this.nextBase) this.nextBase = this.baseOf[slot];
    this.nextBase += 1;
    this.slotOfLine.delete(this.lineOf[slot]);
    this.lineOf[slot] = -1;
    this.freeSlots[this.freeCount] = slot;
    this.freeCount += 1;
  }

  private takeLog(capacity: number): number {
    const words = capacity * ENTRY_WORDS;
    while (this.logUsed + words > this.log.length) {
      const log = new Int32Array(this.log.length * 2);
      log.set(this.log);
      this.log = log;
    }
    const at = this.logUsed;
    this.logUsed += words;
    return at;
  }

  /** Moves the record to twice the room. The old room stays unused: few lines ever need more. */
  private enlarge(slot: number): void {
    const capacity = this.capacityOf[slot];
    const offset = this.takeLog(capacity * 2);
    const from = this.offsetOf[slot];
    this.log.copyWithin(offset, from, from + capacity * ENTRY_WORDS);
    this.log.fill(0, offset + capacity * ENTRY_WORDS, offset + capacity * 2 * ENTRY_WORDS);
    this.offsetOf[slot] = offset;
    this.capacityOf[slot] = capacity * 2;
  }

  private growSlots(): void {
    const slots = this.lineOf.length * 2;
    this.lineOf = enlarged(this.lineOf, new Int32Array(slots));
    this.countOf = enlarged(this.countOf, new Int32Array(slots));
    this.capacityOf = enlarged(this.capacityOf, new Int32Array(slots));
    this.offsetOf = enlarged(this.offsetOf, new Int32Array(slots));
    this.isLineShaped = enlarged(this.isLineShaped, new Uint8Array(slots));
    this.freeSlots = enlarged(this.freeSlots, new Int32Array(slots));
    this.baseOf = enlarged(this.baseOf, new Float64Array(slots));
    this.guardOf = enlarged(this.guardOf, new Float64Array(slots));
  }
}

function enlarged<T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
