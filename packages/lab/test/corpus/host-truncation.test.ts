/** Some of `npx daxsim corpus host-truncation`; all of it is the long form. */
import { expect, test } from '@jest/globals';
import { run, verdictOf } from './host-truncation-runs.js';

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
