/**
 * Exhaustive search: every order of choices of a system, each state once.
 *
 *          a ──▶ b ──▶ d ──▶ e          depth first: mark, take, … , rewind, take the next
 *           └──▶ c ──┘                  d is entered once; both ways through it are counted
 *
 * States are told apart by the hash of the space. The number of complete schedules that the visited
 * states stand for is counted exactly, by adding up paths from the ends: `schedules` of N
 * independent tasks is the multinomial coefficient, though only the product of their lengths is
 * visited. A state that leads back to itself (a retry that changed nothing) makes schedules
 * endless; `isCyclic` tells, and ways that visit a state twice are then not counted. A cycle that
 * no way leaves for an end is a livelock, and a failure.
 *
 * Nothing is skipped here because of an argument about independence; `reduced.ts` does, and is
 * checked against this. Equal hashes of
 * unequal states are the only gap (see `StateSpace.hash`), closed by `dedupe: false` for small
 * systems.
 */
import { IntTable } from '../state/int-table.js';
import type { Mark } from '../state/space.js';
import { follow, type Explorable } from './explorable.js';
import { plus, type Paths } from './paths.js';
import type { ExploreOptions, ExploreResult } from './search-types.js';
import { exploreReduced } from './reduced.js';
import { findShortest } from './shortest.js';

const DEPTH_MAX = 1000000;
const STATES_PER_REPORT = 10000;
/** In place of a number of paths, while a state is on the present way. */
const OPEN = -1;

/** What is known of a state. */
const Known = { CanEnd: 1, Closed: 2 } as const;

/** Searches from the present state, to which it comes back. */
export function explore(system: Explorable, options: ExploreOptions = {}): ExploreResult {
  system.space.startHashing();
  const isReduced = options.reduce === true && options.dedupe !== false;
  const found = isReduced ? exploreReduced(system, options) : new DepthFirst(system, options).run();
  if (found.failure === null || options.shortest !== true) return found;
  const shortest = findShortest(system, options.maxStates ?? Number.POSITIVE_INFINITY);
  return shortest === null ? found : { ...found, failure: shortest };
}

class DepthFirst {
  // One entry per state of the present way.
  private readonly marks: Mark[] = [];
  private readonly counts: number[] = [];
  private readonly nexts: number[] = [];
  private readonly numbers: number[] = [];
  private readonly sums: Paths[] = [];
  /** Least number of a state that was met below and lies on a cycle with it; own number if none. */
  private readonly lows: number[] = [];

  private readonly known = new IntTable();
  /** Paths from each state to an end, by its number; OPEN while it is on the present way. */
  private readonly paths: Paths[] = [];
  /** By number: bits of `Known`. */
  private readonly marksOf: number[] = [];
  /** States whose cycles are not searched to their end, in the order in which they were met. */
  private readonly unclosed: number[] = [];
  private livelock: string | null = null;
  private states = 0;
  private transitions = 0;
  private ends = 0;
  private deepest = 0;
  private failures = 0;
  private isCut = false;
  private isCyclic = false;
  private isStopped = false;
  private failing: number[] | null = null;
  private total: Paths = 0;

  constructor(
    private readonly system: Explorable,
    private readonly options: ExploreOptions,
  ) {}

  run(): ExploreResult {
    this.arrive();
    while (this.marks.length > 0) {
      const top = this.marks.length - 1;
      if (this.nexts[top] < this.counts[top] && !this.isStopped) this.step(top);
      else this.leave(top);
    }
    return {
      states: this.states,
      transitions: this.transitions,
      ends: this.ends,
      schedules: BigInt(this.total),
      maxDepth: this.deepest,
      complete: !this.isCut && !this.isStopped,
      isCyclic: this.isCyclic,
      isReduced: false,
      restarts: 0,
      failures: this.failures,
      failure: this.failing === null ? null : follow(this.system, this.failing, this.livelock),
    };
  }

  private step(top: number): void {
    const choice = this.nexts[top];
    this.nexts[top] = choice + 1;
    this.system.take(choice);
    this.transitions += 1;
    const way = this.marks.length;
    if (way > this.deepest) this.deepest = way;
    this.arrive();
    if (this.marks.length === way) this.backTo(top);
  }

  /** Enters the present state if it is new; adds its paths to the state before it if it is not. */
  private arrive(): void {
    const dedupe = this.options.dedupe !== false;
    const hash = dedupe ? this.system.space.hash() : 0;
    if (dedupe) {
      const number = this.known.get(hash) - 1;
      if (number >= 0) {
        if (this.paths[number] === OPEN) this.isCyclic = true;
        else this.credit(this.paths[number]);
        this.passOn(number, number);
        return;
      }
    }
    this.states += 1;
    if (this.states % STATES_PER_REPORT === 0) this.options.progress?.(this.states);
    const message = this.system.failure();
    const count = message === null ? this.system.choices() : 0;
    const isDeep = this.marks.length >= (this.options.maxDepth ?? DEPTH_MAX);
    const number = this.paths.length;
    if (dedupe) {
      this.known.set(hash, number + 1);
      this.paths.push(count === 0 ? 1 : OPEN);
      this.marksOf.push(count === 0 || isDeep ? Known.CanEnd | Known.Closed : 0);
      if (count === 0 || isDeep) this.passOn(number, number);
      else this.unclosed.push(number);
    }
    if (message !== null) this.fail();
    if (count === 0) this.end(message);
    else if (isDeep) this.cut(number);
    else this.open(count, number);
    if (this.states >= (this.options.maxStates ?? Infinity)) this.isStopped = true;
  }

  private open(count: number, number: number): void {
    this.marks.push(this.system.space.mark());
    this.counts.push(count);
    this.nexts.push(0);
    this.numbers.push(number);
    this.lows.push(number);
    this.sums.push(0);
  }

  private end(message: string | null): void {
    this.ends += 1;
    this.options.onEnd?.(this.system.space.hash(), message);
    this.credit(1);
    if (this.ends >= (this.options.maxSchedules ?? Infinity)) this.isStopped = true;
  }

  /** Too deep: this state is left unexplored. */
  private cut(number: number): void {
    this.isCut = true;
    if (this.options.dedupe !== false) this.paths[number] = 0;
  }

  private fail(): void {
    this.failures += 1;
    // The choice taken last is one less than the next one to take.
    this.failing ??= this.nexts.map((next) => next - 1);
    if (this.options.beyondFailure !== true) this.isStopped = true;
  }

  private leave(top: number): void {
    const { space } = this.system;
    space.rewind(this.marks[top]);
    space.release(this.marks[top]);
    const paths = this.sums[top];
    if (this.options.dedupe !== false) this.paths[this.numbers[top]] = paths;
    if (this.nexts[top] < this.counts[top]) this.isCut = true;
    const number = this.numbers[top];
    const low = this.lows[top];
    if (this.options.dedupe !== false && low === number) this.close(top);
    this.marks.pop();
    this.lows.pop();
    this.counts.pop();
    this.nexts.pop();
    this.numbers.pop();
    this.sums.pop();
    if (this.options.dedupe !== false) this.passOn(number, low);
    this.credit(paths);
    if (top > 0 && !this.isStopped) this.backTo(top - 1);
  }

  /** What is known of a state below counts for the one before: whether an end can be reached. */
  private passOn(below: number, low: number): void {
    const top = this.numbers.length - 1;
    if (top < 0) return;
    const known = this.marksOf[below];
    if ((known & Known.CanEnd) !== 0) this.marksOf[this.numbers[top]] |= Known.CanEnd;
    if ((known & Known.Closed) === 0 && low < this.lows[top]) this.lows[top] = low;
  }

  /** All that was met since this state and is not closed lies on cycles with it (Tarjan, 1972). */
  private close(top: number): void {
    const root = this.numbers[top];
    const canEnd = this.marksOf[root] & Known.CanEnd;
    for (let number = -1; number !== root;) {
      number = this.unclosed.pop() as number;
      this.marksOf[number] = canEnd | Known.Closed;
    }
    if (canEnd !== 0 || this.isStopped || this.nexts[top] < this.counts[top]) return;
    this.livelock ??= this.failing === null ? 'livelock: tasks go round without an end' : null;
    this.failures += 1;
    this.failing ??= this.nexts.slice(0, top).map((next) => next - 1);
    if (this.options.beyondFailure !== true) this.isStopped = true;
  }

  /** Back at the state of depth `top`, ready for its next choice. */
  private backTo(top: number): void {
    this.system.space.rewind(this.marks[top]);
    // The system forgets what it offered here; offers are no state.
    if (this.nexts[top] < this.counts[top]) this.system.choices();
  }

  private credit(paths: Paths): void {
    const top = this.sums.length - 1;
    if (top < 0) this.total = plus(this.total, paths);
    else this.sums[top] = plus(this.sums[top], paths);
  }
}
