/**
 * Every page of packages/lab/examples, searched anew, and every scenario of the smaller corpora:
 * the long form of examples.test.ts.
 */
import { expect, test } from '@jest/globals';
import { loadCases, loadCorpus } from '@daxsim/lab';
import { caseNames, pageOf, shippedPage, verdictOf } from './case-pages.js';

const pages = ['history', 'early-dax'].flatMap((file) => {
  const cases = loadCases(file);
  return caseNames(cases).map((name) => [name, cases] as const);
});

test.each(pages)('the page about %s is what its searches make of it', (name, cases) => {
  expect(shippedPage(cases, name)).toBe(pageOf(cases, name));
});

const small = ['early-dax', 'removals', 'pins', 'direct', 'clients', 'stable-pages'].flatMap(
  (corpus) => loadCorpus(corpus).map(({ id }) => [corpus, id] as const),
);

test.each(small)('of %s, %s is found and cured', (corpus, id) => {
  expect(verdictOf(corpus, id)).toEqual({ id, isConfirmed: true });
});
