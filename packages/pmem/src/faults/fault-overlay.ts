/**
 * A memory with faults laid over it. What lies beneath is never changed by a fault: lifted off, the
 * same bytes are there again.
 *
 *     request ─▶ number `strikeAt`? ─▶ the fault strikes: drops it, or lays something on a line
 *             └▶ line poisoned, its page absent, slow, torn? ─▶ answered here
 *             └▶ else ─▶ the memory beneath
 *     power loss ─▶ image of the memory beneath ─▶ `carryTo` lays on it what outlives power
 *
 * Loads of a poisoned or absent line answer that status and leave ones; so do peeks, which have no
 * status: `metLine` remembers the first one. A whole line written past the caches mends a poisoned
 * line. Torn lines and lost queues show on the image only: until power is lost, caches and queue
 * hold what is not on the media. What is laid on lies in arenas, so a rewind lifts it.
 *
 * Left out: a delay on a request that the memory beneath does not answer at once.
 */
import { IntMap, LINE_BYTES, NEVER, assert } from '@daxsim/sim';
import { IssueStatus, LineOp, LineStatus } from '../memory.js';
import { AcceptedWrites } from './accepted-writes.js';
import { NoProgress } from './watchdog.js';
import type { StateSpace } from '@daxsim/sim';
import type { SavedWrites } from './accepted-writes.js';
import type { CrashChoice, LineRequest, Memory, PendingLine } from '../memory.js';

const LINE_WORDS = 16;
const LINES_PER_PAGE = 64;
const ALL_UNITS = 255;
/** Bits of what is laid on a line. */
const Laid = { Poison: 1, Absent: 2, Slow: 4, Stale: 8 } as const;

/** Who knows what of a line is durable. */
export interface FaultOverlayOptions {
  /** Holds what is laid on. */
  readonly space: StateSpace;
  /** Lines that the write queue holds. */
  readonly queueLines: number;
  /** Leaves what power loss without survivors would leave of a line in `into`, 16 words. */
  readonly durable: (line: number, into: Int32Array) => void;
}

/** What `save` answers. */
export interface OverlayMoment {
  readonly requests: number;
  readonly accepted: SavedWrites;
}

export class FaultOverlay implements Memory {
  readonly capacityBytes: number;
  readonly lineBytes: Uint8Array;
  readonly lineWords: Int32Array;
  /** Requests so far. */
  requests = 0;
  /** Number of the request, from 0, before which `strike` is called; −1: none. */
  strikeAt = -1;
  strike: (request: LineRequest) => void = ignore;
  /** Told of every request before it is made, with its number. */
  watch: ((request: LineRequest, number: number) => void) | null = null;
  /** First poisoned or absent line that was read; −1: none. */
  metLine = -1;
  /** Requests and peeks that are left before `NoProgress` is thrown. */
  budget = Infinity;
  /** Whether power was lost: torn lines show. */
  private isAfterLoss = false;
  private isDropped = false;
  private queueLost = 0;
  private readonly laid: IntMap;
  private readonly delays: IntMap;
  private readonly staleUnits: IntMap;
  private readonly staleWords: IntMap;
  private readonly accepted: AcceptedWrites;
  private readonly durable: FaultOverlayOptions['durable'];
  private readonly scratch = new Int32Array(LINE_WORDS);
  private readonly scratchBytes = new Uint8Array(this.scratch.buffer);

  constructor(
    private readonly memory: Memory,
    { space, queueLines, durable }: FaultOverlayOptions,
  ) {
    this.capacityBytes = memory.capacityBytes;
    this.lineBytes = memory.lineBytes;
    this.lineWords = memory.lineWords;
    this.laid = new IntMap(space, 'pmem faults on lines');
    this.delays = new IntMap(space, 'pmem delays of lines');
    this.staleUnits = new IntMap(space, 'pmem stale units of lines');
    this.staleWords = new IntMap(space, 'pmem stale words');
    this.accepted = new AcceptedWrites(queueLines, durable);
    this.durable = durable;
  }

  /** Forgets what was counted and met; what is laid on is lifted by a rewind, or one by one. */
  restart(): void {
    this.requests = 0;
    this.strikeAt = -1;
    this.metLine = -1;
    this.budget = Infinity;
    this.isDropped = false;
    this.queueLost = 0;
    this.accepted.clear();
  }

  /** Where a run is that nothing has struck yet, for `resume` after a rewind to the same moment. */
  save(): OverlayMoment {
    return { requests: this.requests, accepted: this.accepted.save() };
  }

  resume(moment: OverlayMoment): void {
    this.restart();
    this.requests = moment.requests;
    this.accepted.restore(moment.accepted);
  }

  // Laying on and lifting off.

  /** The request that is being struck does nothing. */
  drop(): void {
    this.isDropped = true;
  }

  /** Makes a line unreadable until it is written whole past the caches. */
  poison(line: number): void {
    this.lay(line, Laid.Poison);
  }

  /** Takes what is behind the page of a line away. */
  takeBacking(line: number): void {
    const first = line - (line % LINES_PER_PAGE);
    for (let i = 0; i < LINES_PER_PAGE; i += 1) this.lay(first + i, Laid.Absent);
  }

  /** Makes every request to a line take `ticks` longer. */
  slow(line: number, ticks: number): void {
    this.lay(line, Laid.Slow);
    this.delays.set(line, ticks);
  }

  /** After power loss the masked units of the line hold what is durable now. */
  tear(line: number, units: number): void {
    this.durable(line, this.scratch);
    this.layStale(line, units, this.scratch);
  }

  /** After power loss the last `lines` writes that were accepted are not there. */
  loseQueue(lines: number): void {
    this.queueLost = lines;
  }

  /** Lifts off whatever is laid on a line; of a page without backing, this line alone. */
  lift(line: number): void {
    this.laid.delete(line);
    this.delays.delete(line);
    this.dropStale(line, ALL_UNITS);
  }

  /** Lines that something is laid on, ascending. */
  laidLines(): number[] {
    return this.laid.keys();
  }

  /** Lays on the image that power loss left of the memory beneath what outlives power. */
  carryTo(image: FaultOverlay): void {
    image.isAfterLoss = true;
    for (const line of this.laid.keys()) {
      const bits = this.laid.get(line);
      if ((bits & Laid.Poison) !== 0) image.lay(line, Laid.Poison);
      if ((bits & Laid.Absent) !== 0) image.lay(line, Laid.Absent);
      if ((bits & Laid.Stale) === 0) continue;
      for (let i = 0; i < LINE_WORDS; i += 1) this.scratch[i] = this.staleWord(line, i);
      image.layStale(line, this.staleUnits.get(line), this.scratch);
    }
    // From the latest to the earliest, so that a line that is there twice holds the oldest.
    this.accepted.forLast(this.queueLost, (line, before) => {
      image.layStale(line, ALL_UNITS, before);
    });
  }

  // The memory.

  access(request: LineRequest): number {
    this.spend();
    const number = this.requests;
    this.requests = number + 1;
    if (this.watch !== null) this.watch(request, number);
    if (number === this.strikeAt) this.strike(request);
    if (this.isDropped) {
      this.isDropped = false;
      request.status = LineStatus.Ok;
      request.durableAt = NEVER;
      return IssueStatus.Done;
    }
    this.follow(request, number);
    return this.laid.size === 0 ? this.memory.access(request) : this.accessLaid(request);
  }

  peek32(address: number): number {
    this.spend();
    const line = Math.floor(address / LINE_BYTES);
    if (this.isPlain(line)) return this.memory.peek32(address);
    return this.seen(line)[(address >>> 2) & 15];
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    this.spend();
    if (this.laid.size === 0) {
      this.memory.peekWords(address, target, at, count);
      return;
    }
    for (let i = 0; i < count; i += 1) target[at + i] = this.peek32(address + i * 4);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.spend();
    if (this.laid.size === 0) {
      this.memory.peekBytes(address, target, at, length);
      return;
    }
    let done = 0;
    while (done < length) {
      const from = (address + done) % LINE_BYTES;
      const count = Math.min(LINE_BYTES - from, length - done);
      const line = Math.floor((address + done) / LINE_BYTES);
      if (this.isPlain(line)) this.memory.peekBytes(address + done, target, at + done, count);
      else {
        this.seen(line);
        for (let i = 0; i < count; i += 1) target[at + done + i] = this.scratchBytes[from + i];
      }
      done += count;
    }
  }

  poke32(address: number, value: number): void {
    this.memory.poke32(address, value);
    this.dropStale(Math.floor(address / LINE_BYTES), ALL_UNITS);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.memory.pokeBytes(address, bytes, at, length);
    const last = Math.floor((address + length - 1) / LINE_BYTES);
    for (let line = Math.floor(address / LINE_BYTES); line <= last; line += 1) {
      this.dropStale(line, ALL_UNITS);
    }
  }

  nextDecisionAt(): number {
    return this.memory.nextDecisionAt();
  }

  decideUntil(until: number): void {
    this.memory.decideUntil(until);
  }

  takeCompleted(): number {
    return this.memory.takeCompleted();
  }

  /** Of the memory beneath. */
  mediaHash(): number {
    return this.memory.mediaHash();
  }

  pendingLines(): readonly PendingLine[] {
    return this.memory.pendingLines();
  }

  /** Of the memory beneath; `carryTo` lays the faults on it. */
  crashImage(choice: CrashChoice): Memory {
    return this.memory.crashImage(choice);
  }

  private spend(): void {
    this.budget -= 1;
    if (this.budget < 0) throw new NoProgress(this.requests);
  }

  /** What the queue takes, and which torn lines are written anew. */
  private follow(request: LineRequest, number: number): void {
    const { op, line } = request;
    switch (op) {
      case LineOp.NtStore:
      case LineOp.Clwb:
      case LineOp.ClFlushOpt:
        this.accepted.send(line);
        if (!this.isAfterLoss && number !== this.strikeAt) this.dropStale(line, ALL_UNITS);
        break;
      case LineOp.Sfence:
      case LineOp.Mfence:
        this.accepted.accept();
        break;
      default:
    }
  }

  private accessLaid(request: LineRequest): number {
    const { op, line } = request;
    if (op === LineOp.Sfence || op === LineOp.Mfence) return this.memory.access(request);
    const bits = this.laid.get(line);
    if (bits === 0) return this.memory.access(request);
    const isLoad = op === LineOp.Load || op === LineOp.StreamLoad;
    if ((bits & Laid.Absent) !== 0) {
      request.status = LineStatus.Absent;
      request.durableAt = NEVER;
      if (isLoad) this.meet(line);
      return IssueStatus.Done;
    }
    if (isLoad) return this.loadLaid(request, bits);
    const isWhole = request.toByte - request.fromByte === LINE_BYTES;
    if (op === LineOp.NtStore && isWhole && (bits & Laid.Poison) !== 0)
      this.laid.set(line, bits & ~Laid.Poison);
    if (this.isAfterLoss && (op === LineOp.Store || op === LineOp.NtStore)) {
      this.overwriteStale(line, request.fromByte, request.toByte);
    }
    const answer = this.memory.access(request);
    if ((bits & Laid.Slow) !== 0) request.at += this.delays.get(line);
    return answer;
  }

  private loadLaid(request: LineRequest, bits: number): number {
    const { line } = request;
    const answer = this.memory.access(request);
    if ((bits & Laid.Slow) !== 0) request.at += this.delays.get(line);
    if ((bits & Laid.Poison) !== 0) {
      request.status = LineStatus.Poison;
      this.meet(line);
    } else if ((bits & Laid.Stale) !== 0 && this.isAfterLoss) {
      this.lineWords.set(this.seen(line));
    }
    return answer;
  }

  private meet(line: number): void {
    if (this.metLine < 0) this.metLine = line;
    this.lineWords.fill(-1);
  }

  /** Whether peeks of the line may go to the memory beneath. */
  private isPlain(line: number): boolean {
    if (this.laid.size === 0) return true;
    const bits = this.laid.get(line);
    const shown = Laid.Poison | Laid.Absent | (this.isAfterLoss ? Laid.Stale : 0);
    return (bits & shown) === 0;
  }

  /** The line's words as they are seen through what is laid on it. */
  private seen(line: number): Int32Array {
    const { scratch } = this;
    if ((this.laid.get(line) & (Laid.Poison | Laid.Absent)) !== 0) {
      if (this.metLine < 0) this.metLine = line;
      return scratch.fill(-1);
    }
    this.memory.peekWords(line * LINE_BYTES, scratch, 0, LINE_WORDS);
    const units = this.staleUnits.get(line);
    for (let i = 0; i < LINE_WORDS; i += 1) {
      if (((units >>> (i >>> 1)) & 1) !== 0) scratch[i] = this.staleWord(line, i);
    }
    return scratch;
  }

  private lay(line: number, bit: number): void {
    assert(line >= 0 && line * LINE_BYTES < this.capacityBytes, 'FaultOverlay: no such line');
    this.laid.set(line, this.laid.get(line) | bit);
  }

  private staleWord(line: number, word: number): number {
    return this.staleWords.get(line * LINE_WORDS + word);
  }

  private layStale(line: number, units: number, words: Int32Array): void {
    if (units === 0) return;
    this.lay(line, Laid.Stale);
    this.staleUnits.set(line, this.staleUnits.get(line) | units);
    for (let i = 0; i < LINE_WORDS; i += 1) {
      if (((units >>> (i >>> 1)) & 1) !== 0) this.staleWords.set(line * LINE_WORDS + i, words[i]);
    }
  }

  private dropStale(line: number, units: number): void {
    if (this.laid.size === 0) return;
    const left = this.staleUnits.get(line) & ~units;
    this.staleUnits.set(line, left);
    if (left === 0) this.laid.set(line, this.laid.get(line) & ~Laid.Stale);
  }

  /** New bytes replace stale ones; of a unit written in part the rest stays stale. */
  private overwriteStale(line: number, from: number, to: number): void {
    const units = this.staleUnits.get(line);
    if (units === 0) return;
    for (let i = 0; i < LINE_WORDS; i += 1) this.scratch[i] = this.staleWord(line, i);
    for (let i = from; i < to; i += 1) this.scratchBytes[i] = this.lineBytes[i];
    let whole = 0;
    for (let unit = 0; unit < 8; unit += 1) {
      if (from <= unit * 8 && to >= unit * 8 + 8) whole |= 1 << unit;
    }
    this.layStale(line, units, this.scratch);
    this.dropStale(line, whole);
  }
}

function ignore(): void {
  // Nothing strikes.
}
