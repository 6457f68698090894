/** Every page of packages/lab/examples, searched anew: the long form of examples.test.ts. */
import { expect, test } from '@jest/globals';
import { loadCases } from '@daxsim/lab';
import { caseNames, pageOf, shippedPage } from './case-pages.js';

const cases = loadCases('history');

test.each(caseNames(cases))('the page about %s is what its searches make of it', (name) => {
  expect(shippedPage(name)).toBe(pageOf(cases, name));
});
