/** One operation of a guest while another one takes its page away: all schedules. */
import { expect, test } from '@jest/globals';
import { explore } from '@daxsim/sim';
import { guestSystem } from './window-guests.js';
import type { CorpusOperation } from '../../src/corpus/config.js';

const LAST = { off: 12288, len: 8 } as const;
const OPERATIONS: readonly (readonly [string, CorpusOperation, string])[] = [
  ['load', { op: 'load', map: 'm', ...LAST, as: 'a' }, 'a in {fill(A), SIGBUS}'],
  ['store', { op: 'store', map: 'm', ...LAST, fill: 'X', as: 'a' }, 'a in {ok, SIGBUS}'],
  [
    'read',
    { op: 'pread', f: 'F', off: 8192, len: 8192, as: 'a' },
    'a in {fill(A), short(4096), EIO}',
  ],
  ['write', { op: 'pwrite', f: 'F', ...LAST, fill: 'W', as: 'a' }, 'a in {ok, EIO}'],
];
const TRUNCATE: CorpusOperation = { op: 'ftruncate', f: 'F', size: 8192, as: 't' };

test.each(OPERATIONS)('%s ends under eio, and waits under hang', (_name, operation, check) => {
  const told = explore(guestSystem('eio', [[operation], [TRUNCATE]], [check]).system, {
    reduce: true,
  });
  expect([told.failure?.message ?? '', told.complete]).toEqual(['', true]);
  const hung = explore(guestSystem('hang', [[operation], [TRUNCATE]], []).system, {
    reduce: true,
  });
  expect(hung.failure?.message).toContain('sleeps on backingPage: page 3 of inode 2 of the host');
});
