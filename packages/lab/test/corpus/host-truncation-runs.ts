/** Scenarios of a guest whose pages go, and what a run of one must say. */
import { isConfirmed, loadCorpus, runCorpusScenario } from '@daxsim/lab';
import type { CorpusScenario, ScenarioResult } from '@daxsim/lab';

const scenarios = loadCorpus('host-truncation');

export const ids = scenarios.map(({ id }) => id);

export function scenarioNamed(id: string): CorpusScenario {
  const scenario = scenarios.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  return scenario;
}

export function run(id: string): ScenarioResult {
  return runScenario(scenarioNamed(id));
}

export function runScenario(scenario: CorpusScenario): ScenarioResult {
  return runCorpusScenario('host-truncation', scenario, {
    version: 'test',
    seconds: () => 0,
    shrinks: false,
    keep: (name) => name,
  });
}

/** What must be so of each: searched whole, as expected, and its defect found. */
export function verdictOf(id: string): {
  readonly isWhole: boolean;
  readonly isConfirmed: boolean;
} {
  const result = run(id);
  return { isWhole: result.correct?.complete === true, isConfirmed: isConfirmed(result) };
}
