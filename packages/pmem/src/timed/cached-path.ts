/**
 * Loads, stores and ntstores of a machine with caches that nobody observes, in one go.
 *
 *   foresee   tags ─▶ where the line is, which dirty one falls out ─▶ what they need of the host
 *   load      fallen line ─▶ fill buffer ─▶ controller      hit: over
 *                                                           miss: record of the blocking load …
 *   store     fallen line ─▶ fill buffer ─▶ controller      hit in L1: over; else a fill buffer
 *   ntstore   fill buffer ─▶ controller
 *
 * It leaves what `FrontEnd` would leave, without the facts that only observers and chained flushes
 * need. What has to wait for a fill buffer, or for a fill of the same core, is left to `FrontEnd`;
 * so is an ntstore to a dirty line, and everything where stores are durable at once.
 */
import { NEVER, type StatsOf } from '@daxsim/sim';
import type { LineStore } from '../line-store.js';
import { EVICTION_OP, IssueStatus, LineOp, LineStatus, type LineRequest } from '../memory.js';
import type { AccessEffects } from './access-effects.js';
import { Found } from './caches.js';
import type { Controller } from './controller.js';
import type { FillBuffers } from './fill-buffers.js';
import type { FrontEndDeclarations } from './front-end-stats.js';
import type { FrontEndTicks } from './front-end-ticks.js';
import type { Interleaver } from './interleaver.js';
import type { ReadsAtOnce } from './reads-at-once.js';
import { RecordKind, piecesOf, type Requests } from './requests.js';
import { Waits, type SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
/** Answered instead of an `IssueStatus`: nothing was done. */
const LEFT = -1;
const never: number = NEVER;
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { Ok: OK } = LineStatus;
const { StoreFill: STORE_FILL, Write: WRITE, Eviction: EVICTION } = RecordKind;
const { NtStore: NT_STORE, Load: LOAD, Store: STORE } = LineOp;
const { L1: IN_L1, Memory: IN_MEMORY } = Found;
const { Load: AWAITS_LOAD } = Waits;
const EVICTED = EVICTION_OP;

/** What it shares with the front end. */
export interface CachedPathParts {
  readonly sources: SourceTable;
  readonly buffers: FillBuffers;
  readonly atOnce: ReadsAtOnce;
  readonly effects: AccessEffects;
  readonly stats: StatsOf<FrontEndDeclarations>;
}

export class CachedPath {
  private controllers: readonly Controller[] = [];
  /** The controller, if there is only one. */
  private only: Controller | null = null;

  private readonly requests: Requests;
  private readonly sources: SourceTable;
  private readonly store: LineStore;
  private readonly buffers: FillBuffers;
  private readonly atOnce: ReadsAtOnce;
  private readonly effects: AccessEffects;
  private readonly stats: StatsOf<FrontEndDeclarations>;

  constructor(
    parts: CachedPathParts,
    requests: Requests,
    store: LineStore,
    private readonly interleaver: Interleaver,
    private readonly ticks: FrontEndTicks,
  ) {
    this.requests = requests;
    this.store = store;
    this.sources = parts.sources;
    this.buffers = parts.buffers;
    this.atOnce = parts.atOnce;
    this.effects = parts.effects;
    this.stats = parts.stats;
  }

  /** Called with that of the front end. */
  connect(controllers: readonly Controller[]): void {
    this.controllers = controllers;
    this.only = controllers.length === 1 ? controllers[0] : null;
  }

  /**
   * Uses the tags, and reads early what the request will need of the host's memory: the host goes
   * on with what falls due before the request while it waits for that.
   */
  foresee(request: LineRequest): void {
    const { effects } = this;
    if (request.op === STORE) this.store.pending.look(request.line);
    if (request.op === NT_STORE) {
      this.controllerOf(request.line).foresee(this.localLine(request.line));
    }
    effects.foresee(request);
    const { fallen } = effects;
    if (fallen >= 0) {
      this.controllerOf(fallen).foresee(this.localLine(fallen));
      this.store.pending.look(fallen);
    }
  }

  /** Leaves the bytes of a load. */
  takeBytes(request: LineRequest): void {
    if (request.op === LOAD) this.store.loadPlaced(request.line, this.effects.seen);
  }

  /** `access` is the request's place among all accesses; answers an `IssueStatus`, or
   * less than 0 if it did nothing. */
  access(request: LineRequest, access: number): number {
    const { op } = request;
    if (op === LOAD) return this.load(request, access);
    if (op === STORE) return this.storeLine(request, access);
    return op === NT_STORE ? this.ntStore(request, access) : LEFT;
  }

  private load(request: LineRequest, access: number): number {
    const { effects, sources, stats } = this;
    const { source, at } = request;
    const { found } = effects;
    if (effects.fallen >= 0 && !this.buffers.isFree(source, at, 1)) return LEFT;
    if (
      found !== IN_MEMORY &&
      (sources.openFills[source] > 0 || sources.fillsDoneAt[source] > at)
    ) {
      return LEFT;
    }
    stats.loads += 1;
    request.status = OK;
    request.durableAt = never;
    if (effects.fallen >= 0) this.postFallen(request, access);
    if (found === IN_MEMORY) return this.read(request, access);
    effects.countHit();
    const took = this.ticks.hit[found];
    stats.loadTicks += took;
    request.at = at + took;
    return DONE;
  }

  private read(request: LineRequest, access: number): number {
    const { requests, sources } = this;
    const { line, source, at } = request;
    const controller = this.controllerOf(line);
    const localLine = this.localLine(line);
    controller.arriveAt = at + this.ticks.toController;
    if (this.atOnce.serve(controller, source, localLine)) {
      const doneAt = controller.backAt + this.ticks.fromController;
      this.stats.loadTicks += doneAt - at;
      request.at = doneAt;
      return DONE;
    }
    const record = (source + 1) * requests.perSource - 1;
    requests.rank[record] = access * 2 + 1;
    requests.arriveAt[record] = controller.arriveAt;
    requests.localLine[record] = localLine;
    if (sources.request[source] !== request) sources.request[source] = request;
    sources.waits[source] = AWAITS_LOAD;
    controller.enqueueRead(record);
    return PENDING;
  }

  private storeLine(request: LineRequest, access: number): number {
    const { effects, requests, sources } = this;
    const { source, at, line, fromByte, toByte } = request;
    const { found, fallen } = effects;
    const needed = (fallen >= 0 ? 1 : 0) + (found === IN_L1 ? 0 : 1);
    if (needed > 0 && !this.buffers.isFree(source, at, needed)) return LEFT;
    this.stats.stores += 1;
    effects.countHit();
    request.status = OK;
    request.durableAt = never;
    if (fallen >= 0) this.postFallen(request, access);
    this.store.storeSeen(line, fromByte, toByte, effects.seen, true);
    if (found !== IN_L1) {
      const record = this.buffers.take(source);
      this.enter(record, STORE_FILL, STORE, line, access * 2 + 1);
      if (found === IN_MEMORY && toByte - fromByte < 64) {
        sources.openFills[source] += 1;
        sources.openStores[source] += 1;
        requests.arriveAt[record] = at + this.ticks.toController;
        this.controllerOf(line).enqueueRead(record);
      } else {
        const doneAt = at + this.ticks.hit[found];
        requests.doneAt[record] = doneAt;
        if (doneAt > sources.fillsDoneAt[source]) sources.fillsDoneAt[source] = doneAt;
      }
    }
    request.at = at + this.ticks.store;
    return DONE;
  }

  private ntStore(request: LineRequest, access: number): number {
    const { requests, sources } = this;
    const { line, source, at, fromByte, toByte } = request;
    if (this.effects.fallen >= 0 || !this.buffers.isFree(source, at, 1)) return LEFT;
    this.stats.ntStores += 1;
    request.status = OK;
    request.durableAt = never;
    const slot = this.store.storeSeen(line, fromByte, toByte, this.effects.seen, false);
    const record = this.buffers.take(source);
    this.enter(record, WRITE, NT_STORE, line, access * 2 + 1);
    requests.pieces[record] = piecesOf(fromByte, toByte);
    this.store.pending.tokenOfSlot(slot, requests.token, record);
    requests.slot[record] = slot;
    requests.arriveAt[record] = at + this.ticks.ntDrain + this.ticks.toController;
    sources.openStores[source] += 1;
    this.controllerOf(line).enqueueWrite(record);
    request.at = at + this.ticks.ntStore;
    return DONE;
  }

  /** Sends off the dirty line that the request pushed out. */
  private postFallen(request: LineRequest, access: number): void {
    const { requests } = this;
    const { fallen } = this.effects;
    const { pending } = this.store;
    this.stats.evictions += 1;
    const record = this.buffers.take(request.source);
    this.enter(record, EVICTION, EVICTED, fallen, access * 2);
    requests.slot[record] = pending.token(fallen, requests.token, record);
    requests.arriveAt[record] = request.at + this.ticks.toController;
    this.controllerOf(fallen).enqueueWrite(record);
  }

  private enter(record: number, kind: number, op: number, line: number, rank: number): void {
    const { requests } = this;
    requests.kind[record] = kind;
    requests.op[record] = op;
    requests.pieces[record] = 0;
    requests.line[record] = line;
    requests.localLine[record] = this.localLine(line);
    requests.rank[record] = rank;
    requests.doneAt[record] = never;
    requests.token[record] = 0;
  }

  private controllerOf(line: number): Controller {
    return this.only ?? this.controllers[this.interleaver.channelOf(line)];
  }

  private localLine(line: number): number {
    return this.only === null ? this.interleaver.localLine(line) : line;
  }
}
