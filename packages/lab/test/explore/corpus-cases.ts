/**
 * Scenarios of the shipped corpora on which the reduced search is compared with the full one: each
 * under the correct rules and under its defect. Where power is lost, or where checks look at every
 * state, nothing is left out and there is nothing to compare.
 */
import { compareEnds } from '@daxsim/sim';
import type { EndsComparison } from '@daxsim/sim';
import { loadCorpus } from '@daxsim/lab';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { corpusSystem } from '../../src/corpus/corpus-system.js';
import { canReduce } from '../../src/corpus/run-scenario.js';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from '../../src/corpus/corpus-setting.js';
import type { CorpusScenario } from '../../src/corpus/config.js';
import type { ScenarioSetting } from '../../src/explore/scenario-system.js';

export interface CorpusCase {
  readonly name: string;
  readonly scenario: CorpusScenario;
  readonly setting: ScenarioSetting;
}

/** Every case of a corpus that is searched reduced. */
export function corpusCases(corpus: string): CorpusCase[] {
  return loadCorpus(corpus).flatMap((scenario) => {
    if (!canReduce(planCorpusScenario(corpus, scenario))) return [];
    const correct = settingUnder(scenario, CORRECT_PLAN);
    const cases = [{ name: `${scenario.id}, correct`, scenario, setting: correct }];
    const { defect } = scenario;
    const setting = defect === null ? null : settingWithDefect(correct, defect.name);
    if (setting !== null) cases.push({ name: `${scenario.id}, broken`, scenario, setting });
    return cases;
  });
}

/** Both searches, to the end and beyond failures. */
export function compareCorpusCase(one: CorpusCase, maxStates: number): EndsComparison {
  const plan = planCorpusScenario(one.name, one.scenario);
  return compareEnds(() => corpusSystem(plan, one.setting).system, maxStates);
}
