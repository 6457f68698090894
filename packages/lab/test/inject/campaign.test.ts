/** Campaigns of injections: sound where nothing may break, and every class of outcome is found. */
import { describe, expect, test } from '@jest/globals';
import {
  InjectionCampaign,
  injectionLines,
  injectionReproducerOf,
  reproduceInjection,
} from '../../src/index.js';
import { countsOf, requestOf, runExperiment } from './experiments.js';

const POWER = { fault: 'power-loss', survivors: ['none', 'all', 'drawn'] };

describe('power loss alone breaks no promise', () => {
  test.each([
    ['xfs-dax', {}],
    ['ext4-dax', { file_system: 'ext4-dax' }],
    ['xfs-dax with persistent caches', { domain: 'eadr' }],
    ['synchronous metadata', { file_system: 'strict-dax' }],
  ])('%s', (_name, system) => {
    const ran = runExperiment({
      ...system,
      faults: [
        { ...POWER, trigger: { draw: 8 } },
        { ...POWER, trigger: { of: 'any', draw: 8 } },
      ],
    });
    expect(countsOf(ran)).toEqual({ masked: 48 });
    expect(ran.result.holds).toBe(true);
  });

  test('in generated workloads', () => {
    const ran = runExperiment({
      workload: { ace: { mode: 'block', sample: 6 } },
      faults: [{ ...POWER, trigger: { draw: 12 } }],
    });
    expect(countsOf(ran)).toEqual({ masked: 36 });
  });
});

describe('outcomes', () => {
  const found = (fault: object, experiment: object = {}): Record<string, number> =>
    countsOf(runExperiment({ ...experiment, faults: [fault] }));

  test('a defect of the file system loses what was promised', () => {
    const defect = { knobs: { logForceFlush: 'skip' } };
    expect(found({ ...POWER, survivors: ['none'] }, defect)).toHaveProperty('lost_data');
  });

  const soon = { power_loss: 'next-persist' };
  test.each([
    ['lost-flush', {}],
    ['lost-fence', soon],
    ['torn-line', {}],
    ['queue-not-drained', {}],
  ])('a %s loses data or is masked', (fault, when) => {
    const counts = found({ fault, ...when, trigger: { draw: 24 }, survivors: ['none'] });
    expect(Object.keys(counts).sort()).toEqual(['lost_data', 'masked']);
  });

  test('a poisoned line that is read is reported', () => {
    expect(found({ fault: 'poisoned-line', trigger: { draw: 8 } })).toEqual({
      error_reported: 8,
    });
  });

  test('a poisoned line whose error nobody looks at gives wrong bytes', () => {
    const ran = { fault: 'poisoned-line', trigger: { draw: 6, call: 'read' } };
    expect(found(ran, { knobs: { poison: 'swallowed' } })).toEqual({ wrong_data: 6 });
  });

  test('a page without backing is an error, of loads and of stores', () => {
    const fault = { fault: 'truncated-backing' };
    expect(found({ ...fault, trigger: { call: 'load' } })).toHaveProperty('error_reported');
    expect(found({ ...fault, trigger: { of: 'store', call: 'store' } })).toEqual({
      error_reported: 3,
    });
    const again = { ...fault, trigger: { of: 'store', call: 'store' }, lifted_after: 1 };
    expect(found(again)).toEqual({ error_reported: 3 });
  });

  test('a line that is slow for longer than anybody waits is a hang', () => {
    const slow = { fault: 'slow-line', trigger: { draw: 5 } };
    expect(found(slow)).toEqual({ masked: 5 });
    expect(found({ ...slow, delay: '1s' }, { hang_after: '500ms' })).toEqual({ hang: 5 });
  });

  test('blocks that are not zeroed show what was in them', () => {
    const calls = [
      { call: 'truncate', path: 'foo', length: 8192 },
      { call: 'store', path: 'foo', offset: 256, length: 64 },
      { call: 'load', path: 'foo', offset: 0, length: 4096 },
    ];
    const experiment = { workload: { calls }, knobs: { blockZeroing: 'never' } };
    expect(() => found(POWER, experiment)).toThrow('nobody wrote');
  });
});

test('every outcome that is not masked has a reproducer with the same digest', () => {
  const { campaign, result } = runExperiment({
    faults: [
      { fault: 'lost-flush', trigger: { draw: 10 }, power_loss: 'drawn' },
      { fault: 'torn-line', trigger: { draw: 10 }, power_loss: 'next-persist' },
      { fault: 'queue-not-drained', trigger: { draw: 10 } },
      { fault: 'poisoned-line', trigger: { of: 'any', draw: 10 } },
      { fault: 'truncated-backing', trigger: { of: 'store', draw: 10 } },
    ],
  });
  expect(result.findings.length).toBeGreaterThan(10);
  for (const finding of result.findings) {
    const text = JSON.stringify(injectionReproducerOf('1', campaign, finding));
    const { outcome, problem, digest } = finding;
    const again = { failsAgain: true, sameDigest: true, outcome, problem, digest };
    expect(reproduceInjection('file', JSON.parse(text))).toEqual(again);
  }
});

test('a reproducer that was tampered with has another digest', () => {
  const ran = runExperiment({ faults: [{ fault: 'poisoned-line', trigger: { draw: 1 } }] });
  const [finding] = ran.result.findings;
  if (finding === undefined) throw new Error('nothing found');
  const made = injectionReproducerOf('1', ran.campaign, finding);
  const other = { ...made, request: made.request + 1 };
  expect(reproduceInjection('file', other).sameDigest).toBe(false);
});

test('parts do not depend on what was run before them', () => {
  const experiment = {
    faults: [
      { fault: 'lost-flush', trigger: { draw: 48 } },
      { fault: 'queue-not-drained', trigger: { draw: 48 }, lines: 4 },
    ],
  };
  const request = requestOf(experiment);
  const forward = new InjectionCampaign(request);
  const backward = new InjectionCampaign(request, forward.counts);
  const parts = [0, 1, 2];
  const first = parts.map((part) => forward.run(part));
  const second = [...parts].reverse().map((part) => backward.run(part));
  expect(second.reverse()).toEqual(first);
});

test('a sweep runs all combinations and says which rule does not hold where', () => {
  const { campaign, result } = runExperiment({
    faults: [{ ...POWER, survivors: ['none'] }],
    sweep: { 'knobs.logForceFlush': ['yes', 'skip'], 'workload.calls.0.length': [4096, 8192] },
  });
  const holds = result.cells.map(({ sweep, must_hold: rules }) => [
    ...Object.values(sweep),
    rules.every((rule) => rule.holds),
  ]);
  expect(holds).toEqual([
    ['yes', 4096, true],
    ['yes', 8192, true],
    ['skip', 4096, false],
    ['skip', 8192, false],
  ]);
  expect(campaign.counts).toHaveLength(4);
  const text = injectionLines('title', result).join('\n');
  expect(text).toContain('knobs.logForceFlush = skip, workload.calls.0.length = 8192');
  expect(text).toContain('✗ lost data: ');
});

test('a fault by chance strikes where the decider says, the same each time', () => {
  const fault = { fault: 'lost-flush', trigger: { chance: '1/40', draw: 20 } };
  const counts = [1, 1, 2].map((seed) => {
    const { campaign, result } = runExperiment({ faults: [fault] }, seed);
    return `${campaign.injections} ${result.digest}`;
  });
  expect(counts[0]).toBe(counts[1]);
  expect(counts[0]).not.toBe(counts[2]);
});
