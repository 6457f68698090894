/** Direct I/O beside a page cache, sizes of a server: clean by right rules, broken by defects. */
import { expect, test } from '@jest/globals';
import { isConfirmed, loadCorpus, runCorpusScenario } from '@daxsim/lab';

const options = { version: 'test', seconds: () => 0, shrinks: false, keep: () => null };

/** The others in examples.long.test.ts. */
const SHORT = [
  'client-buffer-is-its-own-mapping',
  'transfer-over-before-its-blocks-are-written',
  'old-size-after-an-append',
  'another-client-truncates',
  'store-to-a-page-on-its-way',
];

test.each(
  ['direct', 'clients', 'stable-pages']
    .flatMap((name) => loadCorpus(name))
    .filter(({ id }) => SHORT.includes(id))
    .map((scenario) => [scenario.id, scenario] as const),
)('%s is clean under the correct rules and breaks under its defect', (id, scenario) => {
  const result = runCorpusScenario('direct and clients', scenario, options);
  expect([id, result.correct?.complete, isConfirmed(result)]).toEqual([id, true, true]);
});
