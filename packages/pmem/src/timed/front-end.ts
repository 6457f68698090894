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
 *
 * Here is who is asked and who goes on; what each operation does is in `loads.ts`, `stores.ts`,
 * `flushes.ts`, `fences.ts` and `atomics.ts`, what they share in `core-side.ts`.
 */
import { assert, type StatsOf } from '@daxsim/sim';
import type { LineStore } from '../line-store.js';
import { IssueStatus, LineOp, LineStatus } from '../memory.js';
import type { LineRequest, MemoryObserver, PersistenceDomain } from '../memory.js';
import type { Translation } from '../translation/translation.js';
import { AcceptedNotice } from './accepted-notice.js';
import { Atomics } from './atomics.js';
import type { AccessEffects } from './access-effects.js';
import type { CacheTags } from './cache-tags.js';
import { Caches, Found } from './caches.js';
import { CachedPath } from './cached-path.js';
import type { Controller } from './controller.js';
import type { DecisionSink } from './decisions.js';
import { CoreSide } from './core-side.js';
import { DirectPath } from './direct-path.js';
import { Fences } from './fences.js';
import type { FillBuffers } from './fill-buffers.js';
import { Flushes } from './flushes.js';
import type { FrontEndDeclarations } from './front-end-stats.js';
import type { FrontEndTicks } from './front-end-ticks.js';
import type { Interleaver } from './interleaver.js';
import { Loads } from './loads.js';
import type { OtherSocket } from './other-socket.js';
import type { PrefetchConfig } from './prefetch-config.js';
import { Prefetcher } from './prefetcher.js';
import type { ReadsAtOnce } from './reads-at-once.js';
import { RecordKind, type Requests } from './requests.js';
import type { StoreBuffer } from './store-buffer.js';
import { Waits, type SourceTable } from './sources.js';
import { Stores } from './stores.js';
import { type Uncached, uncachedOf } from './uncached.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Load: LOAD, StreamLoad: STREAM_LOAD, Store: STORE, NtStore: NT_STORE } = LineOp;
const { Clwb: CLWB, ClFlushOpt: CLFLUSHOPT } = LineOp;
const { DirectStore: DIRECT_STORE, Atomic: ATOMIC } = LineOp;
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { Ok: OK } = LineStatus;
const { Nothing: NOTHING, Load: AWAITS_LOAD, Fill: AWAITS_FILL, Buffer: AWAITS_BUFFER } = Waits;
const { Line: AWAITS_LINE, Fence: AWAITS_FENCE } = Waits;
const { Stores: AWAITS_STORES, Turn: AWAITS_TURN } = Waits;
const { L1: IN_L1 } = Found;
const { Load: LOAD_KIND, StreamFill: STREAM_FILL, StoreFill: STORE_FILL } = RecordKind;
const { Write: WRITE, Prefetch: PREFETCH } = RecordKind;
const ensure: typeof assert = assert;

export class FrontEnd implements DecisionSink {
  readonly side: CoreSide;
  readonly stats: StatsOf<FrontEndDeclarations>;
  readonly sources: SourceTable;
  readonly buffers: FillBuffers;
  readonly atOnce: ReadsAtOnce;
  readonly effects: AccessEffects;
  readonly accepted: AcceptedNotice;
  readonly direct: DirectPath | null;
  readonly cached: CachedPath | null;
  readonly prefetcher: Prefetcher | null = null;
  private readonly loads: Loads;
  private readonly stores: Stores;
  private readonly flushes: Flushes;
  private readonly fences: Fences;
  private readonly atomics: Atomics;
  private readonly storeBuffer: StoreBuffer | null;
  private readonly uncached: Uncached | null;
  private accesses = 0;

  constructor(
    private readonly requests: Requests,
    store: LineStore,
    private readonly caches: CacheTags | null,
    interleaver: Interleaver,
    private readonly ticks: FrontEndTicks,
    domain: PersistenceDomain,
    clwbDrops: boolean,
    observer: MemoryObserver | null,
    sources: number,
    private readonly translation: Translation | null,
    isFar: boolean,
    prefetch: PrefetchConfig | null,
  ) {
    this.side = new CoreSide(
      requests,
      store,
      caches,
      interleaver,
      ticks,
      domain,
      clwbDrops,
      observer,
      sources,
    );
    const { stats, buffers, atOnce } = this.side;
    this.stats = stats;
    this.sources = this.side.sources;
    this.buffers = buffers;
    this.atOnce = atOnce;
    this.effects = this.side.effects;
    this.loads = new Loads(this.side);
    this.stores = new Stores(this.side);
    this.flushes = new Flushes(this.side);
    this.fences = new Fences(this.side);
    this.storeBuffer = this.side.storeBuffer;
    this.atomics = new Atomics(this.side, this.loads, this.stores);
    this.uncached = uncachedOf(this.side, this.loads, this.stores);
    this.side.journeys?.connect(this);
    this.accepted = new AcceptedNotice(requests, store, observer);
    if (prefetch !== null && caches instanceof Caches) {
      this.prefetcher = new Prefetcher(prefetch, this.side, caches, store.pending);
      this.side.ahead = this.prefetcher;
    }
    const isPlain =
      observer === null &&
      translation === null &&
      !isFar &&
      this.prefetcher === null &&
      this.side.combining === null &&
      this.storeBuffer === null;
    this.direct =
      isPlain && caches === null && this.uncached === null
        ? new DirectPath(requests, this.sources, store, buffers, atOnce, stats, interleaver, ticks)
        : null;
    this.cached =
      isPlain && caches instanceof Caches && domain === 'adr'
        ? new CachedPath(this, requests, store, interleaver, ticks)
        : null;
  }

  /** Called once by the memory, after the controllers are built around this object. */
  connect(controllers: readonly Controller[], far: OtherSocket | null): void {
    this.side.connect(controllers, far);
    this.direct?.connect(controllers);
    this.cached?.connect(controllers);
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
    this.side.begin(request, this.accesses);
    request.status = OK;
    if (this.direct !== null) this.effects.foresee(request);
    this.effects.touch(request, s);
    this.prefetcher?.observe(request, s);
    if (this.translation !== null) this.translate(this.translation, request, s);
    return this.proceed(s);
  }

  /** A source asks for nothing before it knows where its page is. */
  private translate(translation: Translation, { op, line }: LineRequest, s: number): void {
    if (op === LineOp.Sfence || op === LineOp.Mfence) return;
    this.sources.clock[s] += translation.ticks(s, line);
  }

  readDone(record: number): void {
    const { requests } = this;
    const s = requests.sourceOf[record];
    const isLoad = requests.kind[record] === LOAD_KIND;
    if (isLoad && this.direct !== null && this.sources.request[s].op === LOAD) {
      this.direct.loadDone(record, s);
      return;
    }
    requests.doneAt[record] = requests.decidedAt[record] + this.ticks.fromController;
    if (isLoad) {
      this.lineCame(s, requests.doneAt[record]);
      return;
    }
    if (requests.kind[record] === PREFETCH) {
      this.prefetched(s, record);
      return;
    }
    const { journeys } = this.side;
    const journey = journeys === null ? -1 : journeys.takeFrom(record);
    const at = requests.doneAt[record];
    this.fillCame(record, at);
    if (journey >= 0) journeys?.over(journey, at);
  }

  /** A fill buffer has its line. */
  fillCame(record: number, at: number): void {
    const { requests, sources } = this;
    const s = requests.sourceOf[record];
    requests.doneAt[record] = at;
    if (requests.kind[record] === STORE_FILL) sources.openStores[s] -= 1;
    sources.openFills[s] -= 1;
    if (at > sources.fillsDoneAt[s]) sources.fillsDoneAt[s] = at;
    this.flushes.release(s, record);
    this.slotDone(s, record);
  }

  /** The line that the source waits for is there. */
  lineCame(s: number, at: number): void {
    const { sources } = this;
    const request = sources.request[s];
    const isRead = sources.waits[s] === AWAITS_LOAD;
    sources.waits[s] = NOTHING;
    sources.clock[s] = at;
    if (isRead && request.op === ATOMIC) this.atomics.came(s, request);
    else {
      if (isRead) this.side.journeyOver(s);
      this.side.complete(s);
    }
    sources.pushCompleted(s);
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
    const op = requests.op[record];
    if (op === NT_STORE || op === DIRECT_STORE) requests.doneAt[record] += this.ticks.ntAck;
    if (requests.kind[record] === WRITE) sources.openStores[s] -= 1;
    if (this.prefetcher !== null && !requests.isFillBuffer(record)) return;
    this.slotDone(s, record);
  }

  /** A prefetched line is there: who waited for it goes on. */
  private prefetched(s: number, record: number): void {
    const { requests } = this;
    this.prefetcher?.came(s, record);
    this.flushes.release(s, record);
    const first = s * requests.perSource;
    for (let fill = first; fill < first + requests.fillBuffers; fill += 1) {
      if (requests.after[fill] !== record) continue;
      this.stores.came(s, fill);
      this.flushes.release(s, fill);
      this.slotDone(s, fill);
    }
    if (this.sources.waits[s] === AWAITS_FILL) this.loads.filled(s, record);
    if (this.storeBuffer === null) return;
    this.storeBuffer.recordDone(s, record);
    this.goOnBehind(s);
  }

  /** Takes the source's request as far as decided times reach. */
  private proceed(s: number): number {
    const { sources, ticks } = this;
    const request = sources.request[s];
    if (this.uncached !== null) {
      const status = this.uncached.proceed(s, request);
      if (status >= 0) return status;
    }
    this.side.combining?.before(s, request);
    if (this.storeBuffer !== null) {
      if (request.op === STORE) return this.storeBuffer.store(s, request);
      if (!this.hasTurn(this.storeBuffer, s, request)) return PENDING;
    }
    while (sources.evicted[s] >= 0) {
      if (!this.buffers.comesBack(s)) return PENDING;
      this.side.postEviction(s, request);
    }
    switch (request.op) {
      case LOAD:
        return this.loads.load(s, request);
      case STREAM_LOAD:
        return this.stores.fill(s, request, STREAM_FILL);
      case STORE:
        if (this.caches === null) return this.stores.post(s, request, ticks.store);
        return this.stores.fill(s, request, STORE_FILL);
      case NT_STORE:
      case DIRECT_STORE:
        return this.stores.post(s, request, ticks.ntStore);
      case CLWB:
        return this.flushes.flush(s, request, ticks.clwb);
      case CLFLUSHOPT:
        return this.flushes.flush(s, request, ticks.clflushopt);
      case ATOMIC:
        return this.atomics.perform(s, request);
      default:
        return this.fences.fence(s, request);
    }
  }

  /** What takes a fill buffer has its turn behind stores of the source that wait for one. */
  private hasTurn(storeBuffer: StoreBuffer, s: number, { op }: LineRequest): boolean {
    const { sources } = this;
    const isFlush = op === CLWB || op === CLFLUSHOPT;
    const takesBuffer =
      sources.evicted[s] >= 0 ||
      op === NT_STORE ||
      op === DIRECT_STORE ||
      (op === STREAM_LOAD && sources.found[s] !== IN_L1) ||
      (isFlush && sources.mustWrite[s] === 1);
    if (!takesBuffer) return true;
    if (storeBuffer.isPosting(s)) {
      sources.waits[s] = AWAITS_TURN;
      return false;
    }
    this.buffers.stall(s, storeBuffer.turnAt(s));
    return true;
  }

  /** A fill buffer's time is decided: who waited for it goes on. */
  private slotDone(s: number, record: number): void {
    const { requests, sources } = this;
    if (this.storeBuffer !== null) this.storeBuffer.recordDone(s, record);
    const waits = sources.waits[s];
    if (waits === NOTHING || waits === AWAITS_LOAD || waits === AWAITS_LINE) return;
    if (waits === AWAITS_FILL) {
      this.loads.filled(s, record);
      return;
    }
    if (waits === AWAITS_BUFFER) {
      this.buffers.comesBackAt(s, requests.doneAt[record]);
      return;
    }
    this.goOn(s);
  }

  private goOn(s: number): void {
    this.sources.waits[s] = NOTHING;
    if (this.proceed(s) === DONE) this.sources.pushCompleted(s);
  }

  /** A source that waited for a fill buffer goes on, or a store of it, at `buffers.dueAt`. */
  wake(): void {
    const { buffers, storeBuffer } = this;
    const { dueSource } = buffers;
    if (storeBuffer === null || !storeBuffer.isPosting(dueSource)) {
      this.goOn(buffers.wake());
      return;
    }
    const { dueAt } = buffers;
    buffers.takeDue();
    storeBuffer.wake(dueSource, dueAt);
    this.goOnBehind(dueSource);
  }

  /** Something became known of the source's store buffer: who waited for that tries again. */
  private goOnBehind(s: number): void {
    const waits = this.sources.waits[s];
    if (waits === AWAITS_STORES || waits === AWAITS_TURN || waits === AWAITS_FENCE) this.goOn(s);
  }
}
