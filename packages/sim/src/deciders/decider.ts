/**
 * Whatever is not forced is decided in one place: which task runs next, whether a fault fires,
 * where the power fails, which stores survive, what a workload draws. The answers in order, a list
 * of small whole numbers, are all there is to a run besides its configuration; a failure is such a
 * list.
 *
 * A decision among one is forced: deciders answer 0 to it, draw nothing and record nothing, so
 * lists stay short and survive a change that adds a choice of one.
 */

/** Kinds of decisions. Part of saved choice lists and digests: numbers never change. */
export const Point = {
  /** Which of the runnable tasks goes on; timed runs offer the earliest first. */
  Schedule: 0,
  /** Whether, or which of several, faults fires; 0 is none. */
  Fault: 1,
  /** Whether the power fails here; 0 is no. */
  Crash: 2,
  /** Which of the possible contents of a line is found after a power failure; 0 is the oldest. */
  Survivors: 3,
  /** What a workload draws. */
  Draw: 4,
} as const;
export type Point = (typeof Point)[keyof typeof Point];

/** Names of the points, by number. */
export const POINT_NAMES: readonly string[] = ['schedule', 'fault', 'crash', 'survivors', 'draw'];

export interface Decider {
  /** One of 0 … `count` − 1; `count` is a whole number 1 … 2^32. */
  decide(point: Point, count: number): number;
}
