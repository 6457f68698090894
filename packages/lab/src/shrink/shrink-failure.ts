/**
 * The failure of a corpus scenario as small as it gets: scenario, schedule, picture.
 *
 *      pieces ──one away──▶ fails under the defect, and the correct rules still pass? ─▶ gone
 *      schedule ─▶ fewest preemptions, then fewest steps ─▶ with one fewer all schedules pass
 *
 * A piece is superfluous if the smaller scenario still tells right from wrong: a store that a check
 * asks about cannot go, since then the correct rules fail too. Checks about results of operations
 * that are gone go with them.
 */
import { ConfigError, exploreBounded } from '@daxsim/sim';
import { planCorpusScenario } from '../corpus/corpus-plan.js';
import { corpusSystem } from '../corpus/corpus-system.js';
import { drawFailure, searchScenario } from '../corpus/run-scenario.js';
import { makesSense, withoutOrphans } from './scenario-sense.js';
import { removeParts } from './remove-parts.js';
import type { CorpusPlan } from '../corpus/corpus-plan.js';
import type { CorpusOperation, CorpusScenario } from '../corpus/config.js';
import type { ScenarioSearch } from '../corpus/run-scenario.js';
import type { ExplorationFailure } from '../explore/exploration.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { Parts, Removal, RemovalCounts } from './remove-parts.js';

/** How the smallest failure was come by, in the form of the JSON result. */
export interface ShrinkReport {
  readonly operations: number;
  readonly tasks: number;
  readonly preemptions: number;
  readonly removals: RemovalCounts;
  /** States of all schedules with one preemption fewer, none of which fails. */
  readonly states_with_fewer: number;
  /** False where a limit of states left one of these questions open. */
  readonly is_minimal: boolean;
}

export interface SmallestFailure {
  readonly scenario: CorpusScenario;
  readonly failure: ExplorationFailure;
  readonly report: ShrinkReport;
}

/** States for one question. Beyond them a piece stays, and the result says so. */
const STATES_MAX = 200000;

/** Shrinks a failure under `broken`; `correct` is the setting that must not fail. */
export function shrinkFailure(
  where: string,
  scenario: CorpusScenario,
  correct: ScenarioSetting,
  broken: ScenarioSetting,
): SmallestFailure {
  let isOpen = false;
  const judge = (parts: Parts<CorpusOperation>): Removal => {
    const candidate = withParts(where, scenario, parts);
    if (!makesSense(candidate)) return 'senseless';
    const plan = planCorpusScenario(where, candidate);
    const wrong = search(plan, broken);
    if (wrong === null) return 'senseless';
    if (wrong.failure === null) {
      isOpen = isOpen || !wrong.complete;
      return 'passes';
    }
    const right = search(plan, correct);
    if (right === null || right.failure !== null) return 'passes';
    isOpen = isOpen || !right.complete;
    return right.complete ? 'fails' : 'passes';
  };
  const { parts, counts } = removeParts<CorpusOperation>(scenario, judge);
  const smallest = withParts(where, scenario, parts);
  const plan = planCorpusScenario(where, smallest);
  const found = searchScenario(plan, broken);
  const failure = drawFailure(plan, broken, found.failure?.choices ?? []);
  const fewer = fewerPreemptions(plan, broken, failure.preemptions);
  return {
    scenario: smallest,
    failure,
    report: {
      operations: parts.threads.flat().length + parts.setup.length,
      tasks: parts.threads.length,
      preemptions: failure.preemptions,
      removals: counts,
      states_with_fewer: fewer.states,
      is_minimal: !isOpen && fewer.isClean,
    },
  };
}

function withParts(
  where: string,
  scenario: CorpusScenario,
  { setup, threads }: Parts<CorpusOperation>,
): CorpusScenario {
  const lists = { setup: [...setup], threads: threads.map((list) => [...list]) };
  return withoutOrphans(where, { ...scenario, ...lists, params: paramsOf(scenario, threads) });
}

/** Parameters with the guests of the threads that are left. */
function paramsOf(
  { params, threads: all }: CorpusScenario,
  threads: Parts<CorpusOperation>['threads'],
): CorpusScenario['params'] {
  if (params?.guests === undefined) return params;
  const { guests } = params;
  const left = threads.map(([first]) => {
    const thread = all.findIndex((list) => first !== undefined && list.includes(first));
    return guests[thread] ?? 0;
  });
  return { ...params, guests: left };
}

/** A search, or null where the scenario cannot even begin. */
function search(plan: CorpusPlan, setting: ScenarioSetting): ScenarioSearch | null {
  try {
    return searchScenario(plan, setting, { maxStates: STATES_MAX });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return null;
  }
}

/** Searches all schedules with one preemption fewer. */
function fewerPreemptions(
  plan: CorpusPlan,
  setting: ScenarioSetting,
  preemptions: number,
): { readonly states: number; readonly isClean: boolean } {
  if (preemptions === 0) return { states: 0, isClean: true };
  const { system } = corpusSystem(plan, setting);
  const found = exploreBounded(system, preemptions - 1, STATES_MAX);
  return { states: found.states, isClean: found.failure === null && found.complete };
}
