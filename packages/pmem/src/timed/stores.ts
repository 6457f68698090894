/**
 * What takes a fill buffer and lets the source go on: stores through the caches and streaming loads
 * (`fill`), ntstores and the stores of a machine without caches (`post`).
 *
 *   fill   in L1: nothing to do      else a buffer: from a cache, or a read of the line, or when
 *                                    whoever asked for it before has it (coherent caches)
 *   post   a buffer ─▶ controller
 */
import { IssueStatus, LineOp, type LineRequest } from '../memory.js';
import { Found } from './caches.js';
import type { CoreSide } from './core-side.js';
import type { FillBuffers } from './fill-buffers.js';
import { NO_RECORD, RecordKind, piecesOf, unitsOf, type Requests } from './requests.js';
import type { SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { L1: IN_L1 } = Found;
const { Atomic: ATOMIC, Store: STORE, NtStore: NT_STORE, DirectStore: DIRECT_STORE } = LineOp;
const { StoreFill: STORE_FILL, Write: WRITE } = RecordKind;
const NONE = NO_RECORD;

export class Stores {
  private readonly requests: Requests;
  private readonly sources: SourceTable;
  private readonly buffers: FillBuffers;

  constructor(private readonly side: CoreSide) {
    this.requests = side.requests;
    this.sources = side.sources;
    this.buffers = side.buffers;
  }

  fill(s: number, request: LineRequest, kind: number): number {
    const { requests, sources } = this;
    const { ticks } = this.side;
    const found = sources.found[s];
    if (found !== IN_L1) {
      if (!this.buffers.comesBack(s)) return PENDING;
      const record = this.buffers.take(s);
      const start = sources.clock[s];
      requests.enter(record, kind, request, sources.rank[s]);
      const isWhole = kind === STORE_FILL && request.toByte - request.fromByte === 64;
      this.side.bring(s, record, found, isWhole, start);
    }
    sources.clock[s] += ticks.store;
    this.side.complete(s);
    return DONE;
  }

  /** A prefetch that the fill waited for is decided; the fill is over. */
  came(s: number, record: number): void {
    const { requests, sources } = this;
    const { after, doneAt, arriveAt } = requests;
    doneAt[record] = Math.max(doneAt[after[record]], arriveAt[record]);
    after[record] = NONE;
    sources.openFills[s] -= 1;
    if (requests.kind[record] === STORE_FILL) sources.openStores[s] -= 1;
    sources.fillsDoneAt[s] = Math.max(doneAt[record], sources.fillsDoneAt[s]);
  }

  post(s: number, request: LineRequest, issue: number): number {
    const { requests, sources } = this;
    const combining = request.op === NT_STORE ? this.side.combining : null;
    const { uncachedPiece } = this.side.ticks;
    const isUncached = uncachedPiece > 0 && request.op !== DIRECT_STORE;
    const { fromByte, toByte } = request;
    const pieces = isUncached ? unitsOf(fromByte, toByte) : piecesOf(fromByte, toByte);
    if (combining !== null) {
      if (combining.joins(s, request, sources.clock[s] + issue)) return this.issued(s, issue);
      if (pieces > 0) combining.makeRoom(s);
    }
    if (!this.buffers.comesBack(s)) return PENDING;
    const record = this.buffers.take(s);
    requests.enter(record, WRITE, request, sources.rank[s]);
    // Behind its read, what an atomic writes is a store; so is an uncached ntstore.
    if (request.op === ATOMIC || isUncached) requests.op[record] = STORE;
    requests.pieces[record] = pieces;
    requests.token[record] = sources.token[s];
    requests.slot[record] = sources.slot[s];
    requests.departedAt[record] = sources.clock[s] + issue;
    requests.arriveAt[record] = sources.clock[s];
    if (isUncached) requests.arriveAt[record] += (pieces - 1) * uncachedPiece;
    sources.openStores[s] += 1;
    if (combining !== null && pieces > 0) combining.open(s, record, request);
    else this.side.sendWrite(s, record);
    return this.issued(s, issue);
  }

  private issued(s: number, issue: number): number {
    this.sources.clock[s] += issue;
    this.side.complete(s);
    return DONE;
  }
}
