/**
 * Flushes: clwb and clflushopt.
 *
 *   nothing to write                over at once
 *   dirty, or stores not durable    a buffer ─▶ controller
 *   the source still fills it       a buffer … the fill is over ─▶ controller
 *
 * A clean line whose stores are not durable yet is written again: an eviction or another core's
 * flush is on its way.
 */
import { IssueStatus, type LineRequest } from '../memory.js';
import type { CoreSide } from './core-side.js';
import type { FillBuffers } from './fill-buffers.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import type { SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { Write: WRITE } = RecordKind;
const NONE = NO_RECORD;

export class Flushes {
  private readonly requests: Requests;
  private readonly sources: SourceTable;
  private readonly buffers: FillBuffers;

  constructor(private readonly side: CoreSide) {
    this.requests = side.requests;
    this.sources = side.sources;
    this.buffers = side.buffers;
  }

  flush(s: number, request: LineRequest, issue: number): number {
    const { requests, sources } = this;
    const { ticks } = this.side;
    let issued = issue;
    if (sources.mustWrite[s] === 1) {
      issued += ticks.flushWrite;
      if (!this.buffers.comesBack(s)) return PENDING;
      const record = this.buffers.take(s);
      const start = sources.clock[s];
      const filling = this.side.fillUnderWay(s, request.line);
      this.side.stats.flushWrites += 1;
      requests.enter(record, WRITE, request, sources.rank[s]);
      requests.token[record] = sources.token[s];
      requests.slot[record] = sources.slot[s];
      requests.departedAt[record] = start + issued;
      sources.openStores[s] += 1;
      if (filling !== NONE && !requests.isDecided(filling)) {
        requests.after[record] = filling;
        requests.arriveAt[record] = start;
      } else {
        const leaves = filling === NONE ? start : Math.max(requests.doneAt[filling], start);
        requests.arriveAt[record] = leaves + ticks.toController;
        this.side.send(record);
      }
    }
    sources.clock[s] += issued;
    this.side.complete(s);
    return DONE;
  }

  /** Sends off the flushes that waited for this fill. */
  release(s: number, fill: number): void {
    const { requests } = this;
    const first = s * requests.perSource;
    for (let record = first; record < first + requests.fillBuffers; record += 1) {
      if (requests.after[record] !== fill || requests.kind[record] !== WRITE) continue;
      requests.after[record] = NONE;
      const leaves = Math.max(requests.doneAt[fill], requests.arriveAt[record]);
      requests.arriveAt[record] = leaves + this.side.ticks.toController;
      this.side.send(record);
    }
  }
}
