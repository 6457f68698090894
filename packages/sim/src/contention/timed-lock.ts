/**
 * What a lock is to the machine that runs tasks on many CPUs. A lock is a protocol: each of its
 * moves is a line request with a time, and between two moves others may come.
 *
 *     acquire ─▶ line … ─▶ got it: the task goes on
 *                    └────▶ then(phase) ─▶ later: phase ─▶ …    who spins keeps the CPU
 *
 * `acquire` and `release` are called at the task's clock and move it on. Whoever has to wait says
 * so with `block` or `sleep`, and somebody else's move lets it go on.
 */
import type { Coherence } from './coherence.js';
import type { ContentionCosts } from './costs.js';

export interface TimedLock {
  readonly id: number;
  /** Index of the class under which it is counted. */
  readonly cls: number;
  acquire(task: number, mode: number): void;
  release(task: number, mode: number): void;
  /** Goes on with a protocol where `then` left it. */
  phase?(task: number, phase: number): void;
  /** An exclusive hold becomes shared. */
  downgrade?(task: number): void;
  /** Whether a read section saw no write; charges the look. */
  validate?(task: number): boolean;
  /** The task that owns it has lost its CPU. */
  holderLeft?(task: number, at: number): void;
  /** Who has to be seen to give up spinning, because another task wants its CPU. */
  stopSpinning?(task: number, at: number): void;
}

/** What the machine offers to locks. */
export interface LockPort {
  readonly clock: Float64Array;
  readonly cpuOf: Int32Array;
  readonly lines: Coherence;
  readonly costs: ContentionCosts;
  /** How a waiting task wants the lock that it waits for, and since when. */
  readonly waitMode: Int32Array;
  readonly waitSince: Float64Array;
  /** First and last-plus-one part that the task's operation is about, for locks of ranges. */
  readonly partFrom: Float64Array;
  readonly partTo: Float64Array;
  /** A lock that costs nothing and excludes nobody; −1: none. */
  readonly freeLock: number;
  /** The task's clock becomes `at`; whoever was blocked can go on. */
  goOn(task: number, at: number): void;
  /** Before it goes on with its script the task goes through a phase of a lock. */
  then(task: number, lock: number, phase: number): void;
  /** Forgets the phase that would come next, if it is this one. */
  forget(task: number, lock: number, phase: number): void;
  /** The task waits with its CPU. */
  block(task: number): void;
  /** The task gives up its CPU and waits. */
  sleep(task: number): void;
  /** Makes a sleeper runnable. */
  wake(task: number, at: number): void;
  /** Whether a task has a CPU. */
  isRunning(task: number): boolean;
  /** Whether a task waits, with its CPU or without. */
  isWaiting(task: number): boolean;
  /** The task owns a lock on whose owner others may spin, and no longer. */
  owns(task: number, lock: number): void;
  disowns(task: number, lock: number): void;
  /** The task had to wait: a contention. */
  contended(task: number): void;
  /** A lock inside another one: taken and given back by a protocol. */
  lock(id: number): TimedLock;
  /** An inner lock was granted, asked for at `askedAt`: counted under its own class. */
  innerGranted(task: number, id: number, askedAt: number): void;
  /** An inner lock is given back, held since `since`. */
  innerReleased(task: number, id: number, since: number): void;
}
