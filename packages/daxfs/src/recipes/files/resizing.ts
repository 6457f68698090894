/**
 * truncate(2), and the changes of size inside other operations.
 *
 *     down:   break layouts ─▶ zero the last block's tail ─▶ size ─▶ unmap behind it ─▶ free
 *     up:     break layouts ─▶ zero from the old end ─▶ write back ─▶ size
 *
 * Linux 6.12 fs/xfs/xfs_iops.c (xfs_setattr_size). The size goes first on the way down, so that
 * nobody can come back to a page behind it. On the way up, stores behind the old end that have just
 * been zeroed are made durable before the size that would show them.
 */
import type { Recipe } from '@daxsim/sim';
import { freeExtents } from '../../steps/files/extents.js';
import { takeForTruncate } from '../../steps/files/handles.js';
import { findInode } from '../../steps/files/lookup.js';
import { flushesGrowth, flushesNewEnd, pagesBehindEnd } from '../../steps/files/pages.js';
import {
  aimBehindEnd,
  checkLength,
  checkTruncate,
  chooseDirection,
  mayTruncate,
  setSize,
} from '../../steps/files/resizing.js';
import type { World } from '../../world.js';
import { breakLayouts } from '../mapped/pinning.js';
import { shootDownLate } from './removal.js';
import {
  BYTES,
  PAGES,
  UNMAP,
  again,
  branch,
  call,
  check,
  done,
  leave,
  nothing,
  operation,
  part,
  region,
  repeat,
  seq,
  step,
  transact,
} from './shapes.js';
import { zeroesTail } from './write-variants.js';
import type { Part } from './shapes.js';

export const zeroBytesInPlace: Part = call(
  'zeroRange',
  { ...BYTES, take: ['done', 'errno'] },
  { Error: done },
);
const zeroTail: Part = branch(zeroesTail, { No: nothing(), Yes: zeroBytesInPlace });

/** Frees whole blocks of [cursor, end), one small transaction after another. */
export const freeBlocks: Part = repeat(
  'free',
  seq(region('mapping', transact(freeExtents, { More: again('free') })), leave('free')),
);

/** To the smaller size `length`; [cursor, end) is the rest of its last block. */
export const shrink: Part = seq(
  branch(flushesNewEnd, {
    No: nothing(),
    Yes: seq(call('writebackRange', PAGES), step(pagesBehindEnd)),
  }),
  zeroTail,
  region('mapping', transact(setSize)),
  region(
    'unmapping',
    seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES), call('unmapRange', UNMAP)),
  ),
  step(aimBehindEnd),
  freeBlocks,
);

/** To the greater size `length`; [cursor, end) is what must read as zero. */
export const grow: Part = seq(
  zeroTail,
  branch(flushesGrowth, { No: nothing(), Yes: call('writebackRange', PAGES) }),
  region('mapping', transact(setSize)),
);

const truncateInode = part(
  'truncateInode',
  'Sets the size of `inode` to `length`: xfs_setattr_size.',
  check(checkTruncate),
  region(
    'operation',
    region(
      'layout',
      seq(
        step(pagesBehindEnd),
        breakLayouts,
        branch(chooseDirection, {
          Down: shrink,
          Up: grow,
          Empty: region('mapping', transact(setSize)),
        }),
        shootDownLate,
      ),
    ),
  ),
);

const callTruncate: Part = call(
  'truncateInode',
  { give: ['inode', 'length'], take: ['errno'] },
  { Error: done },
);

/** By name a file that keeps its size keeps its stamps; `path` says so. */
const callTruncateByName: Part = call(
  'truncateInode',
  { give: ['inode', 'length', 'path'], take: ['errno'] },
  { Error: done },
);

const trimInode = part(
  'trimInode',
  'Frees the blocks of [cursor, end) behind the end of `inode`: xfs_free_eofblocks.',
  freeBlocks,
);

export const RESIZE_RECIPES: readonly Recipe<World>[] = [
  truncateInode,
  trimInode,
  operation(
    'truncate',
    'truncate(2) of `path` to `length`.',
    check(checkLength),
    check(findInode),
    check(mayTruncate),
    callTruncateByName,
  ),
  operation(
    'ftruncate',
    'ftruncate(2) of `handle` to `length`.',
    check(takeForTruncate),
    callTruncate,
  ),
];
