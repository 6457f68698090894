/**
 * Page faults, as XFS with DAX takes them: Linux 6.12 fs/xfs/xfs_file.c and fs/dax.c.
 *
 *   readFault   enter ─ operation ──────────────────────────────────────────────┐
 *                       fault: size? ── entry: [iomapBegin] [install: entry, PTE] ┘
 *   writeFault  the same with a stamp before and blocks inside iomapBegin:
 *                 lookup ─▶ allocate: lookup again · reserve · zero · fence · enter
 *               and for MAP_SYNC: force the log behind the entry, then find it again
 *
 * Regions: `operation` keeps the mapping alive, `fault` keeps truncation away, `entry` makes
 * looking up and installing one thing, `iomapBegin` (within it `lookup` and `allocate`) guards
 * extents. A plan that holds the entry over `install` only has the race of kernels before 4.12.
 *
 * One window is the kernel's own: between `enterFaultBlocks` and `enterWriteEntry` another mapping
 * may still show the zero page, and a write(2) that now finds the block written does not
 * invalidate. A load there can return zeros after the write has returned; it takes three tasks.
 *
 * A page of 2 MiB would be one more recipe, tried before these.
 */
import { branch, call, exit, leave, move, nothing, region, repeat, seq, step } from '@daxsim/sim';
import type { Recipe, RecipeNode } from '@daxsim/sim';
import { copyPrivate, zeroBlocks } from '../../moves/definitions.js';
import {
  checkFaultSize,
  enterFault,
  enterFaultBlocks,
  giveUpFault,
  lookupFaultAgain,
  lookupFaultExtent,
  needsBlock,
  reserveFaultBlocks,
  stampFault,
} from '../../steps/mapped/faults.js';
import {
  enterReadEntry,
  enterWriteEntry,
  findEntryAgain,
  grabEntry,
  isSyncPending,
  mapCopy,
  mapForReading,
  mapForWriting,
  takeCopy,
} from '../../steps/mapped/install.js';
import type { World } from '../../world.js';
import { transact } from '../files/shapes.js';

const FAULT_OUTCOMES = ['Ok', 'Signal', 'Denied'] as const;

function noBlock(): RecipeNode<World> {
  return seq<World>(step(giveUpFault), exit('Signal'));
}

const readPage: RecipeNode<World> = region(
  'fault',
  seq<World>(
    branch(checkFaultSize, { Beyond: exit('Signal') }),
    region(
      'entry',
      seq<World>(
        step(grabEntry),
        region('iomapBegin', step(lookupFaultExtent)),
        region('install', seq<World>(step(enterReadEntry), step(mapForReading))),
      ),
    ),
  ),
);

const readFault: Recipe<World> = {
  name: 'readFault',
  about: 'A load without a translation: dax_iomap_fault for reading.',
  outcomes: FAULT_OUTCOMES,
  body: region(
    'operation',
    seq<World>(branch(enterFault, { Denied: exit('Denied'), Private: nothing() }), readPage),
  ),
};

/**
 * Under the mapping lock, exclusive: a block for this page, zero and durable before it is entered.
 */
const allocate: RecipeNode<World> = repeat(
  'block',
  seq<World>(
    branch(lookupFaultAgain, {
      Written: leave('block'),
      Unwritten: nothing(),
      Hole: transact(reserveFaultBlocks, { Failed: noBlock() }),
    }),
    move(zeroBlocks),
    transact(enterFaultBlocks, { Failed: noBlock() }),
    leave('block'),
  ),
);

const beginWrite: RecipeNode<World> = region(
  'iomapBegin',
  seq<World>(
    region('lookup', step(lookupFaultExtent)),
    branch(needsBlock, { Yes: region('allocate', allocate) }),
  ),
);

const writePage: RecipeNode<World> = region(
  'entry',
  seq<World>(
    step(grabEntry),
    beginWrite,
    region('install', branch(enterWriteEntry, { Ok: step(mapForWriting), NeedSync: nothing() })),
  ),
);

/** The metadata becomes durable while the fault still keeps truncation away. */
const syncThenMap: RecipeNode<World> = seq<World>(
  call('forceLog', { give: ['sequence'], take: [] }),
  region('syncEntry', branch(findEntryAgain, { Same: step(mapForWriting), Gone: nothing() })),
);

const writeFault: Recipe<World> = {
  name: 'writeFault',
  about: 'A store without a writable translation: dax_iomap_fault for writing, and pfn_mkwrite.',
  outcomes: FAULT_OUTCOMES,
  body: region(
    'operation',
    seq<World>(
      branch(enterFault, {
        Denied: exit('Denied'),
        Private: seq<World>(
          call(
            'privateFault',
            { give: ['mapping', 'offset', 'inode', 'page'], take: [] },
            { Signal: exit('Signal') },
          ),
          exit('Ok'),
        ),
      }),
      region('stamp', transact(stampFault, { Failed: noBlock() })),
      region(
        'fault',
        seq<World>(
          branch(checkFaultSize, { Beyond: exit('Signal') }),
          writePage,
          branch(isSyncPending, { Yes: syncThenMap }),
        ),
      ),
    ),
  ),
};

const privateFault: Recipe<World> = {
  name: 'privateFault',
  about: 'A store to a private mapping: a copy of the page in memory; the file stays as it is.',
  outcomes: ['Ok', 'Signal'],
  body: region(
    'fault',
    seq<World>(
      branch(checkFaultSize, { Beyond: exit('Signal') }),
      region(
        'entry',
        seq<World>(
          step(grabEntry),
          region('iomapBegin', step(lookupFaultExtent)),
          branch(takeCopy, {
            Fill: seq<World>(move(copyPrivate), step(mapCopy)),
            Ready: nothing(),
            Zero: step(mapCopy),
          }),
        ),
      ),
    ),
  ),
};

export const FAULT_RECIPES: readonly Recipe<World>[] = [readFault, writeFault, privateFault];
