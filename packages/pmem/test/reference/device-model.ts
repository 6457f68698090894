/**
 * Reference: what stands behind a controller, as objects with queues that events move.
 *
 *   DimmModel    arrivals ▸ one server, in order ▸ buffer of XPLines ▸ AitModel
 *   AitModel     slots ▸ table, in order ▸ DRAM bank or MediaModel
 *   MediaModel   queue, in order ▸ port and bank
 *   DramModel    a queue per bank
 */
import type { MachineConfig } from '../../src/config.js';
import { type Kernel, Phase, type Process, Signal } from './kernel.js';

type StageOf<K extends string> = Extract<MachineConfig['stages'][number], { kind: K }>;

/** A request at a device; `admitted` and `answered` are called when it happens. */
export interface DeviceRequest {
  readonly line: number;
  readonly isWrite: boolean;
  readonly isPartial: boolean;
  readonly admitted: () => void;
  readonly answered: () => void;
}

export interface DeviceCounters {
  readonly mediaReads: number;
  readonly mediaWrites: number;
  readonly aitReadHits: number;
  readonly rmwReadHits: number;
  readonly rmwWriteHits: number;
}

export interface DeviceModel {
  submit(request: DeviceRequest): void;
  counters(): DeviceCounters;
}

const ticksOf = (figure: { value: number }): number => Math.round(figure.value * 1000);

type Job = { xpline: number; kind: 'read' | 'write' | 'merge'; done: () => void };

class MediaModel {
  reads = 0;
  writes = 0;
  private readonly queue: Job[] = [];
  private readonly came = new Signal();
  private portFreeAt = 0;
  private readonly bankFreeAt: number[];

  constructor(
    private readonly kernel: Kernel,
    private readonly config: StageOf<'media'>,
  ) {
    this.bankFreeAt = new Array<number>(config.banks.value).fill(0);
    kernel.start(this.work(), Phase.Stage, 0);
  }

  submit(job: Job): void {
    this.queue.push(job);
    this.came.fire();
  }

  private *work(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.queue.length === 0) yield this.came;
      const job = this.queue[0];
      const bank = bankOfXpline(job.xpline, this.bankFreeAt.length);
      const free = Math.max(this.portFreeAt, this.bankFreeAt[bank]);
      if (free > kernel.now) yield free;
      this.queue.shift();
      const isRead = job.kind === 'read';
      if (job.kind !== 'write') this.reads += 1;
      if (!isRead) this.writes += 1;
      const port = {
        read: config.readPortNs,
        write: config.writePortNs,
        merge: config.mergePortNs,
      };
      let lasts = 0;
      if (job.kind !== 'write') lasts += ticksOf(config.readNs);
      if (!isRead) lasts += ticksOf(config.writeNs);
      this.portFreeAt = kernel.now + ticksOf(port[job.kind]);
      this.bankFreeAt[bank] = kernel.now + lasts;
      kernel.at(kernel.now + lasts, Phase.Stage, 0, job.done);
    }
  }
}

/** Neighbours within a block of sixteen, blocks scattered by the top bits of a 32-bit product. */
function bankOfXpline(xpline: number, banks: number): number {
  const product = (BigInt(Math.floor(xpline / 16)) * 0x9e3779b1n) & 0xffffffffn;
  return (Number(product >> 20n) + (xpline % 16)) % banks;
}

class AitModel {
  hits = 0;
  readonly slotFreed = new Signal();
  slotsTaken = 0;
  private readonly table: Job[] = [];
  private readonly came = new Signal();
  /** Per set, newest first. */
  private readonly sets: { block: number; lines: Set<number> }[][];
  private readonly bankFreeAt: number[];

  constructor(
    private readonly kernel: Kernel,
    private readonly config: StageOf<'ait-buffer'>,
    readonly media: MediaModel,
  ) {
    const sets = config.blocks.value / config.ways.value;
    this.sets = Array.from({ length: sets }, () => []);
    this.bankFreeAt = new Array<number>(config.dramBanks.value).fill(0);
    kernel.start(this.lookUp(), Phase.Stage, 0);
  }

  get hasSlot(): boolean {
    return this.slotsTaken < this.config.queue.value;
  }

  /** The caller has seen a free slot. `answered` runs at the RMW buffer. */
  submit(kind: Job['kind'], xpline: number, answered: () => void): void {
    const { kernel, config } = this;
    this.slotsTaken += 1;
    const done = (): void => {
      this.slotsTaken -= 1;
      kernel.at(kernel.now + ticksOf(config.toRmwNs), Phase.Stage, 0, answered);
      this.slotFreed.fire();
    };
    kernel.at(kernel.now + ticksOf(config.fromRmwNs), Phase.Stage, 0, () => {
      this.table.push({ kind, xpline, done });
      this.came.fire();
    });
  }

  private *lookUp(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.table.length === 0) yield this.came;
      const job = this.table.shift() as Job;
      yield kernel.now + ticksOf(config.lookupNs);
      const block = Math.floor(job.xpline / 16);
      const wasThere = this.remember(block, job.xpline);
      if (job.kind === 'read' && wasThere) {
        this.hits += 1;
        kernel.at(this.bankStart(block) + ticksOf(config.dramReadNs), Phase.Stage, 0, job.done);
        continue;
      }
      if (job.kind !== 'read') this.bankStart(block);
      this.media.submit(job.kind === 'merge' && wasThere ? { ...job, kind: 'write' } : job);
    }
  }

  /** Banks serve in the order of lookups, each its own. */
  private bankStart(block: number): number {
    const bank = block % this.bankFreeAt.length;
    const start = Math.max(this.kernel.now, this.bankFreeAt[bank]);
    this.bankFreeAt[bank] = start + ticksOf(this.config.dramBusyNs);
    return start;
  }

  private remember(block: number, xpline: number): boolean {
    const set = this.sets[block % this.sets.length];
    const at = set.findIndex((entry) => entry.block === block);
    const entry = at >= 0 ? set.splice(at, 1)[0] : { block, lines: new Set<number>() };
    set.unshift(entry);
    if (set.length > this.config.ways.value) set.pop();
    const wasThere = entry.lines.has(xpline);
    entry.lines.add(xpline);
    return wasThere;
  }
}

interface Entry {
  readonly xpline: number;
  readonly written: Set<number>;
  isDirty: boolean;
  fetch: 'none' | 'under way' | 'done';
  readonly fetched: Signal;
}

export class DimmModel implements DeviceModel {
  readHits = 0;
  writeHits = 0;
  private readonly queue: DeviceRequest[] = [];
  private readonly came = new Signal();
  /** Newest first. */
  private entries: Entry[] = [];

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
      const request = this.queue.shift() as DeviceRequest;
      const xpline = Math.floor(request.line / 4);
      let entry = this.entries.find((known) => known.xpline === xpline);
      if (entry === undefined) {
        yield* this.makeRoom();
        entry = {
          xpline,
          written: new Set(),
          isDirty: false,
          fetch: 'none',
          fetched: new Signal(),
        };
      } else {
        const found = entry;
        this.entries = this.entries.filter((other) => other !== found);
        if (request.isWrite) this.writeHits += 1;
        else this.readHits += 1;
      }
      this.entries.unshift(entry);
      if (request.isWrite) {
        entry.isDirty = true;
        if (!request.isPartial) entry.written.add(request.line);
      } else {
        if (entry.fetch === 'none' && !entry.written.has(request.line)) yield* this.fetch(entry);
        this.answer(entry, request);
      }
      request.admitted();
      yield kernel.now + ticksOf(request.isWrite ? config.writeBusyNs : config.readBusyNs);
    }
  }

  private *makeRoom(): Process {
    if (this.entries.length < this.config.entries.value) return;
    const oldest = this.entries[this.entries.length - 1];
    if (oldest.fetch === 'under way') yield oldest.fetched;
    if (oldest.isDirty) {
      while (!this.ait.hasSlot) yield this.ait.slotFreed;
      const isWhole = oldest.fetch === 'done' || oldest.written.size === 4;
      this.ait.submit(isWhole ? 'write' : 'merge', oldest.xpline, () => undefined);
    }
    this.entries.pop();
  }

  private *fetch(entry: Entry): Process {
    while (!this.ait.hasSlot) yield this.ait.slotFreed;
    entry.fetch = 'under way';
    this.ait.submit('read', entry.xpline, () => {
      entry.fetch = 'done';
      entry.fetched.fire();
    });
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
    const bank = this.banks[row % this.banks.length];
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
export function buildDevice(kernel: Kernel, stages: MachineConfig['stages']): DeviceModel {
  const [first, second, third] = stages;
  if (first.kind === 'dram') return new DramModel(kernel, first);
  if (first.kind === 'rmw-buffer' && second.kind === 'ait-buffer' && third.kind === 'media') {
    return new DimmModel(
      kernel,
      first,
      new AitModel(kernel, second, new MediaModel(kernel, third)),
    );
  }
  throw new Error('reference: no model of this list of stages');
}
