/** What a search is asked and what it answers. */
import type { FailingSchedule } from './explorable.js';

export interface ExploreOptions {
  /**
   * Leave out orders of actions that do not mind each other; default false. Needs `dedupe`, and of
   * the system what `reduced.ts` says.
   */
  readonly reduce?: boolean;
  /** Visit each state once; default true. False walks every schedule by itself. */
  readonly dedupe?: boolean;
  /** Look for the failure with fewest preemptions, of those with fewest steps; default false. */
  readonly shortest?: boolean;
  /** Go on after a failure, to count all; default false. */
  readonly beyondFailure?: boolean;
  /** Stop after so many states; default none. */
  readonly maxStates?: number;
  /** Stop after so many executed schedules; default none. */
  readonly maxSchedules?: number;
  /** Do not go deeper than so many steps; default one million. */
  readonly maxDepth?: number;
  /** Told of each end met: the hash of its state, and what is wrong with it or null. */
  readonly onEnd?: (hash: number, message: string | null) => void;
  /** Told now and then how many states were visited; must not change the system. */
  readonly progress?: (states: number) => void;
}

export interface ExploreResult {
  /** States visited: distinct ones unless `dedupe` is off. */
  readonly states: number;
  /** Steps taken. */
  readonly transitions: number;
  /** End states executed, failing ones included. */
  readonly ends: number;
  /**
   * Complete schedules that the search stands for; a lower bound when not complete or cyclic. When
   * reduced, the ones followed: each stands for all that differ in the order of actions that do not
   * mind each other.
   */
  readonly schedules: bigint;
  /** Most steps of one schedule. */
  readonly maxDepth: number;
  /** True when nothing was left out, for whatever reason. */
  readonly complete: boolean;
  /** A state can be reached again from itself. */
  readonly isCyclic: boolean;
  /** Orders were left out, by `reduce`. */
  readonly isReduced: boolean;
  /** How often a reduced search began anew because it learnt what tasks contend for. */
  readonly restarts: number;
  /** Failing states met. */
  readonly failures: number;
  readonly failure: FailingSchedule | null;
}
