/**
 * truncate(2) and fallocate(2): what changes a file's blocks while others may map or read them.
 *
 *     down:   break layouts ─▶ zero the last block's tail ─▶ size ─▶ unmap behind it ─▶ free
 *     punch:  break layouts ─▶ write back ─▶ unmap ─▶ free whole blocks ─▶ zero the partial ones
 *
 * Linux 6.12 fs/xfs/xfs_iops.c (xfs_setattr_size) and fs/xfs/xfs_file.c (xfs_file_fallocate). The
 * size goes first, so that nobody can come back to a page behind it; a punch has no such signal and
 * relies on the mmap lock alone.
 */
import type { Recipe } from '@daxsim/sim';
import { touchModify } from '../../steps/files/data.js';
import { freeExtents, preallocate } from '../../steps/files/extents.js';
import { takeForTruncate, takeForWrite } from '../../steps/files/handles.js';
import { findInode } from '../../steps/files/lookup.js';
import { pagesBehindEnd, pagesOfRange } from '../../steps/files/pages.js';
import {
  aimAtHead,
  aimAtRange,
  aimAtTail,
  aimBehindEnd,
  checkFallocate,
  checkTruncate,
  chooseDirection,
  chooseFallocate,
  chooseGrowth,
  needsLayoutBreak,
  setSize,
} from '../../steps/files/resizing.js';
import type { World } from '../../world.js';
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
import type { Part } from './shapes.js';

const zeroBytesInPlace: Part = call('zeroRange', BYTES);

/** Frees whole blocks of [cursor, end), one small transaction after another. */
const freeBlocks: Part = repeat(
  'free',
  seq(region('mapping', transact(freeExtents, { More: again('free') })), leave('free')),
);

const shrink: Part = seq(
  zeroBytesInPlace,
  region('mapping', transact(setSize)),
  call('unmapRange', UNMAP),
  call('truncateEntries', PAGES),
  call('unmapRange', UNMAP),
  step(aimBehindEnd),
  freeBlocks,
);

const grow: Part = seq(zeroBytesInPlace, region('mapping', transact(setSize)));

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
        call('breakLayouts', PAGES),
        branch(chooseDirection, {
          Down: shrink,
          Up: grow,
          Empty: region('mapping', transact(setSize)),
        }),
      ),
    ),
  ),
);

const callTruncate: Part = call(
  'truncateInode',
  { give: ['inode', 'length'], take: ['errno'] },
  { Error: done },
);

const unmapRange: Part = seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES));
const freeRange: Part = seq(check(aimAtRange), freeBlocks);

const punch: Part = seq(
  branch(aimAtHead, { Partial: zeroBytesInPlace, Whole: nothing() }),
  branch(aimAtTail, { Partial: zeroBytesInPlace, Whole: nothing() }),
);

const allocateRange: Part = repeat(
  'holes',
  seq(region('mapping', transact(preallocate, { End: leave('holes') })), again('holes')),
);

const fallocate = operation(
  'fallocate',
  'fallocate(2): allocates [offset, offset + length), keeps the size, or punches.',
  check(takeForWrite),
  check(checkFallocate),
  region(
    'operation',
    region(
      'layout',
      seq(
        step(pagesOfRange),
        branch(needsLayoutBreak, { No: nothing(), Yes: call('breakLayouts', PAGES) }),
        region('stamps', transact(touchModify)),
        branch(chooseFallocate, {
          Allocate: seq(allocateRange, branch(chooseGrowth, { Keep: nothing(), Grow: grow })),
          PunchUnmapFirst: seq(call('writebackRange', PAGES), unmapRange, freeRange, punch),
          PunchFreeFirst: seq(call('writebackRange', PAGES), freeRange, unmapRange, punch),
        }),
      ),
    ),
  ),
);

export const RESIZE_RECIPES: readonly Recipe<World>[] = [
  truncateInode,
  operation('truncate', 'truncate(2) of `path` to `length`.', check(findInode), callTruncate),
  operation(
    'ftruncate',
    'ftruncate(2) of `handle` to `length`.',
    check(takeForTruncate),
    callTruncate,
  ),
  fallocate,
];
