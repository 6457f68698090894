/**
 * The pages of packages/lab/examples say what the search says. Written anew by `npx daxsim corpus
 * races --scenario ID --pages packages/lab/examples`.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { examplePage, loadCorpus, pinReport, runCorpusScenario } from '@daxsim/lab';

const folder = new URL('../../../examples/', import.meta.url);
const scenarios = loadCorpus('races');
/** The others take seconds. */
const QUICK = ['unwritten-fault-not-converted', 'write-vs-read-fault-zero-page'];

test.each(QUICK)('the page about %s is what its search makes of it', (id) => {
  const scenario = scenarios.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  const keep = () => null;
  const options = { version: 'test', seconds: () => 0, keep };
  const page = examplePage('races', scenario, runCorpusScenario('races', scenario, options));
  expect(readFileSync(new URL(`${id}.md`, folder), 'utf8')).toBe(page);
});

test('every page belongs to a scenario that is shipped', () => {
  const ids = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
  expect(ids.filter((id) => !scenarios.some((one) => one.id === id))).toEqual([]);
  expect(ids.length).toBeGreaterThanOrEqual(5);
});

test('what get_user_pages counted and did not get back is what pins hold, file by file', () => {
  const [scenario] = loadCorpus('pins');
  if (scenario === undefined) throw new Error('no scenario');
  const { held, outstanding, vmstat, vmstat_2019: then } = pinReport('pins', scenario);
  expect(held).toEqual([
    { file: 'F', pin: 'ring', pages: 5, first_page: 4 },
    { file: 'G', pin: 'queue', pages: 2, first_page: 0 },
  ]);
  expect(outstanding).toBe(7);
  expect(vmstat.nr_foll_pin_acquired - vmstat.nr_foll_pin_released).toBe(7);
  expect(then.nr_gup_fast_pages_requested).toBe(21);
  expect(then.nr_gup_slow_pages_requested + 21 - then.nr_gup_pages_returned).toBe(7);
});

// The others by `npx daxsim corpus early-dax`.
test.each(
  loadCorpus('early-dax')
    .filter(({ id }) => /^h[1247]/.test(id))
    .map((one) => [one.id, one] as const),
)('of the first years of DAX, %s is found and cured', (_id, scenario) => {
  const options = { version: 'test', seconds: () => 0, keep: () => null, shrinks: false };
  const { correct, defect, plans_that_fail, plans_that_pass } = runCorpusScenario(
    'early-dax',
    scenario,
    options,
  );
  expect(correct).toMatchObject({ violations: 0, complete: true });
  expect(defect?.found).toBe(true);
  const verdicts = [...Object.values(plans_that_fail), ...Object.values(plans_that_pass)];
  expect(verdicts.every((isRight) => isRight)).toBe(true);
});
