/** Scenarios of power loss: each oracle can fail, and each planted slip is seen by one of them. */
import { describe, expect, test } from '@jest/globals';
import { loadCorpus } from '../../src/corpus/load-corpus.js';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from '../../src/corpus/corpus-setting.js';
import { searchScenario } from '../../src/corpus/run-scenario.js';
import { DEFECTS, WAITING } from '../../src/corpus/defects.js';
import { findDefect } from '../../src/defects/defect-searches.js';
import type { CorpusScenario } from '../../src/corpus/config.js';

const CORPUS = 'crashes';
const scenarios = loadCorpus(CORPUS);

function scenario(id: string): CorpusScenario {
  const found = scenarios.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found;
}

/** What is wrong under the right rules, or under the scenario's defect. */
function problem(one: CorpusScenario, isDefective: boolean): string {
  const right = settingUnder(one, CORRECT_PLAN);
  const setting = isDefective ? settingWithDefect(right, one.defect?.name ?? '') : right;
  if (setting === null) throw new Error('a defect that is not modelled');
  return searchScenario(planCorpusScenario(CORPUS, one), setting).failure?.message ?? '';
}

describe('with one check turned round the right rules break it', () => {
  const turned = ['second-name-survives-fsync', 'write-after-recovery', 'two-appends'].flatMap(
    (id) => scenario(id).checks.map((check, i) => [id, check.scope, i] as const),
  );

  test.each(turned)('%s: a check of scope %s, number %s', (id, _scope, index) => {
    const one = scenario(id);
    const checks = one.checks.map((check, i) =>
      i === index ? { ...check, expr: `not (${check.expr})` } : check,
    );
    expect(problem(one, false)).toBe('');
    expect(problem({ ...one, checks }, false)).toContain('not (');
  });
});

describe('each kind of oracle that no check writes down sees a slip', () => {
  test.each([
    ['synced-name-in-directory', /fsck: inode/],
    ['open-file-without-name', /^translation-owned: /],
    ['two-writers-of-a-hole', /^assertion: /],
    ['partial-sync-keeps-the-rest-dirty', /^writable-is-dirty: /],
    ['write-after-recovery', /check \(end\)/],
    ['punched-part-stays-zero', /check \(crash\)/],
  ])('%s: %s', (id, pattern) => {
    const one = scenario(id);
    expect(problem(one, true)).toMatch(pattern);
  });
});

describe('known defects', () => {
  test('can be planted, or say what they wait for', () => {
    const names = [...Object.keys(DEFECTS), ...Object.keys(WAITING)];
    expect(new Set(names).size).toBeGreaterThanOrEqual(93);
    for (const { defect } of scenarios) {
      expect(Object.keys(DEFECTS)).toContain(defect?.name);
    }
  });

  test('of a journal are found by short programs', () => {
    const found = findDefect('in_place_link_count');
    expect(found).toMatchObject({ found_by: 'directed', waits_for: null });
    expect(found.states).toBeGreaterThan(0);
  });
});
