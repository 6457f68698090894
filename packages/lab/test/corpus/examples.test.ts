/**
 * The pages of packages/lab/examples say what the search says. Written anew by `npx daxsim corpus
 * --cases history --pages packages/lab/examples`; all of them are held in examples.long.test.ts.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { casesIndex, loadCases, loadCorpus, pinReport, runCorpusScenario } from '@daxsim/lab';
import { caseNames, pageOf, shippedPage } from './case-pages.js';

const folder = new URL('../../../examples/', import.meta.url);
const cases = loadCases('history');
/** The others take seconds. */
const QUICK = ['unwritten-fault-not-converted', 'write-vs-read-fault-zero-page'];

test.each(QUICK)('the page about %s is what its searches make of it', (name) => {
  expect(shippedPage(name)).toBe(pageOf(cases, name));
});

test('seven cases have a page each, and the index lists them and all others', () => {
  expect(cases.config.cases.length).toBe(7);
  const there = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
  expect(there.sort()).toEqual(['README', ...caseNames(cases)].sort());
  expect(readFileSync(new URL('README.md', folder), 'utf8')).toBe(casesIndex('history', cases));
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
