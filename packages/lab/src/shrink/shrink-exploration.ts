/**
 * A scenario that states no checks, as small as its failure allows. What its reads may return
 * follows from its writes, so every smaller scenario that fails shows a failure.
 */
import { ConfigError } from '@daxsim/sim';
import { exploreScenario } from '../explore/exploration.js';
import { removeParts } from './remove-parts.js';
import type { ExplorationOptions, ExplorationResult } from '../explore/exploration.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { ScenarioConfig, ScenarioOperation } from '../explore/config.js';
import type { Parts, Removal } from './remove-parts.js';

export interface SmallestExploration {
  readonly scenario: ScenarioConfig;
  readonly result: ExplorationResult;
}

/** States for one question. */
const STATES_MAX = 50000;

/** Explores; a failure comes back on the smallest scenario that has one. */
export function exploreAndShrink(
  scenario: ScenarioConfig,
  setting: ScenarioSetting,
  options: ExplorationOptions,
): SmallestExploration {
  const first = exploreScenario(scenario, setting, options);
  if (first.failure === null) return { scenario, result: first };
  const { kind } = first.failure;
  const judge = (parts: Parts<ScenarioOperation>): Removal => {
    const found = tryExplore(withParts(scenario, parts), setting, options);
    if (found === null) return 'senseless';
    return found.failure?.kind === kind ? 'fails' : 'passes';
  };
  const { parts, counts } = removeParts<ScenarioOperation>(scenario, judge);
  const smallest = withParts(scenario, parts);
  const { failure } = exploreScenario(smallest, setting, options);
  const shrunk = failure === null ? first.failure : { ...failure, removals: counts };
  return { scenario: smallest, result: { ...first, failure: shrunk } };
}

function withParts(
  scenario: ScenarioConfig,
  { setup, threads }: Parts<ScenarioOperation>,
): ScenarioConfig {
  return { ...scenario, setup: [...setup], threads: threads.map((list) => [...list]) };
}

/** What is found, or null for a scenario that cannot begin. */
function tryExplore(
  scenario: ScenarioConfig,
  setting: ScenarioSetting,
  options: ExplorationOptions,
): ExplorationResult | null {
  try {
    return exploreScenario(scenario, setting, { ...options, maxStates: STATES_MAX });
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}
