/**
 * The failure that is easiest to read: with the fewest preemptions, and of those with the fewest
 * steps. People understand a race by where one task was interrupted, so interruptions count first.
 *
 *      cost of a step = (1 if it leaves a task that could go on, else 0; 1)        least cost first
 *
 * Dijkstra's search over (state, last task), because what the next step costs depends on who ran
 * last. Costs are pairs of small numbers, so the queue is a table of buckets. A state in the queue
 * is its way from the start: to visit it the search goes back to where the ways part and takes the
 * choices from there; neighbours in the queue mostly share all but the last.
 */
import { IntTable } from '../state/int-table.js';
import type { Mark } from '../state/space.js';
import { NO_TASK, follow, lastRunnable, type Explorable } from './explorable.js';
import type { FailingSchedule } from './explorable.js';

const ROOT = 0;
const STEPS_MAX = 4194304;

/** The failure of least cost, or null when there is none or `maxStates` were not enough. */
export function findShortest(system: Explorable, maxStates: number): FailingSchedule | null {
  return exploreBounded(system, Infinity, maxStates).failure;
}

/** What a search of all schedules with few preemptions found. */
export interface BoundedResult {
  /** With the fewest preemptions and then steps of all within the bound, or null. */
  readonly failure: FailingSchedule | null;
  readonly bound: number;
  /** States visited, counted anew for each task that ran last. */
  readonly states: number;
  /** True when every schedule within the bound was covered, or a failure found. */
  readonly complete: boolean;
  /** True when there are schedules with more preemptions than the bound. */
  readonly isBounded: boolean;
}

/**
 * All schedules of at most `bound` preemptions, fewest first, as CHESS does (Musuvathi, Qadeer,
 * PLDI'07): within that bound the answer is exact, beyond it nothing is said.
 */
export function exploreBounded(
  system: Explorable,
  bound: number,
  maxStates = Infinity,
): BoundedResult {
  const search = new CheapestFirst(system, bound);
  const choices = search.run(maxStates);
  search.goTo(ROOT);
  search.close();
  const failure = choices === null ? null : follow(system, choices);
  const { visited: states, isCut, isBounded } = search;
  return { failure, bound, states, complete: failure !== null || !isCut, isBounded };
}

class CheapestFirst {
  // Nodes: the way from the start as parent links.
  private readonly parents: number[] = [ROOT];
  private readonly choices: number[] = [0];
  private readonly depths: number[] = [0];
  private readonly preemptions: number[] = [0];
  /** Task that ran last, or NO_TASK when it cannot go on. */
  private readonly lasts: number[] = [NO_TASK];
  private readonly failed = new Set<number>();

  /** Least cost at which each (state, last task) was met, + 1. */
  private readonly costs = new IntTable();
  /** Nodes to visit, by preemptions and then depth. */
  private readonly buckets: number[][][] = [[[ROOT]]];

  /** The present way: nodes and a mark in the state of each. */
  private readonly way: number[] = [ROOT];
  private readonly marks: Mark[];

  visited = 0;
  /** Stopped by the number of states. */
  isCut = false;
  /** Some way was left out because of the bound. */
  isBounded = false;

  constructor(
    private readonly system: Explorable,
    private readonly bound: number,
  ) {
    system.space.startHashing();
    this.marks = [system.space.mark()];
  }

  run(maxStates: number): number[] | null {
    if (this.system.failure() !== null) return [];
    for (let p = 0; p < this.buckets.length; p += 1) {
      // Visiting adds to these buckets, one step deeper each time.
      for (let d = 0; d < this.buckets[p].length; d += 1) {
        for (const node of this.buckets[p][d] ?? []) {
          if (this.failed.has(node)) return this.choicesTo(node);
          if (this.visited >= maxStates) {
            this.isCut = true;
            return null;
          }
          this.visited += 1;
          this.goTo(node);
          this.expand(node);
        }
        this.buckets[p][d] = [];
      }
    }
    return null;
  }

  /** Makes the state of `node` the present one. */
  goTo(node: number): void {
    const { space } = this.system;
    const target: number[] = [];
    let meeting = node;
    while (this.depths[meeting] >= this.way.length || this.way[this.depths[meeting]] !== meeting) {
      target.push(meeting);
      meeting = this.parents[meeting];
    }
    const keep = this.depths[meeting] + 1;
    while (this.way.length > keep) {
      this.way.pop();
      space.release(this.marks.pop() as Mark);
    }
    space.rewind(this.marks[keep - 1]);
    for (const next of target.reverse()) {
      this.system.choices();
      this.system.take(this.choices[next]);
      this.way.push(next);
      this.marks.push(space.mark());
    }
  }

  close(): void {
    this.system.space.release(this.marks[0]);
  }

  private expand(node: number): void {
    const mark = this.marks[this.marks.length - 1];
    const count = this.system.choices();
    for (let choice = 0; choice < count; choice += 1) {
      if (choice > 0) {
        this.system.space.rewind(mark);
        this.system.choices();
      }
      const task = this.system.taskOf(choice);
      const preempts = this.lasts[node] !== NO_TASK && this.lasts[node] !== task;
      const preemptions = this.preemptions[node] + (preempts ? 1 : 0);
      if (preemptions > this.bound) {
        this.isBounded = true;
        continue;
      }
      this.system.take(choice);
      this.meet(node, choice, task, preemptions);
    }
    this.system.space.rewind(mark);
  }

  /** Puts the present state, reached from `parent`, into the queue unless it was met as cheaply. */
  private meet(parent: number, choice: number, task: number, preemptions: number): void {
    const depth = this.depths[parent] + 1;
    const hasFailed = this.system.failure() !== null;
    const last = hasFailed ? NO_TASK : lastRunnable(this.system, this.system.choices(), task);
    const key = keyOf(this.system.space.hash(), last);
    const cost = preemptions * STEPS_MAX + depth + 1;
    if (this.costs.get(key, Infinity) <= cost) return;
    this.costs.set(key, cost);
    const node = this.parents.length;
    this.parents.push(parent);
    this.choices.push(choice);
    this.depths.push(depth);
    this.preemptions.push(preemptions);
    this.lasts.push(last);
    if (hasFailed) this.failed.add(node);
    const row = (this.buckets[preemptions] ??= []);
    (row[depth] ??= []).push(node);
  }

  private choicesTo(node: number): number[] {
    const found: number[] = [];
    for (let at = node; at !== ROOT; at = this.parents[at]) found.push(this.choices[at]);
    return found.reverse();
  }
}

/** One key for a state and a task: a sum modulo 2^53, exact in doubles. */
function keyOf(hash: number, task: number): number {
  const shift = (Math.imul(task + 1, 0x9e3779b1) >>> 0) * 2097152;
  const room = 9007199254740992 - shift;
  return hash >= room ? hash - room : hash + shift;
}
