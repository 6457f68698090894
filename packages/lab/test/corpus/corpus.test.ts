/**
 * The shipped corpus: small scenarios in which the correct rules break nothing, and the defect, the
 * plans that must fail and those that must pass do what they must. All of it runs by
 * `npx daxsim corpus`.
 */
import { describe, expect, test } from '@jest/globals';
import { isConfirmed, loadCorpus, reproduceCorpus, runCorpusScenario } from '@daxsim/lab';
import type { CorpusOptions, ScenarioResult } from '@daxsim/lab';

const scenarios = loadCorpus('races');
const kept: unknown[] = [];
const options: CorpusOptions = {
  version: 'test',
  seconds: () => 0,
  // What shrinking does has tests of its own.
  shrinks: false,
  keep: (name, reproducer) => {
    kept.push(reproducer);
    return name;
  },
};

function run(id: string): ScenarioResult {
  const scenario = scenarios.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  return runCorpusScenario('races', scenario, options);
}

describe.each([
  'alloc-crash-before-zero',
  'write-vs-read-fault-zero-page',
  'map-sync-metadata-durable',
  'unaligned-tail-not-flushed',
  'rename-overwrite-not-atomic',
  'keep-size-prealloc-lost',
  'dio-from-own-mapping',
  'r19-journal-start-in-entry-lock',
  'r29-page-fill-vs-punch',
  'host-truncate-under-window',
  'partially-extending-window-write',
  'r27-window-lock-order',
  'control-two-read-faults-on-a-hole',
])('%s', (id) => {
  test('is clean under the correct rules, and broken by its defect and plans', () => {
    const result = run(id);
    expect(result.correct).toMatchObject({ violations: 0, complete: true });
    expect([id, isConfirmed(result)]).toEqual([id, true]);
  });
});

test('a failure is the same again from its reproducer', () => {
  run('map-sync-metadata-durable');
  const again = reproduceCorpus('saved', JSON.parse(JSON.stringify(kept.at(-1))));
  expect(again).toMatchObject({ failsAgain: true, sameDigest: true });
});
