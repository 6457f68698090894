/**
 * Reference: sources, caches and fill buffers. Each source is a process that performs its script:
 * what a request waits for is written down as waiting, in the order it happens.
 */
import { ClockDomain } from '@daxsim/sim';
import type { MachineConfig } from '../../src/config.js';
import { LineOp, readsLine } from '../../src/memory.js';
import type { Hindrance, ScriptedRequest } from '../traffic.js';
import type { Place } from './coherence-model.js';
import { type Buffer, Core, emptyBuffer, finish, order } from './core-buffers.js';
import type { DeviceCounters } from './device.js';
import { HindranceModel } from './hindrance-model.js';
import { HomeModel } from './home-model.js';
import { type Journey, SharedCaches, priceOf } from './journey-model.js';
import { Kernel, Phase, type Process, Signal } from './kernel.js';
import { type Ahead, PrefetchModel } from './prefetch-model.js';
import { translationOf, type TranslationModel } from './translation-model.js';

/** What a request came to: when the source went on, and when its write was accepted, or −1. */
export interface Outcome {
  at: number;
  durableAt: number;
}

interface LineState {
  stored: number;
  accepted: number;
}

/** A write on its way to a controller. */
interface Posted {
  readonly core: number;
  readonly line: number;
  readonly isPartial: boolean;
  readonly isOwned: boolean;
  readonly stores: number;
  readonly drain: number;
  readonly ack: number;
}

export class MachineModel {
  readonly kernel = new Kernel();
  readonly outcomes: Outcome[][];
  readonly evictions: number[] = [];
  private readonly caches: SharedCaches;
  private readonly isCached: boolean;
  private readonly translation: TranslationModel | null;
  private readonly lines = new Map<number, LineState>();
  private readonly clock: ClockDomain;
  private accesses = 0;
  private readonly hindrance: HindranceModel | null;
  private readonly home: HomeModel;
  private readonly ahead: PrefetchModel | null;
  private cores: readonly Core[] = [];

  constructor(
    private readonly config: MachineConfig,
    private readonly scripts: readonly (readonly ScriptedRequest[])[],
    hindrance: Hindrance | null = null,
  ) {
    const { cpu } = config;
    this.hindrance = hindrance === null ? null : new HindranceModel(hindrance);
    this.clock = new ClockDomain('reference', cpu.coreMhz.value * 1e6);
    this.isCached = cpu.caches !== null;
    const sockets = scripts.map(() => 0);
    this.caches = new SharedCaches(cpu, sockets);
    this.translation = translationOf(config, scripts.length, this.clock.periodTicks);
    this.home = new HomeModel(this.kernel, config);
    this.ahead = this.prefetching();
    this.outcomes = scripts.map((script) => script.map(() => ({ at: -1, durableAt: -1 })));
  }

  run(): void {
    this.cores = this.scripts.map((script, id) => {
      const core = new Core(this.kernel, id, this.config.cpu.fillBuffers.value);
      this.kernel.start(this.perform(core, script), Phase.Core, id);
      return core;
    });
    this.kernel.run();
  }

  /** Media traffic and hits of each channel. */
  devices(): DeviceCounters[] {
    return this.home.counters();
  }

  private *perform(core: Core, script: readonly ScriptedRequest[]): Process {
    for (let i = 0; i < script.length; i += 1) {
      const from = i === 0 ? 0 : this.outcomes[core.id][i - 1].at;
      yield from + script[i].gap;
      const late = this.hindrance?.late(this.kernel.now, script[i]) ?? 0;
      yield* this.request(core, script[i], this.outcomes[core.id][i]);
      this.outcomes[core.id][i].at += late;
    }
  }

  private *request(core: Core, asked: ScriptedRequest, outcome: Outcome): Process {
    this.accesses += 1;
    const rank = this.accesses * 2;
    const { op, line } = asked;
    const { caches } = this;
    const isStore = op === LineOp.Store || op === LineOp.Atomic;
    const used = isStore || readsLine(op) ? caches.use(core.id, line, isStore) : undefined;
    const place = used?.place ?? 'memory';
    let evicted = used?.evicted ?? [];
    const isNt = op === LineOp.NtStore || op === LineOp.DirectStore;
    if (isNt && caches.flush(line, true)) evicted = [line];
    const evictedStores = evicted.map((out) => this.lineState(out).stored);
    let isWritten = false;
    if (isStore) this.noteStore(line, this.isCached && this.config.domain === 'eadr');
    if (isNt) this.noteStore(line, false);
    if (op === LineOp.Clwb || op === LineOp.ClFlushOpt) {
      const drops = op === LineOp.ClFlushOpt || !this.config.cpu.clwbKeepsLine.value;
      const wasDirty = caches.flush(line, drops);
      const state = this.lineState(line);
      isWritten = wasDirty || state.accepted < state.stored;
    }
    if (used !== undefined) this.ahead?.observe(core.id, op, line, place, rank);
    const stores = this.lineState(line).stored;
    const finding = this.translation?.ticks(core.id, op, line) ?? 0;
    if (finding > 0) yield this.kernel.now + finding;
    for (const [i, out] of evicted.entries()) {
      const buffer = yield* core.take('eviction', out);
      const posted = flushed(core.id, out, evictedStores[i]);
      this.write(buffer, posted, rank + i / 4, (at) => this.evictions.push(at));
    }
    const accepted = (at: number): void => {
      outcome.durableAt = at;
    };
    const { cpu } = this.config;
    if (op === LineOp.Load) {
      outcome.at = yield* this.load(core, line, place, rank, used?.journey);
    } else if (isNt || (isStore && !this.isCached)) {
      if (op === LineOp.Atomic) yield* this.atomic(core, line, place, rank, used?.journey);
      const buffer = yield* core.take('write', line);
      const isPartial = asked.to - asked.from < 64;
      const sent = { core: core.id, line, isPartial, isOwned: false, stores };
      this.write(buffer, { ...sent, ...this.ntTimes(isNt) }, rank + 1, accepted);
      outcome.at = this.kernel.now + this.cycles(isNt ? cpu.ntStoreCycles : cpu.storeCycles);
    } else if (op === LineOp.Atomic) {
      yield* this.atomic(core, line, place, rank, used?.journey);
      outcome.at = this.kernel.now;
    } else if (op === LineOp.Store || op === LineOp.StreamLoad) {
      const isWhole = op === LineOp.Store && asked.to - asked.from === 64;
      const kind = op === LineOp.Store ? 'store' : 'stream';
      if (place !== 'l1') yield* this.fill(core, line, kind, place, rank, isWhole, used?.journey);
      outcome.at = this.kernel.now + this.cycles(cpu.storeCycles);
    } else if (op === LineOp.Clwb || op === LineOp.ClFlushOpt) {
      if (isWritten) yield* this.writeBack(core, line, stores, rank, accepted);
      const issue = this.cycles(op === LineOp.Clwb ? cpu.clwbCycles : cpu.clflushoptCycles);
      outcome.at = this.kernel.now + issue + (isWritten ? this.ns(cpu.flushWriteNs) : 0);
    } else {
      outcome.at = yield* this.fence(core, op === LineOp.Mfence);
    }
  }

  private ntTimes(isNt: boolean): { drain: number; ack: number } {
    const { cpu } = this.config;
    if (!isNt) return { drain: 0, ack: 0 };
    const lookup = this.isCached ? this.ns(cpu.lookupNs) : 0;
    return { drain: this.ns(cpu.ntDrainNs) + lookup, ack: this.ns(cpu.ntAckNs) };
  }

  private *load(
    core: Core,
    line: number,
    place: Place,
    rank: number,
    journey: Journey | undefined,
  ): Generator<number | Signal, number> {
    const { kernel } = this;
    if (place !== 'memory' && journey !== undefined) {
      yield* journey.waits();
      const at = kernel.now + this.hitTicks(place);
      journey.endAt(kernel, at);
      return at;
    }
    if (place !== 'memory') {
      const hitAt = kernel.now + this.hitTicks(place);
      const filling = this.filling(core, line);
      while (filling !== undefined && !filling.isDone) yield filling.over;
      return Math.max(hitAt, kernel.now);
    }
    yield* this.comes(core, line, rank);
    journey?.end();
    return kernel.now;
  }

  private *comes(core: Core, line: number, rank: number): Generator<Signal, void> {
    const came = new Signal();
    let isHere = false;
    this.read(core.id, line, rank + 1, () => {
      isHere = true;
      came.fire();
    });
    while (!isHere) yield came;
  }

  /** Waits as an mfence does, then for the line; the process goes on when it is over. */
  private *atomic(
    core: Core,
    line: number,
    place: Place,
    rank: number,
    journey: Journey | undefined,
  ): Generator<number | Signal, void> {
    const { kernel } = this;
    const { atomicCycles, mfenceCycles } = this.config.cpu;
    const alone = this.cycles(atomicCycles ?? mfenceCycles);
    yield* core.drains(true);
    if (place === 'memory') {
      yield* this.comes(core, line, rank);
      yield kernel.now + alone;
    } else {
      if (journey !== undefined) yield* journey.waits();
      const isHere = place === 'l1' || place === 'l2' || place === 'llc';
      const beyond = this.hitTicks(place) - this.hitTicks('l1');
      yield kernel.now + Math.max(alone, isHere ? alone + beyond : this.hitTicks(place));
    }
    journey?.end();
  }

  private *fill(
    core: Core,
    line: number,
    kind: 'store' | 'stream',
    place: Place,
    rank: number,
    isWhole: boolean,
    journey: Journey | undefined,
  ): Process {
    const buffer = yield* core.take(kind, line);
    const over = (): void => {
      finish(buffer);
      journey?.end();
    };
    if (place === 'memory' && !isWhole) {
      this.read(core.id, line, rank + 1, over);
      return;
    }
    const lasts = place === 'memory' ? this.ownTicks() : this.hitTicks(place);
    const ahead = place === 'memory' ? undefined : this.ahead?.underWay(core.id, line);
    const isHere = (): void => {
      if (ahead === undefined || ahead.isDone) over();
      else ahead.over.wait(over);
    };
    const leaves = (): void => this.kernel.at(this.kernel.now + lasts, Phase.Back, 0, isHere);
    if (journey === undefined) leaves();
    else journey.start(leaves);
  }

  /** A flush leaves when the core's own fill of that line is over; the core goes on meanwhile. */
  private *writeBack(
    core: Core,
    line: number,
    stores: number,
    rank: number,
    accepted: (at: number) => void,
  ): Process {
    const buffer = yield* core.takeSlot();
    const filling = this.filling(core, line);
    core.occupy(buffer, 'write', line);
    const posted = flushed(core.id, line, stores);
    const send = (): void => this.write(buffer, posted, rank + 1, accepted);
    if (filling !== undefined) filling.over.wait(send);
    else send();
  }

  private *fence(core: Core, waitsForLoads: boolean): Generator<number | Signal, number> {
    const { cpu } = this.config;
    const ready =
      this.kernel.now + this.cycles(waitsForLoads ? cpu.mfenceCycles : cpu.sfenceCycles);
    yield* core.drains(waitsForLoads);
    return Math.max(ready, this.kernel.now);
  }

  /** The core's latest fill or prefetch of the line that is not over. */
  private filling(core: Core, line: number): Buffer | Ahead | undefined {
    const [fill, ahead] = [core.filling(line), this.ahead?.underWay(core.id, line)];
    return (ahead?.use ?? -1) > (fill?.use ?? -1) ? ahead : fill;
  }

  private prefetching(): PrefetchModel | null {
    const { caches, kernel } = this;
    const { prefetch } = this.config.cpu;
    if (prefetch?.isUsed.value !== true || !this.isCached) return null;
    return new PrefetchModel(this.scripts.length, prefetch, caches, {
      use: (id) => this.cores[id].nextUse(),
      bring: (core, line, place, rank, over) => {
        if (place === 'memory') this.read(core, line, rank + 1, over);
        else kernel.at(kernel.now + this.hitTicks(place), Phase.Back, 0, over);
      },
      takeAway: (core, line, rank, over) => {
        const gone = emptyBuffer();
        gone.over.wait(over);
        const posted = flushed(core, line, this.lineState(line).stored);
        this.write(gone, posted, rank + 1, (at) => this.evictions.push(at));
      },
    });
  }

  private read(core: number, line: number, rank: number, back: () => void): void {
    const { kernel, config } = this;
    const told = (): void => {
      kernel.at(kernel.now + this.ns(config.cpu.fromControllerNs), Phase.Back, 0, back);
    };
    const at = kernel.now + this.ns(config.cpu.toControllerNs);
    const whole = { isWrite: false, isPartial: false, isOwned: false };
    this.home.send({ core, line, rank, ...whole, accepted: () => undefined, told }, at);
  }

  private write(
    buffer: Buffer,
    { core, line, isPartial, isOwned, stores, drain, ack }: Posted,
    rank: number,
    noted: (at: number) => void,
  ): void {
    const { kernel, config } = this;
    const accepted = (): void => {
      const state = this.lineState(line);
      state.accepted = Math.max(state.accepted, stores);
      noted(kernel.now);
    };
    const told = (): void => {
      const backAt = kernel.now + this.ns(config.cpu.fromControllerNs);
      kernel.at(backAt, Phase.Back, 0, () => order(buffer));
      kernel.at(backAt + ack, Phase.Back, 0, () => finish(buffer));
    };
    const at = kernel.now + drain + this.ns(config.cpu.toControllerNs);
    this.home.send({ core, line, rank, isWrite: true, isPartial, isOwned, accepted, told }, at);
  }

  private noteStore(line: number, isDurable: boolean): void {
    const state = this.lineState(line);
    state.stored += 1;
    if (isDurable) state.accepted = state.stored;
  }

  private lineState(line: number): LineState {
    let state = this.lines.get(line);
    if (state === undefined) {
      state = { stored: 0, accepted: 0 };
      this.lines.set(line, state);
    }
    return state;
  }

  private ownTicks(): number {
    const { cpu, otherSocket: far } = this.config;
    return this.ns(cpu.ownNs) + (far?.isUsed.value === true ? 2 * this.ns(far.hopNs) : 0);
  }

  private hitTicks(place: Place): number {
    const { caches } = this.config.cpu;
    if (caches === null || place === 'memory') throw new Error('reference: hit without a cache');
    const price = priceOf(place, caches);
    return 'ns' in price ? this.ns({ value: price.ns }) : this.cycles({ value: price.cycles });
  }

  private ns(figure: { value: number }): number {
    return Math.round(figure.value * 1000);
  }

  private cycles(figure: { value: number }): number {
    return figure.value * this.clock.periodTicks;
  }
}

/** A line that leaves the caches. */
function flushed(core: number, line: number, stores: number): Posted {
  return { core, line, isPartial: false, isOwned: true, stores, drain: 0, ack: 0 };
}
