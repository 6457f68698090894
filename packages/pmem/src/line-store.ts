/**
 * The function side of a memory: bytes, and which of them power loss could still take.
 *
 *   store ──▶ what it overwrites goes to the pending overlay ──▶ visible bytes
 *   accepted(line) ──▶ the overlay forgets; the visible bytes were right all along
 *
 * Both ports are built on it: the untimed one drops entries at fences, the timed one when the
 * controller accepts a write. Nothing here knows of time.
 */
import { LINE_BYTES, assert, type StateSpace } from '@daxsim/sim';
import { LineBuffer } from './line-buffer.js';
import { mixWord } from './media-hash.js';
import type { PendingLine } from './memory.js';
import { JOINED_UNIT } from './pending-slots.js';
import { PendingStores } from './pending-stores.js';
import {
  LINES_PER_PAGE,
  VisibleBytes,
  WORDS_PER_LINE,
  WORDS_PER_PAGE,
  type PageOrigin,
} from './visible-bytes.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const BYTES = LINE_BYTES;
const JOINED = JOINED_UNIT;
const ensure: typeof assert = assert;

export class LineStore {
  private readonly staged = new LineBuffer();
  readonly lineWords = this.staged.words;
  readonly lineBytes = this.staged.bytes;
  readonly pending: PendingStores;
  readonly visible: VisibleBytes;
  private readonly capacityLines: number;
  private readonly held = new LineBuffer();
  private readonly before = this.held.words;
  private readonly beforeBytes = this.held.bytes;
  private readonly pageWords = new Int32Array(WORDS_PER_PAGE);

  constructor(
    private readonly space: StateSpace,
    readonly capacityBytes: number,
    fillByte: number,
    origin: PageOrigin | null,
  ) {
    this.visible = new VisibleBytes(space, capacityBytes, fillByte, origin);
    this.pending = new PendingStores(space, this.visible.pool);
    this.capacityLines = capacityBytes / BYTES;
  }

  /** Leaves the line in `lineWords`. */
  load(line: number): void {
    ensure(line >= 0 && line < this.capacityLines, 'LineStore: line outside the device');
    this.visible.copyLine(line, this.lineWords, 0);
  }

  /**
   * The first look at a line that is about to be loaded or stored; see `VisibleBytes.see`. Only
   * without an origin.
   */
  see(line: number, isStore: boolean): number {
    ensure(line >= 0 && line < this.capacityLines, 'LineStore: line outside the device');
    return isStore ? this.visible.placeOf(line) : this.visible.see(line);
  }

  /** Like `load`; `seen` is what `see` answered, and nothing was stored since. */
  loadSeen(line: number, seen: number): void {
    this.visible.copySeen(line, seen, this.staged);
  }

  /** The second look of a load, after `see`: where its bytes are. */
  seePlace(line: number, seen: number): number {
    return this.visible.placeSeen(line, seen);
  }

  /** Like `load`; `place` is what `seePlace` answered, and nothing was stored since. */
  loadPlaced(line: number, place: number): void {
    this.visible.copyKept(line, place, this.staged);
  }

  /**
   * Writes staged bytes [from, to) of the line; they stay pending, for long if it `lasts`. Answers
   * their slot.
   */
  storePending(line: number, from: number, to: number, lasts: boolean): number {
    ensure(line >= 0 && line < this.capacityLines, 'LineStore: line outside the device');
    if (to - from === BYTES && !this.space.isCellwise) {
      return this.storeWhole(line, this.visible.placeOf(line), lasts);
    }
    return this.storePart(line, from, to);
  }

  /** Like `storePending`; `seen` is what `see` answered, and nothing was stored since. */
  storeSeen(line: number, from: number, to: number, seen: number, lasts: boolean): number {
    if (to - from === BYTES && !this.space.isCellwise) return this.storeWhole(line, seen, lasts);
    return this.storePart(line, from, to);
  }

  /**
   * What a line held that soon is durable is copied, near and far from where it was; for one that
   * will be far away by then its place is kept instead, and nobody touches it.
   */
  private storeWhole(line: number, kept: number, lasts: boolean): number {
    const { before, pending, visible } = this;
    const slot = pending.open(line);
    if (pending.count(slot) === 0) {
      const place = pending.startLine(slot);
      if (lasts && kept >= 0) {
        visible.moveLine(line, kept, this.staged, place);
        pending.keepPlace(slot, kept);
      } else visible.exchangeLine(line, kept, this.staged, place);
      return slot;
    }
    pending.makeRoom(slot);
    visible.takeLine(line, kept, this.staged, this.held);
    for (let unit = 0; unit < 8; unit += 1) {
      pending.push(slot, unit, before[unit * 2], before[unit * 2 + 1]);
    }
    return slot;
  }

  private storePart(line: number, from: number, to: number): number {
    ensure(from >= 0 && from < to && to <= BYTES, 'LineStore: store outside the line');
    const { before, pending } = this;
    const slot = pending.open(line);
    pending.makeRoom(slot);
    this.visible.copyLine(line, before, 0);
    const unitEnd = (to + 7) >>> 3;
    for (let unit = from >>> 3; unit < unitEnd; unit += 1) {
      pending.push(slot, unit, before[unit * 2], before[unit * 2 + 1]);
    }
    this.write(line, from, to);
    return slot;
  }

  /** Writes the whole staged line in one piece; it stays pending as one unit. Answers its slot. */
  storeInOnePiece(line: number): number {
    ensure(line >= 0 && line < this.capacityLines, 'LineStore: line outside the device');
    const { before, pending } = this;
    const slot = pending.open(line);
    pending.makeRoom(slot);
    this.visible.copyLine(line, before, 0);
    for (let unit = 0; unit < 8; unit += 1) {
      const entry = unit === 0 ? unit : unit | JOINED;
      pending.push(slot, entry, before[unit * 2], before[unit * 2 + 1]);
    }
    this.write(line, 0, BYTES);
    return slot;
  }

  /** Writes staged bytes [from, to) of the line, durable at once with what was pending. */
  storeDurable(line: number, from: number, to: number): void {
    ensure(line >= 0 && line < this.capacityLines, 'LineStore: line outside the device');
    ensure(from >= 0 && from < to && to <= BYTES, 'LineStore: store outside the line');
    this.pending.acceptAll(line);
    this.visible.copyLine(line, this.before, 0);
    this.write(line, from, to);
  }

  peek32(address: number): number {
    ensure(address % 4 === 0, 'LineStore: address is not a multiple of 4');
    ensure(address >= 0 && address < this.capacityBytes, 'LineStore: address outside the device');
    return this.visible.word(address / 4);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.assertRange(address, length);
    let done = 0;
    while (done < length) {
      const from = (address + done) % BYTES;
      const count = Math.min(BYTES - from, length - done);
      this.visible.copyLine(Math.floor((address + done) / BYTES), this.before, 0);
      for (let i = 0; i < count; i += 1) target[at + done + i] = this.beforeBytes[from + i];
      done += count;
    }
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    ensure(address % 4 === 0, 'LineStore: address is not a multiple of 4');
    this.assertRange(address, count * 4);
    this.visible.copyWords(address / 4, target, at, count);
  }

  poke32(address: number, value: number): void {
    ensure(address % 4 === 0, 'LineStore: address is not a multiple of 4');
    ensure(address >= 0 && address < this.capacityBytes, 'LineStore: address outside the device');
    if (this.pending.lines > 0) this.pending.acceptAll(Math.floor(address / BYTES));
    this.visible.setWord(address / 4, value | 0);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.assertRange(address, length);
    let done = 0;
    while (done < length) {
      const from = (address + done) % BYTES;
      const count = Math.min(BYTES - from, length - done);
      const line = Math.floor((address + done) / BYTES);
      this.pending.acceptAll(line);
      this.visible.copyLine(line, this.before, 0);
      for (let i = 0; i < count; i += 1) this.beforeBytes[from + i] = bytes[at + done + i];
      this.visible.setWords(line, from >>> 2, (from + count + 3) >>> 2, this.before);
      done += count;
    }
  }

  pendingLines(): readonly PendingLine[] {
    return this.pending.sortedLines().map((line) => ({ line, units: this.pendingUnits(line) }));
  }

  /** How many units of the line are not durable; joined ones count as one. */
  pendingUnits(line: number): number {
    const slot = this.pending.find(line);
    if (slot < 0) return 0;
    let units = 0;
    for (let i = 0; i < this.pending.count(slot); i += 1) {
      if (!this.pending.slots.isJoined(slot, i)) units += 1;
    }
    return units;
  }

  /** The units (one bit each) that some pending entry of the line overwrote. */
  pendingUnitMask(line: number): number {
    const slot = this.pending.find(line);
    if (slot < 0) return 0;
    let mask = 0;
    for (let i = 0; i < this.pending.count(slot); i += 1)
      mask |= 1 << this.pending.slots.unit(slot, i);
    return mask;
  }

  /** Whether two pending entries of the line overwrote the same unit. */
  hasPendingTwice(line: number): boolean {
    const slot = this.pending.find(line);
    if (slot < 0) return false;
    let mask = 0;
    for (let i = 0; i < this.pending.count(slot); i += 1) {
      const bit = 1 << this.pending.slots.unit(slot, i);
      if ((mask & bit) !== 0) return true;
      mask |= bit;
    }
    return false;
  }

  /** Takes back, in `words[at…]` (the visible words), all pending units but `kept`. */
  undoPending(line: number, kept: number, words: Int32Array, at: number): void {
    const pending = this.pending;
    const slot = pending.find(line);
    if (slot < 0) return;
    let units = this.pendingUnits(line);
    for (let i = pending.count(slot) - 1; i >= 0 && units > kept; i -= 1) {
      const word = at + pending.slots.unit(slot, i) * 2;
      words[word] = pending.slots.oldLow(slot, i);
      words[word + 1] = pending.slots.oldHigh(slot, i);
      if (!pending.slots.isJoined(slot, i)) units -= 1;
    }
  }

  /** The page as power loss leaves it, where `keep` says how many pending units of a line stay. */
  copySurvivingPage(
    page: number,
    into: Int32Array,
    keep: (line: number, units: number) => number,
  ): boolean {
    if (!this.visible.hasPage(page)) return false;
    const firstLine = page * LINES_PER_PAGE;
    for (let i = 0; i < LINES_PER_PAGE; i += 1) {
      const line = firstLine + i;
      this.visible.copyLine(line, into, i * WORDS_PER_LINE);
      if (this.pending.lines === 0) continue;
      const units = this.pendingUnits(line);
      if (units === 0) continue;
      const kept = keep(line, units);
      ensure(kept >= 0 && kept <= units, 'LineStore: more units kept than are pending');
      this.undoPending(line, kept, into, i * WORDS_PER_LINE);
    }
    return true;
  }

  touchedPages(): readonly number[] {
    return this.visible.touchedPages();
  }

  mediaHash(): number {
    const words = this.pageWords;
    const fill = Math.imul(this.visible.fillByte, 0x01010101);
    let low = 0;
    let high = 0;
    for (const page of this.visible.touchedPages()) {
      if (!this.copySurvivingPage(page, words, keepNone)) continue;
      for (let i = 0; i < WORDS_PER_PAGE; i += 1) {
        if (words[i] === fill) continue;
        low = (low + mixWord(page * WORDS_PER_PAGE + i, words[i], 0x9e3779b9)) | 0;
        high = (high + mixWord(page * WORDS_PER_PAGE + i, words[i], 0x85ebca6b)) | 0;
      }
    }
    return (high >>> 11) * 4294967296 + (low >>> 0);
  }

  /** Expects the line's present words in `before`. */
  private write(line: number, from: number, to: number): void {
    if (((from | to) & 3) === 0) {
      this.visible.setWords(line, from >>> 2, to >>> 2, this.lineWords);
      return;
    }
    for (let i = from; i < to; i += 1) this.beforeBytes[i] = this.lineBytes[i];
    this.visible.setWords(line, from >>> 2, (to + 3) >>> 2, this.before);
  }

  private assertRange(address: number, length: number): void {
    ensure(
      address >= 0 && length >= 0 && address + length <= this.capacityBytes,
      'LineStore: address outside the device',
    );
  }
}

/** Nothing pending survives: the durable bytes. */
function keepNone(): number {
  return 0;
}
