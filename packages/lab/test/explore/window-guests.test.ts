/**
 * A file that one guest truncates while others have it mapped: every schedule of two, many of four.
 */
import { describe, expect, test } from '@jest/globals';
import { explore, exploreByChance } from '@daxsim/sim';
import { fourGuests, twoGuests } from './window-guests.js';

describe('one guest reads and writes, another truncates', () => {
  test('under eio no schedule hangs, no stale byte is read and counts are right', () => {
    const found = explore(twoGuests('eio').system, { reduce: true });
    expect(found.failure?.message ?? '').toBe('');
    expect(found.complete).toBe(true);
  });

  test('under sigbus no schedule hangs', () => {
    const found = explore(twoGuests('sigbus').system, { reduce: true });
    expect(found.failure?.message ?? '').toBe('');
    expect(found.complete).toBe(true);
  });

  test('under hang the report names the task that waits and the page', () => {
    const found = explore(twoGuests('hang').system, { reduce: true });
    expect(found.failure?.message).toContain(
      'task 0 sleeps on backingPage: page 3 of inode 2 of the host',
    );
  });
});

test('four guests that cut and grow a file never hang under eio, by chance', () => {
  const found = exploreByChance(fourGuests('eio').system, { depth: 3, runs: 60, seed: 1 });
  expect(found.failure?.message ?? '').toBe('');
  expect(found.runs).toBe(60);
});
