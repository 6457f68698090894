/**
 * Reading, writing and syncing.
 *
 *     write:  lookup ── Written ────────────────────────────▶ copyIn ─▶ next … ─▶ fence ─▶ size
 *               ├ Missing ─▶ reserve ─▶ zero ─▶ enter ─▶ invalidate ┘
 *               └ Copy ─▶ stage ─▶ around it ─▶ copyIn ─▶ put ─▶ next …
 *
 * Linux 6.12 fs/xfs/xfs_file.c (xfs_file_dax_write) and fs/dax.c (dax_iomap_rw). The data is
 * durable before the size is committed. The copy runs under the inode lock only, because the
 * caller's buffer may be a mapping whose fault wants the others.
 */
import { exit, move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import {
  copyAcross,
  copyHole,
  copyIn,
  copyOut,
  dataFence,
  zeroBlocks,
  zeroBytes,
} from '../../moves/definitions.js';
import { copiesToZero } from '../../steps/files/copies.js';
import { aimPiece, endCopy, startCopy, takeBoth } from '../../steps/files/copying.js';
import {
  advance,
  chooseSource,
  clearBuffer,
  endRead,
  endWrite,
  growSize,
  noteEnd,
  settleWrite,
  startRead,
  startWrite,
  touchAccess,
  touchModify,
  wantsSync,
} from '../../steps/files/data.js';
import {
  convertBlocks,
  enterAsUnwritten,
  needsConversion,
  pagesToAllocate,
} from '../../steps/files/write-order.js';
import {
  enterExtent,
  lookupForRead,
  lookupForWrite,
  nextWritten,
  reserveBlocks,
} from '../../steps/files/extents.js';
import { refuseShutdown } from '../../steps/files/outside.js';
import { takeForRead, takeForWrite, takeHandle } from '../../steps/files/handles.js';
import {
  aimAtNew,
  allPages,
  needsInvalidate,
  pagesOfWrite,
  pagesToSync,
} from '../../steps/files/pages.js';
import type { Step } from '../../steps/files/answers.js';
import type { World } from '../../world.js';
import { copyInPlace, stage, writeCopy } from './copies.js';
import {
  PAGES,
  SEQUENCE,
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
  step,
  transact,
} from './shapes.js';
import { whenToZero } from '../mapped/fault-variants.js';
import { convertsLate, invalidatesFirst, whenToSeek } from './write-variants.js';
import type { Part } from './shapes.js';

const enter: Part = transact(enterExtent, {
  Changed: again('reserve'),
  Failed: leave('chunks'),
});
/** As a defect: the extent is durable before its blocks are zero. */
const enterThenZero: Part = seq(enter, call('forceLog', SEQUENCE), move(zeroBlocks));

/** Gives the hole or unwritten run under the cursor zeroed blocks; an error ends the chunks. */
const allocate: Part = region(
  'allocate',
  repeat(
    'reserve',
    seq(
      transact(reserveBlocks, { Written: leave('reserve'), Failed: leave('chunks') }),
      branch(whenToZero, {
        Before: seq(move(zeroBlocks), enter),
        After: enterThenZero,
        InFault: seq(move(zeroBlocks), enter),
        Outside: seq(move(zeroBlocks), enter),
      }),
      leave('reserve'),
    ),
  ),
);

/**
 * As a defect: blocks are handed out unwritten and converted after the copy. What the copy leaves
 * of them is zero, as in Linux 4.2 fs/dax.c, dax_new_buf.
 */
const takeUnwritten: Part = region(
  'allocate',
  repeat(
    'reserve',
    seq(
      transact(reserveBlocks, { Written: leave('reserve'), Failed: leave('chunks') }),
      move(zeroBlocks),
      transact(enterAsUnwritten, { Changed: again('reserve'), Failed: leave('chunks') }),
      leave('reserve'),
    ),
  ),
);
const convertCopied: Part = branch(convertsLate, {
  No: nothing(),
  Yes: branch(needsConversion, {
    No: nothing(),
    Yes: region('allocate', transact(convertBlocks, { Failed: leave('chunks') })),
  }),
});

/**
 * Finds written blocks under the cursor, or makes them, and aims the copy at them. Shared ones are
 * the business of `copy`, which goes on elsewhere or leaves blocks that are the file's own.
 */
export function mapChunk(lookup: Step, copy: Part): Part {
  return region(
    'map',
    repeat(
      'find',
      seq(
        repeat(
          'own',
          seq(
            region(
              'lookup',
              branch(lookup, { Written: leave('find'), Missing: nothing(), Copy: leave('own') }),
            ),
            branch(invalidatesFirst, {
              No: nothing(),
              Yes: seq(step(pagesToAllocate), call('invalidateRange', PAGES)),
            }),
            branch(convertsLate, { No: allocate, Yes: takeUnwritten }),
            branch(needsInvalidate, { No: nothing(), Yes: call('invalidateRange', PAGES) }),
            step(aimAtNew),
            leave('find'),
          ),
        ),
        copy,
        again('find'),
      ),
    ),
  );
}

/**
 * Between the old end of the file and the first byte written, everything must read as zero: no
 * fault may come between (xfs_file_write_zero_eof).
 */
export const zeroGap: Part = region(
  'gap',
  call(
    'zeroRange',
    {
      give: ['inode', 'cursor', 'end'],
      take: ['errno'],
      rename: { cursor: 'size', end: 'cursor' },
    },
    { Error: done },
  ),
);

/** What follows the last chunk: a fence, the size, the position. */
const endOfWrite: Part = seq(
  move(dataFence),
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
      check(startRead, {
        Nothing: done,
        AtEnd: seq(region('accessTime', transact(touchAccess)), done),
      }),
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
  branch(whenToSeek, {
    UnderLock: check(takeForWrite),
    Before: seq(check(takeForWrite), step(noteEnd)),
  }),
  region(
    'operation',
    seq(
      check(startWrite, { Nothing: done, Gap: zeroGap }),
      region('stamps', transact(touchModify)),
      repeat(
        'chunks',
        seq(
          region('transfer', seq(mapChunk(lookupForWrite, writeCopy), move(copyIn), convertCopied)),
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
          mapChunk(lookupForWrite, copyInPlace(leave('chunks'))),
          branch(aimPiece, { Media: move(copyAcross), Zeros: move(zeroBytes) }),
          branch(advance, { More: again('chunks'), End: leave('chunks') }),
        ),
      ),
      endOfWrite,
      step(endCopy),
    ),
  ),
);

/** The next part to be zeroed is shared: it is copied, or with some kernels only staged. */
const unshareToZero: Part = branch(copiesToZero, {
  Yes: copyInPlace(exit('Error')),
  No: seq(stage(exit('Error')), branch(advance, { More: nothing(), End: leave('parts') })),
});

const zeroRange: Recipe<World> = {
  name: 'zeroRange',
  about: 'Zeroes the written bytes of [cursor, end) in place: dax_zero_range.',
  outcomes: ['Ok', 'Error'],
  body: repeat(
    'parts',
    seq(
      repeat(
        'own',
        seq(
          region('lookup', branch(nextWritten, { End: leave('parts'), Copy: leave('own') })),
          move(zeroBytes),
          branch(advance, { More: again('parts'), End: leave('parts') }),
        ),
      ),
      unshareToZero,
      again('parts'),
    ),
  ),
};

/** An operation that makes a file durable. */
function syncing(name: string, about: string, callee: string): Recipe<World> {
  return operation(
    name,
    about,
    check(takeHandle),
    check(refuseShutdown),
    step(allPages),
    call(callee, PAGES),
  );
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
    region('writeback', call('writebackRange', PAGES)),
  ),
];
