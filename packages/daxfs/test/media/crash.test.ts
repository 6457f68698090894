/**
 * Power loss: random changes of metadata, cut at a random request or at every one, with every line
 * keeping a prefix of its stores. What is recovered must be sound, be the tree after some commit
 * that is not before the last durable one, and hold in every written block what was written there.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { everyRequest, lifeAfterLife } from './crash-runs.js';

describe('power loss, keeping any prefix of any line', () => {
  test('leaves the tree after some commit, at least the last durable one, life after life', () => {
    const seen = { crashes: 0, wraps: 0, lost: 0 };
    fc.assert(lifeAfterLife(seen), { numRuns: 60, seed: 5 });
    expect(seen.wraps).toBeGreaterThan(10);
    expect(seen.lost).toBeGreaterThan(20);
  });

  test('does so at every single request of a run', () => {
    const seen = { crashes: 0, wraps: 0, lost: 0 };
    fc.assert(everyRequest(seen), { numRuns: 4, seed: 4 });
    expect(seen.crashes).toBeGreaterThan(200);
  });
});
