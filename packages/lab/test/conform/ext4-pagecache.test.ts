/** Workloads recorded on ext4 through the page cache, run and compared. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { lockPlan, personality } from '@daxsim/daxfs';
import type { Personality } from '@daxsim/daxfs';
import { conform } from '../../src/index.js';
import { compareOp } from '../../src/conform/compare-op.js';
import { findCases } from '../../src/conform/record-set.js';
import { runWorkload } from '../../src/conform/workload-run.js';

/** The tests run compiled, from `dist/test/conform`. */
const FIXTURES = fileURLToPath(
  new URL('../../../test/fixtures/conform-ext4-pagecache', import.meta.url),
);

test('every operation agrees with Linux 6.1 and 6.12, but for a block of an extent tree', () => {
  const result = conform({ folders: [FIXTURES] });
  const wrong = result.disagreements.filter(
    // ext4 keeps the block of a tree whose extents would fit into the inode again.
    ({ workload, field }) => workload !== 'c05-zeroing' || field !== 'blocks512',
  );
  expect(wrong).toEqual([]);
  expect(result.disagreements.length).toBeLessThanOrEqual(10);
  expect(result.ops).toBeGreaterThan(500);
});

/** How many fields of a workload disagree with its record under changed values of the cache. */
function wrongUnder(workload: string, values: Partial<Personality['cache']>): number {
  const found = findCases(FIXTURES, { kernel: 'linux-6.12' });
  const one = found.find((each) => each.workload === workload);
  if (one?.record === undefined || one.record === null) throw new Error(`no record of ${workload}`);
  const base = personality('ext4-pagecache@6.12');
  if (base.cache === null) throw new Error('it has a cache');
  const changed = { ...base, cache: { ...base.cache, ...values } };
  const setting = { personality: changed, plan: lockPlan(base.plan) };
  const run = runWorkload(one.ops, one.head, setting);
  let wrong = 0;
  for (const [n, expected] of one.record.ops.entries()) {
    const got = run.ops[n];
    if (got === undefined) wrong += 1;
    else {
      const results = compareOp(expected, got, { faults: false, locks: false });
      wrong += results.filter(({ agrees }) => !agrees).length;
    }
  }
  return wrong;
}

describe('a wrong value is found:', () => {
  test.each<[string, string, Partial<Personality['cache']>]>([
    ['zeroing writes back first', 'c05-zeroing', { zeroesDirtyPages: false }],
    ['zeroing forgets dirty pages', 'c05-zeroing', { zeroingSkipsUnwritten: true }],
    ['all that is promised is placed', 'c04-direct', { placesWrittenOnly: false }],
    ['misaligned calls do nothing', 'c04-direct', { checksSectorsLate: false }],
    ['a tree is reserved beside what is promised', 'c06-space', { delayedTree: 'worst' }],
    ['more is promised behind the end', 'c06-space', { preallocateBlocks: 16 }],
    [
      'a write makes large folios',
      'c07-cut-folios',
      { writesLargeFolios: true, folioOrderMost: 9 },
    ],
  ])('%s', (_what, workload, values) => {
    expect(wrongUnder(workload, values)).toBeGreaterThan(wrongUnder(workload, {}));
  });
});
