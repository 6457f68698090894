/**
 * Where a machine gets its operations from, and to whom it reports their ends: a replayed trace, a
 * scenario's lists, a benchmark loop. The same source serves timed and exploring machines.
 */
import type { Frame } from './registers.js';

/** What `next` did. */
export const NextOperation = {
  /** Called `begin` on the interpreter and filled the frame. */
  Started: 0,
  /** Nothing may start now; the source will `poke` the machine later. */
  Held: 1,
  /** The task has no more operations. */
  Ended: 2,
} as const;

export interface OperationSource {
  /** Starts the next operation of an idle task, at its local time `at`. */
  next(task: number, at: number): number;
  /** True while a task has operations left; exploring machines ask this to list choices. */
  hasNext(task: number): boolean;
  /** An operation (or a spawned recipe) ended; `frame` holds its results until this returns. */
  finished(task: number, program: number, outcome: number, frame: Frame, at: number): void;
}

/** The memory's side of time, for machines that wait for it. */
export interface MemoryClock {
  /** Least time at which an undecided arbitration falls due; Infinity when none is. */
  nextDecisionAt(): number;
  /** Makes every arbitration due at or before `at`. */
  decideUntil(at: number): void;
  /** A task whose pending access has completed, or −1. */
  takeCompleted(): number;
  /** When that task may go on. */
  completedAt(task: number): number;
}

/** Things that happen at a time of their own: timers, power cuts, faults. */
export interface TimedEvents {
  /** Time of the next one; Infinity when none. */
  nextAt(): number;
  /** Does everything due at `at`. */
  fire(at: number): void;
}

export const NO_EVENTS: TimedEvents = { nextAt: () => Infinity, fire: () => undefined };
