/**
 * One thread of a run: its accesses as the line operations of a core.
 *
 *   load        the lines of the access; a timed one waits for them, an untimed one streams
 *   ntstore     the lines, past the caches
 *   movdir64b   the same, each by one instruction
 *   atomic      a locked read-modify-write of each line
 *   store+clwb  lines are stored, then flushed, `clwb_every_bytes` at a time (absent: each line)
 *   mix         each access is a read or a write, drawn in the ratio given
 *   fence       ends each access; of a chase, each pass around the cycle
 *
 * Of a chase the loads wait for each other, as each says where the next is.
 */
import { LineOp, type LineRequest } from '@daxsim/pmem';
import { Prng } from '@daxsim/sim';
import type { AddressStream } from './addresses.js';
import type { RunConfig } from './config.js';

const LINE_BYTES = 64;

/** What the thread does next. */
const Phase = { Load: 0, Store: 1, Flush: 2, Fence: 3 } as const;

/** No fence ends the access. */
export const NO_FENCE = -1;

export interface ProgramOptions {
  /** Whether each access is timed by itself: then its loads are waited for. */
  readonly isTimed: boolean;
  /** What an sfence in the run stands for, a `LineOp`, or −1. */
  readonly sfenceOp: number;
  /** What the core takes between the ntstores of a timed access, ticks. */
  readonly ntHalvesTicks: number;
}

export class ThreadProgram {
  private readonly lines: number;
  private readonly flushLines: number;
  private readonly fenceOp: number;
  private readonly loadOp: number;
  private readonly drawn: Prng;
  private readonly ntHalvesTicks: number;
  private phase: number = Phase.Load;
  private isRead = false;
  private writeOp = '';
  private address = 0;
  /** Lines of the access that are behind it, stored and flushed. */
  private line = 0;
  private flushed = 0;

  constructor(
    private readonly run: RunConfig,
    private readonly addresses: AddressStream,
    thread: number,
    seed: number,
    options: ProgramOptions,
  ) {
    this.lines = Math.max(1, run.access_bytes / LINE_BYTES);
    this.flushLines = Math.max(1, (run.clwb_every_bytes ?? LINE_BYTES) / LINE_BYTES);
    this.drawn = new Prng(seed, 1000 + thread);
    const isFenced = run.fence === 'mfence-per-access';
    const isAlone = options.isTimed && this.lines === 1 && !isFenced;
    const waits = run.pattern === 'chase' || isAlone;
    this.loadOp = waits ? LineOp.Load : LineOp.StreamLoad;
    this.fenceOp = fenceOf(run, options);
    // Latency tests store 32 B at a time; a chase and a test of bandwidth store whole lines.
    const isWhole = run.pattern === 'chase' || !options.isTimed;
    this.ntHalvesTicks = isWhole ? 0 : options.ntHalvesTicks;
    this.start();
  }

  /** Whether what comes next is the first thing of an access. */
  isAtStart = true;
  /** Whether the operation that is over read or wrote a line, other than a flush or fence. */
  hasMoved = false;

  /** Fills in the next operation. */
  fill(request: LineRequest): void {
    const { address, run } = this;
    const first = Math.floor(address / LINE_BYTES);
    request.fromByte = 0;
    request.toByte = LINE_BYTES;
    if (this.phase === Phase.Fence) {
      request.op = this.fenceOp;
      return;
    }
    if (this.phase === Phase.Flush) {
      request.op = LineOp.Clwb;
      request.line = first + this.flushed;
      return;
    }
    request.line = first + this.line;
    if (this.phase === Phase.Load) {
      request.op = this.loadOp;
      return;
    }
    // A store through a BAR passes no cache: it waits in a write-combining buffer, or it is
    // uncached.
    if (this.writeOp === 'movdir64b') {
      request.op = LineOp.DirectStore;
      return;
    }
    const isAtomic = this.writeOp === 'atomic';
    const isPast = this.writeOp === 'ntstore' || (run.mapping === 'wc' && !isAtomic);
    request.op = isPast ? LineOp.NtStore : isAtomic ? LineOp.Atomic : LineOp.Store;
    if (isPast && this.line > 0) request.at += this.ntHalvesTicks;
    if (run.access_bytes >= LINE_BYTES) return;
    request.fromByte = address % LINE_BYTES;
    request.toByte = request.fromByte + run.access_bytes;
  }

  /** The operation is over; true if it was the last of its access. */
  advance(): boolean {
    this.isAtStart = false;
    this.hasMoved = this.phase === Phase.Load || this.phase === Phase.Store;
    switch (this.phase) {
      case Phase.Fence:
        return this.start();
      case Phase.Flush:
        this.flushed += 1;
        if (this.flushed < this.line) return false;
        if (this.line < this.lines) {
          this.phase = Phase.Store;
          return false;
        }
        return this.end();
      case Phase.Load:
        this.line += 1;
        return this.line < this.lines ? false : this.end();
      default:
        this.line += 1;
        return this.afterStore();
    }
  }

  private afterStore(): boolean {
    const isLast = this.line === this.lines;
    if (this.writeOp === 'store+clwb' && (isLast || this.line % this.flushLines === 0)) {
      this.phase = Phase.Flush;
      return false;
    }
    return isLast ? this.end() : false;
  }

  /** The access itself is done: its fence is due, or the next access. */
  private end(): boolean {
    const isPassOver = this.run.pattern !== 'chase' || this.addresses.isAtStart;
    if (this.fenceOp === NO_FENCE || !isPassOver) return this.start();
    this.phase = Phase.Fence;
    return false;
  }

  private start(): boolean {
    const { operation } = this.run;
    this.address = this.addresses.take();
    this.line = 0;
    this.flushed = 0;
    this.isAtStart = true;
    this.isRead = operation === 'load' || (operation === 'mix' && this.drawsRead());
    this.writeOp = operation === 'mix' ? (this.run.write_operation ?? '') : operation;
    this.phase = this.isRead ? Phase.Load : Phase.Store;
    return true;
  }

  private drawsRead(): boolean {
    const { reads = 1, writes = 1 } = this.run;
    return this.drawn.below(reads + writes) < reads;
  }
}

function fenceOf(run: RunConfig, options: ProgramOptions): number {
  if (run.fence === 'mfence-per-access') return LineOp.Mfence;
  if (run.fence === 'sfence-per-access') return options.sfenceOp;
  const isLongTimedLoad = options.isTimed && run.operation === 'load' && run.access_bytes > 64;
  return isLongTimedLoad ? LineOp.Mfence : NO_FENCE;
}
