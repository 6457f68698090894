/** Slips of entries and of zeroing: right rules are clean, each slip is seen in its scenario. */
import { expect, test } from '@jest/globals';
import { loadCorpus } from '../../src/corpus/load-corpus.js';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from '../../src/corpus/corpus-setting.js';
import { searchScenario } from '../../src/corpus/run-scenario.js';

const EXPECTED: Readonly<Record<string, RegExp>> = {
  'e1-huge-entry-over-a-page': /^huge-entry-alone: /,
  'e2-two-faults-without-entry-lock': /check \(end\): load\(n/,
  'e3-read-of-a-block-not-yet-zero': /^pread/,
  'e4-power-loss-before-the-fault-zeroes': /check \(crash\)/,
  'e5-range-of-a-window-given-away': /^window-shown: /,
};

test.each(loadCorpus('slips').map((scenario) => [scenario.id, scenario] as const))(
  '%s breaks under its defect and not without',
  (id, scenario) => {
    const plan = planCorpusScenario('slips', scenario);
    const right = settingUnder(scenario, CORRECT_PLAN);
    const wrong = settingWithDefect(right, scenario.defect?.name ?? '');
    const whole = searchScenario(plan, right);
    expect(whole.complete && whole.failure === null).toBe(true);
    const found = wrong === null ? null : searchScenario(plan, wrong).failure;
    expect(found?.message).toMatch(EXPECTED[id] ?? /./);
  },
);
