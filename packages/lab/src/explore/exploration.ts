/**
 * Explores a scenario under a lock plan: all interleavings of its steps, each state once. A clean
 * search is a certificate with its counts; a failing one comes back as the schedule with the fewest
 * preemptions of the smallest scenario that still fails, drawn in columns, and as a reproducer.
 *
 *      whole ── too much ──▶ --bound N: all schedules of at most N preemptions
 *                                       └── some have more ──▶ by chance, with the odds of a find
 */
import { Digest, explore, exploreBounded, exploreByChance } from '@daxsim/sim';
import type { Explorable, FailingSchedule } from '@daxsim/sim';
import { DiagramRecorder, renderDiagram } from './diagram.js';
import { kindOf } from './exploration-result.js';
import { registerSystem } from './register-judge.js';
import type { ExplorationFailure, ExplorationResult } from './exploration-result.js';
import type { ScenarioConfig } from './config.js';
import type { ScenarioSetting, ScenarioSystem, SystemCall } from './scenario-system.js';

export { renderExploration } from './exploration-result.js';
export type { ExplorationFailure, ExplorationResult } from './exploration-result.js';

export interface ExplorationOptions {
  /** Stop after so many states; the result then says that it is not complete. */
  readonly maxStates?: number;
  /** Leave out orders of actions that do not mind each other; default true. */
  readonly reduction?: boolean;
  /** Only schedules of at most so many preemptions; beyond them by chance. */
  readonly bound?: number;
  /** Runs by chance, with a bound; default 1000. */
  readonly runs?: number;
  /** Orderings that a failure found by chance may need; default bound + 2; 0 draws each choice. */
  readonly depth?: number;
  /** Where drawing starts; default 1. */
  readonly seed?: number;
}

const RUNS = 1000;
const SEED = 1;

/** Runs the search over a scenario without checks of its own. */
export function exploreScenario(
  config: ScenarioConfig,
  setting: ScenarioSetting,
  options: ExplorationOptions = {},
): ExplorationResult {
  return exploreSystem(() => registerSystem(config, setting), options);
}

/** Runs the search over the systems that `make` makes, one for the search and one to show. */
export function exploreSystem<C extends SystemCall>(
  make: () => ScenarioSystem<C>,
  options: ExplorationOptions = {},
): ExplorationResult {
  const { bound } = options;
  if (bound !== undefined) return searchBounded(make, bound, options);
  const limits = options.maxStates === undefined ? {} : { maxStates: options.maxStates };
  const reduce = options.reduction ?? true;
  const found = explore(make(), { shortest: true, reduce, ...limits });
  return {
    search: 'exhaustive',
    states: found.states,
    transitions: found.transitions,
    schedules: String(found.schedules),
    reduced: found.isReduced,
    max_depth: found.maxDepth,
    complete: found.complete,
    violations: found.failures,
    bound: null,
    beyond_bound: false,
    chance: null,
    failure: shown(make, found.failure),
  };
}

/** All schedules within the bound, then runs by chance if there are others. */
function searchBounded<C extends SystemCall>(
  make: () => ScenarioSystem<C>,
  bound: number,
  options: ExplorationOptions,
): ExplorationResult {
  const within = exploreBounded(make(), bound, options.maxStates);
  const base = {
    states: within.states,
    transitions: within.states,
    schedules: null,
    reduced: false,
    max_depth: within.failure?.choices.length ?? 0,
    complete: within.complete,
    bound,
    beyond_bound: within.isBounded,
  };
  const runs = options.runs ?? RUNS;
  const isEnough = within.failure !== null || runs === 0 || (within.complete && !within.isBounded);
  if (isEnough) {
    const { failure } = within;
    const violations = failure === null ? 0 : 1;
    return { ...base, search: 'bounded', violations, chance: null, failure: shown(make, failure) };
  }
  const depth = options.depth ?? bound + 2;
  const drawn = exploreByChance(make(), { depth, runs, seed: options.seed ?? SEED });
  const { tasks, steps: actions, confidence } = drawn;
  return {
    ...base,
    search: 'chance',
    max_depth: actions,
    violations: drawn.failure === null ? 0 : 1,
    chance: { runs: drawn.runs, depth, tasks, actions, confidence },
    failure: shown(make, drawn.failure),
  };
}

function shown<C extends SystemCall>(
  make: () => ScenarioSystem<C>,
  found: FailingSchedule | null,
): ExplorationFailure | null {
  if (found === null) return null;
  const drawn = showChoices(make(), found.choices);
  // A livelock is no state: only the search that closed the circle can tell.
  const what = drawn.what === '' ? found.message : drawn.what;
  return { ...drawn, what, kind: kindOf(what), choices: found.choices, removals: null };
}

/** A schedule drawn, without what only a search knows. */
export type ShownSchedule = Pick<ExplorationFailure, 'what' | 'preemptions' | 'diagram' | 'digest'>;

/** Runs one schedule again and draws it. `what` is empty when it does not fail. */
export function showSchedule(
  config: ScenarioConfig,
  setting: ScenarioSetting,
  choices: readonly number[],
): ShownSchedule {
  return showChoices(registerSystem(config, setting), choices);
}

/** Runs the choices on a fresh system and draws what they did. */
export function showChoices<C extends SystemCall>(
  system: ScenarioSystem<C>,
  choices: readonly number[],
): ShownSchedule {
  const recorder = new DiagramRecorder(system.system.set);
  system.system.interpreter.sync.observer = recorder;
  system.onCall = (task, call, ended) => {
    recorder.add(task, ended === null ? `▶ ${call.text}` : `◀ ${call.text} = ${ended}`);
  };
  const digest = new Digest();
  let preemptions = 0;
  let last = -1;
  let what: string | null = null;
  for (const choice of choices) {
    const count = system.choices();
    if (choice >= count) break;
    const task = system.taskOf(choice);
    preemptions += isPreemption(system, count, last, task) ? 1 : 0;
    last = task;
    system.take(choice);
    digest.add(system.space.hash());
    what = system.failure();
    if (what !== null) break;
  }
  what ??= livelockFrom(system);
  const titles = system.threadNames();
  const diagram = renderDiagram(recorder.lines, titles);
  return { what: what ?? '', preemptions, diagram, digest: digest.hex() };
}

/** States that a circle may have. */
const CIRCLE_STATES_MAX = 20000;

/** A schedule that ends before its tasks do fails if they can only go round from there. */
function livelockFrom(system: Explorable): string | null {
  if (system.choices() === 0) return null;
  const found = explore(system, { reduce: true, maxStates: CIRCLE_STATES_MAX });
  const message = found.failure?.message ?? '';
  return kindOf(message) === 'livelock' ? message : null;
}

/** True when the task that ran last could have gone on and another runs instead. */
function isPreemption(system: Explorable, count: number, last: number, task: number): boolean {
  if (last < 0 || last === task) return false;
  for (let i = 0; i < count; i += 1) if (system.taskOf(i) === last) return true;
  return false;
}
