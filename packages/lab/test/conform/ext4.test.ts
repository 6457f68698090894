/** Workloads recorded on ext4 with DAX, run and compared; one wrong value is enough to differ. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { lockPlan, personality } from '@daxsim/daxfs';
import type { Personality } from '@daxsim/daxfs';
import { conform } from '../../src/index.js';
import { compareOp } from '../../src/conform/compare-op.js';
import { findCases } from '../../src/conform/record-set.js';
import { runWorkload } from '../../src/conform/workload-run.js';

/** The tests run compiled, from `dist/test/conform`. */
const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/conform-ext4', import.meta.url));
const KERNEL = 'linux-6.12';
const LONG = { written: 2097151, unwritten: 2097151 };

test('every operation agrees with Linux 6.1 and 6.12, placement included', () => {
  const result = conform({ folders: [FIXTURES] });
  expect(result.disagreements).toEqual([]);
  expect(result.ops).toBeGreaterThan(800);
  expect(result.fields.placement.compared).toBeGreaterThan(300);
});

/** How many fields of a workload disagree with its record under changed values. */
function wrongUnder(workload: string, values: Partial<Personality>): number {
  const one = findCases(FIXTURES, { kernel: KERNEL }).find((found) => found.workload === workload);
  if (one?.record === undefined || one.record === null) throw new Error(`no record of ${workload}`);
  const setting = {
    personality: { ...personality('ext4-dax@6.12'), ...values },
    plan: lockPlan('ext4-upstream'),
  };
  const run = runWorkload(one.ops, one.head, setting);
  let wrong = 0;
  for (const [n, expected] of one.record.ops.entries()) {
    const got = run.ops[n];
    if (got === undefined) wrong += 1;
    else {
      const results = compareOp(expected, got, { faults: true, locks: false });
      wrong += results.filter(({ agrees }) => !agrees).length;
    }
  }
  return wrong;
}

describe('a wrong value is found:', () => {
  test.each<[string, string, Partial<Personality>]>([
    ['no neighbour becomes written', 'e01-neighbour-zeroing', { neighbourBlocks: 0 }],
    ['one block more becomes written', 'e01-neighbour-zeroing', { neighbourBlocks: 9 }],
    ['zeroed blocks move', 'e12-stamps-and-refusals', { fallocateOrder: 'unmapStampCheck' }],
    ['checks come first', 'e12-stamps-and-refusals', { fallocateOrder: 'checkStampUnmap' }],
    ['a punch goes on behind the end', 'e03-punch-at-the-end', { punchLimit: 'none' }],
    ['old bytes show when a file grows', 'e04-ends-and-stale-bytes', { zeroesEofOnGrow: false }],
    ['a gap is zeroed', 'e04-ends-and-stale-bytes', { zeroesGapOnWrite: true }],
    ['one attempt at 2 MiB', 'e11-first-touch-by-kernel', { pageFaultLock: 'same' }],
    ['extents without a longest length', 'e06-no-space', { extentMost: LONG }],
    ['blocks go near their neighbours', 'e08-placement', { placement: 'nearest' }],
  ])('%s', (_what, workload, values) => {
    expect(wrongUnder(workload, values)).toBeGreaterThan(0);
  });

  test('and the right ones are not', () => {
    expect(wrongUnder('e12-stamps-and-refusals', {})).toBe(0);
  });
});
