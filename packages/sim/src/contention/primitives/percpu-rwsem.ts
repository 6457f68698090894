/**
 * A readers-writer semaphore whose readers touch a line of their own CPU only: Linux
 * kernel/locking/percpu-rwsem.c.
 *
 *     reader  own counter up ─ is a writer there? ─ no: in     yes: counter down, wait for it
 *     writer  shut the door ─ grace period: nobody is between the two any more ─ add the counters
 *             up until they are zero ─ in
 */
import { LockMode } from '../../locks/lock-kinds.js';
import { TaskQueue } from '../task-queue.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

const Phase = { Shut: 1, Again: 2 } as const;

export class PercpuRwsem implements TimedLock {
  private readers = 0;
  private isShut = false;
  private readonly waiters = new TaskQueue();
  /** Waits for the last reader with the door shut. */
  private draining = -1;

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    /** The line of the door, and that of each CPU's counter. */
    private readonly door: number,
    private readonly counters: readonly number[],
  ) {}

  acquire(task: number, mode: number): void {
    const { port } = this;
    port.waitMode[task] = mode;
    if (mode === LockMode.Exclusive) {
      this.shut(task);
      return;
    }
    this.count(task);
    port.clock[task] = port.lines.load(this.door, port.cpuOf[task], port.clock[task]);
    if (!this.isShut) {
      this.readers += 1;
      return;
    }
    port.contended(task);
    this.count(task);
    this.waitForDoor(task);
  }

  release(task: number, mode: number): void {
    const { port } = this;
    if (mode === LockMode.Shared) {
      this.count(task);
      this.readers -= 1;
      if (this.readers > 0 || this.draining < 0) return;
      const writer = this.draining;
      this.draining = -1;
      port.wake(writer, port.clock[task]);
      return;
    }
    this.isShut = false;
    port.clock[task] = port.lines.store(this.door, port.cpuOf[task], port.clock[task]);
    while (this.waiters.length > 0) {
      const next = this.waiters.shift();
      port.clock[task] += port.lines.wakeTicks(port.cpuOf[task], port.cpuOf[next]);
      port.wake(next, port.clock[task]);
    }
  }

  phase(task: number, phase: number): void {
    if (phase === Phase.Shut) this.drain(task);
    else this.acquire(task, this.port.waitMode[task]);
  }

  private shut(task: number): void {
    const { port } = this;
    port.clock[task] = port.lines.rmw(this.door, port.cpuOf[task], port.clock[task]);
    if (this.isShut) {
      port.contended(task);
      this.waitForDoor(task);
      return;
    }
    this.isShut = true;
    port.then(task, this.id, Phase.Shut);
    port.sleep(task);
    port.wake(task, port.clock[task] + port.costs.gracePeriodTicks);
  }

  /** Nobody comes in any more: adds the counters up. */
  private drain(task: number): void {
    const { port } = this;
    for (const counter of this.counters) {
      port.clock[task] = port.lines.load(counter, port.cpuOf[task], port.clock[task]);
    }
    if (this.readers === 0) return;
    port.contended(task);
    this.draining = task;
    port.sleep(task);
  }

  private waitForDoor(task: number): void {
    const { port } = this;
    this.waiters.push(task);
    port.then(task, this.id, Phase.Again);
    port.sleep(task);
  }

  private count(task: number): void {
    const { port } = this;
    const cpu = port.cpuOf[task];
    port.clock[task] = port.lines.store(this.counters[cpu], cpu, port.clock[task]);
  }
}
