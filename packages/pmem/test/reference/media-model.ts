/**
 * Reference: what stands behind the RMW buffer, as objects with queues that events move.
 *
 *   AitModel     slots ▸ table, in order ▸ MediaModel
 *   MediaModel   queue, in order ▸ port and bank; moves of hot blocks keep the port
 */
import type { MachineConfig } from '../../src/config.js';
import { type Kernel, Phase, type Process, Signal } from './kernel.js';

type StageOf<K extends string> = Extract<MachineConfig['stages'][number], { kind: K }>;

export const ticksOf = (figure: { value: number }): number => Math.round(figure.value * 1000);

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

/** Knuth's multiplicative hash, 32 bits. */
export function scattered(n: number): bigint {
  return (BigInt(n) * 0x9e3779b1n) & 0xffffffffn;
}

export class MediaModel {
  reads = 0;
  writes = 0;
  private readonly queue: { readonly job: Job; readonly cameAt: number }[] = [];
  private readonly heat = new Map<number, { heat: number; at: number }>();
  private nextIdleMoveAt: number;
  private readonly came = new Signal();
  private portFreeAt = 0;
  private readonly bankFreeAt: number[];

  constructor(
    private readonly kernel: Kernel,
    private readonly config: StageOf<'media'>,
    channel: number,
  ) {
    const every = ticksOf(config.idleMoveNs);
    const first = Math.floor(every * (0.5 + (channel % 16) / 16));
    this.nextIdleMoveAt = every === 0 ? Infinity : first;
    this.bankFreeAt = new Array<number>(config.banks.value).fill(0);
    kernel.start(this.work(), Phase.Stage, 0);
  }

  submit(job: Job): void {
    this.queue.push({ job, cameAt: this.kernel.now });
    this.came.fire();
  }

  private *work(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.queue.length === 0) yield this.came;
      const { job, cameAt } = this.queue[0];
      this.moveIdly(cameAt);
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
      if (!isRead && this.isMoved(job.xpline, cameAt)) this.portFreeAt += ticksOf(config.moveNs);
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

  /** Moves that fell due before a request came; only the last can still be under way. */
  private moveIdly(cameAt: number): void {
    const every = ticksOf(this.config.idleMoveNs);
    while (cameAt >= this.nextIdleMoveAt) {
      const until = this.nextIdleMoveAt + ticksOf(this.config.moveNs);
      this.portFreeAt = Math.max(this.portFreeAt, until);
      this.nextIdleMoveAt += every;
    }
  }

  /** Whether this write of the block makes it hot enough to be moved. */
  private isMoved(xpline: number, at: number): boolean {
    const block = Math.floor(xpline / 16);
    const { moveWrites, coolNs } = this.config;
    const known = this.heat.get(block);
    let heat = Number(scattered(block + 1)) % moveWrites.value;
    if (known !== undefined) {
      const cooled = coolNs.value === 0 ? 0 : (at - known.at) / ticksOf(coolNs);
      heat = Math.max(0, known.heat - cooled);
    }
    heat += 1;
    const isDue = heat >= moveWrites.value;
    this.heat.set(block, { heat: isDue ? 0 : heat, at });
    return isDue;
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

  constructor(
    private readonly kernel: Kernel,
    private readonly config: StageOf<'ait-buffer'>,
    readonly media: MediaModel,
  ) {
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
