/** Generated crash workloads: sound under the right rules, found under planted defects. */
import { describe, expect, test } from '@jest/globals';
import {
  AceCampaign,
  aceReproducerOf,
  defectKnobs,
  parseAceReproducer,
  reproduceAce,
} from '../src/index.js';
import type { AceRequest, AceResult } from '../src/index.js';

const BLOCK: AceRequest = {
  mode: 'block',
  seq: 1,
  seed: 1,
  sample: 40,
  fileSystem: 'xfs-dax',
  lockPlan: null,
  knobs: {},
  domain: 'adr',
};

function run(request: AceRequest): AceResult {
  const campaign = new AceCampaign(request);
  const parts = Array.from({ length: campaign.parts }, (_part, i) => i);
  return campaign.sum(parts.map((part) => campaign.run(part)));
}

describe('power lost at every moment of generated workloads', () => {
  test.each([
    ['block', BLOCK],
    ['pm', { ...BLOCK, mode: 'pm', fileSystem: 'strict-dax' } as const],
    ['dax', { ...BLOCK, mode: 'dax' } as const],
    ['block, caches persistent', { ...BLOCK, sample: 10, domain: 'eadr' } as const],
  ])('leaves nothing that was promised broken: %s', (_name, request) => {
    const result = run(request);
    expect(result.failures).toEqual([]);
    expect(result.run + result.unsupported).toBe(request.sample);
    expect(result.crash_states.executed).toBeGreaterThan(result.run);
    expect(result.crash_states.compared).toBe(result.crash_states.executed);
  });

  test('a log force without flushes is found, and its reproducer fails again', () => {
    const request = { ...BLOCK, sample: 12, knobs: { logForceFlush: 'skip' } };
    const result = run(request);
    expect(result.violations).toBeGreaterThan(0);
    for (const failure of result.failures) {
      const text = JSON.stringify(aceReproducerOf('1', request, failure));
      const again = reproduceAce(parseAceReproducer('file', JSON.parse(text)));
      expect(again).toEqual({ failsAgain: true, sameDigest: true, problem: failure.problem });
    }
  });

  test('blocks that are not zeroed before they are committed show what was in them', () => {
    const result = run({ ...BLOCK, mode: 'dax', sample: 60, knobs: { blockZeroing: 'never' } });
    expect(result.failures.map(({ problem }) => problem)).toContainEqual(
      expect.stringContaining('0xcdcdcdcd'),
    );
  });

  test('space that was reserved and is not there is found where bytes look right', () => {
    const mutation = 'fallocate: swap steps from step 21 on, aimAtRange and loop holes';
    const result = run({ ...BLOCK, mode: 'dax', sample: 60, mutation });
    expect(result.failures.map(({ problem }) => problem)).toContainEqual(
      expect.stringMatching(/block \d+ of the file is a hole, which was reserved/),
    );
  });

  test('a promise that the file system does not make is missed', () => {
    const request = { ...BLOCK, mode: 'pm', sample: 8, fileSystem: 'strict-dax' } as const;
    expect(run(request).violations).toBe(0);
    const knobs = { logForceFlush: 'skip' };
    expect(run({ ...request, knobs }).violations).toBeGreaterThan(0);
  });
});

test('parts do not depend on what was run before them', () => {
  const forward = new AceCampaign(BLOCK);
  const backward = new AceCampaign(BLOCK);
  const numbers = Array.from({ length: 12 }, (_part, i) => i);
  const first = numbers.map((part) => forward.run(part));
  const second = [...numbers].reverse().map((part) => backward.run(part));
  expect(second.reverse()).toEqual(first);
});

describe('defects by the names of corpora', () => {
  test.each(['fault_zero_without_convert', 'sync_fault_skips_commit'])('%s has knobs', (name) => {
    expect(Object.keys(defectKnobs(name)).length).toBeGreaterThan(0);
  });

  test('two copies with no fence between are found by a workload of one operation', () => {
    const knobs = defectKnobs('no_fence_between_copies');
    expect(run({ ...BLOCK, sample: 8, knobs }).violations).toBeGreaterThan(0);
  });

  test('a defect that turns the order of locks round still runs, with one task', () => {
    const knobs = defectKnobs('in_place_dentry_delete');
    expect(run({ ...BLOCK, sample: 2, knobs }).run).toBe(2);
  });

  test('a name that is none is refused, with the nearest one', () => {
    expect(() => defectKnobs('no_entry_lok')).toThrow(/no_entry_lock/);
  });
});
