/**
 * Page faults, as XFS with DAX takes them: Linux 6.12 fs/xfs/xfs_file.c and fs/dax.c.
 *
 *   readFault   enter ─ operation ────────────────────────────────────────────────────┐
 *                 size: fault: check ── entry: grab · [iomapBegin] · [install: entry, table] ┘
 *   writeFault  the same with a stamp before and blocks inside iomapBegin:
 *                 lookup ─▶ allocate: lookup again · reserve · zero · fence · enter
 *               and for MAP_SYNC: force the log behind the entry, then find it again
 *
 * Regions: `operation` keeps the mapping alive, `fault` keeps truncation away, `entry` makes
 * looking up and installing one thing, `iomapBegin` (within it `lookup` and `allocate`) guards
 * extents; `transaction` is all of a write fault that a journal handle may span. A plan that holds
 * the entry over `install` only has the race of kernels before 4.12.
 *
 * One window is the kernel's own: between `enterFaultBlocks` and `enterWriteEntry` another mapping
 * may still show the zero page, and a write(2) that now finds the block written does not
 * invalidate. A load there can return zeros after the write has returned; it takes three tasks.
 *
 * `size` is tried for 1 GiB, 2 MiB and one page, from the largest that the page table has room for;
 * `Smaller` lets go of everything and tries the next one. What an attempt allocated stays.
 */
import {
  again,
  branch,
  call,
  exit,
  leave,
  move,
  nothing,
  region,
  repeat,
  seq,
  step,
  validate,
} from '@daxsim/sim';
import type { Recipe, RecipeNode } from '@daxsim/sim';
import { copyPrivate, writeUnlogged, zeroBlocks } from '../../moves/definitions.js';
import { putCopy, stageCopy } from '../../steps/files/copies.js';
import { enterUnlogged, showsHole } from '../../steps/mapped/hole-stores.js';
import { mapCopy, replacePresent, takeCopy, takePresent } from '../../steps/mapped/copies.js';
import { checkFaultSize, isOnePage, mapAround } from '../../steps/mapped/fault-size.js';
import {
  enterFault,
  enterFaultBlocks,
  giveUpFault,
  lookupFaultAgain,
  lookupFaultExtent,
  needsBlock,
  enterUnwritten,
  reserveFaultBlocks,
  stampFault,
  isNewBlock,
  wantsZeroing,
} from '../../steps/mapped/faults.js';
import {
  enterReadEntry,
  enterWriteEntry,
  findEntry,
  findEntryAgain,
  grabEntry,
  isSyncPending,
  mapForReading,
  mapForWriting,
} from '../../steps/mapped/install.js';
import type { World } from '../../world.js';
import { copyWhole } from '../files/copies.js';
import {
  whenToZero,
  whereToBegin,
  whereToCheckSize,
  whetherToRecheck,
  whoLogsHoles,
} from './fault-variants.js';
import { transact } from '../files/shapes.js';

const FAULT_OUTCOMES = ['Ok', 'Signal', 'Denied'] as const;

/** The attempt has no blocks: the next smaller one, or a signal. */
function noBlock(): RecipeNode<World> {
  return branch(giveUpFault, {
    Signal: exit('Signal'),
    Smaller: again('size'),
    Retry: again('size'),
  });
}

/**
 * Under the lock of the entry; waits again if that is another one by then. `begin` asks for the
 * extent: inside, or before the entry is locked where a knob says so.
 */
function underEntry(
  begin: RecipeNode<World>,
  ...body: readonly RecipeNode<World>[]
): RecipeNode<World> {
  return repeat(
    'find',
    seq<World>(
      step(findEntry),
      branch(whereToBegin, { Inside: nothing(), Before: begin }),
      region(
        'entry',
        seq<World>(
          branch(grabEntry, { Moved: again('find'), Smaller: again('size') }),
          branch(whetherToRecheck, { No: nothing(), Yes: checkSize }),
          branch(whereToBegin, { Inside: begin, Before: nothing() }),
          ...body,
          leave('find'),
        ),
      ),
    ),
  );
}

/** Where the file ends, and how much of it the attempt covers. */
const checkSize: RecipeNode<World> = branch(checkFaultSize, {
  Beyond: exit('Signal'),
  Smaller: again('size'),
  Sharing: again('size'),
});

/** What an optimistic plan does when the layout changed since the fault began to look. */
const STARTS_OVER = { Changed: again<World>('size') };
/**
 * The lock of the entries, or of the page table: nobody comes between what was validated and it.
 */
const TOGETHER = { withNext: true };

/** One attempt: `before` it, and `body` while truncation is kept away. */
function bySize(
  before: RecipeNode<World>,
  ...body: readonly RecipeNode<World>[]
): RecipeNode<World> {
  return repeat(
    'size',
    seq<World>(
      before,
      branch(whereToCheckSize, { UnderLock: nothing(), Before: checkSize }),
      region(
        'fault',
        seq<World>(
          validate('beginFault', STARTS_OVER),
          branch(whereToCheckSize, { UnderLock: checkSize, Before: nothing() }),
          validate('beforeLookup', STARTS_OVER),
          ...body,
        ),
      ),
      leave('size'),
    ),
  );
}

const readPages: RecipeNode<World> = bySize(
  branch(isOnePage, { No: nothing(), Yes: region('around', step(mapAround)) }),
  underEntry(
    region('iomapBegin', step(lookupFaultExtent)),
    region(
      'install',
      seq<World>(
        validate('beforeEnter', STARTS_OVER),
        validate('enter', STARTS_OVER, TOGETHER),
        branch(enterReadEntry, { Smaller: again('size') }),
        validate('beforeInstall', STARTS_OVER),
        validate('install', STARTS_OVER, TOGETHER),
        step(mapForReading),
        validate('afterInstall', STARTS_OVER),
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
    seq<World>(branch(enterFault, { Denied: exit('Denied'), Private: nothing() }), readPages),
  ),
};

/**
 * Under the mapping lock, exclusive: what is missing is looked for again, and reserved. `unwritten`
 * is what becomes of a block that is there but has no contents, `enter` makes the block the file's.
 */
function allocating(
  unwritten: RecipeNode<World>,
  ...enter: readonly RecipeNode<World>[]
): RecipeNode<World> {
  return repeat(
    'block',
    seq<World>(
      branch(lookupFaultAgain, {
        Written: leave('block'),
        Unwritten: unwritten,
        Hole: transact(reserveFaultBlocks, { Failed: noBlock() }),
        Copy: seq<World>(transact(stageCopy, { Failed: noBlock() }), leave('block')),
      }),
      ...enter,
      leave('block'),
    ),
  );
}

function enterLogged(): RecipeNode<World> {
  return transact(enterFaultBlocks, { Failed: noBlock() });
}

/** Zero and durable before it is entered. */
const allocate = allocating(
  nothing(),
  move(zeroBlocks),
  branch(whoLogsHoles, {
    Logged: enterLogged(),
    InPlace: branch(showsHole, {
      No: enterLogged(),
      Yes: seq<World>(transact(enterUnlogged, { Failed: noBlock() }), move(writeUnlogged)),
    }),
  }),
);

/**
 * The same as a defect: what is entered as written is zeroed only then. The force stands for any
 * that may come between; without one the commit would be lost with the zeros.
 */
const allocateThenZero = allocating(
  nothing(),
  enterLogged(),
  call('forceLog', { give: ['sequence'], take: [] }),
  move(zeroBlocks),
);

/** As kernels before 4.4: the file system only allocates, and the fault zeroes. */
const allocateUnwritten = allocating(
  leave('block'),
  transact(enterUnwritten, { Failed: noBlock() }),
);

/** As a defect: entered as written, and zeroed by the fault when others can see it. */
const allocateWritten = allocating(nothing(), enterLogged());

const beginWrite: RecipeNode<World> = region(
  'iomapBegin',
  seq<World>(
    region('lookup', step(lookupFaultExtent)),
    branch(needsBlock, {
      Yes: branch(whenToZero, {
        Before: region('allocate', allocate),
        After: region('allocate', allocateThenZero),
        InFault: region('allocate', allocateUnwritten),
        Outside: region('allocate', allocateWritten),
      }),
    }),
  ),
);

/** What the fault zeroes itself, because it was told that the block is new. */
const zeroInFault: RecipeNode<World> = branch(whenToZero, {
  Before: nothing(),
  After: nothing(),
  Outside: branch(isNewBlock, { No: nothing(), Yes: move(zeroBlocks) }),
  InFault: branch(wantsZeroing, {
    No: nothing(),
    Yes: seq<World>(
      move(zeroBlocks),
      region('allocate', transact(enterFaultBlocks, { Failed: noBlock() })),
    ),
  }),
});

/**
 * The page of a shared block is copied whole and takes its place before any store can reach it: the
 * kernel maps it first, so that for a moment a read(2) may miss a store.
 */
const copyThenPut: RecipeNode<World> = seq<World>(
  copyWhole,
  region(
    'put',
    repeat(
      'pieces',
      seq<World>(
        transact(putCopy, { More: again('pieces'), Failed: exit('Signal') }),
        leave('pieces'),
      ),
    ),
  ),
);

/**
 * vfs_fsync_range of the attempt's pages, while the fault still keeps truncation away: what a read
 * fault tagged dirty is written back first, then the metadata becomes durable.
 */
const syncThenMap: RecipeNode<World> = seq<World>(
  call('writebackRange', { give: ['inode', 'cursor', 'end'], take: [] }),
  call('forceLog', { give: ['sequence'], take: [] }),
  region('syncEntry', branch(findEntryAgain, { Same: step(mapForWriting), Gone: nothing() })),
);

const installWritable: RecipeNode<World> = seq<World>(
  validate('beforeInstall', STARTS_OVER),
  validate('install', STARTS_OVER, TOGETHER),
  step(mapForWriting),
  validate('afterInstall', STARTS_OVER),
);

const writePages: RecipeNode<World> = bySize(
  region('stamp', transact(stampFault, { Failed: noBlock() })),
  region(
    'transaction',
    underEntry(
      beginWrite,
      zeroInFault,
      region(
        'install',
        seq<World>(
          validate('beforeEnter', STARTS_OVER),
          validate('enter', STARTS_OVER, TOGETHER),
          branch(enterWriteEntry, {
            Ok: installWritable,
            NeedSync: nothing(),
            Smaller: again('size'),
            Copy: seq<World>(copyThenPut, step(mapForWriting)),
            CopySync: copyThenPut,
          }),
        ),
      ),
    ),
  ),
  branch(isSyncPending, { Yes: syncThenMap }),
);

const callPrivate: RecipeNode<World> = call(
  'privateFault',
  {
    give: ['mapping', 'offset', 'access', 'byProgram', 'inode', 'faultPage', 'page', 'span'],
    take: [],
  },
  { Signal: exit('Signal') },
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
        Private: seq<World>(callPrivate, exit('Ok')),
      }),
      writePages,
    ),
  ),
};

/** What is mapped already is copied without asking the file system. */
const copyPresent: RecipeNode<World> = branch(takePresent, {
  Absent: nothing(),
  Fill: seq<World>(move(copyPrivate), step(replacePresent), exit('Ok')),
  Zero: seq<World>(step(replacePresent), exit('Ok')),
  Ready: exit('Ok'),
});

const privateFault: Recipe<World> = {
  name: 'privateFault',
  about: 'A store to a private mapping: a copy of the page in memory; the file stays as it is.',
  outcomes: ['Ok', 'Signal'],
  body: seq<World>(
    copyPresent,
    bySize(
      nothing(),
      underEntry(
        region('iomapBegin', step(lookupFaultExtent)),
        branch(takeCopy, {
          Fill: seq<World>(move(copyPrivate), step(mapCopy)),
          Ready: nothing(),
          Zero: step(mapCopy),
        }),
      ),
    ),
  ),
};

export const FAULT_RECIPES: readonly Recipe<World>[] = [readFault, writeFault, privateFault];
