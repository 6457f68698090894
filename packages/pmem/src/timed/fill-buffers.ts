/**
 * The fill buffers of each source. Any that is free serves; they come back in whatever order their
 * lines do.
 *
 *   [ over | under way | over at 80 | under way ]      a request at 90 takes one that is over
 *
 * A request that finds none waits for whichever is over first. Which that is stays open while some
 * are undecided, so the moment when a source goes on is a decision like those of the controllers:
 * due at the earliest known return, and earlier if one that is decided meanwhile returns earlier.
 */
import { NEVER, type StatsOf } from '@daxsim/sim';
import type { FrontEndDeclarations } from './front-end-stats.js';
import { LineOp } from '../memory.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import { Waits, type SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const never: number = NEVER;
const NONE = NO_RECORD;
const { NtStore: NT_STORE, DirectStore: DIRECT_STORE } = LineOp;
const { StoreFill: STORE_FILL, StreamFill: STREAM_FILL, Write: WRITE } = RecordKind;
const { Nothing: NOTHING, Buffer: BUFFER } = Waits;

export class FillBuffers {
  /** When the next waiting source goes on, as far as is known; NEVER if none does. */
  dueAt = 0.5;
  /** Whose it is. */
  dueSource = 0;

  constructor(
    private readonly requests: Requests,
    private readonly sources: SourceTable,
    private readonly stats: StatsOf<FrontEndDeclarations>,
    private readonly ntAckTicks: number,
  ) {
    this.dueAt = never;
  }

  /** True if a fill buffer is known to come back first; the source's clock moves to then. */
  comesBack(s: number): boolean {
    const { requests, sources } = this;
    const { doneAt } = requests;
    const first = s * requests.perSource;
    const clock = sources.clock[s];
    if (doneAt[first + sources.nextBuffer[s]] <= clock) return true;
    let least = never;
    let isOpen = false;
    for (let buffer = 0; buffer < requests.fillBuffers; buffer += 1) {
      const backAt = doneAt[first + buffer];
      if (backAt === never) isOpen = true;
      else if (backAt < least) {
        least = backAt;
        sources.nextBuffer[s] = buffer;
      }
    }
    if (least <= clock) return true;
    if (!isOpen) {
      this.stall(s, least);
      return true;
    }
    sources.waits[s] = BUFFER;
    sources.wakeAt[s] = never;
    this.comesBackAt(s, least);
    return false;
  }

  /** When the source's first buffer comes back, as far as is known; it is the next one taken. */
  earliest(s: number): number {
    const { requests, sources } = this;
    const first = s * requests.perSource;
    let least = never;
    for (let buffer = 0; buffer < requests.fillBuffers; buffer += 1) {
      const backAt = requests.doneAt[first + buffer];
      if (backAt < least) {
        least = backAt;
        sources.nextBuffer[s] = buffer;
      }
    }
    return least;
  }

  /** Whether the source's next buffer, or its next two, are free at `at`. */
  isFree(s: number, at: number, buffers: number): boolean {
    const { requests, sources } = this;
    const { doneAt } = requests;
    const first = s * requests.perSource;
    const next = sources.nextBuffer[s];
    if (doneAt[first + next] > at) return false;
    if (buffers === 1) return true;
    const behind = next + 1 === requests.fillBuffers ? 0 : next + 1;
    return behind !== next && doneAt[first + behind] <= at;
  }

  /** A buffer of a source that waits for one is over at `at`. */
  comesBackAt(s: number, at: number): void {
    if (at < this.sources.wakeAt[s]) this.sources.wakeAt[s] = at;
    if (at < this.dueAt) {
      this.dueAt = at;
      this.dueSource = s;
    }
  }

  /** Ends the wait that is due; answers whose it was. */
  wake(): number {
    const { sources } = this;
    const s = this.dueSource;
    this.stall(s, this.dueAt);
    sources.waits[s] = NOTHING;
    this.takeDue();
    return s;
  }

  /** What is due is done: finds who is next. */
  takeDue(): void {
    const { sources } = this;
    sources.wakeAt[this.dueSource] = never;
    this.dueAt = never;
    for (let other = 0; other < sources.count; other += 1) {
      if (sources.wakeAt[other] >= this.dueAt) continue;
      this.dueAt = sources.wakeAt[other];
      this.dueSource = other;
    }
  }

  /** The source waits for a buffer, or its turn, until `until`. */
  stall(s: number, until: number): void {
    // A buffer may be over while the source still waits for where its page is.
    if (until <= this.sources.clock[s]) return;
    this.stats.bufferStalls += 1;
    this.stats.bufferStallTicks += until - this.sources.clock[s];
    this.sources.clock[s] = until;
  }

  /** When the source's stores, flushes and, if `all`, streaming loads are over; `at` or later. */
  overAt(s: number, all: boolean, at: number): number {
    const { requests } = this;
    const first = s * requests.perSource;
    let over = at;
    for (let record = first; record < first + requests.fillBuffers; record += 1) {
      const kind = requests.kind[record];
      const counts = kind === STORE_FILL || kind === WRITE;
      if (!counts && !(all && kind === STREAM_FILL)) continue;
      let doneAt = requests.doneAt[record];
      // An sfence orders what was accepted; only an mfence waits until the buffer is free again.
      const op = requests.op[record];
      if (!all && (op === NT_STORE || op === DIRECT_STORE)) doneAt -= this.ntAckTicks;
      if (doneAt > over) over = doneAt;
    }
    return over;
  }

  take(s: number): number {
    const { requests, sources } = this;
    const record = s * requests.perSource + sources.nextBuffer[s];
    const next = sources.nextBuffer[s] + 1;
    sources.nextBuffer[s] = next === requests.fillBuffers ? 0 : next;
    return record;
  }

  /** The source's latest fill of `line` that is not over at the source's clock, or `NONE`. */
  fillUnderWay(s: number, line: number): number {
    const { requests, sources } = this;
    const at = sources.clock[s];
    if (sources.openFills[s] === 0 && sources.fillsDoneAt[s] <= at) return NONE;
    const first = s * requests.perSource;
    let latest: number = NONE;
    for (let record = first; record < first + requests.fillBuffers; record += 1) {
      if (requests.line[record] !== line || requests.doneAt[record] <= at) continue;
      const kind = requests.kind[record];
      if (kind !== STORE_FILL && kind !== STREAM_FILL) continue;
      if (latest === NONE || requests.rank[record] > requests.rank[latest]) latest = record;
    }
    return latest;
  }
}
