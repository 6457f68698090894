/**
 * The cores' side of the memory path: what a request does before it is a matter for a controller.
 *
 *   access ─▶ bytes, tags (at once, in the order of the calls) ─▶ fill buffer? ─▶ controller
 *                                                                  │ none free: the source waits
 *   fence: waits for what the source's stores and flushes have under way
 *
 * Any fill buffer that is over serves the next request. A load the source waits for has its own. A
 * hit on a line that the source itself is filling waits for the fill; a flush of such a line leaves
 * after it; one of a clean line whose stores are not durable yet writes it again.
 */
import { NEVER, assert, type StatsOf } from '@daxsim/sim';
import type { LineStore } from '../line-store.js';
import { EVICTION_OP, IssueStatus, LineOp, LineStatus } from '../memory.js';
import type { LineRequest, MemoryObserver, PersistenceDomain } from '../memory.js';
import { AcceptedNotice } from './accepted-notice.js';
import { AccessEffects } from './access-effects.js';
import type { Caches } from './caches.js';
import { Found } from './caches.js';
import { CachedPath } from './cached-path.js';
import type { Controller, DecisionSink } from './controller.js';
import { DirectPath } from './direct-path.js';
import { FillBuffers } from './fill-buffers.js';
import { frontEndStats, type FrontEndDeclarations } from './front-end-stats.js';
import type { FrontEndTicks } from './front-end-ticks.js';
import type { Interleaver } from './interleaver.js';
import type { OtherSocket } from './other-socket.js';
import { ReadsAtOnce } from './reads-at-once.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import { SourceTable, Waits } from './sources.js';
import type { Translation } from '../translation/translation.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Load: LOAD, StreamLoad: STREAM_LOAD, Store: STORE, NtStore: NT_STORE } = LineOp;
const { Clwb: CLWB, ClFlushOpt: CLFLUSHOPT, Sfence: SFENCE, Mfence: MFENCE } = LineOp;
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { Ok: OK } = LineStatus;
const { L1: IN_L1, Memory: IN_MEMORY } = Found;
const { Nothing: NOTHING, Load: AWAITS_LOAD, Fill: AWAITS_FILL } = Waits;
const { Buffer: AWAITS_BUFFER, Fence: AWAITS_FENCE } = Waits;
const { Load: LOAD_KIND, StreamFill: STREAM_FILL, StoreFill: STORE_FILL } = RecordKind;
const { Write: WRITE, Eviction: EVICTION } = RecordKind;
const EVICTED = EVICTION_OP;
const NONE = NO_RECORD;
const never: number = NEVER;
const ensure: typeof assert = assert;

export class FrontEnd implements DecisionSink {
  readonly stats: StatsOf<FrontEndDeclarations> = frontEndStats.create();
  readonly sources: SourceTable;
  readonly buffers: FillBuffers;
  readonly atOnce: ReadsAtOnce;
  readonly effects: AccessEffects;
  readonly accepted: AcceptedNotice;
  readonly direct: DirectPath | null;
  readonly cached: CachedPath | null;
  private controllers: readonly Controller[] = [];
  private accesses = 0;
  /** What lies between the cores and the controllers, if that is another socket. */
  private far: OtherSocket | null = null;

  constructor(
    private readonly requests: Requests,
    store: LineStore,
    private readonly caches: Caches | null,
    private readonly interleaver: Interleaver,
    private readonly ticks: FrontEndTicks,
    private readonly domain: PersistenceDomain,
    clwbDrops: boolean,
    private readonly observer: MemoryObserver | null,
    sources: number,
    private readonly translation: Translation | null,
    isFar: boolean,
  ) {
    this.sources = new SourceTable(sources);
    this.buffers = new FillBuffers(requests, this.sources, this.stats, ticks.ntAck);
    this.atOnce = new ReadsAtOnce(this.buffers);
    this.accepted = new AcceptedNotice(requests, store, observer);
    const { stats, buffers, atOnce } = this;
    this.effects = new AccessEffects(store, caches, this.sources, stats, domain, clwbDrops);
    const isPlain = observer === null && translation === null && !isFar;
    this.direct =
      isPlain && caches === null
        ? new DirectPath(requests, this.sources, store, buffers, atOnce, stats, interleaver, ticks)
        : null;
    this.cached =
      isPlain && caches !== null && domain === 'adr'
        ? new CachedPath(this, requests, store, interleaver, ticks)
        : null;
  }

  /** Called once by the memory, after the controllers are built around this object. */
  connect(controllers: readonly Controller[], far: OtherSocket | null): void {
    this.controllers = controllers;
    this.far = far;
    this.direct?.connect(controllers);
    this.cached?.connect(controllers);
    this.atOnce.connect(controllers);
  }

  /** Function of the request at once, and its timing as far as it is known. */
  access(request: LineRequest): number {
    const s = request.source;
    const { sources } = this;
    ensure(sources.waits[s] === NOTHING, 'TimedMemory: the source has a request pending');
    this.accesses += 1;
    if (this.direct !== null) {
      if (request.op === LOAD) return this.direct.load(request, this.accesses);
      if (request.op === NT_STORE) return this.direct.ntStore(request, this.accesses);
    }
    if (this.cached !== null) {
      const status = this.cached.access(request, this.accesses);
      if (status >= 0) return status;
    }
    if (sources.request[s] !== request) sources.request[s] = request;
    sources.clock[s] = request.at;
    sources.rank[s] = this.accesses * 2;
    sources.evicted[s] = -1;
    request.status = OK;
    request.durableAt = never;
    if (this.direct !== null) this.effects.foresee(request);
    this.effects.touch(request, s);
    if (this.translation !== null) this.translate(this.translation, request, s);
    return this.proceed(s);
  }

  /** A source asks for nothing before it knows where its page is. */
  private translate(translation: Translation, { op, line }: LineRequest, s: number): void {
    if (op === LineOp.Sfence || op === LineOp.Mfence) return;
    this.sources.clock[s] += translation.ticks(s, line);
  }

  readDone(record: number): void {
    const { requests, sources } = this;
    const s = requests.sourceOf[record];
    const isLoad = requests.kind[record] === LOAD_KIND;
    if (isLoad && this.direct !== null) {
      this.direct.loadDone(record, s);
      return;
    }
    requests.doneAt[record] = requests.decidedAt[record] + this.ticks.fromController;
    if (isLoad) {
      sources.waits[s] = NOTHING;
      sources.clock[s] = requests.doneAt[record];
      this.complete(s);
      sources.pushCompleted(s);
      return;
    }
    if (requests.kind[record] === STORE_FILL) sources.openStores[s] -= 1;
    sources.openFills[s] -= 1;
    sources.fillsDoneAt[s] = Math.max(requests.doneAt[record], sources.fillsDoneAt[s]);
    this.releaseChained(s, record);
    this.slotDone(s, record);
  }

  writeAccepted(record: number): void {
    this.accepted.give(record);
    this.writeOver(record);
  }

  /** Its core is told, at `decidedAt` and the way back. */
  writeOver(record: number): void {
    const { requests, sources } = this;
    const s = requests.sourceOf[record];
    requests.doneAt[record] = requests.decidedAt[record] + this.ticks.fromController;
    if (requests.op[record] === NT_STORE) requests.doneAt[record] += this.ticks.ntAck;
    if (requests.kind[record] === WRITE) sources.openStores[s] -= 1;
    this.slotDone(s, record);
  }

  /** Takes the source's request as far as decided times reach. */
  private proceed(s: number): number {
    const { sources } = this;
    const request = sources.request[s];
    if (sources.evicted[s] >= 0) {
      if (!this.buffers.comesBack(s)) return PENDING;
      this.postEviction(s, request);
    }
    switch (request.op) {
      case LOAD:
        return this.load(s, request);
      case STREAM_LOAD:
        return this.fill(s, request, STREAM_FILL);
      case STORE:
        if (this.caches === null) return this.post(s, request, 0, this.ticks.store);
        return this.fill(s, request, STORE_FILL);
      case NT_STORE:
        return this.post(s, request, this.ticks.ntDrain, this.ticks.ntStore);
      case CLWB:
        return this.flush(s, request, this.ticks.clwb);
      case CLFLUSHOPT:
        return this.flush(s, request, this.ticks.clflushopt);
      default:
        return this.fence(s, request);
    }
  }

  private load(s: number, request: LineRequest): number {
    const { requests, sources } = this;
    if (sources.found[s] === IN_MEMORY) {
      const record = s * requests.perSource + requests.perSource - 1;
      requests.enter(record, LOAD_KIND, request, sources.rank[s]);
      requests.arriveAt[record] = sources.clock[s] + this.ticks.toController;
      const controller = this.controllers[this.interleaver.channelOf(request.line)];
      const line = this.interleaver.localLine(request.line);
      requests.localLine[record] = line;
      controller.arriveAt = requests.arriveAt[record];
      if (this.far === null && this.atOnce.serve(controller, s, line)) {
        sources.clock[s] = controller.backAt + this.ticks.fromController;
        this.complete(s);
        return DONE;
      }
      sources.waits[s] = AWAITS_LOAD;
      if (this.far === null) controller.enqueueRead(record);
      else this.far.send(record);
      return PENDING;
    }
    const filling = this.buffers.fillUnderWay(s, request.line);
    if (filling !== NONE && !requests.isDecided(filling)) {
      sources.waits[s] = AWAITS_FILL;
      sources.waitsFor[s] = filling;
      return PENDING;
    }
    this.completeHit(s, filling);
    return DONE;
  }

  private completeHit(s: number, filling: number): void {
    const { sources, requests } = this;
    const at = sources.clock[s] + this.ticks.hit[sources.found[s]];
    sources.clock[s] = filling === NONE ? at : Math.max(requests.doneAt[filling], at);
    this.complete(s);
  }

  private fill(s: number, request: LineRequest, kind: number): number {
    const { requests, sources } = this;
    const found = sources.found[s];
    if (found !== IN_L1) {
      if (!this.buffers.comesBack(s)) return PENDING;
      const record = this.buffers.take(s);
      const start = sources.clock[s];
      requests.enter(record, kind, request, sources.rank[s]);
      const isWhole = kind === STORE_FILL && request.toByte - request.fromByte === 64;
      if (found === IN_MEMORY && !isWhole) {
        sources.openFills[s] += 1;
        if (kind === STORE_FILL) sources.openStores[s] += 1;
        requests.arriveAt[record] = start + this.ticks.toController;
        this.send(record);
      } else {
        requests.doneAt[record] = start + this.ticks.hit[found];
        sources.fillsDoneAt[s] = Math.max(requests.doneAt[record], sources.fillsDoneAt[s]);
      }
    }
    sources.clock[s] += this.ticks.store;
    this.complete(s);
    return DONE;
  }

  private post(s: number, request: LineRequest, drain: number, issue: number): number {
    if (!this.buffers.comesBack(s)) return PENDING;
    const { requests, sources } = this;
    const record = this.buffers.take(s);
    requests.enter(record, WRITE, request, sources.rank[s]);
    requests.isPartial[record] = request.toByte - request.fromByte < 64 ? 1 : 0;
    requests.token[record] = sources.token[s];
    requests.slot[record] = sources.slot[s];
    requests.departedAt[record] = sources.clock[s] + issue;
    requests.arriveAt[record] = sources.clock[s] + drain + this.ticks.toController;
    sources.openStores[s] += 1;
    this.send(record);
    sources.clock[s] = requests.departedAt[record];
    this.complete(s);
    return DONE;
  }

  private flush(s: number, request: LineRequest, issue: number): number {
    const { requests, sources } = this;
    let issued = issue;
    if (sources.mustWrite[s] === 1) {
      issued += this.ticks.flushWrite;
      if (!this.buffers.comesBack(s)) return PENDING;
      const record = this.buffers.take(s);
      const start = sources.clock[s];
      const filling = this.buffers.fillUnderWay(s, request.line);
      this.stats.flushWrites += 1;
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
        requests.arriveAt[record] = leaves + this.ticks.toController;
        this.send(record);
      }
    }
    sources.clock[s] += issued;
    this.complete(s);
    return DONE;
  }

  private fence(s: number, request: LineRequest): number {
    const { sources } = this;
    const all = request.op === MFENCE;
    if (sources.openStores[s] > 0 || (all && sources.openFills[s] > 0)) {
      sources.waits[s] = AWAITS_FENCE;
      return PENDING;
    }
    const from = sources.clock[s];
    const ready = from + (all ? this.ticks.mfence : this.ticks.sfence);
    const at = this.buffers.overAt(s, all, ready);
    this.stats.fences += 1;
    this.stats.fenceWaitTicks += at - from;
    sources.clock[s] = at;
    this.complete(s);
    return DONE;
  }

  /** Ends the source's request at its clock. */
  private complete(s: number): void {
    const request = this.sources.request[s];
    const at = this.sources.clock[s];
    const { op } = request;
    if (op === LOAD) this.stats.loadTicks += at - request.at;
    request.at = at;
    const isSafe = this.domain === 'eadr' && op === STORE && this.caches !== null;
    if (isSafe || op === SFENCE || op === MFENCE) request.durableAt = at;
    if (this.observer === null || this.effects.isReportedLater(op, s)) return;
    this.observer.lineDone(s, request.sequence, op, request.line, at, request.durableAt);
  }

  private postEviction(s: number, request: LineRequest): void {
    const { requests, sources } = this;
    const record = this.buffers.take(s);
    requests.enter(record, EVICTION, request, sources.rank[s] - 1);
    requests.op[record] = EVICTED;
    requests.line[record] = sources.evicted[s];
    requests.token[record] = sources.evictedToken[s];
    requests.slot[record] = -1;
    requests.departedAt[record] = sources.clock[s];
    requests.arriveAt[record] = sources.clock[s] + this.ticks.toController;
    sources.evicted[s] = -1;
    this.send(record);
  }

  /** Sends off the flushes that waited for this fill. */
  private releaseChained(s: number, fill: number): void {
    const { requests } = this;
    const first = s * requests.perSource;
    for (let record = first; record < first + requests.fillBuffers; record += 1) {
      if (requests.after[record] !== fill) continue;
      requests.after[record] = NONE;
      const leaves = Math.max(requests.doneAt[fill], requests.arriveAt[record]);
      requests.arriveAt[record] = leaves + this.ticks.toController;
      this.send(record);
    }
  }

  /** A fill buffer's time is decided: who waited for it goes on. */
  private slotDone(s: number, record: number): void {
    const { requests, sources } = this;
    const waits = sources.waits[s];
    if (waits === NOTHING || waits === AWAITS_LOAD) return;
    if (waits === AWAITS_FILL) {
      if (sources.waitsFor[s] !== record) return;
      sources.waits[s] = NOTHING;
      this.completeHit(s, record);
      sources.pushCompleted(s);
      return;
    }
    if (waits === AWAITS_BUFFER) {
      this.buffers.comesBackAt(s, requests.doneAt[record]);
      return;
    }
    sources.waits[s] = NOTHING;
    if (this.proceed(s) === DONE) sources.pushCompleted(s);
  }

  /** A source that waited for a fill buffer goes on, at `buffers.dueAt`. */
  wake(): void {
    const s = this.buffers.wake();
    if (this.proceed(s) === DONE) this.sources.pushCompleted(s);
  }

  private send(record: number): void {
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
}
