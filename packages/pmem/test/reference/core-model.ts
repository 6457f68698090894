/**
 * Reference: sources, caches and fill buffers. Each source is a process that performs its script:
 * what a request waits for is written down as waiting, in the order it happens.
 */
import { ClockDomain } from '@daxsim/sim';
import type { MachineConfig } from '../../src/config.js';
import { LineOp } from '../../src/memory.js';
import type { Hindrance, ScriptedRequest } from '../traffic.js';
import { CacheModel, type Place } from './cache-model.js';
import type { DeviceCounters } from './device.js';
import { HindranceModel } from './hindrance-model.js';
import { HomeModel } from './home-model.js';
import { Kernel, Phase, type Process, Signal } from './kernel.js';
import { translationOf, type TranslationModel } from './translation-model.js';

/** One line's way through a fill buffer. */
interface Buffer {
  line: number;
  /** The how-manieth use of a buffer by its core this is. */
  use: number;
  kind: 'none' | 'stream' | 'store' | 'write' | 'eviction';
  isDone: boolean;
  readonly over: Signal;
  /** Of a write: it was accepted, and the core knows. */
  isOrdered: boolean;
  readonly ordered: Signal;
}

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

interface Core {
  readonly id: number;
  /** Buffers taken so far. */
  taken: number;
  readonly buffers: Buffer[];
  /** Some buffer is over. */
  readonly freed: Signal;
}

export class MachineModel {
  readonly kernel = new Kernel();
  readonly outcomes: Outcome[][];
  readonly evictions: number[] = [];
  private readonly caches: CacheModel | null;
  private readonly translation: TranslationModel | null;
  private readonly lines = new Map<number, LineState>();
  private readonly clock: ClockDomain;
  private accesses = 0;
  private readonly hindrance: HindranceModel | null;
  private readonly home: HomeModel;

  constructor(
    private readonly config: MachineConfig,
    private readonly scripts: readonly (readonly ScriptedRequest[])[],
    hindrance: Hindrance | null = null,
  ) {
    const { cpu } = config;
    this.hindrance = hindrance === null ? null : new HindranceModel(hindrance);
    this.clock = new ClockDomain('reference', cpu.coreMhz.value * 1e6);
    this.caches = cpu.caches === null ? null : new CacheModel(scripts.length, cpu.caches);
    this.translation = translationOf(config, scripts.length, this.clock.periodTicks);
    this.home = new HomeModel(this.kernel, config);
    this.outcomes = scripts.map((script) => script.map(() => ({ at: -1, durableAt: -1 })));
  }

  run(): void {
    this.scripts.forEach((script, id) => {
      const fresh = (): Buffer => ({
        line: -1,
        use: 0,
        kind: 'none',
        isDone: true,
        over: new Signal(),
        isOrdered: true,
        ordered: new Signal(),
      });
      const buffers = Array.from({ length: this.config.cpu.fillBuffers.value }, fresh);
      const core = { id, taken: 0, buffers, freed: new Signal() };
      for (const { over } of buffers) announce(over, core.freed);
      this.kernel.start(this.perform(core, script), Phase.Core, id);
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
    let evicted = -1;
    let place: Place = 'memory';
    const isCached = op === LineOp.Load || op === LineOp.StreamLoad || op === LineOp.Store;
    if (caches !== null && isCached) {
      const used = caches.use(core.id, line, op === LineOp.Store);
      place = used.place;
      evicted = used.evicted;
    }
    const isNt = op === LineOp.NtStore || op === LineOp.DirectStore;
    if (caches !== null && isNt && caches.flush(line, true)) evicted = line;
    const evictedStores = evicted < 0 ? 0 : this.lineState(evicted).stored;
    let isWritten = false;
    if (op === LineOp.Store) this.noteStore(line, caches !== null && this.config.domain === 'eadr');
    if (isNt) this.noteStore(line, false);
    if (op === LineOp.Clwb || op === LineOp.ClFlushOpt) {
      const drops = op === LineOp.ClFlushOpt || !this.config.cpu.clwbKeepsLine.value;
      const wasDirty = caches !== null && caches.flush(line, drops);
      const state = this.lineState(line);
      isWritten = wasDirty || state.accepted < state.stored;
    }
    const stores = this.lineState(line).stored;
    const finding = this.translation?.ticks(core.id, op, line) ?? 0;
    if (finding > 0) yield this.kernel.now + finding;
    if (evicted >= 0) {
      const buffer = yield* this.take(core, 'eviction', evicted);
      const stores = evictedStores;
      const posted = flushed(core.id, evicted, stores);
      this.write(buffer, posted, rank, (at) => this.evictions.push(at));
    }
    const accepted = (at: number): void => {
      outcome.durableAt = at;
    };
    const { cpu } = this.config;
    if (op === LineOp.Load) {
      outcome.at = yield* this.load(core, line, place, rank);
    } else if (isNt || (op === LineOp.Store && caches === null)) {
      const buffer = yield* this.take(core, 'write', line);
      const isPartial = asked.to - asked.from < 64;
      const sent = { core: core.id, line, isPartial, isOwned: false, stores };
      this.write(buffer, { ...sent, ...this.ntTimes(isNt) }, rank + 1, accepted);
      outcome.at = this.kernel.now + this.cycles(isNt ? cpu.ntStoreCycles : cpu.storeCycles);
    } else if (op === LineOp.Store || op === LineOp.StreamLoad) {
      const isWhole = op === LineOp.Store && asked.to - asked.from === 64;
      const kind = op === LineOp.Store ? 'store' : 'stream';
      if (place !== 'l1') yield* this.fill(core, line, kind, place, rank, isWhole);
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
    const lookup = this.caches === null ? 0 : this.ns(cpu.lookupNs);
    return { drain: this.ns(cpu.ntDrainNs) + lookup, ack: this.ns(cpu.ntAckNs) };
  }

  private *load(
    core: Core,
    line: number,
    place: Place,
    rank: number,
  ): Generator<number | Signal, number> {
    const { kernel } = this;
    if (place !== 'memory') {
      const hitAt = kernel.now + this.hitTicks(place);
      const filling = this.filling(core, line);
      while (filling !== undefined && !filling.isDone) yield filling.over;
      return Math.max(hitAt, kernel.now);
    }
    const came = new Signal();
    let isHere = false;
    this.read(core.id, line, rank + 1, () => {
      isHere = true;
      came.fire();
    });
    while (!isHere) yield came;
    return kernel.now;
  }

  private *fill(
    core: Core,
    line: number,
    kind: 'store' | 'stream',
    place: Place,
    rank: number,
    isWhole: boolean,
  ): Process {
    const buffer = yield* this.take(core, kind, line);
    const over = (): void => this.finish(buffer);
    if (place === 'memory' && !isWhole) {
      this.read(core.id, line, rank + 1, over);
      return;
    }
    const lasts = place === 'memory' ? this.ownTicks() : this.hitTicks(place);
    this.kernel.at(this.kernel.now + lasts, Phase.Back, 0, over);
  }

  /** A flush leaves when the core's own fill of that line is over; the core goes on meanwhile. */
  private *writeBack(
    core: Core,
    line: number,
    stores: number,
    rank: number,
    accepted: (at: number) => void,
  ): Process {
    const buffer = yield* this.takeSlot(core);
    const filling = this.filling(core, line);
    this.occupy(core, buffer, 'write', line);
    const posted = flushed(core.id, line, stores);
    const send = (): void => this.write(buffer, posted, rank + 1, accepted);
    if (filling !== undefined) filling.over.wait(send);
    else send();
  }

  private *fence(core: Core, waitsForLoads: boolean): Generator<number | Signal, number> {
    const { cpu } = this.config;
    const ready =
      this.kernel.now + this.cycles(waitsForLoads ? cpu.mfenceCycles : cpu.sfenceCycles);
    for (const buffer of core.buffers) {
      const counts = buffer.kind === 'store' || buffer.kind === 'write';
      if (!counts && !(waitsForLoads && buffer.kind === 'stream')) continue;
      if (waitsForLoads) while (!buffer.isDone) yield buffer.over;
      else while (!buffer.isOrdered) yield buffer.ordered;
    }
    return Math.max(ready, this.kernel.now);
  }

  private *take(
    core: Core,
    kind: Buffer['kind'],
    line: number,
  ): Generator<number | Signal, Buffer> {
    const buffer = yield* this.takeSlot(core);
    this.occupy(core, buffer, kind, line);
    return buffer;
  }

  /** Waits for some buffer to be over; goes on among the cores of that tick. */
  private *takeSlot(core: Core): Generator<number | Signal, Buffer> {
    for (;;) {
      const free = core.buffers.find((buffer) => buffer.isDone);
      if (free !== undefined) return free;
      yield core.freed;
      yield this.kernel.now;
    }
  }

  private occupy(core: Core, buffer: Buffer, kind: Buffer['kind'], line: number): void {
    core.taken += 1;
    buffer.use = core.taken;
    buffer.kind = kind;
    buffer.line = line;
    buffer.isDone = false;
    buffer.isOrdered = false;
  }

  private finish(buffer: Buffer): void {
    this.order(buffer);
    buffer.isDone = true;
    buffer.over.fire();
  }

  private order(buffer: Buffer): void {
    buffer.isOrdered = true;
    buffer.ordered.fire();
  }

  /** The core's latest fill of the line that is not over. */
  private filling(core: Core, line: number): Buffer | undefined {
    const fills = core.buffers.filter(
      (buffer) =>
        (buffer.kind === 'store' || buffer.kind === 'stream') &&
        buffer.line === line &&
        !buffer.isDone,
    );
    return fills.toSorted((a, b) => b.use - a.use)[0];
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
      kernel.at(backAt, Phase.Back, 0, () => this.order(buffer));
      kernel.at(backAt + ack, Phase.Back, 0, () => this.finish(buffer));
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
    if (place === 'other') return this.ns(caches.transferNs);
    return this.cycles(caches[place].hitCycles);
  }

  private ns(figure: { value: number }): number {
    return Math.round(figure.value * 1000);
  }

  private cycles(figure: { value: number }): number {
    return figure.value * this.clock.periodTicks;
  }
}

/** Whenever `from` fires, so does `to`. */
function announce(from: Signal, to: Signal): void {
  from.wait(() => {
    to.fire();
    announce(from, to);
  });
}

/** A line that leaves the caches. */
function flushed(core: number, line: number, stores: number): Posted {
  return { core, line, isPartial: false, isOwned: true, stores, drain: 0, ack: 0 };
}
