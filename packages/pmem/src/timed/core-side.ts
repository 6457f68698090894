/**
 * What the pieces of the cores' side share (`loads.ts`, `stores.ts`, `flushes.ts`, `fences.ts`),
 * and the two things that all of them do: a record leaves for its controller, a request ends.
 */
import { NEVER, type StatsOf } from '@daxsim/sim';
import type { LineStore } from '../line-store.js';
import { EVICTION_OP, LineOp } from '../memory.js';
import type { LineRequest, MemoryObserver, PersistenceDomain } from '../memory.js';
import { AccessEffects } from './access-effects.js';
import type { CacheTags } from './cache-tags.js';
import type { Controller } from './controller.js';
import { FillBuffers } from './fill-buffers.js';
import { frontEndStats, type FrontEndDeclarations } from './front-end-stats.js';
import type { FrontEndTicks } from './front-end-ticks.js';
import type { Interleaver } from './interleaver.js';
import type { LineJourneys } from './line-journeys.js';
import type { OtherSocket } from './other-socket.js';
import { ReadsAtOnce } from './reads-at-once.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import { SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Load: LOAD, Store: STORE, Sfence: SFENCE, Mfence: MFENCE, Atomic: ATOMIC } = LineOp;
const { Write: WRITE, Eviction: EVICTION } = RecordKind;
const EVICTED = EVICTION_OP;
const never: number = NEVER;

/** Lines on their way to cores that did not ask for them yet. */
export interface LinesAhead {
  /** The record of the source's latest that is not over at `at`, or `NO_RECORD`. */
  underWay(source: number, line: number, at: number): number;
}

export class CoreSide {
  readonly stats: StatsOf<FrontEndDeclarations> = frontEndStats.create();
  readonly sources: SourceTable;
  readonly buffers: FillBuffers;
  readonly atOnce: ReadsAtOnce;
  readonly effects: AccessEffects;
  /** Of coherent caches: who waits for whose line. */
  readonly journeys: LineJourneys | null;
  controllers: readonly Controller[] = [];
  /** Of cores that prefetch. */
  ahead: LinesAhead | null = null;
  /** What lies between the cores and the controllers, if that is another socket. */
  far: OtherSocket | null = null;

  constructor(
    readonly requests: Requests,
    store: LineStore,
    readonly caches: CacheTags | null,
    readonly interleaver: Interleaver,
    readonly ticks: FrontEndTicks,
    private readonly domain: PersistenceDomain,
    clwbDrops: boolean,
    readonly observer: MemoryObserver | null,
    sources: number,
  ) {
    this.sources = new SourceTable(sources);
    this.buffers = new FillBuffers(requests, this.sources, this.stats, ticks.ntAck);
    this.atOnce = new ReadsAtOnce(this.buffers);
    const { stats } = this;
    this.effects = new AccessEffects(
      store,
      caches,
      this.sources,
      stats,
      domain,
      clwbDrops,
      requests.length,
    );
    this.journeys = this.effects.journeys;
  }

  connect(controllers: readonly Controller[], far: OtherSocket | null): void {
    this.controllers = controllers;
    this.far = far;
    this.atOnce.connect(controllers);
  }

  /** Ends the source's request at its clock. */
  complete(s: number): void {
    const request = this.sources.request[s];
    const at = this.sources.clock[s];
    const { op } = request;
    if (op === LOAD) this.stats.loadTicks += at - request.at;
    request.at = at;
    const isStore = op === STORE || op === ATOMIC;
    const isSafe = this.domain === 'eadr' && isStore && this.caches !== null;
    if (isSafe || op === SFENCE || op === MFENCE) request.durableAt = at;
    if (this.observer === null || this.effects.isReportedLater(op, s)) return;
    this.observer.lineDone(s, request.sequence, op, request.line, at, request.durableAt);
  }

  /** The line that the source waited for is there, at its clock: who followed may have it. */
  journeyOver(s: number): void {
    const { journeys } = this;
    if (journeys !== null) journeys.over(journeys.takeFromSource(s), this.sources.clock[s]);
  }

  /**
   * The source's latest fill or prefetch of `line` that is not over at its clock, or `NO_RECORD`.
   */
  fillUnderWay(s: number, line: number): number {
    const fill = this.buffers.fillUnderWay(s, line);
    const ahead = this.aheadUnderWay(s, line);
    if (ahead === NO_RECORD || fill === NO_RECORD) return fill === NO_RECORD ? ahead : fill;
    const { rank } = this.requests;
    return rank[ahead] > rank[fill] ? ahead : fill;
  }

  /** The same of prefetches alone. */
  aheadUnderWay(s: number, line: number): number {
    const { ahead } = this;
    if (ahead === null) return NO_RECORD;
    return ahead.underWay(s, line, this.sources.clock[s]);
  }

  /** A record's way to its controller begins; it arrives at `arriveAt`. */
  send(record: number): void {
    if (this.far !== null) return this.far.send(record);
    const { requests, interleaver } = this;
    const line = requests.line[record];
    const localLine = interleaver.localLine(line);
    requests.localLine[record] = localLine;
    const controller = this.controllers[interleaver.channelOf(line)];
    if (requests.kind[record] >= WRITE) {
      controller.foresee(localLine);
      controller.enqueueWrite(record);
    } else controller.enqueueRead(record);
  }

  /** Sends off the dirty line that the source's request pushed out of the caches. */
  postEviction(s: number, request: LineRequest): void {
    const { requests, sources } = this;
    const record = this.buffers.take(s);
    requests.enter(record, EVICTION, request, sources.evictedRank[s]);
    requests.op[record] = EVICTED;
    requests.line[record] = sources.evicted[s];
    requests.token[record] = sources.evictedToken[s];
    requests.slot[record] = -1;
    requests.departedAt[record] = sources.clock[s];
    requests.arriveAt[record] = sources.clock[s] + this.ticks.toController;
    sources.evicted[s] = sources.evictedToo[s];
    sources.evictedToken[s] = sources.evictedTooToken[s];
    sources.evictedToo[s] = -1;
    // A second one goes behind the first, and before the request.
    sources.evictedRank[s] += 0.25;
    this.send(record);
  }

  /** The state of a request that is about to begin. */
  begin(request: LineRequest, access: number): void {
    const { sources } = this;
    const s = request.source;
    if (sources.request[s] !== request) sources.request[s] = request;
    sources.clock[s] = request.at;
    sources.rank[s] = access * 2;
    sources.evicted[s] = -1;
    sources.evictedRank[s] = access * 2 - 1;
    request.durableAt = never;
  }
}
