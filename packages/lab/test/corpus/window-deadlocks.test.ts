/** Ways to wait for ever for a range of a window: some of `npx daxsim corpus window-deadlocks`. */
import { expect, test } from '@jest/globals';
import { loadCorpus } from '../../src/corpus/load-corpus.js';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from '../../src/corpus/corpus-setting.js';
import { searchScenario } from '../../src/corpus/run-scenario.js';
import type { ScenarioSearch } from '../../src/corpus/run-scenario.js';

const scenarios = loadCorpus('window-deadlocks');

function search(id: string, isBroken: boolean): ScenarioSearch {
  const scenario = scenarios.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  const right = settingUnder(scenario, CORRECT_PLAN);
  const wrong = settingWithDefect(right, scenario.defect?.name ?? '');
  if (wrong === null) throw new Error(`${id} has no defect`);
  return searchScenario(planCorpusScenario('test', scenario), isBroken ? wrong : right);
}

test.each([
  ['fault-sleeps-under-its-lock', /task 0 sleeps on freeRange, task 2 waits for mmap/],
  ['fault-reclaims-in-line', /^deadlock: task 0 waits for mmap/],
  ['call-reclaims-under-the-tree', /^deadlock: task 0 waits for dmap/],
  ['worker-without-fault-lock', /^deadlock: .*waits for dmap, task \d waits for entry/],
])('%s is found', (id, message) => {
  expect(search(id, true).failure?.message).toMatch(message);
});

test.each([
  'fault-sleeps-under-its-lock',
  'call-reclaims-under-the-tree',
  'two-load-read-same-on-one',
  'two-write-write-other-on-one',
])('%s: nobody waits for ever', (id) => {
  expect(search(id, false)).toMatchObject({ complete: true, failure: null });
});
