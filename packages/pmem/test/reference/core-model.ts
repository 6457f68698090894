/**
 * Reference: sources, caches and fill buffers. Each source is a process that performs its script:
 * what a request waits for is written down as waiting, in the order it happens.
 */
import type { MachineConfig } from '../../src/config.js';
import { LineOp, readsLine } from '../../src/memory.js';
import type { Hindrance, ScriptedRequest } from '../traffic.js';
import type { Place } from './coherence-model.js';
import { CombiningModel } from './combining-model.js';
import { type Buffer, Core, emptyBuffer, finish } from './core-buffers.js';
import { CoreTimes } from './core-times.js';
import type { DeviceCounters } from './device.js';
import { HindranceModel } from './hindrance-model.js';
import { type Journey, SharedCaches } from './journey-model.js';
import { Kernel, Phase, type Process, Signal } from './kernel.js';
import { type Ahead, PrefetchModel } from './prefetch-model.js';
import { behind, flushed, type Retired } from './posted.js';
import type { StoreBufferModel, StoreEntry } from './store-buffer-model.js';
import { TrafficModel } from './traffic-model.js';
import { translationOf, type TranslationModel } from './translation-model.js';
import { isInOrder, isUncached, withoutHints } from './uncached-model.js';

/** What a request came to: when the source went on, and when its write was accepted, or −1. */
export interface Outcome {
  at: number;
  durableAt: number;
}

export class MachineModel {
  readonly kernel = new Kernel();
  readonly outcomes: Outcome[][];
  private readonly caches: SharedCaches;
  private readonly isCached: boolean;
  private readonly translation: TranslationModel | null;
  private readonly times: CoreTimes;
  private accesses = 0;
  private readonly hindrance: HindranceModel | null;
  private readonly traffic: TrafficModel;
  private readonly combining: CombiningModel;
  private readonly ahead: PrefetchModel | null;
  private cores: readonly Core[] = [];

  constructor(
    private readonly config: MachineConfig,
    private readonly scripts: readonly (readonly ScriptedRequest[])[],
    hindrance: Hindrance | null = null,
  ) {
    const { cpu } = config;
    this.hindrance = hindrance === null ? null : new HindranceModel(hindrance);
    this.times = new CoreTimes(config);
    this.isCached = cpu.caches !== null;
    const sockets = scripts.map((_, core) => this.times.socket(core));
    this.caches = new SharedCaches(cpu, sockets);
    this.translation = translationOf(config, scripts.length, this.times.clock.periodTicks);
    this.traffic = new TrafficModel(this.kernel, config, this.times);
    this.ahead = this.prefetching();
    this.combining = new CombiningModel(cpu.wcBuffers?.value ?? 0, this.traffic, this.times);
    this.outcomes = scripts.map((script) => script.map(() => ({ at: -1, durableAt: -1 })));
  }

  run(): void {
    this.cores = this.scripts.map((script, id) => {
      const { fillBuffers, storeBuffer } = this.config.cpu;
      const entries = storeBuffer?.entries.value ?? 0;
      const core = new Core(this.kernel, id, fillBuffers.value, entries);
      if (core.stores !== null) this.kernel.start(core.stores.drain(), Phase.Core, id);
      this.kernel.start(this.perform(core, script), Phase.Core, id);
      return core;
    });
    this.kernel.run();
  }

  /** Media traffic and hits of each channel. */
  devices(): DeviceCounters[] {
    return this.traffic.home.counters();
  }

  /** When evictions were accepted. */
  get evictions(): readonly number[] {
    return this.traffic.evictions;
  }

  private *perform(core: Core, script: readonly ScriptedRequest[]): Process {
    for (let i = 0; i < script.length; i += 1) {
      const from = i === 0 ? 0 : this.outcomes[core.id][i - 1].at;
      yield from + script[i].gap;
      const late = this.hindrance?.late(this.kernel.now, script[i]) ?? 0;
      const asked = withoutHints(this.config, script[i]);
      yield* this.request(core, asked, this.outcomes[core.id][i]);
      this.outcomes[core.id][i].at += late;
    }
  }

  private *request(core: Core, asked: ScriptedRequest, outcome: Outcome): Process {
    this.accesses += 1;
    const rank = this.accesses * 2;
    const { op, line } = asked;
    const use = core.nextUse();
    const isStore = op === LineOp.Store || op === LineOp.Atomic;
    const used = isStore || readsLine(op) ? this.caches.use(core.id, line, isStore) : undefined;
    const place = used?.place ?? 'memory';
    let evicted = used?.evicted ?? [];
    const isNt = op === LineOp.NtStore || op === LineOp.DirectStore;
    if (isNt && this.caches.flush(line, true)) evicted = [line];
    const evictedStores = evicted.map((out) => this.traffic.lineState(out).stored);
    let isWritten = false;
    if (isStore) this.traffic.noteStore(line, this.isCached && this.config.domain === 'eadr');
    if (isNt) this.traffic.noteStore(line, false);
    if (op === LineOp.Clwb || op === LineOp.ClFlushOpt) {
      const drops = op === LineOp.ClFlushOpt || !this.config.cpu.clwbKeepsLine.value;
      const wasDirty = this.caches.flush(line, drops);
      const state = this.traffic.lineState(line);
      isWritten = wasDirty || (!isUncached(this.config) && state.accepted < state.stored);
    }
    if (used !== undefined) this.ahead?.observe(core.id, op, line, place, rank);
    const stores = this.traffic.lineState(line).stored;
    const finding = this.translation?.ticks(core.id, op, line) ?? 0;
    if (finding > 0) yield this.kernel.now + finding;
    if (isInOrder(this.config, op)) yield* core.drains(true);
    this.combining.before(core, asked);
    if (op === LineOp.Store && core.stores !== null) {
      const retired = { asked, used, evictedStores, rank, use, stores };
      return yield* this.retire(core, core.stores, retired, outcome);
    }
    for (const [i, out] of evicted.entries()) {
      const buffer = yield* core.take('eviction', out);
      this.evict(core, buffer, evictedStores[i], rank + i / 4);
    }
    const accepted = (at: number): number => (outcome.durableAt = at);
    const { cpu } = this.config;
    if (op === LineOp.Load) {
      outcome.at = yield* this.load(core, asked, place, rank, used?.journey);
    } else if (isNt || (isStore && !this.isCached)) {
      if (op === LineOp.Atomic) yield* this.atomic(core, line, place, rank, used?.journey);
      yield* this.post(core, asked, stores, isNt, rank, accepted);
      outcome.at = this.kernel.now + this.times.cycles(isNt ? cpu.ntStoreCycles : cpu.storeCycles);
    } else if (op === LineOp.Atomic) {
      yield* this.atomic(core, line, place, rank, used?.journey);
      outcome.at = this.kernel.now;
    } else if (op === LineOp.Store || op === LineOp.StreamLoad) {
      const isWhole = op === LineOp.Store && asked.to - asked.from === 64;
      const kind = op === LineOp.Store ? 'store' : 'stream';
      if (place !== 'l1') yield* this.fill(core, line, kind, place, rank, isWhole, used?.journey);
      outcome.at = this.kernel.now + this.times.cycles(cpu.storeCycles);
    } else if (op === LineOp.Clwb || op === LineOp.ClFlushOpt) {
      if (isWritten) yield* this.writeBack(core, line, stores, rank, accepted);
      const issue = this.times.cycles(op === LineOp.Clwb ? cpu.clwbCycles : cpu.clflushoptCycles);
      outcome.at = this.kernel.now + issue + (isWritten ? this.times.ns(cpu.flushWriteNs) : 0);
    } else {
      outcome.at = yield* this.fence(core, op === LineOp.Mfence);
    }
  }

  private *post(
    core: Core,
    asked: ScriptedRequest,
    stores: number,
    isNt: boolean,
    rank: number,
    accepted: (at: number) => void,
  ): Process {
    const { line, from, to } = asked;
    if (yield* this.combining.store(core, asked, { stores, rank, accepted })) return;
    const buffer = yield* core.take('write', line);
    const way = this.times.stored(isNt, from, to);
    const posted = { core: core.id, line, isOwned: false, stores, ...way };
    const send = (): void => this.traffic.write(buffer, posted, rank + 1, accepted);
    behind(core.stores?.holder(line)?.out, send);
  }

  private *load(
    core: Core,
    { line, from, to }: ScriptedRequest,
    place: Place,
    rank: number,
    journey: Journey | undefined,
  ): Generator<number | Signal, number> {
    const { kernel } = this;
    const isOwn = journey === undefined;
    const held = isOwn ? core.stores?.overlapping(line, from, to) : undefined;
    if (held !== undefined) {
      if (held.from <= from && to <= held.to) return kernel.now + this.times.forwardTicks();
      while (!held.isOut) yield held.out;
    } else if (place !== 'memory' && isOwn) {
      const hitAt = kernel.now + this.times.hitTicks(place);
      const entry = core.stores?.filling(line);
      while (entry?.isFilled === false) yield entry.filled;
      if (entry !== undefined) return Math.max(hitAt, kernel.now);
    }
    if (place !== 'memory' && journey !== undefined) {
      yield* journey.waits();
      const at = kernel.now + this.times.hitTicks(place);
      journey.endAt(kernel, at);
      return at;
    }
    if (place !== 'memory') {
      const hitAt = kernel.now + this.times.hitTicks(place);
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
    this.traffic.read(core.id, line, rank + 1, () => {
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
    const alone = this.times.cycles(atomicCycles ?? mfenceCycles);
    yield* core.drains(true);
    if (place === 'memory') {
      yield* this.comes(core, line, rank);
      yield kernel.now + alone;
    } else {
      if (journey !== undefined) yield* journey.waits();
      const isHere = place === 'l1' || place === 'l2' || place === 'llc';
      const beyond = this.times.hitTicks(place) - this.times.hitTicks('l1');
      yield kernel.now + Math.max(alone, isHere ? alone + beyond : this.times.hitTicks(place));
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
    this.fetch(core, buffer, place, rank, isWhole, journey, () => undefined);
  }

  /** The buffer's line comes in. */
  private fetch(
    core: Core,
    buffer: Buffer,
    place: Place,
    rank: number,
    isWhole: boolean,
    journey: Journey | undefined,
    done: () => void,
  ): void {
    const over = (): void => {
      finish(buffer);
      journey?.end();
      done();
    };
    if (place === 'memory' && !isWhole) {
      this.traffic.read(core.id, buffer.line, rank + 1, over);
      return;
    }
    const lasts = place === 'memory' ? this.times.ownTicks(core.id) : this.times.hitTicks(place);
    const ahead = place === 'memory' ? undefined : this.ahead?.underWay(core.id, buffer.line);
    const isHere = (): void => {
      if (ahead === undefined || ahead.isDone) over();
      else ahead.over.wait(over);
    };
    const leaves = (): void => this.kernel.at(this.kernel.now + lasts, Phase.Back, 0, isHere);
    if (journey === undefined) leaves();
    else journey.start(leaves);
  }

  /** A store into the store buffer. */
  private *retire(
    core: Core,
    queue: StoreBufferModel,
    retired: Retired,
    outcome: Outcome,
  ): Process {
    const { line, from, to } = retired.asked;
    while (queue.entries.length >= queue.size) yield queue.left;
    outcome.at = this.kernel.now + this.times.cycles(this.config.cpu.storeCycles);
    if (this.isCached && retired.used?.place === 'l1') {
      const filling = this.filling(core, line);
      const entry = queue.push(line, from, to, null);
      behind(filling?.over, () => queue.fill(entry));
      return;
    }
    const post = (entry: StoreEntry): Process =>
      this.postStore(core, queue, entry, retired, outcome);
    queue.push(line, from, to, post);
  }

  /** A store finds fill buffers, for what it pushed out of the caches and for itself. */
  private *postStore(
    core: Core,
    queue: StoreBufferModel,
    entry: StoreEntry,
    { used, evictedStores, rank, use, stores }: Retired,
    outcome: Outcome,
  ): Process {
    const { line, from, to } = entry;
    for (const [i, out] of (used?.evicted ?? []).entries()) {
      const buffer = yield* core.free();
      core.occupy(buffer, 'eviction', out);
      this.evict(core, buffer, evictedStores[i], rank + i / 4, entry);
    }
    const buffer = yield* core.free();
    const done = (): void => queue.fill(entry);
    if (this.isCached) {
      core.occupy(buffer, 'store', line, use);
      const place = used?.place ?? 'memory';
      this.fetch(core, buffer, place, rank, to - from === 64, used?.journey, done);
      return;
    }
    core.occupy(buffer, 'write', line);
    const way = this.times.stored(false, from, to);
    const posted = { core: core.id, line, isOwned: false, stores, ...way };
    buffer.over.wait(done);
    this.traffic.write(buffer, posted, rank + 1, (at) => (outcome.durableAt = at));
  }

  /** The dirty line in the buffer goes out, behind the stores to it. */
  private evict(
    core: Core,
    buffer: Buffer,
    stores: number,
    rank: number,
    before?: StoreEntry,
  ): void {
    const posted = flushed(core.id, buffer.line, stores);
    behind(core.stores?.holder(buffer.line, before)?.out, () =>
      this.traffic.write(buffer, posted, rank, (at) => this.traffic.evictions.push(at)),
    );
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
    const holder = core.stores?.holder(line);
    core.occupy(buffer, 'write', line);
    const posted = flushed(core.id, line, stores);
    const send = (): void => this.traffic.write(buffer, posted, rank + 1, accepted);
    const rest = (): void => behind(holder?.isOut === false ? holder.out : undefined, send);
    behind(filling?.over, rest);
  }

  private *fence(core: Core, waitsForLoads: boolean): Generator<number | Signal, number> {
    const { cpu } = this.config;
    const ready =
      this.kernel.now + this.times.cycles(waitsForLoads ? cpu.mfenceCycles : cpu.sfenceCycles);
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
        if (place === 'memory') this.traffic.read(core, line, rank + 1, over);
        else kernel.at(kernel.now + this.times.hitTicks(place), Phase.Back, 0, over);
      },
      takeAway: (core, line, rank, over) => {
        const gone = emptyBuffer();
        gone.over.wait(over);
        const posted = flushed(core, line, this.traffic.lineState(line).stored);
        this.traffic.write(gone, posted, rank + 1, (at) => this.traffic.evictions.push(at));
      },
    });
  }
}
