/**
 * Reference: what stands behind a controller, as objects with queues that events move.
 *
 *   DimmModel    arrivals ▸ one server, in order ▸ buffer of XPLines ▸ AitModel
 *   DramModel    a queue per bank
 */
import type { MachineConfig } from '../../src/config.js';
import type { DeviceCounters, DeviceModel, DeviceRequest } from './device.js';
import { type Kernel, Phase, type Process, Signal } from './kernel.js';
import { Ddr4Model } from './ddr4-model.js';
import { LinkModel } from './link-model.js';
import { AitModel, MediaModel } from './media-model.js';
import { scattered, ticksOf } from './moves-model.js';

type StageOf<K extends string> = Extract<MachineConfig['stages'][number], { kind: K }>;

interface Entry {
  xpline: number;
  readonly written: Set<number>;
  /** Lines of which anything was written, and those of them that a cache held. */
  readonly changed: Set<number>;
  readonly owned: Set<number>;
  isDirty: boolean;
  dirtySince: number;
  fetch: 'none' | 'under way' | 'done';
  usedAt: number;
  readonly fetched: Signal;
}

export class DimmModel implements DeviceModel {
  readHits = 0;
  writeHits = 0;
  private readonly queue: DeviceRequest[] = [];
  private readonly came = new Signal();
  private readonly places: Entry[] = [];
  /** Dirty entries, in the order of a list from which the last fills each gap. */
  private readonly dirty: Entry[] = [];
  private uses = 0;
  private draws = 1n;
  private pressedUntil = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly config: StageOf<'rmw-buffer'>,
    readonly ait: AitModel,
  ) {
    kernel.start(this.serve(), Phase.Stage, 0);
  }

  submit(request: DeviceRequest): void {
    const arrives = this.kernel.now + ticksOf(this.config.linkNs);
    this.kernel.at(arrives, Phase.Stage, 0, () => {
      this.queue.push(request);
      this.came.fire();
    });
  }

  counters(): DeviceCounters {
    const { ait, readHits: rmwReadHits, writeHits: rmwWriteHits } = this;
    const { reads: mediaReads, writes: mediaWrites } = ait.media;
    return { mediaReads, mediaWrites, aitReadHits: ait.hits, rmwReadHits, rmwWriteHits };
  }

  private *serve(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.queue.length === 0) yield this.came;
      const takenAt = this.ait.moves.takenAt(kernel.now);
      if (takenAt > kernel.now) yield takenAt;
      const request = this.queue.shift() as DeviceRequest;
      const xpline = Math.floor(request.line / 4);
      let entry = this.find(xpline);
      if (entry === undefined) entry = yield* this.take(xpline);
      else if (request.isWrite) this.writeHits += 1;
      else this.readHits += 1;
      this.uses += 1;
      entry.usedAt = this.uses;
      if (request.isWrite) {
        yield* this.write(entry, request);
      } else {
        if (entry.fetch === 'none' && !entry.written.has(request.line)) yield* this.fetch(entry);
        this.answer(entry, request);
      }
      request.admitted();
      yield kernel.now + ticksOf(request.isWrite ? config.writeBusyNs : config.readBusyNs);
      const isFirst = !request.isWrite && request.line % 4 === 0;
      if (config.readAhead.value && isFirst) yield* this.readAhead(xpline);
    }
  }

  private find(xpline: number): Entry | undefined {
    return this.places.find((known) => known.xpline === xpline);
  }

  private *write(entry: Entry, request: DeviceRequest): Process {
    if (!entry.isDirty) {
      this.dirty.push(entry);
      entry.dirtySince = this.uses;
    }
    entry.isDirty = true;
    entry.changed.add(request.line);
    if (request.isOwned) entry.owned.add(request.line);
    if (request.pieces === 0) entry.written.add(request.line);
    if (entry.written.size === 4) yield* this.writeOut(entry);
    else if (this.kernel.now < this.pressedUntil) yield* this.closeOpen();
  }

  private *closeOpen(): Process {
    while (this.openLines() > this.config.windowLines.value) {
      const drawn = Array.from({ length: this.config.samples.value }, () => {
        return this.dirty[this.draw(this.dirty.length)];
      });
      const since = Math.min(...drawn.map(({ dirtySince }) => dirtySince));
      yield* this.writeOut(drawn.find((entry) => entry.dirtySince === since) as Entry);
      if (this.ait.room <= 0) return;
    }
  }

  private openLines(): number {
    let lines = 0;
    for (const { written } of this.dirty) lines += written.size;
    return lines;
  }

  private *readAhead(xpline: number): Process {
    if (this.ait.room < this.ait.aheadSlots) return;
    const inBlock = xpline % 16;
    if (inBlock === 0 || inBlock === 15) return;
    if (this.find(xpline - 1) === undefined || this.find(xpline + 1) !== undefined) return;
    const entry = yield* this.take(xpline + 1);
    this.uses += 1;
    entry.usedAt = this.uses;
    yield* this.fetch(entry);
    yield this.kernel.now + ticksOf(this.config.readBusyNs);
  }

  /** A new entry for an XPLine, in place of another if all places are taken. */
  private *take(xpline: number): Generator<number | Signal, Entry> {
    const fresh: Entry = {
      xpline,
      written: new Set(),
      changed: new Set(),
      owned: new Set(),
      isDirty: false,
      dirtySince: 0,
      fetch: 'none',
      usedAt: 0,
      fetched: new Signal(),
    };
    if (this.places.length < this.config.entries.value) {
      this.places.push(fresh);
      return fresh;
    }
    const drawn = Array.from({ length: this.config.samples.value }, () =>
      this.draw(this.config.entries.value),
    );
    const oldest = Math.min(...drawn.map((place) => this.places[place].usedAt));
    const place = drawn.find((other) => this.places[other].usedAt === oldest) as number;
    const victim = this.places[place];
    if (victim.fetch === 'under way') yield victim.fetched;
    if (victim.isDirty) yield* this.writeOut(victim);
    this.places[place] = fresh;
    return fresh;
  }

  private draw(count: number): number {
    this.draws = (this.draws * 1664525n + 1013904223n) & 0xffffffffn;
    return Number(this.draws >> 8n) % count;
  }

  private *writeOut(entry: Entry): Process {
    const asked = this.kernel.now;
    while (!this.ait.hasSlot) yield this.ait.slotFreed;
    const { now } = this.kernel;
    if (now > asked) this.pressedUntil = now + ticksOf(this.config.calmNs);
    const isWhole = entry.fetch !== 'none' || entry.written.size === 4;
    this.ait.submit({
      kind: isWhole ? 'write' : 'merge',
      xpline: entry.xpline,
      lines: entry.changed.size,
      owned: entry.owned.size,
      answered: () => undefined,
    });
    if (entry.fetch === 'none') entry.fetch = 'done';
    entry.written.clear();
    entry.changed.clear();
    entry.owned.clear();
    entry.isDirty = false;
    // The last takes its place.
    const last = this.dirty.pop() as Entry;
    if (last !== entry) this.dirty[this.dirty.indexOf(entry)] = last;
  }

  private *fetch(entry: Entry): Process {
    while (!this.ait.hasSlot) yield this.ait.slotFreed;
    entry.fetch = 'under way';
    const answered = (): void => {
      entry.fetch = 'done';
      entry.fetched.fire();
    };
    this.ait.submit({ kind: 'read', xpline: entry.xpline, lines: 0, owned: 0, answered });
  }

  private answer(entry: Entry, request: DeviceRequest): void {
    const { kernel, config } = this;
    const leave = (): void => {
      const arrives = kernel.now + ticksOf(config.readNs) + ticksOf(config.linkNs);
      kernel.at(arrives, Phase.Stage, 0, request.answered);
    };
    if (entry.fetch === 'under way') entry.fetched.wait(leave);
    else leave();
  }
}

export class DramModel implements DeviceModel {
  private readonly banks: { queue: DeviceRequest[]; freeAt: number; row: number }[];

  constructor(
    private readonly kernel: Kernel,
    private readonly config: StageOf<'dram'>,
  ) {
    this.banks = Array.from({ length: config.banks.value }, () => ({
      queue: [],
      freeAt: 0,
      row: -1,
    }));
  }

  submit(request: DeviceRequest): void {
    const row = Math.floor(request.line / this.config.rowLines.value);
    const bank = this.banks[Number(scattered(row) >> 16n) % this.banks.length];
    bank.queue.push(request);
    if (bank.queue.length === 1) this.startNext(bank);
  }

  counters(): DeviceCounters {
    return { mediaReads: 0, mediaWrites: 0, aitReadHits: 0, rmwReadHits: 0, rmwWriteHits: 0 };
  }

  private startNext(bank: DramModel['banks'][number]): void {
    const { kernel, config } = this;
    kernel.at(Math.max(kernel.now, bank.freeAt), Phase.Stage, 0, () => {
      const request = bank.queue[0];
      const row = Math.floor(request.line / config.rowLines.value);
      const isOpen = bank.row === row;
      bank.row = row;
      request.admitted();
      const done = kernel.now + ticksOf(isOpen ? config.rowHitNs : config.rowMissNs);
      bank.freeAt = isOpen ? kernel.now + ticksOf(config.busyNs) : done;
      kernel.at(done, Phase.Stage, 0, request.answered);
      bank.queue.shift();
      if (bank.queue.length > 0) this.startNext(bank);
    });
  }
}

/** The device of one channel, from the machine's list of stages. */
export function buildDevice(
  kernel: Kernel,
  stages: MachineConfig['stages'],
  channel: number,
): DeviceModel {
  const [first, second, third] = stages;
  if (first.kind === 'link') {
    return new LinkModel(kernel, first, buildDevice(kernel, stages.slice(1), channel));
  }
  if (first.kind === 'ddr4') return new Ddr4Model(kernel, first);
  if (first.kind === 'dram') return new DramModel(kernel, first);
  if (first.kind === 'rmw-buffer' && second.kind === 'ait-buffer' && third.kind === 'media') {
    return new DimmModel(
      kernel,
      first,
      new AitModel(kernel, second, new MediaModel(kernel, third), channel),
    );
  }
  throw new Error('reference: no model of this list of stages');
}
