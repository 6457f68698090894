/**
 * Search by chance where searching all is too much: probabilistic concurrency testing (Burckhardt,
 * Kothari, Musuvathi, Nagarakatte, ASPLOS'10).
 *
 *     each task a random priority; the highest that can run, runs
 *     at d − 1 random steps of the run whoever runs drops below everybody
 *
 * A failure that needs d orderings ("depth d": 1 for an order violation, 2 for most atomicity
 * violations) of n tasks in at most k steps is found by one run with probability at least
 * 1 / (n · k^(d−1)): that holds for each run, whatever the scheduler's luck before. Plain random
 * choice has no such guarantee; it is depth 0 here.
 */
import { Prng } from '../prng.js';
import { NO_TASK, lastRunnable, type Explorable, type FailingSchedule } from './explorable.js';

export interface ChanceOptions {
  /** Orderings that a failure may need, 1 or more; 0 takes each choice at random. */
  readonly depth: number;
  readonly runs: number;
  /** Whole number 0 … 2^53 − 1. */
  readonly seed: number;
  /** Draws of different streams differ under one seed; default 0. */
  readonly stream?: number;
}

export interface ChanceResult {
  readonly failure: FailingSchedule | null;
  /** Runs done, the failing one included. */
  readonly runs: number;
  readonly depth: number;
  /** Most tasks that could run at once, and most steps of a run. */
  readonly tasks: number;
  readonly steps: number;
  /**
   * Least probability with which these runs, had there been a failure of that depth, would have
   * found it; 0 for depth 0.
   */
  readonly confidence: number;
}

const STEPS_MAX = 1000000;
const FIRST_STEPS = 64;

/** Runs from the present state again and again, and comes back to it. */
export function exploreByChance(system: Explorable, options: ChanceOptions): ChanceResult {
  const prng = new Prng(options.seed, options.stream ?? 0);
  let tasks = 1;
  // The first run learns how long runs are, so that change points fall into them.
  let steps = FIRST_STEPS;
  let failure: FailingSchedule | null = null;
  let runs = 0;
  while (runs < options.runs && failure === null) {
    const run = new ChanceRun(system, prng, options.depth, steps);
    failure = run.go();
    runs += 1;
    tasks = Math.max(tasks, run.priorities.size);
    steps = Math.max(runs === 1 ? 1 : steps, run.length);
  }
  let chance = options.depth === 0 ? 0 : 1 / tasks;
  for (let i = 1; i < options.depth; i += 1) chance /= steps;
  // The first run had change points of its own scale and counts for nothing.
  let missed = 1;
  for (let run = 1; run < runs; run += 1) missed *= 1 - chance;
  return { failure, runs, depth: options.depth, tasks, steps, confidence: 1 - missed };
}

class ChanceRun {
  /** Of each task seen; greater runs first. */
  readonly priorities = new Map<number, number>();
  length = 0;
  private readonly changes = new Map<number, number>();

  constructor(
    private readonly system: Explorable,
    private readonly prng: Prng,
    private readonly depth: number,
    steps: number,
  ) {
    for (let i = 1; i < depth; i += 1) this.changes.set(prng.below(steps), i - depth);
  }

  go(): FailingSchedule | null {
    const { system } = this;
    const mark = system.space.mark();
    const choices: number[] = [];
    const tasks: number[] = [];
    let preemptions = 0;
    let last = NO_TASK;
    let message = system.failure();
    while (message === null && this.length < STEPS_MAX) {
      const count = system.choices();
      if (count === 0) break;
      const choice = this.depth === 0 ? this.prng.below(count) : this.highest(count);
      const task = system.taskOf(choice);
      if (lastRunnable(system, count, last) === last && last !== task && last !== NO_TASK) {
        preemptions += 1;
      }
      choices.push(choice);
      tasks.push(task);
      last = task;
      system.take(choice);
      const lowered = this.changes.get(this.length);
      if (lowered !== undefined) this.priorities.set(task, lowered);
      this.length += 1;
      message = system.failure();
    }
    system.space.rewind(mark);
    system.space.release(mark);
    return message === null ? null : { message, choices, tasks, preemptions };
  }

  private highest(count: number): number {
    let best = 0;
    let highest = -Infinity;
    for (let choice = 0; choice < count; choice += 1) {
      const task = this.system.taskOf(choice);
      let priority = this.priorities.get(task);
      if (priority === undefined) {
        // Above all lowered ones; ties of two draws are as good as impossible.
        priority = 1 + this.prng.below(4294967296);
        this.priorities.set(task, priority);
      }
      if (priority <= highest) continue;
      highest = priority;
      best = choice;
    }
    return best;
  }
}
