/** Direct I/O beside a page cache: right rules are clean, each slip is seen in its scenario. */
import { expect, test } from '@jest/globals';
import { isConfirmed, loadCorpus, runCorpusScenario } from '@daxsim/lab';

const options = { version: 'test', seconds: () => 0, shrinks: false, keep: () => null };

const SHORT = ['client-buffer-is-its-own-mapping', 'transfer-over-before-its-blocks-are-written'];

test.each(
  loadCorpus('direct')
    .filter(({ id }) => SHORT.includes(id))
    .map((scenario) => [scenario.id, scenario] as const),
)('%s is clean under the correct rules and breaks under its defect', (id, scenario) => {
  const result = runCorpusScenario('direct', scenario, options);
  expect([id, result.correct?.complete, isConfirmed(result)]).toEqual([id, true, true]);
});
