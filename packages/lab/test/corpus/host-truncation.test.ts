/**
 * Some of `npx daxsim corpus host-truncation`, all of which is the long form, and what a guest is
 * refused.
 */
import { expect, test } from '@jest/globals';
import { run, runScenario, scenarioNamed, verdictOf } from './host-truncation-runs.js';

test.each([
  'beneath-load-guest-cuts-sigbus',
  'beneath-store-host-cuts-eio',
  'beneath-store-private-host-cuts-eio',
  'beneath-read-host-cuts-and-grows-eio',
  'beneath-write-host-cuts-eio',
  'beneath-extend-host-cuts-hang',
  'alone-load-cuts',
])('%s is clean in every schedule, and its defect is found', (id) => {
  expect(verdictOf(id)).toEqual({ isWhole: true, isConfirmed: true });
});

test.each(['load', 'write', 'load-store-private'])(
  'under hang a %s of a page that is gone ends with the task and the page',
  (operation) => {
    const { correct } = run(`beneath-${operation}-host-cuts-hang`);
    expect(correct).toMatchObject({ violations: 0, complete: true });
    expect(correct?.reported?.what).toContain(
      'task 0 sleeps on backingPage: page 3 of inode 2 of the host',
    );
  },
);

test('a guest cannot map a file synchronously', () => {
  const base = scenarioNamed('beneath-load-guest-cuts-eio');
  const { correct } = runScenario({
    ...base,
    threads: [
      [
        { op: 'mmap', map: 'q', f: 'F', off: 0, len: 4096, flags: ['shared', 'sync'], as: 'w' },
        { op: 'store', map: 'q', off: 0, len: 8, fill: 'X', as: 's' },
      ],
    ],
    checks: [{ scope: 'end', expr: 'w == EOPNOTSUPP and not s == ok' }],
    defect: null,
  });
  expect(correct).toMatchObject({ violations: 0, complete: true });
});
