/**
 * The queued readers-writer spin lock of Linux, kernel/locking/qrwlock.c.
 *
 *     reader  add one ─▶ no writer: in
 *                     └─▶ take one off, join the queue; first of it: add one, wait for the writer
 *     writer  0 → locked: in     else join the queue; first of it: mark waiting, wait for readers
 *
 * The queue is a spin lock beside the count, on the same line; whoever is first in it holds that.
 * `checks` is what Linux 4.3 changed: before, a reader looked whether a writer was there before it
 * counted itself in, so that it had to fetch the line twice. `always` does so for every reader,
 * which is how the change is described; `queued` only for those who come through the queue.
 */
import { LockMode } from '../../locks/lock-kinds.js';
import { TaskQueue } from '../task-queue.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

const Phase = { Add: 1, First: 2, AddFirst: 3, Decide: 4 } as const;

export type ReaderChecks = 'never' | 'queued' | 'always';

export class QueuedRwLock implements TimedLock {
  private readers = 0;
  private writer = -1;
  private isWriterFirst = false;
  private readonly queue = new TaskQueue();

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    private readonly line: number,
    private readonly checks: ReaderChecks = 'never',
  ) {}

  acquire(task: number, mode: number): void {
    const { port } = this;
    port.waitMode[task] = mode;
    if (mode === LockMode.Shared && this.checks === 'always') {
      this.look(task);
      port.then(task, this.id, Phase.Add);
      return;
    }
    this.enter(task);
  }

  release(task: number, mode: number): void {
    this.touch(task);
    if (mode === LockMode.Shared) this.readers -= 1;
    else this.writer = -1;
    this.tellFirst(task);
  }

  phase(task: number, phase: number): void {
    if (phase === Phase.Add) this.enter(task);
    else if (phase === Phase.First) this.beFirst(task);
    else if (phase === Phase.AddFirst) this.decide(task, true);
    else this.decide(task, false);
  }

  private enter(task: number): void {
    const { port } = this;
    this.touch(task);
    const isShared = port.waitMode[task] === LockMode.Shared;
    const isKept = this.writer >= 0 || this.isWriterFirst;
    if (isShared && !isKept) {
      this.readers += 1;
      return;
    }
    if (!isShared && this.writer < 0 && this.readers === 0 && this.queue.length === 0) {
      this.writer = task;
      return;
    }
    port.contended(task);
    if (isShared) this.touch(task);
    this.queue.push(task);
    if (this.queue.first === task) port.then(task, this.id, Phase.First);
    else port.block(task);
  }

  /** Has the spin lock of the queue. */
  private beFirst(task: number): void {
    const { port } = this;
    if (port.waitMode[task] === LockMode.Exclusive) {
      this.touch(task);
      this.isWriterFirst = true;
      this.decide(task, false);
    } else if (this.checks === 'never') this.decide(task, true);
    else {
      this.look(task);
      port.then(task, this.id, Phase.Decide);
    }
  }

  /** `adds`: a reader counts itself in at once; else it waits until no writer is there. */
  private decide(task: number, adds: boolean): void {
    const { port } = this;
    const isShared = port.waitMode[task] === LockMode.Shared;
    const isFree = this.writer < 0 && (isShared || this.readers === 0);
    if (isShared && (adds || isFree)) {
      this.touch(task);
      if (this.writer < 0) {
        this.readers += 1;
        this.leaveQueue(task);
        return;
      }
    }
    if (!isShared && isFree) {
      this.touch(task);
      this.writer = task;
      this.isWriterFirst = false;
      this.leaveQueue(task);
      return;
    }
    port.block(task);
  }

  /** The next one gets the spin lock of the queue. */
  private leaveQueue(task: number): void {
    const { port } = this;
    this.queue.shift();
    const next = this.queue.first;
    if (next < 0) return;
    const at = port.clock[task] + port.lines.distance(port.cpuOf[task], port.cpuOf[next]);
    port.then(next, this.id, Phase.First);
    port.goOn(next, Math.max(at, port.clock[next]));
  }

  /** Whoever is first and waits for the word to change sees it. */
  private tellFirst(task: number): void {
    const { port } = this;
    const first = this.queue.first;
    if (first < 0 || first === task || !port.isWaiting(first)) return;
    const wantsAll = port.waitMode[first] === LockMode.Exclusive;
    if (this.writer >= 0 || (wantsAll && this.readers > 0)) return;
    const seen = port.lines.load(this.line, port.cpuOf[first], port.clock[task]);
    port.then(first, this.id, Phase.AddFirst);
    port.goOn(first, Math.max(seen, port.clock[first]));
  }

  private look(task: number): void {
    const { port } = this;
    port.clock[task] = port.lines.load(this.line, port.cpuOf[task], port.clock[task]);
  }

  private touch(task: number): void {
    const { port } = this;
    port.clock[task] = port.lines.rmw(this.line, port.cpuOf[task], port.clock[task]);
  }
}
