/** What is done to a file system from outside; scenarios ask for it. */
import type { Recipe } from '@daxsim/sim';
import { takeForWrite, takeHandle } from '../../steps/files/handles.js';
import { aimToFill, losePower, poisonRange, switchShutdown } from '../../steps/files/outside.js';
import { allPages } from '../../steps/files/pages.js';
import type { World } from '../../world.js';
import { allocate } from './fallocate.js';
import {
  PAGES,
  UNMAP,
  call,
  check,
  done,
  nothing,
  operation,
  region,
  seq,
  step,
} from './shapes.js';

export const OUTSIDE_RECIPES: readonly Recipe<World>[] = [
  operation(
    'evict',
    'Writes a file back and drops its translations and entries: prune_icache of an idle inode.',
    check(takeHandle),
    region(
      'operation',
      region(
        'layout',
        seq(
          step(allPages),
          region('writeback', call('writebackRange', PAGES)),
          call('unmapRange', UNMAP),
          call('truncateEntries', PAGES),
        ),
      ),
    ),
  ),
  operation(
    'poisonLines',
    'Media lines under a range of `handle` become unreadable.',
    check(takeHandle),
    step(poisonRange),
  ),
  operation(
    'fillSpace',
    'Gives `handle` blocks until `length` are left.',
    check(takeForWrite),
    region('operation', seq(check(aimToFill, { Nothing: done }), allocate)),
  ),
  operation('setShutdown', 'ioctl(2), XFS_IOC_GOINGDOWN.', step(switchShutdown)),
  { name: 'powerLoss', about: 'Power goes.', outcomes: ['Ok'], body: step(losePower) },
  { name: 'nothing', about: 'A call that does nothing.', outcomes: ['Ok'], body: nothing() },
];
