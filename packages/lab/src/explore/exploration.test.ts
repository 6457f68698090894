/**
 * The shipped scenarios, searched whole: without locks they fail, under the kernel's locks and
 * under one big lock they do not. This is what the explorer, the oracle and the plans are for.
 */
import { describe, expect, test } from '@jest/globals';
import { lockPlan, personality } from '@daxsim/daxfs';
import { exploreScenario } from './exploration.js';
import { loadScenario } from './load-scenario.js';
import { parseReproducer, reproduce, reproducerOf } from './reproducer.js';
import type { ScenarioSetting } from './scenario-system.js';

const setting = (plan: string): ScenarioSetting => ({
  personality: personality('xfs-dax@6.12'),
  plan: lockPlan(plan),
  knobs: {},
});

const scenarios = ['punch-vs-write-fault', 'write-vs-read-fault'];

describe.each(scenarios)('%s', (name) => {
  const { config } = loadScenario(name);

  test('fails without locks, after one preemption, and again from its reproducer', () => {
    const none = setting('none');
    const { failure } = exploreScenario(config, none);
    expect(failure).not.toBeNull();
    if (failure === null) return;
    expect(failure.preemptions).toBe(1);
    const names = { fileSystem: 'xfs-dax', lockPlan: 'none' };
    const saved = JSON.stringify(reproducerOf('0.1.0', names, none, config, failure));
    const again = reproduce(parseReproducer('saved.json', JSON.parse(saved)), none);
    expect(again).toMatchObject({ failsAgain: true, sameDigest: true, what: failure.what });
  });

  test.each(['xfs-upstream', 'global'])('has no violation under %s, searched whole', (plan) => {
    const result = exploreScenario(config, setting(plan));
    expect(result).toMatchObject({ complete: true, violations: 0, failure: null });
    expect(BigInt(result.schedules ?? '0')).toBeGreaterThan(100n);
  });
});

test('a load that began before the write may see either, one after it only the new bytes', () => {
  const { config } = loadScenario('write-vs-read-fault');
  const { failure } = exploreScenario(config, setting('none'));
  expect(failure?.what).toBe('load m 0+64 at byte 0 of F saw zero, allowed "A"');
});

test('a punch that frees before it unmaps lets a mapping reach a freed block', () => {
  const { config } = loadScenario('punch-vs-write-fault');
  const reversed = { ...setting('none'), knobs: { punchOrder: 'freeThenUnmap' } };
  const { failure } = exploreScenario(config, reversed);
  expect(failure?.what).toMatch(/^translation-owned|^entry-owned/);
  expect(failure?.preemptions).toBe(0);
});

test('a search that is cut short does not call itself complete', () => {
  const { config } = loadScenario('punch-vs-write-fault');
  const result = exploreScenario(config, setting('xfs-upstream'), { maxStates: 500 });
  expect(result.complete).toBe(false);
  expect(result.failure).toBeNull();
});
