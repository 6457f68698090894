/**
 * The page cache against a naive model: random calls answer the same whether pages are cached,
 * reclaimed, written back or not, and what was synced survives power loss.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkInvariants, fsck, lockPlan, personality } from '../../src/index.js';
import { Pair, calls } from '../files/call-pairs.js';
import type { DriverOptions } from '../driver.js';

const CAPACITY_BYTES = 4 * 1024 * 1024;

function cached(name: string, pagesMost = 32768): DriverOptions {
  const own = personality(name);
  const { cache } = own;
  if (cache === null) throw new Error(`${name} has no cache`);
  const limits = { pagesMost, dirtyMost: Math.min(cache.dirtyMost, pagesMost / 4) };
  // A driver runs one task, so every request has somebody who waits for it.
  const server = own.server === null ? null : { ...own.server, backgroundMost: 0 };
  const values = { cache: { ...cache, ...limits }, server };
  return { plan: lockPlan(own.plan), personality: { ...own, ...values } };
}

test.each([
  ['xfs-pagecache@6.1', 32768],
  ['xfs-pagecache@6.12', 32768],
  ['xfs-pagecache@6.12', 64],
  ['fuse-pagecache@6.12', 64],
  ['fuse-pagecache@5.14', 32768],
  ['nfs-pagecache@6.12', 32768],
])('calls through the cache of %s with %i pages answer as the model does', (name, pages) => {
  const options = cached(name, pages);
  fc.assert(
    fc.property(calls, (list) => {
      const pair = new Pair(CAPACITY_BYTES, options);
      for (const call of list) pair.call(call);
      expect(checkInvariants(pair.driver.system.world)).toBe(null);
      pair.compareTrees(pair.driver);
      pair.driver.run('sync', {});
      const after = pair.driver.afterPowerLoss(options);
      expect(fsck(after.memory)).toEqual([]);
      pair.compareTrees(after);
    }),
    { numRuns: 20, seed: 7 },
  );
});

test('power loss between calls through the cache leaves a sound image', () => {
  const options = cached('xfs-pagecache@6.12');
  fc.assert(
    fc.property(calls, fc.nat(40), (list, cut) => {
      const pair = new Pair(CAPACITY_BYTES, options);
      for (const call of list.slice(0, cut)) pair.call(call);
      expect(fsck(pair.driver.afterPowerLoss(options).memory)).toEqual([]);
    }),
    { numRuns: 15, seed: 11 },
  );
});
