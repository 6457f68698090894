/**
 * All scenarios of the shipped corpora: the reduced search reaches the ends of the full one, each
 * under the correct rules and under its defect, and steps touch what they declare.
 */
import { describe, expect, test } from '@jest/globals';
import { undeclaredTouches } from '../../src/corpus/touch-watch.js';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { compareCorpusCase, corpusCases } from './corpus-cases.js';

/** Interleavings up to which the full search has to be compared, and states that it may take. */
const INTERLEAVINGS = 1_000_000n;
const STATES_MAX = 60_000;

describe.each(['litmus', 'races'])('%s', (corpus) => {
  test.each(corpusCases(corpus))('$name', (one) => {
    const found = compareCorpusCase(one, STATES_MAX);
    // A search that was cut has followed more interleavings than the promise is about.
    if (!found.isComplete) expect(found.full.schedules).toBeGreaterThan(INTERLEAVINGS);
    expect([found.missing, found.extra]).toEqual([[], []]);
    const plan = planCorpusScenario(corpus, one.scenario);
    expect(undeclaredTouches(plan, one.setting)).toEqual([]);
  });
});
