/** Each operation of a guest against each change beneath it under each policy: all schedules. */
import { expect, test } from '@jest/globals';
import { ids, verdictOf } from './host-truncation-runs.js';

test.each(ids)('%s is as it must be in every schedule', (id) => {
  expect(verdictOf(id)).toEqual({ isWhole: true, isConfirmed: true });
});
