/**
 * What every search of a corpus rests on: nothing is lost by leaving orders out, and steps touch
 * what they declare. All scenarios: `npm run test:long -- corpus-reduction`.
 */
import { expect, test } from '@jest/globals';
import { loadCorpus } from '@daxsim/lab';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { settingUnder } from '../../src/corpus/corpus-setting.js';
import { corpusSystem } from '../../src/corpus/corpus-system.js';
import { undeclaredTouches } from '../../src/corpus/touch-watch.js';
import { compareCorpusCase, corpusCases } from './corpus-cases.js';

const SAMPLE = ['r04', 'r06', 'r09', 'r20', 'r23', 'r26'];
const cases = corpusCases('litmus').filter(({ name }) => SAMPLE.includes(name.slice(0, 3)));

test.each(cases)('$name: the same ends, reduced and not', (one) => {
  const found = compareCorpusCase(one, 5000);
  expect([found.isComplete, found.missing, found.extra]).toEqual([true, [], []]);
});

test.each(['r06-read-fault-vs-write-fault', 'r12-two-fsyncs', 'r19-handle-inside-entry-lock'])(
  '%s: steps touch what they declare',
  (id) => {
    const scenario = loadCorpus('litmus').find((one) => one.id === id);
    if (scenario === undefined) throw new Error(`no scenario ${id}`);
    const plan = planCorpusScenario('litmus', scenario);
    expect(undeclaredTouches(plan, settingUnder(scenario, 'S1'), 1000)).toEqual([]);
  },
);

test('a step that reads more than it declares is caught, in whatever order it happens', () => {
  const scenario = loadCorpus('litmus').find(({ id }) => id.startsWith('r04'));
  if (scenario === undefined) throw new Error('no scenario');
  const plan = planCorpusScenario('litmus', scenario);
  const setting = settingUnder(scenario, 'S1');
  const { system } = corpusSystem(plan, setting);
  const { set } = system.system;
  const step = set.steps.find(({ name }) => name === 'checkFaultSize');
  if (step === undefined) throw new Error('no step');
  // The canary: a step that forgot to say that it looks at the size.
  const { touches } = step;
  Object.assign(step, { touches: touches.filter((name) => name !== 'size') });
  try {
    const told = undeclaredTouches(plan, setting, 300);
    expect(told.filter((text) => text.includes('"checkFaultSize" reads'))).not.toEqual([]);
  } finally {
    Object.assign(step, { touches });
  }
});
