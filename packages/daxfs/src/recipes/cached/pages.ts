/**
 * Recipes over pages [cursor, end) of `inode` in the page cache, under the names by which the rest
 * of the file system calls them: writing back, taking out.
 */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { cacheWrite, pageCopy, pageWrite } from '../../moves/definitions.js';
import {
  dropCleanFolio,
  dropFolio,
  nextCachedFolio,
  zeroBehindEnd,
} from '../../steps/cached/invalidation.js';
import { endSummed, nextSummed } from '../../steps/cached/summed.js';
import { compareSum, sumPage } from '../../steps/remote/sums.js';
import { makesSums } from '../remote/variants.js';
import {
  claimFolio,
  endWriteout,
  giveUpWriteout,
  mapClaimed,
  nextDirtyRun,
  nextInFlight,
  nextOfRun,
  placePromised,
} from '../../steps/cached/writeback.js';
import { nextDirtyInode } from '../../steps/files/log.js';
import { allPages } from '../../steps/files/pages.js';
import { rememberRange, restartRange, zapRange } from '../../steps/mapped/invalidation.js';
import type { World } from '../../world.js';
import {
  PAGES,
  again,
  branch,
  call,
  leave,
  nothing,
  region,
  repeat,
  seq,
  service,
  step,
  transact,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';
import { awaitFilling, awaitWriteback } from './shapes.js';

/** Takes the dirty folios of a run over, one lock at a time. */
const claimRun: Part = repeat(
  'claim',
  seq(
    region('folio', branch(claimFolio, { Ok: nothing(), Busy: awaitWriteback('claim') })),
    branch(nextOfRun, { More: again('claim'), End: leave('claim') }),
  ),
);

const giveUp: Part = seq(step(giveUpWriteout), leave('pieces'));

/** Page by page, where the device wants a checksum of each. */
const writeSummed: Part = repeat(
  'pages',
  seq(
    branch(nextSummed, { Copy: move(pageCopy), Own: nothing(), End: leave('pages') }),
    step(sumPage),
    move(pageWrite),
    step(compareSum),
    step(endSummed),
    again('pages'),
  ),
);

/**
 * Writes a claimed run out, extent by extent; promised blocks get their place when they are met.
 */
const writeRun: Part = repeat(
  'pieces',
  seq(
    repeat(
      'map',
      seq(
        repeat(
          'look',
          region(
            'lookup',
            branch(mapClaimed, {
              Media: leave('map'),
              Place: leave('look'),
              End: leave('pieces'),
            }),
          ),
        ),
        region('mapping', transact(placePromised, { Failed: giveUp })),
      ),
    ),
    branch(makesSums, { No: move(cacheWrite), Yes: writeSummed }),
    region('mapping', transact(endWriteout, { Failed: giveUp })),
  ),
);

const writebackRange = service(
  'writebackRange',
  'Writes the dirty pages of a range back and waits for those in flight: filemap_write_and_wait.',
  step(rememberRange),
  repeat(
    'runs',
    seq(branch(nextDirtyRun, { Found: nothing(), End: leave('runs') }), claimRun, writeRun),
  ),
  step(restartRange),
  repeat(
    'flight',
    branch(nextInFlight, { Found: awaitWriteback('flight', []), End: leave('flight') }),
  ),
);

const writebackAll = service(
  'writebackAll',
  'Writes back every dirty page of the file system: sync_inodes_sb.',
  repeat(
    'inodes',
    seq(
      branch(nextDirtyInode, { Found: nothing(), End: leave('inodes') }),
      step(allPages),
      call('writebackRange', PAGES),
    ),
  ),
);

const truncateEntries = service(
  'truncateEntries',
  'Takes the pages of a range out of the cache, dirty or not: truncate_inode_pages_range.',
  step(zeroBehindEnd),
  repeat(
    'folios',
    seq(
      branch(nextCachedFolio, { Found: nothing(), End: leave('folios') }),
      region(
        'folio',
        branch(dropFolio, {
          Ok: nothing(),
          Busy: awaitWriteback('folios'),
          Filling: awaitFilling('folios', ['folio']),
        }),
      ),
    ),
  ),
);

const invalidateRange = service(
  'invalidateRange',
  'Takes the clean pages of a range out: invalidate_inode_pages2_range.',
  step(rememberRange),
  repeat(
    'folios',
    seq(
      branch(nextCachedFolio, { Found: nothing(), End: leave('folios') }),
      region(
        'folio',
        branch(dropCleanFolio, {
          Busy: awaitWriteback('folios'),
          Filling: awaitFilling('folios', ['folio']),
        }),
      ),
    ),
  ),
  step(restartRange),
  step(zapRange),
);

export const CACHED_PAGE_RECIPES: readonly Recipe<World>[] = [
  writebackRange,
  writebackAll,
  truncateEntries,
  invalidateRange,
];
