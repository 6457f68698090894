/**
 * A memory with faults laid over it. What lies beneath is never changed by a fault: lifted off, the
 * same bytes are there again.
 *
 *     request ─▶ number `strikeAt`? ─▶ the fault strikes: drops it, or lays something on a line
 *             └▶ part dead? line poisoned, its page absent, slow, torn? ─▶ answered here
 *             └▶ else ─▶ the memory beneath
 *     power loss ─▶ image of the memory beneath ─▶ `carryTo` lays on it what outlives power
 *
 * Loads of a poisoned or absent line answer that status and leave ones; so do peeks, which have no
 * status: `metLine` remembers the first one. They end at the time that `ErrorAnswers` gives, and
 * never reach the memory beneath. A whole line written past the caches mends a poisoned line, a
 * recovery write all of a page. Torn lines and lost queues show on the image only: until power is
 * lost, caches and queue hold what is not on the media. What is laid on lies in arenas, so a rewind
 * lifts it.
 *
 * Left out: a cached copy of a line whose media fail is not asked; posted stores that are lost are
 * not told to anybody, only counted.
 */
import { LINE_BYTES, NEVER } from '@daxsim/sim';
import { IssueStatus, LineOp, LineStatus, readsLine } from '../memory.js';
import { AcceptedWrites } from './accepted-writes.js';
import { AT_ONCE, type ErrorAnswers } from './error-answers.js';
import { Failures } from './failures.js';
import { ALL_UNITS, Laid, LaidFaults } from './laid-faults.js';
import { NoProgress } from './watchdog.js';
import type { StateSpace } from '@daxsim/sim';
import type { SavedWrites } from './accepted-writes.js';
import type { BadBlockList, CrashChoice, LineRequest, Memory, PendingLine } from '../memory.js';

const LINE_WORDS = 16;

/** Who knows what of a line is durable. */
export interface FaultOverlayOptions {
  /** Holds what is laid on. */
  readonly space: StateSpace;
  /** Lines that the write queue holds. */
  readonly queueLines: number;
  /** Leaves what power loss without survivors would leave of a line in `into`, 16 words. */
  readonly durable: (line: number, into: Int32Array) => void;
  /** How failed accesses end; absent: at once. */
  readonly answers?: ErrorAnswers;
  /** The channel of a line; absent: there is one. */
  readonly channelOf?: (line: number) => number;
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
  strike: (request: LineRequest) => void = () => undefined;
  /** Told of every request before it is made, with its number. */
  watch: ((request: LineRequest, number: number) => void) | null = null;
  /** Requests and peeks that are left before `NoProgress` is thrown. */
  budget = Infinity;
  /** What is laid on, and what is gone. */
  readonly laid: LaidFaults;
  /** Accesses that failed. */
  readonly failures: Failures;
  /** Whether power was lost: torn lines show. */
  private isAfterLoss = false;
  private isDropped = false;
  private queueLost = 0;
  private readonly accepted: AcceptedWrites;
  private readonly durable: FaultOverlayOptions['durable'];
  /** Of each source: its request that the memory beneath has not answered, and its delay. */
  private readonly waiting: LineRequest[] = [];
  private readonly extraTicks: number[] = [];
  private readonly scratch = new Int32Array(LINE_WORDS);
  private readonly scratchBytes = new Uint8Array(this.scratch.buffer);

  constructor(
    private readonly memory: Memory,
    { space, queueLines, durable, answers, channelOf }: FaultOverlayOptions,
  ) {
    this.capacityBytes = memory.capacityBytes;
    this.lineBytes = memory.lineBytes;
    this.lineWords = memory.lineWords;
    this.laid = new LaidFaults(space, memory.capacityBytes / LINE_BYTES, channelOf ?? onlyChannel);
    this.accepted = new AcceptedWrites(queueLines, durable);
    this.durable = durable;
    this.failures = new Failures(answers ?? AT_ONCE, memory.lineWords);
  }

  /** Forgets what was counted and met; what is laid on is lifted by a rewind, or one by one. */
  restart(): void {
    this.requests = 0;
    this.strikeAt = -1;
    this.budget = Infinity;
    this.isDropped = false;
    this.queueLost = 0;
    this.failures.restart();
    this.laid.parts.restart();
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
    this.laid.lay(line, Laid.Poison);
  }

  /** Takes what is behind the page of a line away. */
  takeBacking(line: number): void {
    this.laid.takeBacking(line);
    this.memory.unmap?.(line);
  }

  /** Makes every request to a line take `ticks` longer. */
  slow(line: number, ticks: number): void {
    this.laid.slow(line, ticks);
  }

  /** After power loss the masked units of the line hold what is durable now. */
  tear(line: number, units: number): void {
    this.durable(line, this.scratch);
    this.laid.layStale(line, units, this.scratch);
  }

  /** After power loss the last `lines` writes that were accepted are not there. */
  loseQueue(lines: number): void {
    this.queueLost = lines;
  }

  /** Lifts off whatever is laid on a line; of a page without backing, this line alone. */
  lift(line: number): void {
    this.laid.lift(line);
  }

  /** Lines that something is laid on, ascending. */
  laidLines(): number[] {
    return this.laid.keys();
  }

  get badBlocks(): BadBlockList {
    return this.laid.bad;
  }

  /** Lays on the image that power loss left of the memory beneath what outlives power. */
  carryTo(image: FaultOverlay): void {
    image.isAfterLoss = true;
    const { laid } = this;
    laid.parts.carryTo(image.laid.parts);
    for (const line of laid.keys()) {
      const bits = laid.bits(line);
      for (const bit of [Laid.Poison, Laid.Absent, Laid.Grown]) {
        if ((bits & bit) !== 0) image.laid.lay(line, bit);
      }
      if ((bits & Laid.Stale) === 0) continue;
      laid.stale.copy(line, this.scratch);
      image.laid.layStale(line, laid.stale.units(line), this.scratch);
    }
    // From the latest to the earliest, so that a line that is there twice holds the oldest.
    this.accepted.forLast(this.queueLost, (line, before) => {
      image.laid.layStale(line, ALL_UNITS, before);
    });
  }

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
    return this.isBare ? this.memory.access(request) : this.accessLaid(request);
  }

  peek32(address: number): number {
    this.spend();
    const line = Math.floor(address / LINE_BYTES);
    if (this.isPlain(line)) return this.memory.peek32(address);
    return this.seen(line)[(address >>> 2) & 15];
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    this.spend();
    if (this.isBare) {
      this.memory.peekWords(address, target, at, count);
      return;
    }
    for (let i = 0; i < count; i += 1) target[at + i] = this.peek32(address + i * 4);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.spend();
    if (this.isBare) {
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
    this.laid.dropStale(Math.floor(address / LINE_BYTES));
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.memory.pokeBytes(address, bytes, at, length);
    const last = Math.floor((address + length - 1) / LINE_BYTES);
    for (let line = Math.floor(address / LINE_BYTES); line <= last; line += 1) {
      this.laid.dropStale(line);
    }
  }

  nextDecisionAt(): number {
    return this.memory.nextDecisionAt();
  }

  decideUntil(until: number): void {
    this.memory.decideUntil(until);
  }

  takeCompleted(): number {
    const source = this.memory.takeCompleted();
    if (source < 0) return source;
    const extra = this.extraTicks[source] ?? 0;
    if (extra > 0) this.waiting[source].at += extra;
    this.extraTicks[source] = 0;
    return source;
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
      case LineOp.DirectStore:
      case LineOp.Clwb:
      case LineOp.ClFlushOpt: {
        this.accepted.send(line);
        const isTorn = !this.isAfterLoss && (this.laid.bits(line) & Laid.Grown) === 0;
        if (isTorn && number !== this.strikeAt) this.laid.dropStale(line);
        break;
      }
      case LineOp.Atomic:
      case LineOp.Sfence:
      case LineOp.Mfence:
        this.accepted.accept();
        break;
      default:
    }
  }

  private accessLaid(request: LineRequest): number {
    const { laid, failures } = this;
    const { op, line } = request;
    if (op === LineOp.Sfence || op === LineOp.Mfence) return this.memory.access(request);
    const isLoad = readsLine(op);
    if (this.isDead(line)) {
      if (!isLoad) return failures.lost(request);
      return laid.parts.isLinkDead ? failures.overdue(request) : failures.poisoned(request, 0);
    }
    if (failures.isPatient) laid.keepPromise(line);
    const bits = laid.bits(line);
    if ((bits & Laid.Absent) !== 0) {
      // Who waits for ever sees nothing; whoever watches moves must not take ones for bytes.
      this.memory.peekWords(line * LINE_BYTES, this.lineWords, 0, LINE_WORDS);
      return failures.absent(request);
    }
    const extra = laid.delayOf(line, request.at);
    if (isLoad && (bits & Laid.Poison) !== 0) {
      laid.bad.add(line);
      return failures.poisoned(request, extra);
    }
    const stale = isLoad && this.showsStale(bits) ? this.seen(line).slice() : null;
    if (bits !== 0) this.storeLaid(request, bits);
    const answer = this.pass(request, extra);
    if (stale !== null) {
      if ((bits & Laid.Grown) !== 0) failures.tallies.grownLoads += 1;
      this.lineWords.set(stale);
    }
    return answer;
  }

  /** A store to a line with something on it. */
  private storeLaid({ op, line, fromByte, toByte }: LineRequest, bits: number): void {
    const isPast = op === LineOp.NtStore || op === LineOp.DirectStore;
    if (op !== LineOp.Store && op !== LineOp.Atomic && !isPast) return;
    if (isPast && toByte - fromByte === LINE_BYTES) this.laid.unlay(line, Laid.Poison);
    if (this.showsStale(bits)) this.laid.overwriteStale(line, fromByte, toByte, this.lineBytes);
  }

  /** On to the memory beneath, and `extra` later than its answer. */
  private pass(request: LineRequest, extra: number): number {
    const { parts } = this.laid;
    const late = parts.areFine ? extra : extra + parts.heldBack(request.at);
    const answer = this.memory.access(request);
    if (late === 0) return answer;
    this.failures.tallies.slowed += 1;
    if (answer === IssueStatus.Done) request.at += late;
    else {
      this.waiting[request.source] = request;
      this.extraTicks[request.source] = late;
    }
    return answer;
  }

  private get isBare(): boolean {
    return this.laid.isEmpty && this.laid.parts.areFine;
  }

  private showsStale(bits: number): boolean {
    return (bits & Laid.Grown) !== 0 || (this.isAfterLoss && (bits & Laid.Stale) !== 0);
  }

  private isDead(line: number): boolean {
    const { parts } = this.laid;
    return !parts.areFine && (parts.isLinkDead || parts.isChannelDead(line));
  }

  /** Whether peeks of the line may go to the memory beneath. */
  private isPlain(line: number): boolean {
    if (this.isBare) return true;
    const bits = this.laid.bits(line);
    return (
      !this.isDead(line) && (bits & (Laid.Poison | Laid.Absent)) === 0 && !this.showsStale(bits)
    );
  }

  /** The line's words as they are seen through what is laid on it. */
  private seen(line: number): Int32Array {
    const { scratch } = this;
    if (this.isDead(line) || (this.laid.bits(line) & (Laid.Poison | Laid.Absent)) !== 0) {
      this.failures.meet(line);
      return scratch.fill(-1);
    }
    this.memory.peekWords(line * LINE_BYTES, scratch, 0, LINE_WORDS);
    this.laid.stale.show(line, scratch);
    return scratch;
  }
}

function onlyChannel(): number {
  return 0;
}
