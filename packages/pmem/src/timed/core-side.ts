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
import { Found } from './caches.js';
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
import { StoreBuffer } from './store-buffer.js';
import { WriteCombining } from './write-combining.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Load: LOAD, Store: STORE, Sfence: SFENCE, Mfence: MFENCE, Atomic: ATOMIC } = LineOp;
const { NtStore: NT_STORE, DirectStore: DIRECT_STORE } = LineOp;
const { Write: WRITE, Eviction: EVICTION, StoreFill: STORE_FILL } = RecordKind;
const { L2: IN_L2, Memory: IN_MEMORY } = Found;
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
  /** Null: stores wait for fill buffers, and for nothing else. */
  readonly storeBuffer: StoreBuffer | null;
  /** Null: each ntstore leaves by itself. */
  readonly combining: WriteCombining | null;
  controllers: readonly Controller[] = [];
  /** Of cores that prefetch. */
  ahead: LinesAhead | null = null;
  /** What lies between the cores and the controllers, if that is another socket. */
  far: OtherSocket | null = null;
  /** Of each source, its socket: 0 is that of the memory. */
  socketOf: readonly number[] = [];

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
      requests.length + sources * ticks.storeEntries,
    );
    this.journeys = this.effects.journeys;
    const { storeEntries, forward, wcBuffers } = ticks;
    this.combining = wcBuffers === 0 ? null : new WriteCombining(this, wcBuffers);
    this.storeBuffer = storeEntries === 0 ? null : new StoreBuffer(this, storeEntries, forward);
  }

  connect(controllers: readonly Controller[], far: OtherSocket | null): void {
    this.controllers = controllers;
    this.far = far;
    if (far !== null) this.socketOf = far.socketOf;
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

  /** What a line costs that is found, and needs no data if it is found in memory. */
  hitTicks(s: number, found: number): number {
    if (found === IN_MEMORY && this.far !== null && this.socketOf[s] !== 0) {
      return this.ticks.ownFar;
    }
    return this.ticks.hit[found];
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
    const ahead = this.aheadUnderWay(s, line, this.sources.clock[s]);
    if (ahead === NO_RECORD || fill === NO_RECORD) return fill === NO_RECORD ? ahead : fill;
    const { rank } = this.requests;
    return rank[ahead] > rank[fill] ? ahead : fill;
  }

  /** The same of prefetches alone. */
  private aheadUnderWay(s: number, line: number, at: number): number {
    return this.ahead === null ? NO_RECORD : this.ahead.underWay(s, line, at);
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

  /** The line of a fill comes in, from `start` on, from where it was found. */
  bring(s: number, record: number, found: number, isWhole: boolean, start: number): void {
    const { journeys, requests, sources, ticks } = this;
    if (found === IN_MEMORY && !isWhole) {
      this.noteOpen(s, record);
      requests.arriveAt[record] = start + ticks.toController;
      journeys?.asksMemory(s, record);
      this.send(record);
      return;
    }
    const lasts = this.hitTicks(s, found);
    let over = start + lasts;
    if (journeys !== null && found > IN_L2) over = journeys.leave(s, record, start, lasts);
    else if (this.ahead !== null && found !== IN_MEMORY) over = this.behind(s, record, start, over);
    requests.doneAt[record] = over;
    if (over === never) this.noteOpen(s, record);
    else if (over > sources.fillsDoneAt[s]) sources.fillsDoneAt[s] = over;
  }

  /** When a fill is over, at `at` or when a prefetch of its line is; NEVER if that is open. */
  private behind(s: number, record: number, start: number, at: number): number {
    const { requests } = this;
    const ahead = this.aheadUnderWay(s, requests.line[record], start);
    if (ahead === NO_RECORD) return at;
    if (requests.isDecided(ahead)) return Math.max(requests.doneAt[ahead], at);
    requests.after[record] = ahead;
    requests.arriveAt[record] = at;
    return never;
  }

  private noteOpen(s: number, record: number): void {
    this.sources.openFills[s] += 1;
    if (this.requests.kind[record] === STORE_FILL) this.sources.openStores[s] += 1;
  }

  /** A write of a line wants to leave at `arriveAt`; older stores to it leave before. */
  sendWrite(s: number, record: number): void {
    const { requests, storeBuffer } = this;
    if (storeBuffer !== null) {
      const leavesAt = storeBuffer.leavesAt(s, record, requests.arriveAt[record]);
      if (leavesAt === never) return;
      requests.arriveAt[record] = leavesAt;
    }
    this.depart(record);
  }

  /** A write of a line leaves the core at `arriveAt`. */
  depart(record: number): void {
    const { requests, ticks } = this;
    const op = requests.op[record];
    if (op === NT_STORE || op === DIRECT_STORE) requests.arriveAt[record] += ticks.ntDrain;
    requests.arriveAt[record] += ticks.toController;
    this.send(record);
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
    requests.arriveAt[record] = sources.clock[s];
    sources.evicted[s] = sources.evictedToo[s];
    sources.evictedToken[s] = sources.evictedTooToken[s];
    sources.evictedToo[s] = -1;
    // A second one goes behind the first, and before the request.
    sources.evictedRank[s] += 0.25;
    this.sendWrite(s, record);
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
