/**
 * Flushes: clwb and clflushopt.
 *
 *   nothing to write                over at once
 *   dirty, or stores not durable    a buffer ─▶ controller
 *   the source still fills it       a buffer … the fill is over ─▶ controller
 *   a store to it is not drained    a buffer … it has left the store buffer ─▶ controller
 *
 * A clean line whose stores are not durable yet is written again: an eviction or another core's
 * flush is on its way.
 */
import { NEVER } from '@daxsim/sim';
import { IssueStatus, type LineRequest } from '../memory.js';
import type { CoreSide } from './core-side.js';
import type { FillBuffers } from './fill-buffers.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import type { SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { Write: WRITE } = RecordKind;
const NONE = NO_RECORD;
const never: number = NEVER;

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
      requests.arriveAt[record] = start;
      if (filling === NONE || requests.isDecided(filling)) {
        if (filling !== NONE && requests.doneAt[filling] > start) {
          requests.arriveAt[record] = requests.doneAt[filling];
        }
        this.side.sendWrite(s, record);
      } else {
        requests.after[record] = filling;
        this.holdBack(s, record);
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
      requests.arriveAt[record] = Math.max(requests.doneAt[fill], requests.arriveAt[record]);
      const { storeBuffer } = this.side;
      if (storeBuffer === null || !storeBuffer.isHeld(record)) this.side.depart(record);
    }
  }

  /** Notes which stores in the store buffer a flush that waits for a fill must not overtake. */
  private holdBack(s: number, record: number): void {
    const { requests } = this;
    const { storeBuffer } = this.side;
    if (storeBuffer === null) return;
    const leavesAt = storeBuffer.leavesAt(s, record, requests.arriveAt[record]);
    if (leavesAt !== never) requests.arriveAt[record] = leavesAt;
  }
}
