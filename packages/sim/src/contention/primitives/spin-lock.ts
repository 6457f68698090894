/**
 * Spin locks: the queued spin lock of Linux since 4.2, the ticket lock before it, and MCS.
 *
 *     queued   word: locked ─ pending ─ tail    the first waiter spins on the word, the others each
 *              on a node of their own; a hand-over moves the word, and the node behind the second
 *     ticket   every release takes the copies of all waiters away, who fetch the word again one
 *              after the other: the next one comes through in the middle of them
 *     mcs      every waiter has a node: the hand-over moves the node, then the word
 *
 * All are first come, first served, and nobody sleeps. `defect: 'lost-handover'` forgets the waiter
 * who came while the word was on its way, as a release without the second look at the tail would.
 */
import { TaskQueue } from '../task-queue.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

export const SpinVariant = { Queued: 'queued', Ticket: 'ticket', Mcs: 'mcs' } as const;
export type SpinVariant = (typeof SpinVariant)[keyof typeof SpinVariant];

export interface SpinOptions {
  readonly variant: SpinVariant;
  readonly defect?: 'lost-handover';
}

export class SpinLock implements TimedLock {
  private holder = -1;
  private readonly waiters = new TaskQueue();

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    private readonly line: number,
    private readonly options: SpinOptions = { variant: SpinVariant.Queued },
  ) {}

  acquire(task: number): void {
    const { port } = this;
    if (port.freeLock === this.id) return;
    port.clock[task] = port.lines.rmw(this.line, port.cpuOf[task], port.clock[task]);
    if (this.holder < 0) {
      this.holder = task;
      return;
    }
    port.contended(task);
    this.waiters.push(task);
    port.block(task);
  }

  release(task: number): void {
    const { port } = this;
    if (port.freeLock === this.id) return;
    port.clock[task] = port.lines.store(this.line, port.cpuOf[task], port.clock[task]);
    this.holder = -1;
    if (this.waiters.length === 0) return;
    const isForgotten = this.options.defect === 'lost-handover' && this.waiters.length === 1;
    const next = this.waiters.shift();
    if (isForgotten) return;
    this.holder = next;
    port.goOn(next, this.handOver(task, next));
  }

  /** When the next holder has the lock that was given back now. */
  private handOver(from: number, to: number): number {
    const { port } = this;
    const { lines } = port;
    const cpu = port.cpuOf[to];
    let at = port.clock[from];
    const waiting = this.waiters.length + 1;
    const distance = lines.distance(port.cpuOf[from], cpu);
    if (this.options.variant === SpinVariant.Mcs) at += distance;
    else if (this.options.variant === SpinVariant.Ticket) at += (distance * (waiting - 1)) / 2;
    else if (waiting > 1) at += distance;
    return lines.rmw(this.line, cpu, Math.max(at, port.clock[to]));
  }
}
