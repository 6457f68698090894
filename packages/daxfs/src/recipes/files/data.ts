/**
 * Reading, writing and syncing.
 *
 *     write:  lookup ── Written ────────────────────────────▶ copyIn ─▶ next … ─▶ fence ─▶ size
 *               └ Missing ─▶ reserve ─▶ zero ─▶ enter ─▶ invalidate ┘
 *
 * Linux 6.12 fs/xfs/xfs_file.c (xfs_file_dax_write) and fs/dax.c (dax_iomap_rw). The data is
 * durable before the size is committed. The copy runs under the inode lock only, because the
 * caller's buffer may be a mapping whose fault wants the others.
 */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import {
  copyAcross,
  copyHole,
  copyIn,
  copyOut,
  fence,
  zeroBlocks,
  zeroBytes,
} from '../../moves/definitions.js';
import { aimPiece, endCopy, startCopy, takeBoth } from '../../steps/files/copying.js';
import {
  advance,
  chooseSource,
  clearBuffer,
  endRead,
  endWrite,
  growSize,
  settleWrite,
  startRead,
  startWrite,
  touchAccess,
  touchModify,
  wantsSync,
} from '../../steps/files/data.js';
import {
  enterExtent,
  lookupForRead,
  lookupForWrite,
  nextWritten,
  reserveBlocks,
} from '../../steps/files/extents.js';
import { takeForRead, takeForWrite, takeHandle } from '../../steps/files/handles.js';
import {
  aimAtNew,
  allPages,
  needsInvalidate,
  pagesOfWrite,
  pagesToSync,
} from '../../steps/files/pages.js';
import type { World } from '../../world.js';
import {
  PAGES,
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
  service,
  step,
  transact,
} from './shapes.js';
import type { Part } from './shapes.js';

/** Gives the hole or unwritten run under the cursor zeroed blocks; an error ends the chunks. */
const allocate: Part = region(
  'allocate',
  repeat(
    'reserve',
    seq(
      transact(reserveBlocks, { Written: leave('reserve'), Failed: leave('chunks') }),
      move(zeroBlocks),
      transact(enterExtent, { Changed: again('reserve'), Failed: leave('chunks') }),
      leave('reserve'),
    ),
  ),
);

/** Finds written blocks under the cursor, or makes them, and aims the copy at them. */
const mapChunk: Part = repeat(
  'find',
  seq(
    region('lookup', branch(lookupForWrite, { Written: leave('find'), Missing: nothing() })),
    allocate,
    branch(needsInvalidate, { No: nothing(), Yes: call('invalidateRange', PAGES) }),
    step(aimAtNew),
    leave('find'),
  ),
);

/**
 * Between the old end of the file and the first byte written, everything must read as zero: no
 * fault may come between (xfs_file_write_zero_eof).
 */
const zeroGap: Part = region(
  'gap',
  call('zeroRange', {
    give: ['inode', 'cursor', 'end'],
    take: [],
    rename: { cursor: 'size', end: 'cursor' },
  }),
);

/** What follows the last chunk: a fence, the size, the position. */
const endOfWrite: Part = seq(
  move(fence),
  check(settleWrite, { Grown: region('sizeUpdate', transact(growSize)) }),
);

/** O_DSYNC and O_SYNC: generic_write_sync. */
const syncWritten: Part = seq(
  step(pagesOfWrite),
  branch(wantsSync, {
    No: nothing(),
    Data: call('syncInodeData', PAGES),
    All: call('syncInode', PAGES),
  }),
);

const read = operation(
  'read',
  'read(2), pread(2): xfs_file_dax_read.',
  check(takeForRead),
  region(
    'operation',
    seq(
      check(startRead, { Nothing: done }),
      region('accessTime', transact(touchAccess)),
      repeat(
        'chunks',
        seq(
          region('lookup', branch(lookupForRead, { Hole: nothing() })),
          branch(chooseSource, {
            Media: move(copyOut),
            Zeros: seq(step(clearBuffer), move(copyHole)),
          }),
          branch(advance, { More: again('chunks'), End: leave('chunks') }),
        ),
      ),
      step(endRead),
    ),
  ),
);

const write = operation(
  'write',
  'write(2), pwrite(2): xfs_file_dax_write.',
  check(takeForWrite),
  region(
    'operation',
    seq(
      check(startWrite, { Nothing: done, Gap: zeroGap }),
      region('stamps', transact(touchModify)),
      repeat(
        'chunks',
        seq(
          mapChunk,
          move(copyIn),
          branch(advance, { More: again('chunks'), End: leave('chunks') }),
        ),
      ),
      endOfWrite,
      step(endWrite),
    ),
  ),
  syncWritten,
);

const copyRange = operation(
  'copyRange',
  'copy_file_range(2), sendfile(2): from `handle` to `handle2`, without sharing blocks.',
  check(takeBoth),
  region(
    'operation',
    seq(
      check(startCopy, { Nothing: done, Gap: zeroGap }),
      region('stamps', transact(touchModify)),
      repeat(
        'chunks',
        seq(
          mapChunk,
          branch(aimPiece, { Media: move(copyAcross), Zeros: move(zeroBytes) }),
          branch(advance, { More: again('chunks'), End: leave('chunks') }),
        ),
      ),
      endOfWrite,
      step(endCopy),
    ),
  ),
);

const zeroRange = service(
  'zeroRange',
  'Zeroes the written bytes of [cursor, end) in place: dax_zero_range.',
  repeat(
    'parts',
    seq(
      region('lookup', branch(nextWritten, { End: leave('parts') })),
      move(zeroBytes),
      branch(advance, { More: again('parts'), End: leave('parts') }),
    ),
  ),
);

/** An operation that makes a file durable. */
function syncing(name: string, about: string, callee: string): Recipe<World> {
  return operation(name, about, check(takeHandle), step(allPages), call(callee, PAGES));
}

export const DATA_RECIPES: readonly Recipe<World>[] = [
  read,
  write,
  copyRange,
  zeroRange,
  syncing('fsync', 'fsync(2).', 'syncInode'),
  syncing('fdatasync', 'fdatasync(2).', 'syncInodeData'),
  operation(
    'syncRange',
    'sync_file_range(2): writes the range’s dirty pages back, and no metadata.',
    check(takeHandle),
    check(pagesToSync, { Nothing: done }),
    call('writebackRange', PAGES),
  ),
];
