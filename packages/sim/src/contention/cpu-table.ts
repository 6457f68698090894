/** Who is on each CPU, since when, and who waits for it. */
import { TaskQueue } from './task-queue.js';
import type { Draw } from './coherence.js';
import type { ContentionCosts } from './costs.js';

export class CpuTable {
  private readonly waiting: TaskQueue[];
  private readonly task: Int32Array;
  private readonly since: Float64Array;
  private readonly leftAt: Float64Array;

  constructor(
    cpus: number,
    private readonly costs: ContentionCosts,
    private readonly draw: Draw,
  ) {
    this.waiting = Array.from({ length: cpus }, () => new TaskQueue());
    this.task = new Int32Array(cpus).fill(-1);
    this.since = new Float64Array(cpus);
    this.leftAt = new Float64Array(cpus);
  }

  /** The task on a CPU, or −1. */
  on(cpu: number): number {
    return this.task[cpu];
  }

  enter(cpu: number, task: number, at: number): void {
    this.task[cpu] = task;
    this.since[cpu] = at;
  }

  /** The CPU is free from `at` on; who waits for it comes next, or −1. */
  leave(cpu: number, at: number): number {
    this.task[cpu] = -1;
    this.leftAt[cpu] = at;
    return this.waiting[cpu].shift();
  }

  /** When a task that is woken at `at` runs on an idle CPU: the longer idle, the deeper asleep. */
  wokenAt(cpu: number, at: number): number {
    const left = this.leftAt[cpu];
    const { idleStates, wakeTicks, wakeSpreadTicks } = this.costs;
    let more = 0;
    for (const state of idleStates) if (at - left >= state.fromTicks) more = state.moreTicks;
    // Were it always as long, rounds of sleepers and stealers would fall into step for ever.
    const drawn = wakeSpreadTicks === 0 ? 0 : this.draw(wakeSpreadTicks + 1);
    return Math.max(at, left) + wakeTicks + drawn + more;
  }

  queue(cpu: number, task: number): void {
    this.waiting[cpu].push(task);
  }

  /** Whether somebody waits whose turn it would be after a slice. */
  isWanted(cpu: number): boolean {
    return this.waiting[cpu].length > 0;
  }

  /** For how long the present task has been there. */
  timeOn(cpu: number, at: number): number {
    return at - this.since[cpu];
  }
}
