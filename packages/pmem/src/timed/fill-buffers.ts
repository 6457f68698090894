/**
 * The fill buffers of each source: taken in turn, and reused in the order they were taken.
 *
 *   next ▼
 *   [ 0 | 1 | 2 | 3 ]    a request that finds `next` undecided waits for it; decided but not over,
 *                        it starts later
 */
import { NEVER, type StatsOf } from '@daxsim/sim';
import type { FrontEndDeclarations } from './front-end-stats.js';
import { LineOp } from '../memory.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import { Waits, type SourceTable } from './sources.js';

// A copy: an import is looked up at each use, a constant of the module is folded into the code.
const { NtStore: NT_STORE } = LineOp;

export class FillBuffers {
  constructor(
    private readonly requests: Requests,
    private readonly sources: SourceTable,
    private readonly stats: StatsOf<FrontEndDeclarations>,
    private readonly ntAckTicks: number,
  ) {}

  /** True if the next fill buffer is known to come back; the source's clock moves to then. */
  comesBack(s: number): boolean {
    const { requests, sources } = this;
    const backAt = requests.doneAt[s * requests.perSource + sources.nextBuffer[s]];
    if (backAt === NEVER) {
      sources.waits[s] = Waits.Buffer;
      return false;
    }
    if (backAt > sources.clock[s]) {
      this.stats.bufferStalls += 1;
      this.stats.bufferStallTicks += backAt - sources.clock[s];
      sources.clock[s] = backAt;
    }
    return true;
  }

  /** When the source's stores, flushes and, if `all`, streaming loads are over; `at` or later. */
  overAt(s: number, all: boolean, at: number): number {
    const { requests } = this;
    const first = s * requests.perSource;
    let over = at;
    for (let record = first; record < first + requests.fillBuffers; record += 1) {
      const kind = requests.kind[record];
      const counts = kind === RecordKind.StoreFill || kind === RecordKind.Write;
      if (!counts && !(all && kind === RecordKind.StreamFill)) continue;
      let doneAt = requests.doneAt[record];
      // An sfence orders what was accepted; only an mfence waits until the buffer is free again.
      if (!all && requests.op[record] === NT_STORE) doneAt -= this.ntAckTicks;
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

  /** The source's latest fill of `line` that is not over at the source's clock, or `NO_RECORD`. */
  fillUnderWay(s: number, line: number): number {
    const { requests, sources } = this;
    const at = sources.clock[s];
    if (sources.openFills[s] === 0 && sources.fillsDoneAt[s] <= at) return NO_RECORD;
    const buffers = requests.fillBuffers;
    let buffer = sources.nextBuffer[s];
    for (let i = 0; i < buffers; i += 1) {
      buffer = buffer === 0 ? buffers - 1 : buffer - 1;
      const record = s * requests.perSource + buffer;
      const kind = requests.kind[record];
      const isFill = kind === RecordKind.StoreFill || kind === RecordKind.StreamFill;
      if (isFill && requests.line[record] === line && requests.doneAt[record] > at) return record;
    }
    return NO_RECORD;
  }
}
