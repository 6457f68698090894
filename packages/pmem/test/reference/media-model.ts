/**
 * Reference: what stands behind the RMW buffer, as objects with queues that events move.
 *
 *   AitModel     slots ▸ table, in order ▸ MediaModel
 *   MediaModel   queue, in order ▸ port and bank
 */
import type { MachineConfig } from '../../src/config.js';
import { type Kernel, Phase, type Process, Signal } from './kernel.js';
import { MovesModel, scattered, ticksOf } from './moves-model.js';

type StageOf<K extends string> = Extract<MachineConfig['stages'][number], { kind: K }>;

/**
 * What is asked of an XPLine; a write says how many lines it changes, and how many a cache held.
 */
interface Work {
  readonly xpline: number;
  readonly kind: 'read' | 'write' | 'merge';
  readonly lines: number;
  readonly owned: number;
}

interface Job extends Work {
  readonly done: () => void;
}

export class MediaModel {
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
      const [job] = this.queue;
      const bank = bankOfXpline(job.xpline, this.bankFreeAt.length);
      const free = Math.max(this.portFreeAt, this.bankFreeAt[bank]);
      if (free > kernel.now) yield free;
      this.queue.shift();
      const isRead = job.kind === 'read';
      if (job.kind !== 'write') this.reads += 1;
      if (!isRead) this.writes += 1;
      let lasts = 0;
      if (job.kind !== 'write') lasts += ticksOf(config.readNs);
      if (!isRead) lasts += ticksOf(config.writeNs);
      this.portFreeAt = kernel.now + this.portTicks(job);
      this.bankFreeAt[bank] = kernel.now + lasts;
      kernel.at(kernel.now + lasts, Phase.Stage, 0, job.done);
    }
  }

  private portTicks({ kind, lines, owned }: Job): number {
    const { readPortNs, writePortNs, linePortNs, ownedPortNs } = this.config;
    const reads = kind === 'write' ? 0 : ticksOf(readPortNs);
    if (kind === 'read') return reads;
    return (
      reads + ticksOf(writePortNs) + lines * ticksOf(linePortNs) + owned * ticksOf(ownedPortNs)
    );
  }
}

/** Neighbours within a block of sixteen, blocks scattered by the top bits of a 32-bit product. */
function bankOfXpline(xpline: number, banks: number): number {
  return (Number(scattered(Math.floor(xpline / 16)) >> 20n) + (xpline % 16)) % banks;
}

export class AitModel {
  hits = 0;
  readonly slotFreed = new Signal();
  slotsTaken = 0;
  private freedAt = 0;
  private freedThen = 0;
  private readonly table: Job[] = [];
  private readonly came = new Signal();
  /** Per set, newest first. */
  private readonly sets: number[][];
  private leftAt = 0;
  readonly moves: MovesModel;

  constructor(
    private readonly kernel: Kernel,
    private readonly config: StageOf<'ait-buffer'>,
    readonly media: MediaModel,
    channel: number,
  ) {
    this.moves = new MovesModel(config, channel);
    const sets = config.blocks.value / config.ways.value;
    this.sets = Array.from({ length: sets }, () => []);
    kernel.start(this.lookUp(), Phase.Stage, 0);
  }

  get hasSlot(): boolean {
    return this.slotsTaken < this.config.queue.value;
  }

  get aheadSlots(): number {
    return this.config.aheadSlots.value;
  }

  /** Slots that were free before this tick. */
  get room(): number {
    const freedNow = this.freedAt === this.kernel.now ? this.freedThen : 0;
    return this.config.queue.value - this.slotsTaken - freedNow;
  }

  /** The caller has seen a free slot. `answered` runs at the RMW buffer. */
  submit({ answered, ...work }: Work & { readonly answered: () => void }): void {
    const { kernel, config } = this;
    this.slotsTaken += 1;
    if (work.kind !== 'read') this.moves.written(Math.floor(work.xpline / 16), kernel.now);
    const done = (): void => {
      this.slotsTaken -= 1;
      if (this.freedAt !== kernel.now) this.freedThen = 0;
      this.freedAt = kernel.now;
      this.freedThen += 1;
      kernel.at(kernel.now + ticksOf(config.toRmwNs), Phase.Stage, 0, answered);
      this.slotFreed.fire();
    };
    kernel.at(kernel.now + ticksOf(config.fromRmwNs), Phase.Stage, 0, () => {
      this.table.push({ ...work, done });
      this.came.fire();
    });
  }

  private *lookUp(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.table.length === 0) yield this.came;
      const job = this.table.shift() as Job;
      yield kernel.now + ticksOf(config.lookupNs);
      const isKnown = this.remember(Math.floor(job.xpline / 16));
      if (job.kind === 'read' && isKnown) this.hits += 1;
      // A walk holds up nobody's lookup, but nobody overtakes: times of leaving only grow.
      this.leftAt = Math.max(this.leftAt, kernel.now + (isKnown ? 0 : ticksOf(config.walkNs)));
      kernel.at(this.leftAt, Phase.Stage, 0, () => this.media.submit(job));
    }
  }

  private remember(block: number): boolean {
    const set = this.sets[block % this.sets.length];
    const at = set.indexOf(block);
    if (at >= 0) set.splice(at, 1);
    set.unshift(block);
    if (set.length > this.config.ways.value) set.pop();
    return at >= 0;
  }
}
