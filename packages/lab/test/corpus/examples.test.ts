/**
 * The pages of packages/lab/examples say what the search says. Written anew by `npx daxsim corpus
 * --cases history --pages packages/lab/examples`; all of them are held in examples.long.test.ts.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { casesIndex, loadCases, loadCorpus, pinReport } from '@daxsim/lab';
import { caseNames, folderOf, pageOf, shippedPage, verdictOf } from './case-pages.js';

const cases = loadCases('history');
/** The others take seconds. */
const QUICK = ['unwritten-fault-not-converted', 'write-vs-read-fault-zero-page'];

test.each(QUICK)('the page about %s is what its searches make of it', (name) => {
  expect(shippedPage(cases, name)).toBe(pageOf(cases, name));
});

test.each(['history', 'early-dax'])('%s: seven cases have a page each, and an index', (name) => {
  const told = loadCases(name);
  expect(told.config.cases.length).toBe(7);
  const folder = folderOf(told);
  const there = readdirSync(folder).filter((file) => file.endsWith('.md'));
  const names = ['README', ...caseNames(told)].map((page) => `${page}.md`);
  expect(there.sort()).toEqual(names.sort());
  expect(readFileSync(new URL('README.md', folder), 'utf8')).toBe(casesIndex(name, told));
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

/** The others in examples.long.test.ts, and by `npx daxsim corpus NAME`. */
const SOME: readonly (readonly [string, string])[] = [
  ['early-dax', 'h1-create-leaves-unwritten'],
  ['early-dax', 'h2-power-loss-before-clearing'],
  ['early-dax', 'h4-failed-completion-is-not-told'],
  ['early-dax', 'h7-store-to-a-hole-without-a-handle'],
  ['removals', 'collapse-drains-nothing'],
  ['pins', 'clone-of-pinned-pages'],
];

test.each(SOME)('of %s, %s is found and cured', (corpus, id) => {
  expect(verdictOf(corpus, id)).toEqual({ id, isConfirmed: true });
});
