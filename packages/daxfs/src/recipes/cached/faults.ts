/**
 * Page faults on cached files: Linux 6.12 mm/memory.c (do_read_fault, do_shared_fault,
 * do_wp_page), mm/filemap.c (filemap_fault) and fs/xfs/xfs_file.c (xfs_filemap_page_mkwrite).
 *
 *   readFault    around ─ page among it? done ─ find: read around it or ahead, again ─ folio: map
 *   writeFault   find likewise ─ stamp ─ mkwrite: folio: look again, promise blocks, dirty, map
 *
 * A fault that reads lets go of everything first and starts over. The mmap lock is held where a
 * kernel holds it: shared while pages are added and while a page becomes dirty. Before kernels
 * had it there, only the folio's lock and the look at mapping and size kept truncation away.
 */
import { again, branch, call, exit, move, nothing, region, repeat, seq, step } from '@daxsim/sim';
import type { Recipe, RecipeNode } from '@daxsim/sim';
import { cachePrivate } from '../../moves/definitions.js';
import {
  checkFolio,
  enterCachedFault,
  findFaultFolio,
  findMapped,
  giveUpStore,
  letFolioGo,
  mapCachedAround,
  mapCachedForWriting,
  mapCachedPage,
  nextPromise,
  takeCachedCopy,
} from '../../steps/cached/faults.js';
import { promiseBlocks } from '../../steps/cached/promising.js';
import { wantsReadAround } from '../../steps/cached/read-ahead.js';
import { mapCopy, replacePresent, takePresent } from '../../steps/mapped/copies.js';
import { stampFault } from '../../steps/mapped/faults.js';
import type { World } from '../../world.js';
import { leave, transact } from '../files/shapes.js';
import { AHEAD, awaitFilling, awaitWriteback } from './shapes.js';

const FAULT_OUTCOMES = ['Ok', 'Signal', 'Denied'] as const;

/** Sees to it that the page is cached; after reading, the fault starts over. */
const findPage: RecipeNode<World> = branch(findFaultFolio, {
  Cached: nothing(),
  Missing: seq<World>(
    branch(wantsReadAround, {
      No: call('readOnePage', { give: ['inode', 'page'], take: [] }),
      Yes: call('readAhead', AHEAD),
    }),
    again('fault'),
  ),
  Marked: seq<World>(call('readAhead', AHEAD), again('fault')),
  Filling: awaitFilling('fault'),
  Beyond: exit('Signal'),
});

const readFault: Recipe<World> = {
  name: 'readFault',
  about: 'A load without a translation: filemap_map_pages, filemap_fault.',
  outcomes: FAULT_OUTCOMES,
  body: region(
    'operation',
    seq<World>(
      branch(enterCachedFault, { Denied: exit('Denied'), Private: nothing() }),
      repeat(
        'fault',
        seq<World>(
          region('around', branch(mapCachedAround, { No: nothing(), Mapped: exit('Ok') })),
          findPage,
          region(
            'folio',
            branch(mapCachedPage, {
              Ok: exit('Ok'),
              Gone: again('fault'),
              Beyond: exit('Signal'),
            }),
          ),
        ),
      ),
    ),
  ),
};

/** Under the folio's lock: blocks or promises for all of it, or SIGBUS. */
const promiseFolio: RecipeNode<World> = repeat(
  'promise',
  seq<World>(
    region(
      'allocate',
      transact(promiseBlocks, {
        Failed: seq<World>(step(letFolioGo), step(giveUpStore), exit('Signal')),
      }),
    ),
    branch(nextPromise, { More: nothing(), End: leave('promise') }),
  ),
);

/** The page of the fault becomes dirty and writable: iomap_page_mkwrite. */
const makeWritable: RecipeNode<World> = seq<World>(
  region('stamp', transact(stampFault, { Failed: seq<World>(step(giveUpStore), exit('Signal')) })),
  region(
    'mkwrite',
    region(
      'folio',
      branch(checkFolio, {
        Ok: seq<World>(promiseFolio, step(mapCachedForWriting), exit('Ok')),
        Gone: again('fault'),
        Busy: awaitWriteback('fault'),
      }),
    ),
  ),
);

const callPrivate: RecipeNode<World> = call(
  'privateFault',
  { give: ['mapping', 'offset', 'access', 'inode', 'faultPage', 'page', 'span'], take: [] },
  { Signal: exit('Signal') },
);

const writeFault: Recipe<World> = {
  name: 'writeFault',
  about: 'A store without a writable translation: filemap_fault, then xfs_filemap_page_mkwrite.',
  outcomes: FAULT_OUTCOMES,
  body: region(
    'operation',
    seq<World>(
      branch(enterCachedFault, {
        Denied: exit('Denied'),
        Private: seq<World>(callPrivate, exit('Ok')),
      }),
      repeat(
        'fault',
        seq<World>(
          branch(findMapped, { Absent: findPage, Mapped: nothing(), Writable: exit('Ok') }),
          makeWritable,
        ),
      ),
    ),
  ),
};

/** What is mapped already is copied without asking the file system. */
const copyPresent: RecipeNode<World> = branch(takePresent, {
  Absent: nothing(),
  Fill: seq<World>(move(cachePrivate), step(replacePresent), exit('Ok')),
  Zero: seq<World>(step(replacePresent), exit('Ok')),
  Ready: exit('Ok'),
});

const privateFault: Recipe<World> = {
  name: 'privateFault',
  about: 'A store to a private mapping: a copy of the cached page; the file stays as it is.',
  outcomes: ['Ok', 'Signal'],
  body: repeat(
    'fault',
    seq<World>(
      copyPresent,
      findPage,
      region(
        'folio',
        branch(takeCachedCopy, {
          Fill: seq<World>(move(cachePrivate), step(letFolioGo), step(mapCopy), exit('Ok')),
          Ready: exit('Ok'),
          Gone: again('fault'),
        }),
      ),
    ),
  ),
};

export const CACHED_FAULT_RECIPES: readonly Recipe<World>[] = [readFault, writeFault, privateFault];
