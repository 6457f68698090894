/**
 * The lock bit of an entry in an array, Linux fs/dax.c: the bit is found and set under the array's
 * own spin lock, and who finds it set sleeps on one of a few thousand hashed wait queues.
 *
 *     acquire   array lock ─ find ─ set bit ─┐ free        ─▶ in
 *                                   queue ───┘ set         ─▶ sleep ─▶ woken: find again
 *     release   array lock ─ clear ─ wake the first waiter of this entry; its bucket is scanned
 *
 * A waiter that was woken starts over, so that a newcomer may be before it. The array's lock can be
 * one per file or one per part of it; that is whoever made the lock's business.
 *
 * Defects, for tests: `lost-wake` looks for waiters before the bit is cleared and outside of the
 * array's lock.
 */
import { LockMode } from '../../locks/lock-kinds.js';
import { TaskQueue } from '../task-queue.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

const Phase = { HaveArray: 1, LeaveArray: 2, ClearBit: 3, Cleared: 4, Again: 5 } as const;

/** Wait queues that all entries share. */
export class WaitBuckets {
  private readonly waiting: Int32Array;
  /** Waiters of other entries that wake-ups had to look at. */
  collisions = 0;

  constructor(readonly count: number) {
    this.waiting = new Int32Array(count);
  }

  /** Bucket of an entry: a hash of file and index, as good as any. */
  of(key: number): number {
    return (Math.imul(key | 0, 0x9e3779b1) >>> 8) % this.count;
  }

  add(bucket: number): void {
    this.waiting[bucket] += 1;
  }

  /** Takes one out; how many others there are to look at. */
  remove(bucket: number, own: number): number {
    this.waiting[bucket] -= 1;
    const others = this.waiting[bucket] - own;
    this.collisions += others;
    return this.waiting[bucket];
  }
}

export interface BitLockOptions {
  /** Number of the spin lock of the array. */
  readonly array: number;
  readonly buckets: WaitBuckets;
  readonly key: number;
  readonly defect?: 'lost-wake';
}

export class BitLock implements TimedLock {
  private holder = -1;
  /** Whether there were waiters when the present release began. */
  private sawWaiters = false;
  private readonly waiters = new TaskQueue();
  /** Tasks that found it set, until they have it. */
  private readonly late = new Set<number>();
  private readonly bucket: number;

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    private readonly line: number,
    private readonly options: BitLockOptions,
  ) {
    this.bucket = options.buckets.of(options.key);
  }

  acquire(task: number): void {
    this.lockArray(task, Phase.HaveArray);
  }

  release(task: number): void {
    this.sawWaiters = this.waiters.length > 0;
    this.lockArray(task, Phase.ClearBit);
  }

  phase(task: number, phase: number): void {
    if (phase === Phase.HaveArray) this.trySet(task);
    else if (phase === Phase.ClearBit) this.clear(task);
    else if (phase === Phase.LeaveArray) this.sleepIfQueued(task);
    else if (phase === Phase.Again) this.lockArray(task, Phase.HaveArray);
    else this.wakeNext(task);
  }

  private lockArray(task: number, phase: number): void {
    const { port } = this;
    port.waitSince[task] = port.clock[task];
    port.then(task, this.id, phase);
    port.lock(this.options.array).acquire(task, LockMode.Exclusive);
  }

  /** Under the array's lock: sets the bit, or queues for it. */
  private trySet(task: number): void {
    const { port, options } = this;
    this.hasArray(task);
    const { entryFindTicks, entryStoreTicks } = port.costs;
    const at = port.lines.load(this.line, port.cpuOf[task], port.clock[task]) + entryFindTicks;
    if (this.holder < 0) {
      this.holder = task;
      port.clock[task] = port.lines.store(this.line, port.cpuOf[task], at) + entryStoreTicks;
      this.giveBackArray(task);
      if (this.late.delete(task)) port.contended(task);
      return;
    }
    this.late.add(task);
    port.clock[task] = at;
    this.waiters.push(task);
    options.buckets.add(this.bucket);
    port.then(task, this.id, Phase.LeaveArray);
    this.giveBackArray(task);
  }

  /** Queued, and the array is free again: sleeps unless somebody woke it meanwhile. */
  private sleepIfQueued(task: number): void {
    const { port } = this;
    if (!this.waiters.has(task)) {
      this.lockArray(task, Phase.HaveArray);
      return;
    }
    port.then(task, this.id, Phase.Again);
    port.sleep(task);
  }

  private clear(task: number): void {
    const { port, options } = this;
    this.hasArray(task);
    const { entryFindTicks, entryStoreTicks } = port.costs;
    const at = port.lines.store(this.line, port.cpuOf[task], port.clock[task]);
    port.clock[task] = at + entryFindTicks + entryStoreTicks;
    this.holder = -1;
    const looks = options.defect === 'lost-wake' ? this.sawWaiters : this.waiters.length > 0;
    if (looks) port.then(task, this.id, Phase.Cleared);
    this.giveBackArray(task);
  }

  private wakeNext(task: number): void {
    const { port, options } = this;
    const next = this.waiters.shift();
    if (next < 0) return;
    const looked = options.buckets.remove(this.bucket, this.waiters.length);
    port.clock[task] += looked * port.costs.bucketScanTicks;
    port.clock[task] += port.lines.wakeTicks(port.cpuOf[task], port.cpuOf[next]);
    if (!port.isRunning(next)) port.wake(next, port.clock[task]);
  }

  private hasArray(task: number): void {
    const { port } = this;
    port.innerGranted(task, this.options.array, port.waitSince[task]);
    port.waitSince[task] = port.clock[task];
  }

  private giveBackArray(task: number): void {
    const { port, options } = this;
    port.lock(options.array).release(task, LockMode.Exclusive);
    port.innerReleased(task, options.array, port.waitSince[task]);
  }
}
