/**
 * Every page of packages/lab/examples, searched anew, and every scenario of the smaller corpora:
 * the long form of examples.test.ts.
 */
import { expect, test } from '@jest/globals';
import { loadCases, loadCorpus } from '@daxsim/lab';
import { caseNames, pageOf, shippedPage, verdictOf } from './case-pages.js';

const cases = loadCases('history');

test.each(caseNames(cases))('the page about %s is what its searches make of it', (name) => {
  expect(shippedPage(name)).toBe(pageOf(cases, name));
});

const small = ['early-dax', 'removals', 'pins'].flatMap((corpus) =>
  loadCorpus(corpus).map(({ id }) => [corpus, id] as const),
);

test.each(small)('of %s, %s is found and cured', (corpus, id) => {
  expect(verdictOf(corpus, id)).toEqual({ id, isConfirmed: true });
});
