/** Failures as small as they get, and what is said where nothing failed. */
import { describe, expect, test } from '@jest/globals';
import { lockPlan, personality } from '@daxsim/daxfs';
import {
  exploreAndShrink,
  exploreScenario,
  loadCorpus,
  loadScenario,
  reproduceCorpus,
  runCorpusScenario,
} from '@daxsim/lab';
import type { CorpusReproducer, DefectResult, ScenarioSetting } from '@daxsim/lab';

const setting = (plan: string): ScenarioSetting => ({
  personality: personality('xfs-dax@6.12'),
  plan: lockPlan(plan),
  knobs: {},
});

const scenarios = loadCorpus('races');

/** A scenario's defect, and the reproducer that was kept of it. */
function defectOf(id: string): { readonly defect: DefectResult; readonly kept: CorpusReproducer } {
  const scenario = scenarios.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  const kept: CorpusReproducer[] = [];
  const bare = { ...scenario, plans_that_fail: [], plans_that_pass: [] };
  const { defect } = runCorpusScenario('races', bare, {
    version: 'test',
    seconds: () => 0,
    keep: (name, reproducer) => {
      kept.push(reproducer);
      return name;
    },
  });
  const [first] = kept;
  if (defect === null || first === undefined) throw new Error(`${id}: nothing was found`);
  return { defect, kept: first };
}

describe.each([
  ['truncate-vs-fault-size-check', 2, 5],
  ['r03-free-before-unmap', 1, 5],
  ['r12-two-fsyncs-one-store', 2, 6],
  ['map-sync-metadata-durable', 1, 4],
])('the defect of %s', (id, tasks, operations) => {
  const { defect, kept } = defectOf(id);

  test('is shown by what it needs and nothing else', () => {
    expect(defect.shrunk).toMatchObject({ tasks, operations, is_minimal: true });
    expect(defect.shrunk?.preemptions).toBeLessThanOrEqual(3);
    const { setup, threads } = kept.scenario;
    expect([threads.length, setup.length + threads.flat().length]).toEqual([tasks, operations]);
  });

  test('is the same again from its reproducer', () => {
    const again = reproduceCorpus('saved', JSON.parse(JSON.stringify(kept)));
    expect(again).toMatchObject({ failsAgain: true, sameDigest: true });
  });
});

test('a failure without checks is shown on the smallest scenario that has it', () => {
  const { config } = loadScenario('punch-vs-write-fault');
  const { scenario, result } = exploreAndShrink(config, setting('none'), {});
  expect(scenario.threads.map((list) => list.map(({ op }) => op))).toEqual([
    ['fallocate'],
    ['store'],
  ]);
  expect(result.failure?.removals?.last_tasks).toBe(2);
});

describe('within a number of preemptions', () => {
  const { config } = loadScenario('write-vs-read-fault');

  test('a failure that needs one is not found with none, and chance is told as such', () => {
    const none = exploreScenario(config, setting('none'), { bound: 0, runs: 0 });
    expect(none).toMatchObject({ search: 'bounded', failure: null, beyond_bound: true });
    const found = exploreScenario(config, setting('none'), { bound: 1 });
    expect(found.failure).toMatchObject({ kind: 'violation', preemptions: 1 });
  });

  test('runs beyond it find what lies there, the same with the same seed', () => {
    const options = { bound: 0, runs: 500, depth: 2, seed: 3 };
    const once = exploreScenario(config, setting('none'), options);
    expect(once.search).toBe('chance');
    expect(once.failure).not.toBeNull();
    expect(exploreScenario(config, setting('none'), options)).toEqual(once);
  });

  test('a clean search says what its runs are worth', () => {
    const clean = exploreScenario(config, setting('global'), { bound: 1, runs: 20, depth: 2 });
    expect(clean).toMatchObject({ failure: null, complete: true, search: 'chance' });
    expect(clean.chance?.confidence).toBeGreaterThan(0);
  });
});
