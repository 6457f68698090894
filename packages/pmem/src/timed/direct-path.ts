/**
 * Loads and ntstores of a machine without caches that nobody observes, in one go.
 *
 *   load      bytes ─▶ record of the blocking load ─▶ controller … loadDone
 *                                                   └ nothing goes before it: read at once
 *   ntstore   bytes ─▶ fill buffer ─▶ record ─▶ controller, and the source goes on
 *
 * It leaves what `FrontEnd` would leave, without the facts that only caches, evictions, chained
 * flushes and observers need. An ntstore that finds no fill buffer is left to `FrontEnd`, which
 * takes it up again when one comes back.
 */
import { NEVER, type StatsOf } from '@daxsim/sim';
import type { LineStore } from '../line-store.js';
import { IssueStatus, LineOp, LineStatus, type LineRequest } from '../memory.js';
import type { Controller } from './controller.js';
import type { FillBuffers } from './fill-buffers.js';
import type { FrontEndDeclarations } from './front-end-stats.js';
import type { FrontEndTicks } from './front-end-ticks.js';
import type { Interleaver } from './interleaver.js';
import type { ReadsAtOnce } from './reads-at-once.js';
import { RecordKind, piecesOf, type Requests } from './requests.js';
import { Waits, type SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const never: number = NEVER;
const { Done, Pending } = IssueStatus;
const { Ok } = LineStatus;
const { Write } = RecordKind;
const { NtStore, Load: LoadLine } = LineOp;
const { Load, Nothing } = Waits;

/** Lines of a block whose wear is counted. */
const PAGE_SHIFT = 6;

export class DirectPath {
  private controllers: readonly Controller[] = [];
  /** The controller, if there is only one. */
  private only: Controller | null = null;
  private seen = 0;
  /** The page of the line that `foresee` told a controller of last; those nearby are near, too. */
  private foreseen = -1;
  private readonly toControllerTicks: number;
  private readonly fromControllerTicks: number;
  private readonly ntIssueTicks: number;
  private readonly ntArriveTicks: number;

  constructor(
    private readonly requests: Requests,
    private readonly sources: SourceTable,
    private readonly store: LineStore,
    private readonly buffers: FillBuffers,
    private readonly atOnce: ReadsAtOnce,
    private readonly stats: StatsOf<FrontEndDeclarations>,
    private readonly interleaver: Interleaver,
    ticks: FrontEndTicks,
  ) {
    this.toControllerTicks = ticks.toController;
    this.fromControllerTicks = ticks.fromController;
    this.ntIssueTicks = ticks.ntStore;
    this.ntArriveTicks = ticks.ntDrain + ticks.toController;
  }

  /** Called with that of the front end. */
  connect(controllers: readonly Controller[]): void {
    this.controllers = controllers;
    this.only = controllers.length === 1 ? controllers[0] : null;
  }

  /**
   * Reads early what the request will need of the host's memory: the host goes on with what falls
   * due before the request while it waits for that.
   */
  foresee(request: LineRequest): void {
    const { op, line } = request;
    if (op === LoadLine) {
      this.seen = this.store.see(line, false);
    } else if (op === NtStore) {
      this.seen = this.store.see(line, true);
      if (line >>> PAGE_SHIFT === this.foreseen) return;
      this.foreseen = line >>> PAGE_SHIFT;
      this.controllerOf(line).foresee(this.localLine(line));
    }
  }

  /** Leaves the bytes of a load that `load` has sent off. */
  takeBytes(request: LineRequest): void {
    if (request.op === LoadLine) this.store.loadSeen(request.line, this.seen);
  }

  /** `access` is the request's place among all accesses. */
  load(request: LineRequest, access: number): number {
    const { requests, sources } = this;
    const { line, source } = request;
    request.status = Ok;
    request.durableAt = never;
    this.stats.loads += 1;
    const controller = this.controllerOf(line);
    const localLine = this.localLine(line);
    controller.arriveAt = request.at + this.toControllerTicks;
    if (this.atOnce.serve(controller, source, localLine)) {
      const doneAt = controller.backAt + this.fromControllerTicks;
      this.stats.loadTicks += doneAt - request.at;
      request.at = doneAt;
      return Done;
    }
    const record = (source + 1) * requests.perSource - 1;
    requests.rank[record] = access * 2 + 1;
    requests.arriveAt[record] = controller.arriveAt;
    requests.localLine[record] = localLine;
    if (sources.request[source] !== request) sources.request[source] = request;
    sources.waits[source] = Load;
    controller.enqueueRead(record);
    return Pending;
  }

  private controllerOf(line: number): Controller {
    return this.only ?? this.controllers[this.interleaver.channelOf(line)];
  }

  private localLine(line: number): number {
    return this.only === null ? this.interleaver.localLine(line) : line;
  }

  /** The data of a load is at the controller. */
  loadDone(record: number, source: number): void {
    const { requests, sources } = this;
    const request = sources.request[source];
    const doneAt = requests.decidedAt[record] + this.fromControllerTicks;
    this.stats.loadTicks += doneAt - request.at;
    request.at = doneAt;
    sources.waits[source] = Nothing;
    sources.pushCompleted(source);
  }

  ntStore(request: LineRequest, access: number): number {
    const { requests, sources } = this;
    const { line, source, fromByte, toByte } = request;
    request.status = Ok;
    request.durableAt = never;
    this.stats.ntStores += 1;
    const slot = this.store.storeSeen(line, fromByte, toByte, this.seen, false);
    sources.clock[source] = request.at;
    if (!this.buffers.comesBack(source)) {
      this.store.pending.tokenOfSlot(slot, sources.token, source);
      sources.slot[source] = slot;
      sources.rank[source] = access * 2;
      if (sources.request[source] !== request) sources.request[source] = request;
      return Pending;
    }
    const record = this.buffers.take(source);
    const start = sources.clock[source];
    requests.kind[record] = Write;
    requests.op[record] = NtStore;
    requests.pieces[record] = piecesOf(fromByte, toByte);
    requests.line[record] = line;
    requests.localLine[record] = this.localLine(line);
    requests.rank[record] = access * 2 + 1;
    requests.doneAt[record] = never;
    this.store.pending.tokenOfSlot(slot, requests.token, record);
    requests.slot[record] = slot;
    requests.arriveAt[record] = start + this.ntArriveTicks;
    sources.openStores[source] += 1;
    this.controllerOf(line).enqueueWrite(record);
    request.at = start + this.ntIssueTicks;
    return Done;
  }
}
