/** The properties of `crash.test.ts` with many more runs, from the seed of the long tests. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { everyRequest, lifeAfterLife } from './crash-runs.js';

const seed = Number(process.env['DAXSIM_SEED'] ?? '1');

test('power loss leaves a committed tree in ten thousand lives', () => {
  const seen = { crashes: 0, wraps: 0, lost: 0 };
  fc.assert(lifeAfterLife(seen), { numRuns: 5000, seed });
  expect(seen.wraps).toBeGreaterThan(500);
});

test('power loss leaves a committed tree at every request of two hundred runs', () => {
  const seen = { crashes: 0, wraps: 0, lost: 0 };
  fc.assert(everyRequest(seen), { numRuns: 200, seed });
  expect(seen.crashes).toBeGreaterThan(50000);
});
