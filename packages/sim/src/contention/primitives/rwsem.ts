/**
 * The readers-writer semaphore of Linux since 5.3, kernel/locking/rwsem.c; and the mutex, which is
 * its writers' side.
 *
 *     word: writer · waiters · handoff · readers        owner, OSQ and wait list on the same line
 *
 *     reader  add ─▶ no writer, nobody waits: in
 *                └─▶ free, nobody spins or is handed it: steal ─▶ in
 *                └─▶ queue, sleep; the waker lets it in before it wakes it
 *     writer  0 → 1: in
 *             owner runs ─▶ OSQ ─▶ its first spins on the owner ─▶ free: in, past all sleepers
 *             else       ─▶ queue, sleep ─▶ woken: free? in : sleep again; after 4 ms: handoff
 *     release last one out with waiters wakes the first writer, or all readers of the queue
 *
 * A writer spins on a lock that readers have for a bounded time. The first waiter with the handoff
 * bit gets the next release, and nobody steals.
 *
 * Defects, for tests: `lost-wake` (a release that looks for waiters before it lets go),
 * `missed-handoff` (the bit is never set), `reader-starvation` (readers are granted only when no
 * writer waits), `early-grant` (readers are let in without a look at the writer).
 */
import { LockMode } from '../../locks/lock-kinds.js';
import { TaskQueue } from '../task-queue.js';
import { RwsemWaiters } from './rwsem-waiters.js';
import type { LockPort, TimedLock } from '../timed-lock.js';
import type { RwsemEvents } from './rwsem-events.js';

export type RwsemDefect = 'lost-wake' | 'missed-handoff' | 'reader-starvation' | 'early-grant';

const Phase = {
  QueueReader: 1,
  QueueWriter: 2,
  Spin: 3,
  SpinTimeout: 4,
  Woken: 5,
  Wake: 6,
  JoinSpinners: 7,
  Grant: 8,
} as const;

export interface RwsemOptions {
  readonly events: RwsemEvents;
  /** A mutex: its first woken waiter asks for the handoff at once, and nobody shares it. */
  readonly isMutex?: boolean;
  readonly defect?: RwsemDefect;
}

export class Rwsem implements TimedLock {
  private readers = 0;
  private writer = -1;
  /** Task that nobody may steal from any more, or −1. */
  private handoff = -1;
  private readonly waiters: RwsemWaiters;
  private readonly spinners = new TaskQueue();
  /** Whether the first spinner watches, and may be told that the lock is free. */
  private isWatching = false;
  /** The first waiting writer that was woken and has not looked yet. */
  private woken = -1;
  private readonly events: RwsemEvents;

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    private readonly line: number,
    private readonly options: RwsemOptions,
  ) {
    this.events = options.events;
    this.waiters = new RwsemWaiters(port);
  }

  /** Tasks that have it, for tests: readers, or one writer. */
  get holders(): { readonly readers: number; readonly writer: number } {
    return { readers: this.readers, writer: this.writer };
  }

  acquire(task: number, mode: number): void {
    const { port, events } = this;
    port.clock[task] = this.rmw(task);
    const isQuiet = this.writer < 0 && this.handoff < 0 && this.waiters.length === 0;
    if (mode === LockMode.Shared && this.options.isMutex !== true) {
      events.rwsem_rlock += 1;
      if (isQuiet) {
        events.rwsem_rlock_fast += 1;
        this.readers += 1;
        return;
      }
      this.readSlowly(task);
      return;
    }
    events.rwsem_wlock += 1;
    if (isQuiet && this.readers === 0) this.own(task);
    else this.writeSlowly(task);
  }

  release(task: number, mode: number): void {
    const { port } = this;
    const hadWaiters = this.waiters.length > 0;
    const isShared = mode === LockMode.Shared && this.options.isMutex !== true;
    const isLast = !isShared || this.readers === 1;
    port.clock[task] = this.rmw(task, !isLast);
    if (isShared) this.readers -= 1;
    else this.disown(task);
    if (!isLast) return;
    this.tellSpinner(port.clock[task]);
    const looksAt = this.options.defect === 'lost-wake' ? hadWaiters : this.waiters.length > 0;
    if (looksAt && this.options.defect !== 'lost-wake') port.then(task, this.id, Phase.Wake);
    else if (looksAt && this.waiters.length > 1) port.then(task, this.id, Phase.Wake);
  }

  downgrade(task: number): void {
    this.port.clock[task] = this.rmw(task);
    this.disown(task);
    this.readers += 1;
    if (this.waiters.length > 0) this.port.then(task, this.id, Phase.Wake);
  }

  phase(task: number, phase: number): void {
    switch (phase) {
      case Phase.QueueReader:
        this.queueReader(task);
        return;
      case Phase.QueueWriter:
        this.queueWriter(task);
        return;
      case Phase.JoinSpinners:
        this.joinSpinners(task);
        return;
      case Phase.Spin:
        this.trySpinning(task);
        return;
      case Phase.SpinTimeout:
        this.giveUpSpinning(task);
        return;
      case Phase.Woken:
        this.tryWoken(task);
        return;
      case Phase.Grant:
        this.wakeFirst(task);
        return;
      default:
        this.lockWaitList(task);
    }
  }

  /**
   * The releaser takes the lock of the wait list; whoever spins may be before what it does then.
   */
  private lockWaitList(task: number): void {
    this.port.clock[task] = this.rmw(task);
    this.port.then(task, this.id, Phase.Grant);
  }

  holderLeft(task: number, at: number): void {
    if (task === this.writer && this.isWatching) this.stopSpinning(this.spinners.first, at);
  }

  stopSpinning(task: number, at: number): void {
    if (this.spinners.first !== task || !this.isWatching) return;
    this.isWatching = false;
    this.port.forget(task, this.id, Phase.SpinTimeout);
    this.port.then(task, this.id, Phase.SpinTimeout);
    this.port.goOn(task, at);
  }

  private own(task: number): void {
    this.writer = task;
    this.port.owns(task, this.id);
  }

  private disown(task: number): void {
    this.writer = -1;
    this.port.disowns(task, this.id);
  }

  /** Changes the word; whoever spins then reads the line again: the owner is on it as well. */
  private rmw(task: number, isSeen = true): number {
    const { port } = this;
    const at = port.lines.rmw(this.line, port.cpuOf[task], port.clock[task]);
    if (isSeen && this.isWatching) port.lines.load(this.line, port.cpuOf[this.spinners.first], at);
    return at;
  }

  private readSlowly(task: number): void {
    const { port, events } = this;
    port.contended(task);
    const isFree = this.writer < 0 && this.handoff < 0;
    if (isFree && this.readers === 0 && this.spinners.length === 0) {
      events.rwsem_rlock_steal += 1;
      this.readers += 1;
      return;
    }
    port.then(task, this.id, Phase.QueueReader);
  }

  private queueReader(task: number): void {
    const { port } = this;
    port.clock[task] = this.rmw(task);
    if (this.waiters.length === 0 && this.writer < 0) {
      this.readers += 1;
      return;
    }
    this.waiters.push(task, LockMode.Shared);
    this.events.rwsem_sleep_reader += 1;
    port.sleep(task);
    this.wakeIfFree(task);
  }

  private writeSlowly(task: number): void {
    this.port.contended(task);
    const mayspin = this.writer < 0 || this.port.isRunning(this.writer);
    this.port.then(task, this.id, mayspin ? Phase.JoinSpinners : Phase.QueueWriter);
  }

  private joinSpinners(task: number): void {
    const { port } = this;
    port.clock[task] = this.rmw(task);
    this.spinners.push(task);
    if (this.spinners.first === task) this.trySpinning(task);
    else port.block(task);
  }

  /** The first of the spinners looks at the lock, at its clock. */
  private trySpinning(task: number): void {
    const { port } = this;
    this.isWatching = false;
    if (this.handoff >= 0) {
      this.giveUpSpinning(task);
      return;
    }
    if (this.writer < 0 && this.readers === 0) {
      port.clock[task] = this.rmw(task);
      this.own(task);
      this.events.rwsem_opt_lock += 1;
      this.leaveSpinners(task);
      return;
    }
    if (this.writer >= 0 && !port.isRunning(this.writer)) {
      this.giveUpSpinning(task);
      return;
    }
    this.isWatching = true;
    port.block(task);
    if (this.writer >= 0) return;
    const { readerSpinTicks } = port.costs;
    const ticks = (readerSpinTicks * (20 + Math.min(30, this.readers))) / 40;
    port.then(task, this.id, Phase.SpinTimeout);
    port.goOn(task, port.clock[task] + ticks);
  }

  private giveUpSpinning(task: number): void {
    this.isWatching = false;
    this.events.rwsem_opt_fail += 1;
    this.leaveSpinners(task);
    this.port.then(task, this.id, Phase.QueueWriter);
  }

  /** The first spinner goes; the next one becomes first when it hears of it. */
  private leaveSpinners(task: number): void {
    const { port } = this;
    this.spinners.remove(task);
    const next = this.spinners.first;
    if (next < 0) return;
    const at = port.clock[task] + port.lines.distance(port.cpuOf[task], port.cpuOf[next]);
    port.then(next, this.id, Phase.Spin);
    port.goOn(next, Math.max(at, port.clock[next]));
  }

  /** The lock became free: whoever watches its word sees it as soon as the line has come. */
  private tellSpinner(at: number): void {
    if (!this.isWatching) return;
    const { port } = this;
    const spinner = this.spinners.first;
    this.isWatching = false;
    // A writer that watches readers has a time-out before it.
    port.forget(spinner, this.id, Phase.SpinTimeout);
    const seen = port.lines.load(this.line, port.cpuOf[spinner], at);
    port.then(spinner, this.id, Phase.Spin);
    port.goOn(spinner, seen);
  }

  private queueWriter(task: number): void {
    const { port } = this;
    port.clock[task] = this.rmw(task);
    if (this.waiters.length === 0 && this.writer < 0 && this.readers === 0) {
      this.own(task);
      return;
    }
    this.waiters.push(task, LockMode.Exclusive);
    this.sleepAsWriter(task);
    this.wakeIfFree(task);
  }

  private sleepAsWriter(task: number): void {
    this.events.rwsem_sleep_writer += 1;
    this.port.then(task, this.id, Phase.Woken);
    this.port.sleep(task);
  }

  /** Whoever queued behind the last release looks once more, or nobody would wake it. */
  private wakeIfFree(task: number): void {
    if (this.options.defect === 'lost-wake') return;
    if (this.writer >= 0 || this.spinners.length > 0) return;
    if (this.readers > 0 && !this.waiters.firstIsReader) return;
    this.grantFirst(task);
  }

  private tryWoken(task: number): void {
    const { port } = this;
    this.woken = -1;
    port.clock[task] = this.rmw(task);
    const isFree = this.writer < 0 && this.readers === 0;
    if (isFree && (this.handoff < 0 || this.handoff === task) && this.waiters.first === task) {
      this.waiters.shift();
      if (this.handoff === task) this.events.rwsem_wlock_handoff += 1;
      this.handoff = -1;
      this.own(task);
      return;
    }
    this.events.rwsem_wlock_fail += 1;
    this.askForHandoff(task, port.clock[task]);
    this.sleepAsWriter(task);
  }

  private askForHandoff(task: number, at: number): void {
    if (this.options.defect === 'missed-handoff' || this.waiters.first !== task) return;
    const waited = at - this.port.waitSince[task];
    const isDue = this.options.isMutex === true || waited >= this.port.costs.handoffTicks;
    if (isDue && this.handoff < 0) {
      this.handoff = task;
      if (this.port.waitMode[task] === LockMode.Shared) this.events.rwsem_rlock_handoff += 1;
    }
  }

  /** Under the lock of the wait list: lets go on whom it may. */
  private wakeFirst(task: number): void {
    this.port.clock[task] = this.rmw(task);
    this.port.clock[task] += this.grantFirst(task);
  }

  /** `waker` wakes the first waiter, or all readers if it is one; what that costs it. */
  private grantFirst(waker: number): number {
    const at = this.port.clock[waker];
    const first = this.waiters.first;
    if (first < 0) return 0;
    if (!this.waiters.firstIsReader) {
      // Even if somebody has stolen it: only who is awake can ask for the hand-off.
      if (this.readers > 0 || this.woken === first) return 0;
      this.woken = first;
      this.events.rwsem_wake_writer += 1;
      const taken = this.waiters.takeTicks(waker, first);
      this.port.wake(first, at + taken);
      return taken + this.port.lines.wakeTicks(this.port.cpuOf[waker], this.port.cpuOf[first]);
    }
    if (this.writer >= 0 && this.options.defect !== 'early-grant') {
      this.askForHandoff(first, at);
      return 0;
    }
    return this.grantReaders(waker, at);
  }

  /** All are taken off the list before the first is woken. */
  private grantReaders(waker: number, at: number): number {
    const { port, waiters } = this;
    if (this.options.defect === 'reader-starvation' && waiters.hasWriter) return 0;
    let ticks = 0;
    const granted = waiters.takeReaders();
    for (const task of granted) {
      if (this.handoff === task) this.handoff = -1;
      ticks += waiters.takeTicks(waker, task);
    }
    this.readers += granted.length;
    this.events.rwsem_wake_reader += granted.length;
    for (const task of granted) {
      ticks += port.lines.wakeTicks(port.cpuOf[waker], port.cpuOf[task]);
      port.wake(task, at + ticks);
    }
    return ticks;
  }
}
