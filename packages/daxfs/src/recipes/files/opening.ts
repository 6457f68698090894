/** Opening, closing, positions and directory listings. */
import type { Recipe } from '@daxsim/sim';
import { movePosition, readEntries } from '../../steps/files/attributes.js';
import { closeHandle, takeHandle } from '../../steps/files/handles.js';
import {
  confirmMissing,
  createFile,
  createUnnamed,
  installHandle,
  needsTruncate,
  walkToOpen,
} from '../../steps/files/opening.js';
import { wantsTrim, wantsTrimOnClose } from '../../steps/files/trimming.js';
import type { World } from '../../world.js';
import {
  BYTES,
  again,
  branch,
  call,
  check,
  done,
  leave,
  nothing,
  operation,
  region,
  repeat,
  seq,
  transact,
} from './shapes.js';

/** Makes a file that was missing; somebody may be faster, then the walk starts over. */
const create = repeat(
  'create',
  region(
    'create',
    branch(confirmMissing, {
      Same: seq(region('change', transact(createFile)), leave('lookup')),
      Changed: leave('create'),
    }),
  ),
);

/** Makes a file without a name. */
const createAlone = seq(region('change', transact(createUnnamed)), leave('lookup'));

export const OPEN_RECIPES: readonly Recipe<World>[] = [
  operation(
    'open',
    'openat(2) of `path` with `flags` and `mode`; `handle` is the number it gets.',
    repeat(
      'lookup',
      seq(
        check(walkToOpen, { Exists: leave('lookup'), Missing: create, Unnamed: createAlone }),
        again('lookup'),
      ),
    ),
    branch(needsTruncate, {
      No: nothing(),
      Yes: call('truncateInode', { give: ['inode', 'length'], take: ['errno'] }, { Error: done }),
    }),
    check(installHandle),
  ),
  operation(
    'close',
    'close(2) of the last descriptor of `handle`.',
    branch(wantsTrimOnClose, {
      No: nothing(),
      Yes: region(
        'release',
        branch(wantsTrim, {
          No: nothing(),
          Yes: call('trimInode', BYTES, { Error: nothing() }),
        }),
        nothing(),
      ),
    }),
    check(closeHandle),
  ),
  operation(
    'lseek',
    'lseek(2): `offset` from `whence`.',
    check(takeHandle),
    region('operation', check(movePosition)),
  ),
  operation(
    'getdents',
    'getdents64(2) into a buffer of `length` bytes; the bytes used are the result.',
    check(takeHandle),
    region('operation', check(readEntries)),
  ),
];
