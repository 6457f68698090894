/**
 * Reference: lines on their way between caches. A journey leaves when the one before it, to the
 * same line, is over; one from memory does not wait.
 */
import type { MachineConfig } from '../../src/config.js';
import { CacheModel, type Target } from './cache-model.js';
import { CoherenceModel, type Place, type Used } from './coherence-model.js';
import { type Kernel, Phase, Signal } from './kernel.js';

/** A line on its way to a core. */
export class Journey {
  isOver = false;
  readonly over = new Signal();

  constructor(private readonly before: Journey | undefined) {}

  /** Calls `leaves` when the one before is over, at once if it is. */
  start(leaves: () => void): void {
    if (this.before === undefined || this.before.isOver) leaves();
    else this.before.over.wait(leaves);
  }

  *waits(): Generator<Signal, void> {
    while (this.before !== undefined && !this.before.isOver) yield this.before.over;
  }

  end(): void {
    this.isOver = true;
    this.over.fire();
  }

  endAt(kernel: Kernel, at: number): void {
    kernel.at(at, Phase.Back, 0, () => this.end());
  }
}

/** What an access found in the caches, and its journey if the line comes from beyond the core's. */
export interface Seen extends Used {
  readonly journey: Journey | undefined;
}

const NOWHERE: Seen = { place: 'memory', evicted: [], isKept: false, journey: undefined };

/** The caches of a machine, coherent or not, or none. */
export class SharedCaches {
  private readonly tags: CacheModel | CoherenceModel | null;
  private readonly isCoherent: boolean;
  private readonly latest = new Map<number, Journey>();

  constructor({ caches }: MachineConfig['cpu'], sockets: readonly number[]) {
    this.isCoherent = caches?.coherence?.protocol.value === 'mesif';
    if (caches === null) this.tags = null;
    else if (this.isCoherent) this.tags = new CoherenceModel(sockets, caches);
    else this.tags = new CacheModel(sockets.length, caches);
  }

  /** Caches without states alone have their lines prefetched. */
  fetchAhead(core: number, line: number, target: Target): ReturnType<CacheModel['fetchAhead']> {
    if (!(this.tags instanceof CacheModel)) throw new Error('reference: no such prefetching');
    return this.tags.fetchAhead(core, line, target);
  }

  use(core: number, line: number, writes: boolean): Seen {
    if (this.tags === null) return NOWHERE;
    const used = this.tags.use(core, line, writes);
    const isNear = used.place === 'l1' || used.place === 'l2';
    if (!this.isCoherent || isNear) return { ...used, journey: undefined };
    const before = used.place === 'memory' ? undefined : this.latest.get(line);
    const journey = new Journey(before);
    if (!used.isKept) this.latest.set(line, journey);
    return { ...used, journey };
  }

  /** True if the line was dirty. */
  flush(line: number, drops: boolean): boolean {
    return this.tags !== null && this.tags.flush(line, drops);
  }
}

/** What a place costs, in nanoseconds or in cycles. */
export function priceOf(
  place: Exclude<Place, 'memory'>,
  caches: NonNullable<MachineConfig['cpu']['caches']>,
): { ns: number } | { cycles: number } {
  const { coherence } = caches;
  if (place === 'l1' || place === 'l2' || place === 'llc') {
    return { cycles: caches[place].hitCycles.value };
  }
  if (place === 'other') return { ns: caches.transferNs.value };
  if (coherence === undefined) throw new Error('reference: a shared copy without coherence');
  if (place === 'otherClean') return { ns: coherence.forwardNs.value };
  return { ns: (place === 'upgrade' ? coherence.upgradeNs : coherence.otherSocketNs).value };
}
