/**
 * What a search needs of a system, and what a schedule is.
 *
 * All that decides how the system goes on, and all that `failure` looks at, must live in the space:
 * a search that meets a state again does not look at it again, however it came about.
 */
import type { StateSpace } from '../state/space.js';
import type { PrivateArenas } from './access-recorder.js';

/** A system whose every next step is somebody's choice. */
export interface Explorable {
  readonly space: StateSpace;
  /** Arenas that only the task acting depends on, whose rest the watch's `met` is told. */
  readonly privateArenas?: PrivateArenas;
  /** Number of choices now; 0 when nothing more can happen. Called anew after every rewind. */
  choices(): number;
  /** Which task choice `i` of the last `choices()` would run. */
  taskOf(i: number): number;
  /**
   * Where the task of choice `i` of the last `choices()` stands, as a small whole number: what it
   * does next mostly minds the same. Only a hint for the order of a search.
   */
  placeOf?(i: number): number;
  /** Does choice `i` of the last `choices()`. */
  take(i: number): void;
  /** What is wrong with the present state (invariant, deadlock, oracle), or null. */
  failure(): string | null;
  /** The same for a state that is no end, without asking whether it is one; default `failure`. */
  broken?(): string | null;
  /** True when there are no choices although tasks could go on; default never. */
  isOver?(): boolean;
}

/** What is wrong with a state that is no end. */
export function brokenNow(system: Explorable): string | null {
  return system.broken === undefined ? system.failure() : system.broken();
}

/** One way through a system, up to where it failed. */
export interface FailingSchedule {
  /** What `failure` said. */
  readonly message: string;
  /** The choice taken at each state, where there was one to take or not. */
  readonly choices: readonly number[];
  /** The task that each choice ran. */
  readonly tasks: readonly number[];
  /** How often a task was left although it could have gone on. */
  readonly preemptions: number;
}

/** Answered by `lastRunnable` when the last task cannot go on, so that leaving it costs nothing. */
export const NO_TASK = -1;

/** `task` if one of the `count` present choices runs it, else NO_TASK. */
export function lastRunnable(system: Explorable, count: number, task: number): number {
  for (let i = 0; i < count; i += 1) if (system.taskOf(i) === task) return task;
  return NO_TASK;
}

/**
 * Takes the choices one after another and comes back to the present state. Answers the schedule
 * with the first failure on the way, or null when there was none; choices behind it are dropped. A
 * choice that is out of range ends the way, as does the end of the system. `otherwise` is what is
 * wrong with the last state if the system itself has nothing to say.
 */
export function follow(
  system: Explorable,
  choices: readonly number[],
  otherwise: string | null = null,
): FailingSchedule | null {
  const mark = system.space.mark();
  const tasks: number[] = [];
  let preemptions = 0;
  let message = system.failure();
  for (let at = 0; at < choices.length && message === null; at += 1) {
    const count = system.choices();
    if (choices[at] >= count) break;
    const task = system.taskOf(choices[at]);
    const before = at === 0 ? NO_TASK : tasks[at - 1];
    const last = lastRunnable(system, count, before);
    if (last !== NO_TASK && last !== task) preemptions += 1;
    tasks.push(task);
    system.take(choices[at]);
    message = system.failure();
  }
  system.space.rewind(mark);
  system.space.release(mark);
  message ??= otherwise;
  if (message === null) return null;
  return { message, choices: choices.slice(0, tasks.length), tasks, preemptions };
}
