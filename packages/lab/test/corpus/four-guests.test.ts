/** Four guests that share a directory: some of the schedules that `corpus four-guests` takes. */
import { expect, test } from '@jest/globals';
import { loadCorpus } from '../../src/corpus/load-corpus.js';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from '../../src/corpus/corpus-setting.js';
import { searchScenario } from '../../src/corpus/run-scenario.js';
import type { ScenarioSearch } from '../../src/corpus/run-scenario.js';

const scenarios = loadCorpus('four-guests');

function search(id: string, isBroken: boolean, runs?: number): ScenarioSearch {
  const scenario = scenarios.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  const right = settingUnder(scenario, CORRECT_PLAN);
  const wrong = settingWithDefect(right, scenario.defect?.name ?? '');
  const setting = isBroken ? wrong : right;
  if (setting === null) throw new Error(`${id} has no defect`);
  const limit = runs === undefined ? {} : { runs };
  return searchScenario(planCorpusScenario('four-guests', scenario), setting, limit);
}

test.each(['four-eio-none', 'four-sigbus-none'])('%s: nothing breaks by chance', (id) => {
  const found = search(id, false, 12);
  expect(found.failure?.message ?? '').toBe('');
  expect(found.chance).toMatchObject({ runs: 12, depth: 3, seed: 1, tasks: 6 });
});

test.each([
  ['four-eio-unlocked', /^deadlock: /],
  ['four-eio-forgets', /^translation-owned: /],
  ['four-eio-counts', /^check \(end\): /],
])('%s is found', (id, message) => {
  expect(search(id, true).failure?.message).toMatch(message);
});
