/**
 * Recipes of a client with a page cache: Linux 6.12 fs/fuse/file.c (fuse_readahead,
 * fuse_writepages, fuse_file_fallocate, fuse_do_setattr). Everything else of the page cache is as
 * it is with files of one's own.
 *
 *      punch   write back, wait ─▶ drop the pages ─▶ FALLOCATE         as it should be, one lock
 *              FALLOCATE ─▶ drop the pages                             as it was before 5.15
 *
 * A client has no extents; where other file systems hold a lock of their map, it asks its server.
 */
import { move, wait } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { pageCopy } from '../../moves/definitions.js';
import { findHeld, pinsGone } from '../../steps/cached/device.js';
import { nextDirtyRun, claimFolio, nextInFlight } from '../../steps/cached/writeback.js';
import { touchModify } from '../../steps/files/data.js';
import { takeHandle } from '../../steps/files/handles.js';
import { pagesBehindEnd, pagesOfRange } from '../../steps/files/pages.js';
import {
  checkFallocate,
  checkTruncate,
  chooseGrowth,
  setSize,
} from '../../steps/files/resizing.js';
import { rememberRange, restartRange } from '../../steps/mapped/invalidation.js';
import {
  aimAtGap,
  endBounce,
  endFetch,
  losesBytes,
  nextToFetch,
  nextToSend,
  pagesFromEnd,
  refuseShifts,
  sendsAlone,
  zeroCachedGap,
} from '../../steps/remote/client.js';
import { sumPage } from '../../steps/remote/sums.js';
import { ask, order, tell } from '../../wire/shapes.js';
import type { World } from '../../world.js';
import { awaitWriteback } from '../cached/shapes.js';
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
  service,
  step,
  transact,
} from '../files/shapes.js';
import { punchOrder } from '../files/write-variants.js';
import type { Part } from '../files/shapes.js';
import { makesSums, revokesPins, waitsForWrites } from './variants.js';

const fillFolios = service(
  'fillFolios',
  'Fills the pages that the task made in [cursor, end), one request each: fuse_readahead.',
  repeat(
    'pages',
    seq(
      branch(nextToFetch, { Found: nothing(), End: leave('pages') }),
      ask('serveRead', { give: ['inode', 'page', 'slot'] }, nothing()),
      step(endFetch),
      again('pages'),
    ),
  ),
);

const SENT = {
  give: ['inode', 'offset', 'length', 'slot'],
  rename: { offset: 'moveFile', length: 'chunk' },
};

/** A page goes off; who sends too many waits. */
const sendPage: Part = branch(sendsAlone, {
  Yes: tell('writeSent', SENT),
  No: order('writeSent', SENT),
});

/** A device that holds a page has to let go of it first; the folio's lock is free meanwhile. */
const awaitDevices: Part = branch(findHeld, {
  No: nothing(),
  Held: wait<World>(
    pinsGone,
    { drop: ['folio'] },
    { Woken: again('claim'), Interrupted: again('claim') },
  ),
});

/** Takes a dirty folio over and sends its pages, all under its lock. */
const sendFolio: Part = repeat(
  'claim',
  seq(
    region(
      'folio',
      seq(
        branch(revokesPins, { No: nothing(), Yes: awaitDevices }),
        branch(claimFolio, {
          Ok: repeat(
            'pages',
            seq(
              branch(nextToSend, {
                Bounce: seq(move(pageCopy), step(endBounce)),
                Send: nothing(),
                End: leave('pages'),
              }),
              branch(makesSums, { No: nothing(), Yes: step(sumPage) }),
              sendPage,
              again('pages'),
            ),
          ),
          Busy: awaitWriteback('claim'),
        }),
      ),
    ),
    leave('claim'),
  ),
);

const writebackRange = service(
  'writebackRange',
  'Sends the dirty pages of a range and waits for all on their way: fuse_writeback_range.',
  step(rememberRange),
  repeat(
    'runs',
    seq(branch(nextDirtyRun, { Found: nothing(), End: leave('runs') }), sendFolio, again('runs')),
  ),
  step(restartRange),
  repeat(
    'flight',
    branch(nextInFlight, { Found: awaitWriteback('flight', []), End: leave('flight') }),
  ),
);

const zeroGap = service(
  'zeroRange',
  'Zeroes what a mapping stored behind the old end; the server’s file reads as zero there.',
  step(aimAtGap),
  region('folio', step(zeroCachedGap)),
);
/** It never fails; with files of one's own zeroing may. */
const zeroRange: Recipe<World> = { ...zeroGap, outcomes: ['Ok', 'Error'] };

const dropPages: Part = region(
  'unmapping',
  seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES)),
);

const askFallocate: Part = ask(
  'serveFallocate',
  { give: ['inode', 'offset', 'length', 'flags'] },
  done,
);

/** The range goes at the server and in the cache. */
const removeRange: Part = seq(
  branch(waitsForWrites, { Yes: call('writebackRange', PAGES), No: nothing() }),
  branch(punchOrder, {
    UnmapFirst: seq(dropPages, askFallocate),
    FreeFirst: seq(askFallocate, dropPages),
    Both: seq(dropPages, askFallocate, dropPages),
  }),
);

const fallocate = operation(
  'fallocate',
  'fallocate(2) of [offset, offset + length): fuse_file_fallocate, nfs42_fallocate.',
  check(takeHandle),
  check(checkFallocate),
  check(refuseShifts),
  region(
    'operation',
    region(
      'layout',
      seq(
        step(pagesOfRange),
        region('stamps', transact(touchModify)),
        branch(losesBytes, { Yes: removeRange, No: askFallocate }),
        branch(chooseGrowth, { Keep: nothing(), Grow: region('mapping', transact(setSize)) }),
      ),
    ),
  ),
);

const truncateInode = part(
  'truncateInode',
  'Sets the size of `inode` to `length`, at the server first: fuse_do_setattr.',
  check(checkTruncate),
  region(
    'operation',
    region(
      'layout',
      seq(
        step(pagesFromEnd),
        call('writebackRange', PAGES),
        ask('serveTruncate', { give: ['inode', 'length'] }, done),
        region('mapping', transact(setSize)),
        step(pagesBehindEnd),
        region(
          'unmapping',
          seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES), call('unmapRange', UNMAP)),
        ),
      ),
    ),
  ),
);

function syncing(name: string, about: string, at: string): Recipe<World> {
  return service(
    name,
    about,
    region('writeback', call('writebackRange', BYTES)),
    ask(at, { give: ['inode'] }, nothing()),
  );
}

export const CLIENT_FILE_RECIPES: readonly Recipe<World>[] = [
  fillFolios,
  writebackRange,
  zeroRange,
  fallocate,
  truncateInode,
  syncing('syncInode', 'Writes back and syncs at the server: fuse_fsync.', 'serveSync'),
  syncing('syncInodeData', 'The same without time stamps: fuse_fsync.', 'serveDataSync'),
];
