/**
 * What power loss leaves of an untimed memory, thousands of times a second.
 *
 *     read of a line ──▶ changed by this image? ──▶ its words
 *                    └─▶ pending in the base?   ──▶ ask `keep`, once, and undo the rest
 *                    └─▶ else                   ──▶ the base's words, nothing copied
 *     restart ──▶ everything forgotten, in constant time
 *     again   ──▶ the last answers forgotten; what was stored stays until `rewrite` changes it
 *
 * A part of the stores can be taken back and put there again (`beginPart`, `endPart`): `again`
 * takes it back, `redoPart` is for whoever knows that the same stores would follow.
 *
 * `crashImage` copies pages and owns its state; this one reads through and is used again and again,
 * for searches that recover every image that a moment can leave. A line's survivors are asked for
 * as late as possible: recovery that overwrites all units in doubt never asks. Stores of recovery
 * are durable at once here, so an image cannot lose power again; `crashImage` can.
 */
import { NEVER, assert } from '@daxsim/sim';
import type { LineStore } from './line-store.js';
import { IssueStatus, LineOp, LineStatus } from './memory.js';
import { LineSlots } from './line-slots.js';
import { longer } from './longer.js';
import { OverlayPart } from './overlay-part.js';
import type { CrashChoice, LineRequest, Memory, PendingLine } from './memory.js';

const FIRST_LINES = 1024;
const LINE_BYTES = 64;
const LINE_WORDS = 16;
const ALL_UNITS = 255;

/** What is known of a line in doubt. */
const Doubt = { Open: 0, None: 1, Asked: 2 } as const;

export class PowerLossImage implements Memory {
  readonly capacityBytes: number;
  readonly lineWords = new Int32Array(LINE_WORDS);
  readonly lineBytes = new Uint8Array(this.lineWords.buffer);
  private keep: (line: number, units: number) => number = keepNone;
  private stamp = 1;
  private readonly slots = new LineSlots();
  private asked = 0;
  /** By answer: the line and its slot. */
  private askedLines = new Int32Array(FIRST_LINES);
  private askedSlots = new Int32Array(FIRST_LINES);
  private words = new Int32Array(FIRST_LINES * LINE_WORDS);
  /** Units that this image wrote, and the line's `Doubt`. */
  private written = new Uint8Array(FIRST_LINES);
  private doubt = new Uint8Array(FIRST_LINES);
  private kept = new Int32Array(FIRST_LINES);
  /** By 4 KiB block: the stamp of the image that wrote there last, and how many lines it wrote. */
  private readonly writtenBlock: Int32Array;
  private readonly writtenLines: Int32Array;
  private readonly part = new OverlayPart();
  private readonly scratch = new Int32Array(LINE_WORDS);
  private readonly scratchBytes = new Uint8Array(this.scratch.buffer);

  constructor(private readonly base: LineStore) {
    this.capacityBytes = base.capacityBytes;
    this.writtenBlock = new Int32Array(base.capacityBytes / 4096);
    this.writtenLines = new Int32Array(base.capacityBytes / 4096);
  }

  /** Forgets what this image holds; `keep` decides from now on, see `CrashChoice`. */
  restart(keep: (line: number, units: number) => number): void {
    this.keep = keep;
    this.slots.clear();
    this.asked = 0;
    this.stamp += 1;
    this.part.clear();
  }

  /**
   * Goes on to an image that differs in what survived: all answers but the first `unchanged` are
   * forgotten, and a part is taken back. Other stores stay.
   */
  again(unchanged: number): void {
    if (this.part.isApplied) this.exchange();
    for (let i = unchanged; i < this.asked; i += 1) this.doubt[this.askedSlots[i]] = Doubt.Open;
    this.asked = unchanged;
  }

  /** How many answers of `keep` the image has. */
  get decisions(): number {
    return this.asked;
  }

  /** The line that an answer was about. */
  askedLine(answer: number): number {
    return this.askedLines[answer];
  }

  /**
   * Of all that was stored to the line the units of `mask` remain, as they are in `lineWords`, and
   * no others. Answers whether that is anything else than before.
   */
  rewrite(line: number, mask: number): boolean {
    let slot = this.slots.find(line);
    if (slot < 0) {
      if (mask === 0) return false;
      slot = this.take(line);
    }
    const before = this.written[slot];
    if (before === mask && this.hasWords(slot, mask)) return false;
    this.touch(slot);
    this.setWritten(line, slot, mask);
    if ((before & ~mask) !== 0) {
      // Nothing was in doubt as long as all of it was written to.
      if (this.doubt[slot] === Doubt.None) this.doubt[slot] = Doubt.Open;
      this.refill(line, slot);
    }
    for (let word = 0; word < LINE_WORDS; word += 1) {
      if (((mask >>> (word >>> 1)) & 1) === 0) continue;
      this.words[slot * LINE_WORDS + word] = this.lineWords[word];
    }
    return true;
  }

  /** From here on stores belong to a part that `again` takes back. */
  beginPart(): void {
    this.part.begin();
  }

  endPart(): void {
    this.part.end();
  }

  /** How many lines the part changed, and which. */
  get partLines(): number {
    return this.part.count;
  }

  partLine(index: number): number {
    return this.slots.line(this.part.slot(index));
  }

  /** Whether nothing that the part left in its lines hangs on what survived there. */
  get isPartCertain(): boolean {
    for (let i = 0; i < this.part.count; i += 1) {
      const slot = this.part.slot(i);
      const open = this.base.pendingUnitMask(this.slots.line(slot)) & ~this.written[slot];
      if (open !== 0) return false;
    }
    return true;
  }

  /** Puts a part there again that `again` took back. */
  redoPart(): void {
    if (!this.part.isApplied) this.exchange();
  }

  access(request: LineRequest): number {
    request.status = LineStatus.Ok;
    request.durableAt = NEVER;
    const { op } = request;
    if (op === LineOp.Store || op === LineOp.NtStore || op === LineOp.DirectStore) {
      this.store(request.line, request.fromByte, request.toByte, this.lineBytes, request.fromByte);
      request.durableAt = request.at;
    } else if (op === LineOp.Load || op === LineOp.StreamLoad) {
      this.copyLine(request.line, this.lineWords);
    }
    return IssueStatus.Done;
  }

  nextDecisionAt(): number {
    return NEVER;
  }

  decideUntil(): void {
    // Nothing is ever undecided here.
  }

  takeCompleted(): number {
    return -1;
  }

  peek32(address: number): number {
    const line = Math.floor(address / LINE_BYTES);
    const slot = this.readable(line, 1 << ((address >>> 3) & 7));
    const word = (address >>> 2) & 15;
    return slot >= 0
      ? this.words[slot * LINE_WORDS + word]
      : this.base.visible.word(line * LINE_WORDS + word);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    assert(address >= 0 && address + length <= this.capacityBytes, 'PowerLossImage: outside');
    let done = 0;
    while (done < length) {
      const from = (address + done) % LINE_BYTES;
      const count = Math.min(LINE_BYTES - from, length - done);
      this.copyLine(Math.floor((address + done) / LINE_BYTES), this.scratch);
      for (let i = 0; i < count; i += 1) target[at + done + i] = this.scratchBytes[from + i];
      done += count;
    }
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    if (count === LINE_WORDS && address % LINE_BYTES === 0) {
      this.copyLineTo(address / LINE_BYTES, target, at);
      return;
    }
    let done = 0;
    while (done < count) {
      const word = address / 4 + done;
      const line = Math.floor(word / LINE_WORDS);
      const from = word & (LINE_WORDS - 1);
      const length = Math.min(LINE_WORDS - from, count - done);
      const slot = this.readable(line, ALL_UNITS);
      if (slot < 0) this.base.visible.copyWords(word, target, at + done, length);
      else {
        const { words } = this;
        const first = slot * LINE_WORDS + from;
        for (let i = 0; i < length; i += 1) target[at + done + i] = words[first + i];
      }
      done += length;
    }
  }

  poke32(address: number, value: number): void {
    this.scratch[0] = value;
    this.pokeBytes(address, this.scratchBytes.slice(0, 4), 0, 4);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    let done = 0;
    while (done < length) {
      const from = (address + done) % LINE_BYTES;
      const count = Math.min(LINE_BYTES - from, length - done);
      const line = Math.floor((address + done) / LINE_BYTES);
      this.store(line, from, from + count, bytes, at + done);
      done += count;
    }
  }

  /** Whether this image itself wrote anything in the 4 KiB block. */
  hasWritten(block: number): boolean {
    return this.writtenBlock[block] === this.stamp && this.writtenLines[block] > 0;
  }

  /** Not for images that come and go; see the head of the file. */
  mediaHash(): number {
    throw new Error('PowerLossImage: no hash of an image that is used again');
  }

  pendingLines(): readonly PendingLine[] {
    return [];
  }

  crashImage(choice: CrashChoice): Memory {
    throw new Error(`PowerLossImage: cannot lose power again at ${String(choice.at)}`);
  }

  private copyLine(line: number, into: Int32Array): void {
    this.copyLineTo(line, into, 0);
  }

  private copyLineTo(line: number, into: Int32Array, at: number): void {
    const slot = this.readable(line, ALL_UNITS);
    if (slot < 0) {
      this.base.visible.copyLine(line, into, at);
      return;
    }
    const { words } = this;
    const from = slot * LINE_WORDS;
    for (let i = 0; i < LINE_WORDS; i += 1) into[at + i] = words[from + i];
  }

  /** Slot of the line with `units` decided, or −1 if the base's words hold. */
  private readable(line: number, units: number): number {
    let slot = this.slots.find(line);
    if (slot < 0) {
      if (this.base.pending.lines === 0 || this.base.pending.find(line) < 0) return -1;
      slot = this.take(line);
    }
    const open = units & ~this.written[slot];
    if (this.doubt[slot] === Doubt.Open && open !== 0) this.decide(line, slot);
    return slot;
  }

  /** Asks for survivors, unless no unit in doubt is left that this image did not write. */
  private decide(line: number, slot: number): void {
    const { base } = this;
    this.touch(slot);
    const inDoubt = base.pendingUnitMask(line) & ~this.written[slot];
    this.doubt[slot] = inDoubt === 0 ? Doubt.None : Doubt.Asked;
    if (inDoubt === 0) return;
    const answer = this.asked;
    if (answer === this.askedLines.length) this.growAnswers();
    this.askedLines[answer] = line;
    this.askedSlots[answer] = slot;
    this.asked = answer + 1;
    this.kept[slot] = this.keep(line, base.pendingUnits(line));
    this.refill(line, slot);
  }

  /** Units that this image did not write become what survived of them. */
  private refill(line: number, slot: number): void {
    const { base, scratch } = this;
    base.visible.copyLine(line, scratch, 0);
    if (this.doubt[slot] === Doubt.Asked) base.undoPending(line, this.kept[slot], scratch, 0);
    for (let unit = 0; unit < 8; unit += 1) {
      if (((this.written[slot] >>> unit) & 1) !== 0) continue;
      this.words[slot * LINE_WORDS + unit * 2] = scratch[unit * 2];
      this.words[slot * LINE_WORDS + unit * 2 + 1] = scratch[unit * 2 + 1];
    }
  }

  private store(line: number, from: number, to: number, bytes: Uint8Array, at: number): void {
    let slot = this.slots.find(line);
    if (slot < 0) slot = this.take(line);
    const isWhole = ((from | to) & 7) === 0;
    if (!isWhole && this.doubt[slot] === Doubt.Open) this.decide(line, slot);
    this.touch(slot);
    const first = slot * LINE_WORDS;
    if (isWhole && bytes === this.lineBytes) {
      for (let word = from >>> 2; word < to >>> 2; word += 1) {
        this.words[first + word] = this.lineWords[word];
      }
    } else {
      this.scratch.set(this.words.subarray(first, first + LINE_WORDS));
      for (let i = from; i < to; i += 1) this.scratchBytes[i] = bytes[at + i - from];
      this.words.set(this.scratch, first);
    }
    let mask = this.written[slot];
    const lastUnit = (to + 7) >>> 3;
    for (let unit = from >>> 3; unit < lastUnit; unit += 1) mask |= 1 << unit;
    this.setWritten(line, slot, mask);
  }

  private setWritten(line: number, slot: number, mask: number): void {
    const block = line >>> 6;
    if (this.writtenBlock[block] !== this.stamp) {
      this.writtenBlock[block] = this.stamp;
      this.writtenLines[block] = 0;
    }
    this.writtenLines[block] += (mask === 0 ? 0 : 1) - (this.written[slot] === 0 ? 0 : 1);
    this.written[slot] = mask;
  }

  private hasWords(slot: number, mask: number): boolean {
    for (let word = 0; word < LINE_WORDS; word += 1) {
      if (((mask >>> (word >>> 1)) & 1) === 0) continue;
      if (this.words[slot * LINE_WORDS + word] !== this.lineWords[word]) return false;
    }
    return true;
  }

  /** Before a slot changes. */
  private touch(slot: number): void {
    const { part } = this;
    if (!part.isOpen || part.has(slot)) return;
    part.save(slot, this.words, this.written[slot], this.doubt[slot]);
  }

  /** What a part changed becomes what it was, or the other way round. */
  private exchange(): void {
    const { part } = this;
    for (let i = 0; i < part.count; i += 1) {
      const slot = part.slot(i);
      const written = this.written[slot];
      const doubt = this.doubt[slot];
      this.setWritten(this.slots.line(slot), slot, part.written(i));
      this.doubt[slot] = part.doubt(i);
      part.exchange(i, this.words, written, doubt);
    }
    part.isApplied = !part.isApplied;
  }

  /** A slot that holds the base's visible words, nothing decided. */
  private take(line: number): number {
    if (this.slots.used === this.written.length) this.grow();
    const slot = this.slots.add(line);
    this.written[slot] = 0;
    this.doubt[slot] = Doubt.Open;
    this.base.visible.copyLine(line, this.words, slot * LINE_WORDS);
    return slot;
  }

  private growAnswers(): void {
    this.askedLines = longer(this.askedLines);
    this.askedSlots = longer(this.askedSlots);
  }

  private grow(): void {
    const written = new Uint8Array(this.written.length * 2);
    written.set(this.written);
    const doubt = new Uint8Array(written.length);
    doubt.set(this.doubt);
    this.words = longer(this.words);
    this.kept = longer(this.kept);
    this.written = written;
    this.doubt = doubt;
  }
}

function keepNone(): number {
  return 0;
}
