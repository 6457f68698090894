/**
 * A lock of ranges in an interval tree under a spin lock: Bueso's range lock, v1 to v4, and Kara's
 * mapping range lock before it.
 *
 *     acquire  spin lock ─ count who conflicts, holders and earlier waiters alike ─ insert ─ unlock
 *              none: in     some: sleep until the last of them has gone
 *     release  spin lock ─ remove ─ take one off each later one that overlaps, wake those at none
 *
 * First come, first served where ranges overlap, hence no stealing and no spinning on the owner. A
 * waiter keeps out who comes later and overlaps it, though not the holder: a false convoy, counted
 * in `falseConflicts`. Work inside the spin lock grows with the logarithm of the ranges there.
 */
import { LockMode } from '../../locks/lock-kinds.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

const Phase = { Insert: 1, Sleep: 2, Remove: 3, Wake: 4 } as const;

interface Held {
  readonly task: number;
  readonly from: number;
  readonly to: number;
  readonly isShared: boolean;
  /** Ranges before it that it must wait for. */
  blockers: number;
  isIn: boolean;
}

export class TreeRangeLock implements TimedLock {
  /** In order of arrival. */
  private readonly ranges: Held[] = [];
  /** Waits for somebody who does not hold what was asked for. */
  falseConflicts = 0;
  conflicts = 0;
  private readonly toWake: number[] = [];

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    /** Number of its spin lock. */
    private readonly spin: number,
  ) {}

  acquire(task: number, mode: number): void {
    this.port.waitMode[task] = mode;
    this.lockTree(task, Phase.Insert);
  }

  release(task: number): void {
    this.lockTree(task, Phase.Remove);
  }

  phase(task: number, phase: number): void {
    if (phase === Phase.Insert) this.insert(task);
    else if (phase === Phase.Remove) this.remove(task);
    else if (phase === Phase.Sleep) this.sleepIfBlocked(task);
    else this.wakeAll(task);
  }

  private lockTree(task: number, phase: number): void {
    const { port } = this;
    port.waitSince[task] = port.clock[task];
    port.then(task, this.id, phase);
    port.lock(this.spin).acquire(task, LockMode.Exclusive);
  }

  private insert(task: number): void {
    const { port } = this;
    this.hasTree(task);
    const from = port.partFrom[task];
    const to = port.partTo[task];
    const isShared = port.waitMode[task] === LockMode.Shared;
    let blockers = 0;
    let holders = 0;
    for (const other of this.ranges) {
      if (other.to <= from || other.from >= to || (isShared && other.isShared)) continue;
      blockers += 1;
      if (other.isIn) holders += 1;
    }
    this.ranges.push({ task, from, to, isShared, blockers, isIn: blockers === 0 });
    if (blockers > 0) {
      this.conflicts += 1;
      if (holders === 0) this.falseConflicts += 1;
      port.then(task, this.id, Phase.Sleep);
    }
    this.leaveTree(task, blockers);
    if (blockers > 0) port.contended(task);
  }

  private sleepIfBlocked(task: number): void {
    const range = this.ranges.find((one) => one.task === task);
    if (range === undefined || range.isIn) return;
    this.port.contended(task);
    this.port.sleep(task);
  }

  private remove(task: number): void {
    this.hasTree(task);
    const at = this.ranges.findIndex((one) => one.task === task);
    const [gone] = this.ranges.splice(at, 1);
    let met = 0;
    for (let i = at; i < this.ranges.length; i += 1) {
      const other = this.ranges[i];
      if (other.isIn || other.to <= gone.from || other.from >= gone.to) continue;
      if (gone.isShared && other.isShared) continue;
      met += 1;
      other.blockers -= 1;
      if (other.blockers > 0) continue;
      other.isIn = true;
      this.toWake.push(other.task);
    }
    if (this.toWake.length > 0) this.port.then(task, this.id, Phase.Wake);
    this.leaveTree(task, met);
  }

  private wakeAll(task: number): void {
    const { port } = this;
    for (const next of this.toWake) {
      port.clock[task] += port.lines.wakeTicks(port.cpuOf[task], port.cpuOf[next]);
      if (!port.isRunning(next)) port.wake(next, port.clock[task]);
    }
    this.toWake.length = 0;
  }

  private hasTree(task: number): void {
    const { port } = this;
    port.innerGranted(task, this.spin, port.waitSince[task]);
    port.waitSince[task] = port.clock[task];
  }

  /** Work on a tree of this size, with so many overlaps to visit. */
  private leaveTree(task: number, met: number): void {
    const { port } = this;
    const depth = 32 - Math.clz32(this.ranges.length);
    port.clock[task] += port.costs.treeTicks + port.costs.treeStepTicks * (depth + met);
    port.lock(this.spin).release(task, LockMode.Exclusive);
    port.innerReleased(task, this.spin, port.waitSince[task]);
  }
}
