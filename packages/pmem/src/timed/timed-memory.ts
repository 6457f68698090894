/**
 * The timed port: caches, controllers and DIMMs of one machine, behind the contract of `memory.ts`.
 *
 *   access(request at t) ─▶ decisions due before t ─▶ function and tags ─▶ Done | Pending
 *   decideUntil(t)       ─▶ the decisions of all controllers in order of time, ties by channel
 *
 * A caller that knows that nobody else will ask before some time says so in `horizon`; then a
 * request that would be pending makes the decisions up to there itself, and a single source runs
 * without ever leaving `access`. Power loss is a question about the present: what has been accepted
 * by the decisions made so far is durable, and of the rest a prefix per line survives.
 */
import { NEVER, StateSpace, assert, type Ticks } from '@daxsim/sim';
import { coreClock, type MachineConfig } from '../config.js';
import { LineStore } from '../line-store.js';
import { IssueStatus } from '../memory.js';
import type {
  CrashChoice,
  LineRequest,
  Memory,
  MemoryObserver,
  PendingLine,
  PersistenceDomain,
} from '../memory.js';
import { StageTimes, type StageEnv, type StageStats } from '../stages/stage.js';
import { createCrashImage, type UntimedMemory } from '../untimed-memory.js';
import { buildStages } from './build-channel.js';
import type { CacheTags } from './cache-tags.js';
import { Caches, type CacheShape } from './caches.js';
import { CoherentCaches } from './coherent-caches.js';
import { Controller } from './controller.js';
import type { Decider, DecisionSink } from './decisions.js';
import type { FillBuffers } from './fill-buffers.js';
import { FrontEnd } from './front-end.js';
import { frontEndStats } from './front-end-stats.js';
import { frontEndTicks } from './front-end-ticks.js';
import { Interleaver } from './interleaver.js';
import { socketsOf } from './other-socket-config.js';
import { OtherSocket, otherSocketStats } from './other-socket.js';
import {
  buildTranslation,
  translationStats,
  type Translation,
} from '../translation/translation.js';
import type { PrefetchConfig } from './prefetch-config.js';
import { prefetchStats } from './prefetcher.js';
import { Requests } from './requests.js';
import { Waits } from './sources.js';
import { storeBufferStats } from './store-buffer.js';
import { writeCombiningStats } from './write-combining.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { Nothing: NOTHING } = Waits;
const ensure: typeof assert = assert;
const never: number = NEVER;

export interface TimedOptions {
  /** Size of the device, a multiple of 4096, 128 GiB at most. */
  readonly capacityBytes: number;
  /** Simulated CPUs that may ask, each a core with caches of its own. */
  readonly sources: number;
  /** Where bytes and overlay live; absent: a space of their own. */
  readonly space?: StateSpace;
  /** What an untouched byte reads as; absent: 0. */
  readonly fillByte?: number;
  /** Told of every request once; absent: nobody is. */
  readonly observer?: MemoryObserver;
}

export class TimedMemory implements Memory {
  readonly capacityBytes: number;
  readonly domain: PersistenceDomain;
  readonly lineBytes: Uint8Array;
  readonly lineWords: Int32Array;
  /** No other source asks before this time; see the header. Ticks; 0 promises nothing. */
  horizon = 0.5;
  private readonly store: LineStore;
  private readonly front: FrontEnd;
  private readonly translation: Translation | null;
  private readonly buffers: FillBuffers;
  private readonly interleaver: Interleaver;
  private readonly controllers: Controller[] = [];
  /** Whoever decides: the controllers, then the wires of another socket. */
  private readonly deciders: Decider[] = [];
  /** The controller, if nobody else decides. */
  private readonly only: Controller | null;
  private readonly reports: StageStats[] = [];
  private latestArrival = 0.5;
  private latestDecision = 0.5;
  /** For `decideNext`: a field, because a double argument is boxed unless inlined. */
  private until = 0.5;

  constructor(config: MachineConfig, options: TimedOptions) {
    const { capacityBytes, sources } = options;
    assert(sources >= 1, 'TimedMemory: a machine needs a source');
    this.capacityBytes = capacityBytes;
    this.domain = config.domain;
    this.horizon = 0;
    this.latestArrival = 0;
    this.latestDecision = 0;
    const space = options.space ?? new StateSpace();
    this.store = new LineStore(space, capacityBytes, options.fillByte ?? 0, null);
    this.lineBytes = this.store.lineBytes;
    this.lineWords = this.store.lineWords;
    const prefetch = prefetchOf(config);
    const slots = prefetch?.slots.value ?? 0;
    const requests = new Requests(sources, config.cpu.fillBuffers.value, slots);
    const channels = config.channels.value;
    this.interleaver = new Interleaver(channels, config.interleaveBytes.value / 64);
    const clock = coreClock(config);
    const { window, cpu } = config;
    const lines = capacityBytes / 64;
    this.translation = buildTranslation(cpu.translation, window, lines, sources, clock);
    this.front = new FrontEnd(
      requests,
      this.store,
      buildCaches(config, sources, lines),
      this.interleaver,
      frontEndTicks(config, clock),
      config.domain,
      !config.cpu.clwbKeepsLine.value,
      options.observer ?? null,
      sources,
      this.translation,
      config.otherSocket?.isUsed.value === true,
      prefetch,
    );
    this.buffers = this.front.buffers;
    this.reports.push({
      stage: 'front-end',
      channel: -1,
      fields: frontEndStats.fields,
      values: this.front.stats,
    });
    this.reportCores();
    if (this.translation !== null) {
      const { stats } = this.translation;
      const { fields } = translationStats;
      this.reports.push({ stage: 'translation', channel: -1, fields, values: stats });
    }
    const far = this.buildOtherSocket(config, requests);
    this.buildChannels(config, requests, far ?? this.front);
    this.deciders.push(...this.controllers);
    this.only = channels === 1 && far === null ? this.controllers[0] : null;
    this.front.connect(this.controllers, far);
    if (far === null) return;
    far.connect(this.controllers);
    this.deciders.push(far.down, far.up);
  }

  access(request: LineRequest): number {
    const { at, source } = request;
    ensure(at >= this.latestArrival, 'TimedMemory: arrivals go back in time');
    ensure(at >= this.latestDecision, 'TimedMemory: arrival before a decision already made');
    this.latestArrival = at;
    const { front } = this;
    const { direct, cached, atOnce } = front;
    if (direct !== null) direct.foresee(request);
    else if (cached !== null) cached.foresee(request);
    else front.effects.foresee(request);
    this.until = at;
    const { only } = this;
    if (only === null) while (this.decideNext());
    else if (only.dueAt < at || this.buffers.dueAt < at) this.decideBefore(only);
    atOnce.horizon = this.horizon;
    let status = front.access(request);
    atOnce.horizon = 0;
    if (status !== DONE && this.horizon > at) status = this.runAhead(source);
    if (atOnce.decidedAt > this.latestDecision) this.latestDecision = atOnce.decidedAt;
    if (direct !== null) direct.takeBytes(request);
    else if (cached !== null) cached.takeBytes(request);
    return status;
  }

  nextDecisionAt(): number {
    const { deciders } = this;
    let least = this.buffers.dueAt;
    for (let i = 0; i < deciders.length; i += 1) {
      if (deciders[i].dueAt < least) least = deciders[i].dueAt;
    }
    return least;
  }

  decideUntil(until: number): void {
    const { buffers } = this;
    for (;;) {
      const controller = this.earliest();
      const isWake = buffers.dueAt <= controller.dueAt;
      const dueAt = isWake ? buffers.dueAt : controller.dueAt;
      if (dueAt > until || dueAt === never) return;
      this.latestDecision = dueAt;
      if (isWake) this.front.wake();
      else controller.decide();
    }
  }

  takeCompleted(): number {
    return this.front.sources.takeCompleted();
  }

  peek32(address: number): number {
    return this.store.peek32(address);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.store.peekBytes(address, target, at, length);
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    this.store.peekWords(address, target, at, count);
  }

  poke32(address: number, value: number): void {
    this.store.poke32(address, value);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.store.pokeBytes(address, bytes, at, length);
  }

  touchedPages(): readonly number[] {
    return this.store.touchedPages();
  }

  mediaHash(): number {
    return this.store.mediaHash();
  }

  pendingLines(): readonly PendingLine[] {
    return this.store.pendingLines();
  }

  crashImage(choice: CrashChoice): UntimedMemory {
    if (choice.at !== undefined) this.assertPresent(choice.at);
    return createCrashImage(new StateSpace(), this.store, this.domain, choice.keep);
  }

  /** Leaves what power loss would leave of a line without anything pending in `into`, 16 words. */
  durableLine(line: number, into: Int32Array): void {
    this.store.peekWords(line * 64, into, 0, 16);
    this.store.undoPending(line, 0, into, 0);
  }

  /** The host of a window took what is behind a line's page. */
  unmap(line: number): void {
    this.translation?.unmap(line);
  }

  /** The channel that holds a line. */
  channelOf(line: number): number {
    return this.interleaver.channelOf(line);
  }

  /** Figures of all parts: the front end first (channel −1), then channel by channel. */
  statistics(): readonly StageStats[] {
    for (const { settle } of this.reports) settle?.();
    return this.reports;
  }

  private buildOtherSocket({ otherSocket }: MachineConfig, requests: Requests): OtherSocket | null {
    if (otherSocket?.isUsed.value !== true) return null;
    const sockets = socketsOf(otherSocket, this.front.sources.count);
    const far = new OtherSocket(otherSocket, requests, this.interleaver, this.front, sockets);
    const { fields } = otherSocketStats;
    this.reports.push({ stage: 'other-socket', channel: -1, fields, values: far.stats });
    return far;
  }

  private buildChannels(config: MachineConfig, requests: Requests, sink: DecisionSink): void {
    const channels = config.channels.value;
    for (let channel = 0; channel < channels; channel += 1) {
      const env: StageEnv = {
        times: new StageTimes(),
        channel,
        channelBytes: Math.ceil(this.capacityBytes / channels) + config.interleaveBytes.value,
        report: (stats) => this.reports.push(stats),
      };
      const device = buildStages(config.stages, env);
      this.controllers.push(new Controller(config.controller, env, requests, device, sink));
    }
  }

  private reportCores(): void {
    const { prefetcher, side } = this.front;
    if (prefetcher !== null) {
      const { fields } = prefetchStats;
      this.reports.push({ stage: 'prefetcher', channel: -1, fields, values: prefetcher.stats });
    }
    if (side.combining !== null) {
      const { fields } = writeCombiningStats;
      const { stats: values } = side.combining;
      this.reports.push({ stage: 'write-combining', channel: -1, fields, values });
    }
    if (side.storeBuffer === null) return;
    const { fields } = storeBufferStats;
    const { stats: values } = side.storeBuffer;
    this.reports.push({ stage: 'store-buffer', channel: -1, fields, values });
  }

  private assertPresent(at: Ticks): void {
    const isPresent = at >= this.latestDecision && at >= this.latestArrival;
    ensure(
      isPresent && at < this.nextDecisionAt(),
      'TimedMemory: power loss is not in the present',
    );
  }

  /** Makes decisions up to the horizon until the request of `source` is complete. */
  private runAhead(source: number): number {
    const { sources } = this.front;
    const { waits } = sources;
    sources.runsAhead = source;
    this.until = this.horizon;
    while (waits[source] !== NOTHING && this.decideNext());
    sources.runsAhead = -1;
    return waits[source] === NOTHING ? DONE : PENDING;
  }

  /** Makes all decisions due before `until`, if there is only one controller. */
  private decideBefore(only: Controller): void {
    const { buffers, until } = this;
    if (buffers.dueAt === never) {
      only.until = until;
      only.settleWrites();
      if (only.decidedAt > this.latestDecision) this.latestDecision = only.decidedAt;
    }
    for (;;) {
      const { dueAt } = only;
      if (buffers.dueAt <= dueAt) {
        if (buffers.dueAt >= until) return;
        this.latestDecision = buffers.dueAt;
        this.front.wake();
      } else {
        if (dueAt >= until) return;
        this.latestDecision = dueAt;
        only.decide();
      }
    }
  }

  /** Makes the next decision if it is due before `until`. */
  private decideNext(): boolean {
    const controller = this.only ?? this.earliest();
    const { buffers, until } = this;
    if (buffers.dueAt <= controller.dueAt) {
      if (buffers.dueAt >= until) return false;
      this.latestDecision = buffers.dueAt;
      this.front.wake();
      return true;
    }
    if (controller.dueAt >= until) return false;
    this.latestDecision = controller.dueAt;
    controller.decide();
    return true;
  }

  private earliest(): Decider {
    const { deciders } = this;
    let earliest = deciders[0];
    for (let i = 1; i < deciders.length; i += 1) {
      if (deciders[i].dueAt < earliest.dueAt) earliest = deciders[i];
    }
    return earliest;
  }
}

/** A machine's memory with time. The config comes from `parseMachineConfig`. */
export function createTimedMemory(config: MachineConfig, options: TimedOptions): TimedMemory {
  return new TimedMemory(config, options);
}

/** What prefetches, if anything does: there is nothing to prefetch into without caches. */
function prefetchOf({ cpu }: MachineConfig): PrefetchConfig | null {
  const { prefetch, caches } = cpu;
  return prefetch?.isUsed.value === true && caches !== null ? prefetch : null;
}

function buildCaches(config: MachineConfig, sources: number, lines: number): CacheTags | null {
  const { caches } = config.cpu;
  if (caches === null) return null;
  const [l1, l2, llc] = [shapeOf(caches.l1), shapeOf(caches.l2), shapeOf(caches.llc)];
  if (caches.coherence?.protocol.value !== 'mesif') return new Caches(sources, l1, l2, llc, lines);
  const sockets = socketsOf(config.otherSocket, sources);
  const isBoth = sockets.includes(0) && sockets.includes(1);
  return new CoherentCaches(isBoth ? sockets : sockets.fill(0), l1, l2, llc, lines);
}

function shapeOf(cache: {
  readonly capacityKib: { readonly value: number };
  readonly ways: { readonly value: number };
}): CacheShape {
  return { capacityBytes: cache.capacityKib.value * 1024, ways: cache.ways.value };
}
