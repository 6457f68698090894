/**
 * read(2), write(2) and copies through the page cache: Linux 6.12 mm/filemap.c (filemap_read),
 * fs/iomap/buffered-io.c (iomap_file_buffered_write) and fs/xfs/xfs_file.c.
 *
 *     read    batch of cached folios ─▶ copy … ; missing: read ahead; marked: the next window
 *     write   promise blocks ─▶ folio: copy, dirty, size ─▶ next … ; no space: flush, once more
 *
 * The inode lock spans a call. Folios are locked one at a time, while they are written to.
 */
import { move, wait } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { cacheAcross, cacheOut, cacheZero } from '../../moves/definitions.js';
import { aimSource, endSource, findSource } from '../../steps/cached/copying.js';
import { checkSectors, chooseWay } from '../../steps/cached/direct.js';
import { folioReady } from '../../steps/cached/folios.js';
import { promiseBlocks } from '../../steps/cached/promising.js';
import { aimCopyOut, endBatch, gatherBatch } from '../../steps/cached/reading.js';
import { makeReadAhead } from '../../steps/cached/read-ahead.js';
import {
  aimCopyIn,
  endCopyIn,
  flushForSpace,
  isTooDirty,
  nextFolio,
  settleCachedWrite,
  takeFolio,
} from '../../steps/cached/writing.js';
import { aimZeroing, endZeroing, nextToZero, takeToZero } from '../../steps/cached/zeroing.js';
import { placePromised } from '../../steps/cached/writeback.js';
import { endCopy, startCopy, takeBoth } from '../../steps/files/copying.js';
import {
  advance,
  endRead,
  endWrite,
  startRead,
  startWrite,
  touchAccess,
  touchModify,
  wantsSync,
} from '../../steps/files/data.js';
import { takeForRead, takeForWrite } from '../../steps/files/handles.js';
import { allPages, pagesOfWrite } from '../../steps/files/pages.js';
import type { World } from '../../world.js';
import {
  ALONE,
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
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';
import { copyInto, faultBufferIn } from './mapped-source.js';
import { readPast, writePast } from './past-cache.js';
import { AHEAD, TO_FILL, awaitFilling, awaitWriteback, fillAll, fillOnePage } from './shapes.js';

const readAhead = service(
  'readAhead',
  'Reads a window of pages into the cache: page_cache_ra_order.',
  region('fill', seq(step(makeReadAhead), call('fillFolios', TO_FILL))),
);

const fillFolios = service(
  'fillFolios',
  'Fills the folios that the task made in pages [cursor, end): iomap_readahead.',
  fillAll,
);

/** Batches of cached pages, copied to the caller. */
const readCached: Part = repeat(
  'chunks',
  seq(
    branch(gatherBatch, {
      Ready: nothing(),
      Missing: seq(call('readAhead', AHEAD), again('chunks')),
      Still: seq(call('readOnePage', { give: ['inode', 'page'], take: [] }), again('chunks')),
      Filling: awaitFilling('chunks'),
      Marked: call('readAhead', AHEAD),
    }),
    step(aimCopyOut),
    move(cacheOut),
    step(endBatch),
    branch(advance, { More: again('chunks'), End: leave('chunks') }),
  ),
);

/** read(2), with `past` for calls that go past the cache. */
export function readWith(past: Part): Recipe<World> {
  return operation(
    'read',
    'read(2), pread(2): xfs_file_buffered_read, xfs_file_dio_read.',
    check(takeForRead),
    check(checkSectors),
    region(
      'operation',
      seq(
        check(startRead, {
          Nothing: done,
          AtEnd: seq(region('accessTime', transact(touchAccess)), done),
        }),
        region('accessTime', transact(touchAccess)),
        branch(chooseWay, { Cached: readCached, Direct: past }),
        step(endRead),
      ),
    ),
  );
}

/** Between the old end and the first byte written everything must read as zero. */
const zeroGap: Part = region(
  'gap',
  call(
    'zeroRange',
    {
      give: ['inode', 'cursor', 'end'],
      take: [],
      rename: { cursor: 'size', end: 'cursor' },
    },
    { Error: done },
  ),
);

/** Blocks for what the cursor stands on; without space what is dirty is written back, once. */
const promiseForWrite: Part = region(
  'allocate',
  transact(promiseBlocks, { Failed: leave('chunks') }),
);

/** A folio that can be copied into. */
const prepareFolio: Part = branch(takeFolio, {
  Ready: nothing(),
  New: nothing(),
  Fill: call('fillFolios', TO_FILL),
  Filling: awaitFilling('folios'),
});

/** Who dirties too much writes back before going on. */
const balance: Part = branch(isTooDirty, {
  No: nothing(),
  Yes: seq(step(allPages), call('writebackRange', PAGES)),
});

/** Folio after folio up to where blocks were promised; `body` copies under the folio's lock. */
function eachFolio(find: Part, body: Part): Part {
  return repeat(
    'folios',
    seq(
      find,
      prepareFolio,
      region(
        'folio',
        branch(aimCopyIn, {
          Ok: body,
          Gone: again('folios'),
          Busy: awaitWriteback('folios'),
        }),
      ),
      branch(nextFolio, {
        Folio: again('folios'),
        Map: leave('folios'),
        End: seq(balance, leave('chunks')),
      }),
    ),
  );
}

/** All of a write, and once more from the start if there was no space for its first byte. */
function writeCached(first: Part, find: Part, body: Part): Part {
  return repeat(
    'write',
    seq(
      repeat(
        'chunks',
        seq(first, promiseForWrite, eachFolio(find, body), balance, again('chunks')),
      ),
      branch(flushForSpace, {
        Stop: leave('write'),
        Flush: seq(call('writebackAll', ALONE), again('write')),
      }),
    ),
  );
}

/** O_DSYNC and O_SYNC: generic_write_sync. */
const syncWritten: Part = seq(
  step(pagesOfWrite),
  branch(wantsSync, {
    No: nothing(),
    Data: call('syncInodeData', PAGES),
    All: call('syncInode', PAGES),
  }),
);

/** write(2), with `past` for calls that go past the cache, and what follows those that do not. */
export function writeWith(past: Part, behind: Part): Recipe<World> {
  return operation(
    'write',
    'write(2), pwrite(2): xfs_file_buffered_write, xfs_file_dio_write.',
    check(takeForWrite),
    check(checkSectors),
    region(
      'operation',
      seq(
        check(startWrite, { Nothing: done, Gap: zeroGap }),
        region('stamps', transact(touchModify)),
        branch(chooseWay, {
          Cached: seq(
            writeCached(faultBufferIn, nothing(), copyInto),
            behind,
            check(settleCachedWrite),
          ),
          Direct: past,
        }),
        step(endWrite),
      ),
    ),
    syncWritten,
  );
}

/** The pages of the source that come next. */
const sourcePages: Part = repeat(
  'source',
  seq(
    branch(findSource, {
      Ready: leave('source'),
      Missing: call('readAhead', { ...AHEAD, rename: { inode: 'inode2' } }),
      Still: call('readOnePage', {
        give: ['inode', 'page'],
        take: [],
        rename: { inode: 'inode2' },
      }),
      Filling: call('awaitSource', {
        give: ['inode', 'entryPage'],
        take: [],
        rename: { inode: 'inode2' },
      }),
    }),
    again('source'),
  ),
);

const copyPages: Part = branch(aimSource, {
  Ok: seq(move(cacheAcross), step(endSource), step(endCopyIn)),
  Gone: again('folios'),
});

const copyRange = operation(
  'copyRange',
  'copy_file_range(2), sendfile(2): from `handle` to `handle2`, page by page through the cache.',
  check(takeBoth),
  region(
    'operation',
    seq(
      check(startCopy, { Nothing: done, Gap: zeroGap }),
      region('stamps', transact(touchModify)),
      writeCached(nothing(), sourcePages, copyPages),
      check(settleCachedWrite),
      step(endCopy),
    ),
  ),
);

/** What is to be zeroed in a page next; what stands in the way goes first. */
const findZeroes: Part = repeat(
  'flush',
  seq(
    repeat(
      'place',
      seq(
        repeat(
          'look',
          region(
            'lookup',
            branch(nextToZero, {
              Found: leave('flush'),
              End: leave('parts'),
              Place: leave('look'),
              Flush: leave('place'),
            }),
          ),
        ),
        region('mapping', transact(placePromised, { Failed: leave('parts') })),
      ),
    ),
    call('writebackRange', PAGES),
  ),
);

const zeroCached = service(
  'zeroRange',
  'Zeroes bytes [cursor, end) of the file through its cache: iomap_zero_range.',
  repeat(
    'parts',
    seq(
      findZeroes,
      branch(takeToZero, {
        Ready: nothing(),
        Fill: call('fillFolios', TO_FILL),
        Filling: awaitFilling('parts'),
      }),
      region(
        'folio',
        branch(aimZeroing, {
          Ok: seq(move(cacheZero), branch(endZeroing, { More: nothing(), End: leave('parts') })),
          Gone: again('parts'),
          Busy: awaitWriteback('parts'),
        }),
      ),
    ),
  ),
);

/** It never fails; on the device, where shared blocks are copied, zeroing may. */
const zeroRange: Recipe<World> = { ...zeroCached, outcomes: ['Ok', 'Error'] };

const readOnePage = service(
  'readOnePage',
  'Reads one page at `page` into the cache: filemap_create_folio.',
  region('fill', fillOnePage),
);

const awaitSource = service(
  'awaitSource',
  'Sleeps until the folio of `entryPage` is filled.',
  wait(folioReady, { drop: [] }, { Woken: nothing(), Interrupted: nothing() }),
);

export const CACHED_DATA_RECIPES: readonly Recipe<World>[] = [
  readWith(readPast),
  writeWith(writePast, nothing()),
  copyRange,
  zeroRange,
  readAhead,
  fillFolios,
  readOnePage,
  awaitSource,
];
