/**
 * A sequence count with a spin lock for its writers: readers load the count, and load it again; a
 * writer makes it odd, changes, makes it even.
 *
 *     reader   even? ─ yes: remember ─ … ─ still the same? ─ yes: in        no: from the beginning
 *
 * A reader that finds it odd looks until it is even. `defect: 'sample-late'` remembers the count
 * without asking whether it is even.
 */
import { LockMode } from '../../locks/lock-kinds.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

const Phase = { Begun: 1 } as const;

export class Seqcount implements TimedLock {
  private count = 0;
  private readonly sampled: Float64Array;
  private readonly watchers: number[] = [];

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    private readonly line: number,
    private readonly writers: number,
    tasks: number,
    private readonly defect?: 'sample-late',
  ) {
    this.sampled = new Float64Array(tasks);
  }

  acquire(task: number, mode: number): void {
    const { port } = this;
    if (mode === LockMode.Shared) {
      this.sample(task);
      return;
    }
    port.then(task, this.id, Phase.Begun);
    port.lock(this.writers).acquire(task, mode);
  }

  release(task: number, mode: number): void {
    const { port } = this;
    if (mode === LockMode.Shared) return;
    this.bump(task);
    for (const watcher of this.watchers.splice(0)) {
      port.then(watcher, this.id, AGAIN);
      port.goOn(watcher, port.lines.load(this.line, port.cpuOf[watcher], port.clock[task]));
    }
    port.lock(this.writers).release(task, mode);
  }

  phase(task: number, phase: number): void {
    if (phase === Phase.Begun) this.bump(task);
    else this.sample(task);
  }

  validate(task: number): boolean {
    const { port } = this;
    port.clock[task] = port.lines.load(this.line, port.cpuOf[task], port.clock[task]);
    if (this.count === this.sampled[task]) return true;
    this.sample(task);
    return false;
  }

  private sample(task: number): void {
    const { port } = this;
    port.clock[task] = port.lines.load(this.line, port.cpuOf[task], port.clock[task]);
    if (this.count % 2 === 1 && this.defect !== 'sample-late') {
      port.contended(task);
      this.watchers.push(task);
      port.block(task);
      return;
    }
    this.sampled[task] = this.count;
  }

  private bump(task: number): void {
    const { port } = this;
    this.count += 1;
    port.clock[task] = port.lines.store(this.line, port.cpuOf[task], port.clock[task]);
  }
}

const AGAIN = 2;
