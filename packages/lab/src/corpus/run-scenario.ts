/**
 * One search of a scenario under one setting: all schedules and what power loss makes of them, or
 * up to the first that fails, which is then drawn.
 *
 * Where power is lost, what a fence finds pending counts, whoever stored it, and checks of scope
 * `always` look at every state; orders that differ only there are not left out.
 */
import { explore, exploreByChance } from '@daxsim/sim';
import type { ExploreResult } from '@daxsim/sim';
import { compileSystem, recipesFor } from '@daxsim/daxfs';
import { showChoices } from '../explore/exploration.js';
import { kindOf } from '../explore/exploration-result.js';
import { corpusSystem } from './corpus-system.js';
import type { ExplorationFailure } from '../explore/exploration.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { CorpusSystem } from './corpus-system.js';
import type { CorpusPlan } from './corpus-plan.js';
import type { CorpusScenario } from './config.js';

/** What a search found, by counts. */
export interface ScenarioSearch {
  readonly violations: number;
  /** Complete schedules that were covered, exactly; text, since it passes 2^53. */
  readonly schedules: string;
  readonly states: number;
  /** Crash states recovered and checked. */
  readonly crashStates: number;
  readonly complete: boolean;
  /** Schedules that were walked to their end until one failed, that one included. */
  readonly walked: number;
  readonly failure: { readonly message: string; readonly choices: readonly number[] } | null;
  /** What a scenario of `fails_with` reports, and how many ends do; null for others. */
  readonly reported: ReportedFailure | null;
  /** How it was searched where all schedules are too many. */
  readonly chance: ChanceSearch | null;
  /** Mutations whose part of a recipe was run. */
  readonly metMutations: ReadonlySet<string>;
}

/** Failures that a scenario is about. */
export interface ReportedFailure {
  /** Ends of schedules that report it. */
  readonly count: number;
  /** The first of them in full. */
  readonly what: string;
  readonly choices: readonly number[];
}

/** Runs by chance. */
export interface ChanceSearch {
  readonly runs: number;
  readonly depth: number;
  readonly seed: number;
  /** Most tasks that could run at once, and most actions of a run. */
  readonly tasks: number;
  readonly actions: number;
}

export interface SearchOptions {
  /** Stop after so many states. */
  readonly maxStates?: number;
  /** Where runs by chance start; default 1. */
  readonly seed?: number;
  /** Runs by chance, instead of those that the scenario wants. */
  readonly runs?: number;
}

/** States within which the failure that reads best is looked for. */
const SHORTEST_STATES_MAX = 20000;

/** Whether orders may be left out: not where power is lost or every state is checked. */
export function canReduce(plan: CorpusPlan): boolean {
  return !plan.scenario.crash && !plan.checks.has('always');
}

/**
 * Guests that take each other's ranges back may do so for ever, which is a cycle of states. On one
 * no order is left out, and what a reduced search has to keep for each state costs more than it
 * saves: beyond so many states every order is searched, which is cut at so many. Where there is no
 * cycle so far, the reduced search goes on.
 */
const CYCLIC_STATES_MAX = 50_000;
const REDUCED_STATES_MAX = 400_000;
const WINDOW_STATES_MAX = 6_000_000;
/** What is tried by chance before every order is searched. */
const BEFORE_ALL = { depth: 3, runs: 500 } as const;

/** Searches until something fails or everything was seen, or as often as the scenario says. */
export function searchScenario(
  plan: CorpusPlan,
  setting: ScenarioSetting,
  options: SearchOptions = {},
): ScenarioSearch {
  const corpus = corpusSystem(plan, setting);
  if (plan.scenario.chance !== undefined) return searchByChance(corpus, plan.scenario, options);
  const { maxStates } = options;
  const isWindow = setting.personality.window !== null;
  const limits = isWindow
    ? { maxStates: maxStates ?? WINDOW_STATES_MAX }
    : maxStates === undefined
      ? {}
      : { maxStates };
  const says = plan.scenario.fails_with;
  if (says !== undefined) return searchForReport(corpus, says, limits);
  const found = searchWith(corpus, canReduce(plan), isWindow, limits);
  return searchOf(corpus, found, { violations: found.failures });
}

function searchOf(
  corpus: CorpusSystem,
  found: ExploreResult,
  counts: Partial<ScenarioSearch> & Pick<ScenarioSearch, 'violations'>,
): ScenarioSearch {
  return {
    schedules: String(found.schedules),
    states: found.states,
    crashStates: corpus.crashStates(),
    complete: found.complete,
    walked: found.ends,
    failure: found.failure,
    reported: null,
    chance: null,
    metMutations: corpus.system.system.world.metMutations,
    ...counts,
  };
}

/** Goes on behind each failure; one that says anything else than it must is a violation. */
function searchForReport(
  corpus: CorpusSystem,
  says: string,
  limits: { readonly maxStates?: number },
): ScenarioSearch {
  const { system } = corpus;
  const messages = new Map<number, string>();
  const onEnd = (state: number, message: string | null): void => {
    if (message !== null) messages.set(state, message);
  };
  const found = explore(system, { beyondFailure: true, onEnd, ...limits });
  const others = [...messages.values()].filter((message) => !message.includes(says));
  // What fails without an end goes round for ever.
  const livelocks = Math.max(0, found.failures - messages.size);
  const count = messages.size - others.length;
  const first = found.failure;
  const isReported = first !== null && first.message.includes(says);
  return searchOf(corpus, found, {
    violations: others.length + livelocks,
    failure: others.length + livelocks === 0 ? null : first,
    reported: isReported ? { count, what: first.message, choices: first.choices } : null,
  });
}

/** Scenarios that differ in a slip only are run in different orders, so that each run counts. */
function streamOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 65521;
  return sum;
}

function searchByChance(
  corpus: CorpusSystem,
  { chance, id }: CorpusScenario,
  options: SearchOptions,
): ScenarioSearch {
  const { system } = corpus;
  const { seed = 1 } = options;
  const depth = chance?.depth ?? 0;
  const runs = options.runs ?? chance?.runs ?? 1;
  const found = exploreByChance(system, { depth, runs, seed, stream: streamOf(id) });
  return {
    violations: found.failure === null ? 0 : 1,
    schedules: String(found.runs),
    states: 0,
    crashStates: corpus.crashStates(),
    complete: false,
    walked: found.runs,
    failure: found.failure,
    reported: null,
    chance: { runs: found.runs, depth, seed, tasks: found.tasks, actions: found.steps },
    metMutations: system.system.world.metMutations,
  };
}

function searchWith(
  { system }: CorpusSystem,
  reduce: boolean,
  isWindow: boolean,
  limits: { readonly maxStates?: number },
): ExploreResult {
  if (!reduce || !isWindow) return explore(system, { reduce, ...limits });
  const least = reducedUpTo(system, CYCLIC_STATES_MAX, limits);
  if (least.complete || least.failure !== null) return least;
  // A search of all may wander for long where a failure is only a few orderings away.
  const found = exploreByChance(system, { ...BEFORE_ALL, seed: 1 });
  if (found.failure !== null) {
    return { ...least, ends: least.ends + found.runs, failures: 1, failure: found.failure };
  }
  if (!least.isCyclic) {
    const more = reducedUpTo(system, REDUCED_STATES_MAX, limits);
    if (more.complete || more.failure !== null) return more;
  }
  return explore(system, { reduce: false, ...limits });
}

function reducedUpTo(
  system: CorpusSystem['system'],
  most: number,
  { maxStates }: { readonly maxStates?: number },
): ExploreResult {
  return explore(system, { reduce: true, maxStates: Math.min(maxStates ?? most, most) });
}

/** Draws the failure that is easiest to read, or the given one if that takes too long to find. */
export function drawFailure(
  plan: CorpusPlan,
  setting: ScenarioSetting,
  found: readonly number[],
): ExplorationFailure {
  const choices = shortestOf(plan, setting) ?? found;
  const drawn = showChoices(corpusSystem(plan, setting).system, choices);
  return { ...drawn, kind: kindOf(drawn.what), choices, removals: null };
}

function shortestOf(plan: CorpusPlan, setting: ScenarioSetting): readonly number[] | null {
  if (plan.scenario.chance !== undefined) return null;
  const { system } = corpusSystem(plan, setting);
  const { failure } = explore(system, { shortest: true, maxStates: SHORTEST_STATES_MAX });
  return failure?.choices ?? null;
}

/** Whether the system of a setting has recipes for all that a scenario does. */
export function canRun(plan: CorpusPlan, setting: ScenarioSetting): boolean {
  const set = compileSystem(setting.plan, null, recipesFor(setting.personality));
  const recipes = new Set(set.programs.map((program) => program.name));
  return missingOperations(plan, recipes).length === 0;
}

/** Operations that a scenario needs and the system has no recipe for. */
export function missingOperations(plan: CorpusPlan, recipes: ReadonlySet<string>): string[] {
  const missing = new Set<string>();
  const { setup, threads, afterCrash } = plan.calls;
  for (const call of [...setup, ...threads.flat(), ...[...afterCrash.values()].flat()]) {
    if (!recipes.has(call.program)) missing.add(call.operation.source.op);
  }
  return [...missing].sort();
}
