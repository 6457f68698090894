/**
 * Accesses through an uncached mapping: in the order of the program, one at a time.
 *
 *   store   ─▶ earlier stores over ─▶ its 8-byte pieces, one after the other ─▶ controller
 *                                     the core goes on; what it accesses next waits for the last
 *   load    ─▶ earlier stores over ─▶ record of the blocking load ─▶ controller … done
 *   flush      nothing is cached: its issue and no more
 *
 * A store is over when its core knows that it was accepted. The hints of ntstores and streaming
 * loads mean nothing here (Intel SDM vol. 1, 10.4.6.2: the memory type overrides them): those are
 * stores and loads. A movdir64b is a write-combining store of one line whatever the mapping is, so
 * it waits for nothing; atomics and fences wait by themselves.
 *
 * Pieces but the last are not written down one by one: each takes the way to the controller and
 * back, and all are accepted with the last.
 */
import { IssueStatus, LineOp, type LineRequest } from '../memory.js';
import type { CoreSide } from './core-side.js';
import type { Loads } from './loads.js';
import { Waits, type SourceTable } from './sources.js';
import type { Stores } from './stores.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Load: LOAD, StreamLoad: STREAM_LOAD, Store: STORE, NtStore: NT_STORE } = LineOp;
const { Clwb: CLWB, ClFlushOpt: CLFLUSHOPT } = LineOp;
const { Pending: PENDING } = IssueStatus;
const { Fence: AWAITS_FENCE } = Waits;

/** An access that an uncached mapping does not change. */
const AS_EVER = -1;

export class Uncached {
  private readonly sources: SourceTable;

  constructor(
    private readonly side: CoreSide,
    private readonly loads: Loads,
    private readonly stores: Stores,
  ) {
    this.sources = side.sources;
  }

  /** Takes the request as far as decided times reach; less than 0: it goes as ever. */
  proceed(s: number, request: LineRequest): number {
    const { op } = request;
    if (op === CLWB || op === CLFLUSHOPT) this.sources.mustWrite[s] = 0;
    const isLoad = op === LOAD || op === STREAM_LOAD;
    if (!isLoad && op !== STORE && op !== NT_STORE) return AS_EVER;
    if (!this.isNext(s)) return PENDING;
    if (isLoad) return this.loads.load(s, request);
    return this.stores.post(s, request, this.side.ticks.store);
  }

  /** Whether the source's earlier stores are over at a known time; its clock moves to then. */
  private isNext(s: number): boolean {
    const { side, sources } = this;
    if (sources.openStores[s] > 0) {
      sources.waits[s] = AWAITS_FENCE;
      return false;
    }
    const from = sources.clock[s];
    sources.clock[s] = side.buffers.overAt(s, true, from);
    side.stats.fenceWaitTicks += sources.clock[s] - from;
    return true;
  }
}

/** Null: the machine's mapping is write-combining, or it has caches. */
export function uncachedOf(side: CoreSide, loads: Loads, stores: Stores): Uncached | null {
  return side.ticks.uncachedPiece > 0 ? new Uncached(side, loads, stores) : null;
}
