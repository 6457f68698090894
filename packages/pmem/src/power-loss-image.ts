/**
 * What power loss leaves of an untimed memory, thousands of times a second.
 *
 *     read of a line ──▶ changed by this image? ──▶ its words
 *                    └─▶ pending in the base?   ──▶ ask `keep`, once, and undo the rest
 *                    └─▶ else                   ──▶ the base's words, nothing copied
 *     restart ──▶ everything forgotten, in constant time
 *
 * `crashImage` copies pages and owns its state; this one reads through and is used again and again,
 * for searches that recover every image that a moment can leave. A line's survivors are asked for
 * as late as possible: recovery that overwrites all units in doubt never asks. Stores of recovery
 * are durable at once here, so an image cannot lose power again; `crashImage` can.
 */
import { NEVER, assert } from '@daxsim/sim';
import type { LineStore } from './line-store.js';
import { IssueStatus, LineOp, LineStatus } from './memory.js';
import type { CrashChoice, LineRequest, Memory, PendingLine } from './memory.js';

const FIRST_LINES = 1024;
const LINE_BYTES = 64;
const LINE_WORDS = 16;
const ALL_UNITS = 255;

export class PowerLossImage implements Memory {
  readonly capacityBytes: number;
  readonly lineWords = new Int32Array(LINE_WORDS);
  readonly lineBytes = new Uint8Array(this.lineWords.buffer);
  private keep: (line: number, units: number) => number = keepNone;
  /** Open addressing: line + 1 where `stampOf` is the present one. */
  private lineOf = new Int32Array(FIRST_LINES * 2);
  private stampOf = new Int32Array(FIRST_LINES * 2);
  private slotOf = new Int32Array(FIRST_LINES * 2);
  private stamp = 1;
  private mask = FIRST_LINES * 2 - 1;
  private used = 0;
  private asked = 0;
  private words = new Int32Array(FIRST_LINES * LINE_WORDS);
  /** Units that this image wrote, and whether the line's survivors were asked for. */
  private written = new Uint8Array(FIRST_LINES);
  private isDecided = new Uint8Array(FIRST_LINES);
  /** By 4 KiB block: the stamp of the image that wrote there last. */
  private readonly writtenBlock: Int32Array;
  private readonly scratch = new Int32Array(LINE_WORDS);
  private readonly scratchBytes = new Uint8Array(this.scratch.buffer);

  constructor(private readonly base: LineStore) {
    this.capacityBytes = base.capacityBytes;
    this.writtenBlock = new Int32Array(base.capacityBytes / 4096);
  }

  /** Forgets what this image holds; `keep` decides from now on, see `CrashChoice`. */
  restart(keep: (line: number, units: number) => number): void {
    this.keep = keep;
    this.used = 0;
    this.asked = 0;
    this.stamp += 1;
  }

  /** How often `keep` was asked since the last restart. */
  get decisions(): number {
    return this.asked;
  }

  access(request: LineRequest): number {
    request.status = LineStatus.Ok;
    request.durableAt = NEVER;
    if (request.op === LineOp.Store || request.op === LineOp.NtStore) {
      this.store(request.line, request.fromByte, request.toByte, this.lineBytes, request.fromByte);
      request.durableAt = request.at;
    } else if (request.op === LineOp.Load || request.op === LineOp.StreamLoad) {
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
    return this.writtenBlock[block] === this.stamp;
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
    let slot = this.find(line);
    if (slot < 0) {
      if (this.base.pending.lines === 0 || this.base.pending.find(line) < 0) return -1;
      slot = this.take(line);
    }
    const open = units & ~this.written[slot];
    if (this.isDecided[slot] === 0 && open !== 0) this.decide(line, slot);
    return slot;
  }

  /** Asks for survivors, unless no unit in doubt is left that this image did not write. */
  private decide(line: number, slot: number): void {
    const { base } = this;
    this.isDecided[slot] = 1;
    const inDoubt = base.pendingUnitMask(line) & ~this.written[slot];
    if (inDoubt === 0) return;
    const units = base.pendingUnits(line);
    this.asked += 1;
    const kept = this.keep(line, units);
    const { scratch } = this;
    base.visible.copyLine(line, scratch, 0);
    base.undoPending(line, kept, scratch, 0);
    for (let unit = 0; unit < 8; unit += 1) {
      if (((this.written[slot] >>> unit) & 1) !== 0) continue;
      this.words[slot * LINE_WORDS + unit * 2] = scratch[unit * 2];
      this.words[slot * LINE_WORDS + unit * 2 + 1] = scratch[unit * 2 + 1];
    }
  }

  private store(line: number, from: number, to: number, bytes: Uint8Array, at: number): void {
    let slot = this.find(line);
    if (slot < 0) slot = this.take(line);
    this.writtenBlock[line >>> 6] = this.stamp;
    const isWhole = ((from | to) & 7) === 0;
    if (!isWhole && this.isDecided[slot] === 0) this.decide(line, slot);
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
    const lastUnit = (to + 7) >>> 3;
    for (let unit = from >>> 3; unit < lastUnit; unit += 1) this.written[slot] |= 1 << unit;
  }

  private find(line: number): number {
    let at = Math.imul(line, 0x9e3779b1) >>> 7;
    for (at &= this.mask; this.stampOf[at] === this.stamp; at = (at + 1) & this.mask) {
      if (this.lineOf[at] === line) return this.slotOf[at];
    }
    return -1;
  }

  /** A slot that holds the base's visible words, nothing decided. */
  private take(line: number): number {
    if (this.used === this.written.length) this.grow();
    const slot = this.used;
    this.used += 1;
    let at = (Math.imul(line, 0x9e3779b1) >>> 7) & this.mask;
    while (this.stampOf[at] === this.stamp) at = (at + 1) & this.mask;
    this.stampOf[at] = this.stamp;
    this.lineOf[at] = line;
    this.slotOf[at] = slot;
    this.written[slot] = 0;
    this.isDecided[slot] = 0;
    this.base.visible.copyLine(line, this.words, slot * LINE_WORDS);
    return slot;
  }

  private grow(): void {
    const lines = this.used * 2;
    const words = new Int32Array(lines * LINE_WORDS);
    words.set(this.words);
    const written = new Uint8Array(lines);
    written.set(this.written);
    const isDecided = new Uint8Array(lines);
    isDecided.set(this.isDecided);
    const { lineOf, stampOf, slotOf } = this;
    this.words = words;
    this.written = written;
    this.isDecided = isDecided;
    this.mask = lines * 2 - 1;
    this.lineOf = new Int32Array(lines * 2);
    this.stampOf = new Int32Array(lines * 2);
    this.slotOf = new Int32Array(lines * 2);
    for (let from = 0; from < lineOf.length; from += 1) {
      if (stampOf[from] !== this.stamp) continue;
      let at = (Math.imul(lineOf[from], 0x9e3779b1) >>> 7) & this.mask;
      while (this.stampOf[at] === this.stamp) at = (at + 1) & this.mask;
      this.stampOf[at] = this.stamp;
      this.lineOf[at] = lineOf[from];
      this.slotOf[at] = slotOf[from];
    }
  }
}

function keepNone(): number {
  return 0;
}
