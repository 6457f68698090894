/** What is done to a file system from outside; scenarios ask for it. */
import type { Recipe } from '@daxsim/sim';
import { takeForWrite, takeHandle } from '../../steps/files/handles.js';
import { preallocate } from '../../steps/files/extents.js';
import {
  aimToFill,
  endFill,
  losePower,
  poisonRange,
  switchShutdown,
} from '../../steps/files/outside.js';
import { allPages } from '../../steps/files/pages.js';
import type { World } from '../../world.js';
import { aimAtRange } from '../../steps/files/resizing.js';
import {
  PAGES,
  UNMAP,
  again,
  branch,
  call,
  check,
  done,
  nothing,
  operation,
  region,
  repeat,
  seq,
  step,
  transact,
} from './shapes.js';
import type { Part } from './shapes.js';

/** Unwritten blocks, as fallocate gives them, until the tree of the filler has taken the last. */
const fill: Part = seq(
  step(aimAtRange),
  repeat(
    'holes',
    seq(
      transact(preallocate, { End: done, Failed: branch(endFill, { Ok: done, Failed: done }) }),
      again('holes'),
    ),
  ),
);

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
    region('operation', seq(check(aimToFill, { Nothing: done }), fill)),
  ),
  operation('setShutdown', 'ioctl(2), XFS_IOC_GOINGDOWN.', step(switchShutdown)),
  operation(
    'revalidate',
    'Asks for attributes anew; nobody else has those of a file system of its own.',
    check(takeHandle),
  ),
  { name: 'powerLoss', about: 'Power goes.', outcomes: ['Ok'], body: step(losePower) },
  { name: 'nothing', about: 'A call that does nothing.', outcomes: ['Ok'], body: nothing() },
];
