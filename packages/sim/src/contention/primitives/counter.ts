/**
 * A counted resource with plenty of units (log space, handles): taking and giving back is an atomic
 * on one line, and nobody waits.
 */
import type { LockPort, TimedLock } from '../timed-lock.js';

export class Counter implements TimedLock {
  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    private readonly line: number,
  ) {}

  acquire(task: number): void {
    this.touch(task);
  }

  release(task: number): void {
    this.touch(task);
  }

  private touch(task: number): void {
    const { port } = this;
    port.clock[task] = port.lines.rmw(this.line, port.cpuOf[task], port.clock[task]);
  }
}
