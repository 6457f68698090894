/**
 * The store buffers of the cores: a store retires into its core's, and the core goes on.
 *
 *   store ─▶ [ … oldest ]──▶ fill buffer free? ─▶ controller … its line is there ─▶ leaves
 *             ▲   │  full: the core waits for the oldest to leave
 *   load ─────┘   └ a store holds all its bytes: forwarded;   holds some: waits until it has left
 *
 * Entries ask for their lines in order, as soon as fill buffers are free and without waiting for
 * each other's (a core asks for ownership ahead), and leave in order. What the core itself wants a
 * fill buffer for has its turn behind the stores that wait for one. A write of a line (flush,
 * ntstore, eviction) takes its buffer in turn, and goes out when the older stores to the line have
 * left. A fence waits for all.
 *
 * Tags and bytes were used when the store was made, as everywhere: this is time only. Left out:
 * stores of one line that leave together; places of loads; with eADR a store counts as durable when
 * it retires.
 */
import { NEVER, defineStats, type StatsOf } from '@daxsim/sim';
import { EVICTION_OP, IssueStatus, LineOp, type LineRequest } from '../memory.js';
import { Found } from './caches.js';
import type { CacheTags } from './cache-tags.js';
import type { FillBuffers } from './fill-buffers.js';
import type { FrontEndTicks } from './front-end-ticks.js';
import type { LineJourneys } from './line-journeys.js';
import { NO_RECORD, RecordKind, piecesOf, type Requests } from './requests.js';
import { Waits, type SourceTable } from './sources.js';
import { NO_ENTRY, StoreNeeds, StoreRing } from './store-ring.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { L1: IN_L1, Memory: IN_MEMORY } = Found;
const { StoreFill: STORE_FILL, Write: WRITE, Eviction: EVICTION } = RecordKind;
const { Stores: AWAITS_STORES } = Waits;
const { Nothing: NOTHING, Fill: FILL, Post: POST } = StoreNeeds;
const { Store: STORE } = LineOp;
const EVICTED = EVICTION_OP;
const NONE = NO_RECORD;
const never: number = NEVER;

const declarations = {
  stores: ['count', 'Stores that went through a store buffer.'],
  stalls: ['count', 'Stores that found it full.'],
  stallTicks: ['ticks', 'Time that they waited for the oldest to leave.'],
  forwards: ['count', 'Loads that took their bytes from it.'],
  blockedLoads: [
    'count',
    'Loads that had to wait until a store had left, which held some of them.',
  ],
  blockedTicks: ['ticks', 'Time that they waited.'],
  entriesMax: ['count', 'Most stores in one buffer.', 'max'],
} as const;
export const storeBufferStats = defineStats(declarations);

/** The cores' side, as far as store buffers need it. */
export interface StoreBufferSide {
  readonly requests: Requests;
  readonly sources: SourceTable;
  readonly buffers: FillBuffers;
  readonly ticks: FrontEndTicks;
  readonly caches: CacheTags | null;
  readonly journeys: LineJourneys | null;
  fillUnderWay(s: number, line: number): number;
  bring(s: number, record: number, found: number, isWhole: boolean, start: number): void;
  send(record: number): void;
  sendWrite(s: number, record: number): void;
  depart(record: number): void;
  complete(s: number): void;
}

export class StoreBuffer {
  readonly stats: StatsOf<typeof declarations> = storeBufferStats.create();
  private readonly ring: StoreRing;
  private readonly requests: Requests;
  private readonly sources: SourceTable;
  /** Of each source: when the last of its entries took a fill buffer. */
  private readonly postedAt: Float64Array;
  /** Of each record: the entry that it must not overtake, or −1. */
  private readonly behind: Float64Array;
  /** Until when all that is due was decided, while a source is woken. */
  private decidedUntil = -1;

  constructor(
    private readonly side: StoreBufferSide,
    size: number,
    private readonly forwardTicks: number,
  ) {
    this.requests = side.requests;
    this.sources = side.sources;
    this.ring = new StoreRing(side.sources.count, size);
    this.postedAt = new Float64Array(side.sources.count);
    this.behind = new Float64Array(side.requests.length).fill(NO_ENTRY);
  }

  /** The source's store, at its clock. */
  store(s: number, request: LineRequest): number {
    const { ring, sources, stats } = this;
    ring.free(s, sources.clock[s]);
    if (ring.count(s) === ring.size) {
      const leavesAt = ring.drainedAt[ring.place(s, ring.first[s])];
      if (leavesAt === never) {
        sources.waits[s] = AWAITS_STORES;
        return PENDING;
      }
      stats.stalls += 1;
      stats.stallTicks += leavesAt - sources.clock[s];
      sources.clock[s] = leavesAt;
      ring.free(s, leavesAt);
    }
    const isFirst = !this.isPosting(s);
    this.enter(s, request);
    if (isFirst) this.post(s);
    ring.settle(s);
    stats.stores += 1;
    if (ring.count(s) > stats.entriesMax) stats.entriesMax = ring.count(s);
    sources.clock[s] += this.side.ticks.store;
    this.side.complete(s);
    return DONE;
  }

  /**
   * What the buffer means for the source's load: over at its clock (DONE), waiting (PENDING), or,
   * less than 0, nothing, from its clock on.
   */
  load(s: number, request: LineRequest): number {
    const { ring, sources, stats } = this;
    const { line, fromByte, toByte } = request;
    const at = sources.clock[s];
    const holder = ring.overlapping(s, line, fromByte, toByte, at);
    if (holder === NO_ENTRY) return this.loadBeside(s, line);
    const place = ring.place(s, holder);
    if (ring.fromByte[place] <= fromByte && toByte <= ring.toByte[place]) {
      stats.forwards += 1;
      sources.clock[s] = at + this.forwardTicks;
      return DONE;
    }
    if (ring.drainedAt[place] === never) {
      sources.waits[s] = AWAITS_STORES;
      return PENDING;
    }
    stats.blockedLoads += 1;
    stats.blockedTicks += ring.drainedAt[place] - at;
    sources.clock[s] = ring.drainedAt[place];
    return -1;
  }

  /** Whether stores of the source wait for fill buffers. */
  isPosting(s: number): boolean {
    return this.ring.unposted[s] < this.ring.next[s];
  }

  /** When the source has its turn for a fill buffer; only while no store waits for one. */
  turnAt(s: number): number {
    return this.postedAt[s];
  }

  /** Whether it is known when all earlier stores of the source have left; they have at `leftAt`. */
  isSettled(s: number): boolean {
    return this.ring.known[s] === this.ring.next[s];
  }

  /** When all earlier stores of the source have left, if that is known. */
  leftAt(s: number): number {
    return this.ring.leftAt[s];
  }

  /**
   * From `at` on a write of a line may leave, as far as stores to the line are concerned: answers
   * when it does, or NEVER if that is not known. Then it is sent off from here; `arriveAt` of the
   * record says when it would have left.
   */
  leavesAt(s: number, record: number, at: number): number {
    const { ring, requests } = this;
    const holder = ring.youngest(s, requests.line[record], requests.rank[record], at);
    if (holder === NO_ENTRY) return at;
    const drainedAt = ring.drainedAt[ring.place(s, holder)];
    if (drainedAt === never) this.behind[record] = holder;
    return drainedAt;
  }

  /** Whether a record waits here. */
  isHeld(record: number): boolean {
    return this.behind[record] !== NO_ENTRY;
  }

  /** It is decided when a record of the source is over. */
  recordDone(s: number, record: number): void {
    const { ring, requests } = this;
    ring.over(s, record, requests.doneAt[record]);
    this.settle(s);
    if (!this.isPosting(s) || !requests.isFillBuffer(record)) return;
    this.side.buffers.comesBackAt(s, requests.doneAt[record]);
  }

  /** A fill buffer came back at `at`, for which stores of the source waited. */
  wake(s: number, at: number): void {
    this.decidedUntil = at;
    this.post(s);
    this.decidedUntil = -1;
    this.settle(s);
  }

  /** A load that no store holds bytes of; its line may still be on its way for one. */
  private loadBeside(s: number, line: number): number {
    const { ring, sources } = this;
    if (sources.found[s] === IN_MEMORY) return -1;
    const at = sources.clock[s];
    const filling = ring.filling(s, line, at);
    if (filling === NO_ENTRY) return -1;
    const doneAt = ring.doneAt[ring.place(s, filling)];
    if (doneAt === never) {
      sources.waits[s] = AWAITS_STORES;
      return PENDING;
    }
    sources.clock[s] = Math.max(doneAt, at + this.side.ticks.hit[sources.found[s]]);
    return DONE;
  }

  private enter(s: number, request: LineRequest): void {
    const { ring, sources, requests } = this;
    const at = ring.add(s);
    const clock = sources.clock[s];
    ring.line[at] = request.line;
    ring.fromByte[at] = request.fromByte;
    ring.toByte[at] = request.toByte;
    ring.rank[at] = sources.rank[s];
    ring.sequence[at] = request.sequence;
    ring.retiredAt[at] = clock;
    ring.found[at] = sources.found[s];
    ring.evicted[at] = sources.evicted[s];
    ring.evictedToken[at] = sources.evictedToken[s];
    ring.token[at] = sources.token[s];
    ring.slot[at] = sources.slot[s];
    ring.evictedToo[at] = sources.evictedToo[s];
    ring.evictedTooToken[at] = sources.evictedTooToken[s];
    ring.evictedRank[at] = sources.evictedRank[s];
    sources.evicted[s] = -1;
    sources.evictedToo[s] = -1;
    const { journeys } = this.side;
    if (journeys !== null) ring.journey[at] = journeys.takeFromSource(s);
    const isHit = this.side.caches !== null && sources.found[s] === IN_L1;
    if (!isHit) {
      ring.needs[at] = this.side.caches === null ? POST : FILL;
      return;
    }
    ring.needs[at] = NOTHING;
    const filling = this.side.fillUnderWay(s, request.line);
    if (filling === NONE) ring.doneAt[at] = clock;
    else if (requests.isDecided(filling)) ring.doneAt[at] = requests.doneAt[filling];
    else ring.record[at] = filling;
  }

  /** Gives fill buffers to the entries that need one, in order, as far as they are free. */
  private post(s: number): void {
    const { ring } = this;
    while (this.isPosting(s)) {
      const at = ring.place(s, ring.unposted[s]);
      if (ring.needs[at] !== NOTHING) {
        while (ring.evicted[at] >= 0) {
          if (!this.takesTurn(s, at)) return;
          this.postEviction(s, at);
        }
        if (!this.takesTurn(s, at)) return;
        if (ring.needs[at] === FILL) this.postFill(s, at);
        else this.postStore(s, at);
      }
      ring.unposted[s] += 1;
    }
  }

  /** Whether it is known when a fill buffer is there for the entry: at `postedAt`. */
  private takesTurn(s: number, at: number): boolean {
    const { buffers } = this.side;
    const ready = Math.max(this.ring.retiredAt[at], this.postedAt[s]);
    const least = buffers.earliest(s);
    // Not ahead of time: the core may still ask for the line that the buffer brings.
    if (least > ready && least > this.decidedUntil) {
      this.sources.wakeAt[s] = never;
      buffers.comesBackAt(s, least);
      return false;
    }
    this.postedAt[s] = Math.max(ready, least);
    return true;
  }

  private postEviction(s: number, at: number): void {
    const { ring, requests } = this;
    const start = this.postedAt[s];
    const record = this.take(s, at, EVICTION);
    requests.op[record] = EVICTED;
    requests.line[record] = ring.evicted[at];
    requests.rank[record] = ring.evictedRank[at] + 1;
    requests.token[record] = ring.evictedToken[at];
    requests.slot[record] = -1;
    requests.departedAt[record] = start;
    ring.evicted[at] = ring.evictedToo[at];
    ring.evictedToken[at] = ring.evictedTooToken[at];
    ring.evictedToo[at] = -1;
    // As of other requests: a second one goes behind the first.
    ring.evictedRank[at] += 0.25;
    requests.arriveAt[record] = start;
    this.side.sendWrite(s, record);
  }

  private postFill(s: number, at: number): void {
    const { ring, requests, side } = this;
    const record = this.take(s, at, STORE_FILL);
    const isWhole = ring.toByte[at] - ring.fromByte[at] === 64;
    ring.record[at] = record;
    // The request that the source is at may have a journey of its own.
    const own = side.journeys === null ? -1 : side.journeys.exchange(s, ring.journey[at]);
    side.bring(s, record, ring.found[at], isWhole, this.postedAt[s]);
    side.journeys?.exchange(s, own);
    if (requests.isDecided(record)) ring.over(s, record, requests.doneAt[record]);
  }

  private postStore(s: number, at: number): void {
    const { ring, requests } = this;
    const record = this.take(s, at, WRITE);
    requests.pieces[record] = piecesOf(ring.fromByte[at], ring.toByte[at]);
    requests.token[record] = ring.token[at];
    requests.slot[record] = ring.slot[at];
    requests.departedAt[record] = ring.retiredAt[at] + this.side.ticks.store;
    requests.arriveAt[record] = this.postedAt[s] + this.side.ticks.toController;
    this.sources.openStores[s] += 1;
    ring.record[at] = record;
    this.side.send(record);
  }

  private take(s: number, at: number, kind: number): number {
    const { ring, requests } = this;
    const record = this.side.buffers.take(s);
    requests.kind[record] = kind;
    requests.op[record] = STORE;
    requests.pieces[record] = 0;
    requests.line[record] = ring.line[at];
    requests.rank[record] = ring.rank[at] + 1;
    requests.sequence[record] = ring.sequence[at];
    requests.doneAt[record] = never;
    requests.token[record] = 0;
    requests.after[record] = NONE;
    return record;
  }

  /** Sends off the writes that waited for entries of which it is known now when they leave. */
  private settle(s: number): void {
    const { ring, requests, behind } = this;
    ring.settle(s);
    const first = s * requests.perSource;
    for (let record = first; record < first + requests.fillBuffers; record += 1) {
      const holder = behind[record];
      if (holder === NO_ENTRY || holder >= ring.known[s]) continue;
      behind[record] = NO_ENTRY;
      const drainedAt = ring.drainedAt[ring.place(s, holder)];
      requests.arriveAt[record] = Math.max(requests.arriveAt[record], drainedAt);
      if (requests.after[record] === NONE) this.side.depart(record);
    }
  }
}
