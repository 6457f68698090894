/**
 * Exhaustive search that leaves out orders of actions which lead nowhere else: of all orders of
 * actions that do not mind each other it takes one.
 *
 *       s ──p──▶ s'  ── … everything after s' …        future(s') minds p's action?
 *       │                                                 no   the others need not go first here
 *       └──q──▶ only if q, or who lets q run, must        yes  q is taken from s as well
 *
 * After the tasks taken from a state were followed to all ends, what was recorded below (`future`:
 * per task, the classes of cells it read, wrote, updated) is compared with what each taken action
 * accessed. A task that does something there which the action minds is taken from the state too; if
 * it cannot run there, everybody is. So the tasks taken are a persistent set (Godefroid 1996), with
 * the recorded accesses in place of a static guess, as in dynamic partial-order reduction
 * (Flanagan, Godefroid, POPL'05), and the summaries of visited states in place of their subtrees,
 * as in its stateful form (Yang, Chen, Gopalakrishnan, Kirby, SPIN'08).
 *
 * Why that is enough. Let t₁…tₙ be a way from s without the taken tasks, tₙ by q the first that
 * minds the action a of a taken p. Then a·t₁…tₙ₋₁ is a way too, and q's next action there still
 * minds a: either it reads nothing that a wrote, and then it is tₙ, or that read minds a. The way
 * from s' = s·a lies below s' up to the order of independent actions, so q's action was recorded,
 * and q is taken from s. Hence every way from s has, up to that order, an equal one through a taken
 * task, and by induction over what lies below every end is reached. The induction needs that what
 * lies below is finished: a state from which a state still being visited was met, on a cycle
 * therefore, takes everybody, and the states of one cycle share one future (Tarjan's components).
 *
 * Invariants. Actions that write something which one check looks at mind each other, so each
 * sequence of values that the check can see is kept. An action that writes nothing of the kind
 * leaves the answer as it was, and nobody asks. An action that ends all, by breaking an invariant
 * or otherwise, minds everything (`ENDING`), so that failing ends are reached like all others.
 *
 * Required of the system: all that an action depends on or changes is in the space and told to its
 * watch, and only what it accessed can keep another task from running.
 */
import type { Mark } from '../state/space.js';
import { IntTable } from '../state/int-table.js';
import { AccessRecorder, SEARCH_TASKS_MAX } from './access-recorder.js';
import { AccessSets, NO_ACCESS } from './access-sets.js';
import { brokenNow, follow, type Explorable } from './explorable.js';
import { learnAccesses } from './learn-accesses.js';
import { plus, type Paths } from './paths.js';
import type { ExploreOptions, ExploreResult } from './search-types.js';

const DEPTH_MAX = 1000000;
/** How much less often another task's action must have been minded to be tried first. */
const LAST_BONUS = 0.02;
const STATES_PER_REPORT = 10000;
/** In place of a number of paths, while a state is on the present way. */
const OPEN = -1;

/** Searches from the present state, to which it comes back. */
export function exploreReduced(system: Explorable, options: ExploreOptions): ExploreResult {
  const recorder = new AccessRecorder(system.space, system.privateArenas ?? null);
  learnAccesses(system, recorder);
  for (let restarts = 0; ; restarts += 1) {
    recorder.number();
    const search = new ReducedSearch(system, options, recorder);
    const found = search.run();
    if (found !== null) return { ...found, restarts };
  }
}

/** One state of the present way. */
interface Level {
  readonly mark: Mark;
  readonly number: number;
  /** Task of each choice. */
  readonly tasks: readonly number[];
  /** Where the task of each choice stands. */
  readonly places: number[];
  /** Bits of the tasks that can run. */
  readonly enabled: number;
  /** Bits of those whose choices were taken or stand in `todo`. */
  taken: number;
  /** Choices still to take. */
  readonly todo: number[];
  /** The choice taken last, and what it accessed. */
  choice: number;
  action: number;
  /** What may happen from here without each task, as far as followed; last: with all. */
  readonly futures: number[];
  /** What may happen below the actions of the first task without it: of use if it is the only. */
  withoutFirst: number;
  /** Least number of a state still being visited that was met below; own number if none. */
  low: number;
  isOnCycle: boolean;
  paths: Paths;
}

class ReducedSearch {
  private readonly levels: Level[] = [];
  private readonly sets: AccessSets;
  private readonly known = new IntTable();
  private readonly minded = new Rates();
  private readonly paths: Paths[] = [];
  /** Per state, `width` sets: what may happen without each task; last: with all. */
  private readonly futures: number[] = [];
  private readonly width: number;
  private readonly isClosed: boolean[] = [];
  private readonly isForced: boolean[] = [];
  /** States that are not closed, in the order in which they were met. */
  private readonly unclosed: number[] = [];
  private states = 0;
  private transitions = 0;
  private ends = 0;
  private deepest = 0;
  private failures = 0;
  private isCut = false;
  private isCyclic = false;
  private isStopped = false;
  private failing: number[] | null = null;
  private livelock: string | null = null;
  /** Whether an end lies below each state; exact for closed ones. */
  private readonly canEnd: boolean[] = [];
  private total: Paths = 0;

  constructor(
    private readonly system: Explorable,
    private readonly options: ExploreOptions,
    private readonly recorder: AccessRecorder,
  ) {
    this.sets = new AccessSets(recorder.classes, recorder.tasks);
    this.width = recorder.tasks + 1;
  }

  /** The result, or null when more must be numbered first. */
  run(): Omit<ExploreResult, 'restarts'> | null {
    const { levels, recorder } = this;
    recorder.minding = -1;
    this.arrive(-1);
    while (levels.length > 0) {
      if (recorder.hasGrown) this.isStopped = true;
      const level = levels[levels.length - 1];
      if (level.todo.length > 0 && !this.isStopped) this.step(level);
      else this.leave(level);
    }
    const isEnough = this.failing !== null && this.options.beyondFailure !== true;
    if (recorder.hasGrown && !isEnough) return null;
    return {
      states: this.states,
      transitions: this.transitions,
      ends: this.ends,
      schedules: BigInt(this.total),
      maxDepth: this.deepest,
      complete: !this.isCut && !this.isStopped,
      isCyclic: this.isCyclic,
      isReduced: true,
      failures: this.failures,
      failure: this.failing === null ? null : follow(this.system, this.failing, this.livelock),
    };
  }

  private step(level: Level): void {
    const choice = level.todo.pop() as number;
    const task = level.tasks[choice];
    level.choice = choice;
    this.recorder.act(task, () => {
      this.system.take(choice);
    });
    level.action = this.recorder.hasGrown ? NO_ACCESS : this.sets.ofAction(this.recorder, task);
    this.transitions += 1;
    const depth = this.levels.length;
    if (depth > this.deepest) this.deepest = depth;
    this.arrive(task);
    if (this.levels.length === depth) this.backTo(level);
  }

  /** Enters the present state if it is new, else adds what is known of it to the one before. */
  private arrive(task: number): void {
    const hash = this.system.space.hash();
    const number = this.known.get(hash) - 1;
    if (number >= 0) {
      this.meet(number);
      return;
    }
    this.states += 1;
    if (this.states % STATES_PER_REPORT === 0) this.options.progress?.(this.states);
    const fresh = this.paths.length;
    this.known.set(hash, fresh + 1);
    const hasChoices = this.system.choices() > 0;
    let message = this.recorder.minding !== 0 ? this.judge() : null;
    const isForced = message !== null || (!hasChoices && this.system.isOver?.() === true);
    if (message === null && !hasChoices) message = this.system.failure();
    const count = message === null ? this.system.choices() : 0;
    const isDeep = this.levels.length >= (this.options.maxDepth ?? DEPTH_MAX);
    this.paths.push(count === 0 ? 1 : isDeep ? 0 : OPEN);
    this.isClosed.push(count === 0 || isDeep);
    this.isForced.push(isForced);
    this.canEnd.push(count === 0 || isDeep);
    for (let i = 0; i < this.width; i += 1) this.futures.push(NO_ACCESS);
    if (message !== null) this.fail();
    if (count === 0) {
      this.ends += 1;
      this.options.onEnd?.(hash, message);
      if (isForced) this.noteEnding();
      this.settle(1, fresh, fresh);
      if (this.ends >= (this.options.maxSchedules ?? Infinity)) this.isStopped = true;
    } else if (isDeep) {
      this.isCut = true;
      this.settle(0, fresh, fresh);
    } else this.open(count, fresh, task);
    if (this.states >= (this.options.maxStates ?? Infinity)) this.isStopped = true;
  }

  /** What is wrong with the present state; asked only if the last action can have changed it. */
  private judge(): string | null {
    return this.recorder.check(() => brokenNow(this.system));
  }

  /** The last action ended all, whoever could have gone on. */
  private noteEnding(): void {
    if (this.levels.length === 0) return;
    const level = this.levels[this.levels.length - 1];
    const task = level.tasks[level.choice];
    level.action = this.sets.union(level.action, this.sets.ofEnding(task));
    // Nothing lies below it that would tell whom it kept from running.
    this.addTasks(level, level.enabled);
  }

  private meet(number: number): void {
    if (this.isForced[number]) this.noteEnding();
    if (this.paths[number] === OPEN) this.isCyclic = true;
    const paths = this.paths[number] === OPEN ? 0 : this.paths[number];
    this.settle(paths, number, number);
  }

  private open(count: number, number: number, last: number): void {
    const tasks: number[] = [];
    let enabled = 0;
    for (let i = 0; i < count; i += 1) {
      tasks.push(this.system.taskOf(i));
      enabled |= 1 << tasks[i];
    }
    const level: Level = {
      mark: this.system.space.mark(),
      number,
      tasks,
      places: [],
      enabled,
      taken: 0,
      todo: [],
      choice: -1,
      action: NO_ACCESS,
      futures: Array.from({ length: this.width }, () => NO_ACCESS),
      withoutFirst: NO_ACCESS,
      low: number,
      isOnCycle: false,
      paths: 0,
    };
    this.levels.push(level);
    this.unclosed.push(number);
    this.addTasks(level, 1 << this.firstOf(level, last));
  }

  /**
   * The task to try first: whose next action was minded least where it stands, and of those the one
   * that ran last. Nothing but speed depends on it.
   */
  private firstOf(level: Level, last: number): number {
    let best = level.tasks[0];
    let least = Infinity;
    level.tasks.forEach((task, choice) => {
      const place = this.system.placeOf?.(choice) ?? 0;
      level.places.push(place * SEARCH_TASKS_MAX + task);
      const cost = this.minded.rate(level.places[choice]) - (task === last ? LAST_BONUS : 0);
      if (cost >= least) return;
      least = cost;
      best = task;
    });
    return best;
  }

  private addTasks(level: Level, mask: number): void {
    const fresh = mask & level.enabled & ~level.taken;
    if (fresh === 0) return;
    level.taken |= fresh;
    level.tasks.forEach((task, choice) => {
      if ((fresh & (1 << task)) !== 0) level.todo.push(choice);
    });
  }

  private fail(): void {
    this.failures += 1;
    this.failing ??= this.levels.map((level) => level.choice);
    if (this.options.beyondFailure !== true) this.isStopped = true;
  }

  private leave(level: Level): void {
    const { space } = this.system;
    space.rewind(level.mark);
    space.release(level.mark);
    this.paths[level.number] = level.paths;
    if (level.todo.length > 0) this.isCut = true;
    this.levels.pop();
    if ((level.taken & (level.taken - 1)) === 0) {
      level.futures[level.tasks[level.choice]] = level.withoutFirst;
    }
    if (level.low === level.number) this.close(level);
    else this.futures[(level.number + 1) * this.width - 1] = level.futures[this.width - 1];
    this.settle(level.paths, level.number, level.low);
    if (this.levels.length > 0 && !this.isStopped) this.backTo(this.levels[this.levels.length - 1]);
  }

  /** All that was met since this state and is still open lies on cycles with it. */
  private close(level: Level): void {
    const { width } = this;
    this.judgeCycle(level);
    const isAlone = this.unclosed[this.unclosed.length - 1] === level.number && !level.isOnCycle;
    for (;;) {
      const number = this.unclosed.pop() as number;
      this.isClosed[number] = true;
      this.canEnd[number] = this.canEnd[level.number];
      for (let i = 0; i < width; i += 1) {
        this.futures[number * width + i] = level.futures[isAlone ? i : width - 1];
      }
      if (number === level.number) return;
    }
  }

  /**
   * Whoever is on cycles that no way leaves for an end goes round for ever, whatever the order.
   * What is left out changes nothing about it: every end in reach of a state is reached from it.
   */
  private judgeCycle(level: Level): void {
    if (this.canEnd[level.number] || level.todo.length > 0 || this.isStopped) return;
    const tasks = level.tasks.map(String).join(', ');
    if (this.failing === null) this.livelock = `livelock: tasks ${tasks} go round without an end`;
    this.fail();
  }

  /** Adds what lies below the last action to the state it was taken from. */
  private settle(paths: Paths, below: number, low: number): void {
    if (this.levels.length === 0) {
      this.total = plus(this.total, paths);
      return;
    }
    const level = this.levels[this.levels.length - 1];
    level.paths = plus(level.paths, paths);
    if (this.canEnd[below]) this.canEnd[level.number] = true;
    const task = level.tasks[level.choice];
    this.gather(level, task, below);
    if (!this.isClosed[below]) {
      if (low < level.low) level.low = low;
      level.isOnCycle = true;
      this.addTasks(level, level.enabled);
      return;
    }
    const future = this.futures[below * this.width + task];
    const minded = this.sets.conflictsOf(level.action, task, future);
    this.minded.note(level.places[level.choice], minded !== 0);
    const isRunnable = (minded & ~level.enabled) === 0;
    this.addTasks(level, isRunnable ? minded : level.enabled);
  }

  /** Adds the last action, by `task`, and what may happen below it to what may happen here. */
  private gather(level: Level, task: number, below: number): void {
    const { sets, width } = this;
    const { futures } = level;
    const isOpen = !this.isClosed[below];
    for (let without = 0; without < width; without += 1) {
      // Of a state that is not closed only what was found with all tasks is kept.
      const future = this.futures[below * width + (isOpen ? width - 1 : without)];
      if (without === task) level.withoutFirst = sets.union(level.withoutFirst, future);
      else futures[without] = sets.union(futures[without], sets.union(level.action, future));
    }
  }

  private backTo(level: Level): void {
    this.system.space.rewind(level.mark);
    // The system forgets what it offered here; offers are no state.
    if (level.todo.length > 0) this.system.choices();
  }
}

/** How often something happened at each of many places. */
class Rates {
  private readonly tries = new IntTable();
  private readonly hits = new IntTable();

  note(place: number, isHit: boolean): void {
    this.tries.set(place, this.tries.get(place) + 1);
    if (isHit) this.hits.set(place, this.hits.get(place) + 1);
  }

  rate(place: number): number {
    const tries = this.tries.get(place);
    return tries === 0 ? 0.5 : this.hits.get(place) / tries;
  }
}
