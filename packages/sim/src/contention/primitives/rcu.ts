/**
 * Read-copy-update: readers touch nothing, and a writer who has taken something away waits until
 * every CPU has passed a quiescent state, asleep. Writers exclude each other by a lock of their
 * own, which is not this one's business; readers are never kept out.
 */
import { LockMode } from '../../locks/lock-kinds.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

export class Rcu implements TimedLock {
  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
  ) {}

  acquire(): void {
    // Readers announce nothing, and writers may begin at any time.
  }

  /** A writer's section ends when nobody can see any more what it took away. */
  release(task: number, mode: number): void {
    const { port } = this;
    if (mode === LockMode.Shared) return;
    port.sleep(task);
    port.wake(task, port.clock[task] + port.costs.gracePeriodTicks);
  }
}
