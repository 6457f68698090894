/**
 * From a place in a file to a range of the window that shows it, and back: Linux 6.12
 * fs/fuse/dax.c.
 *
 *      rangeForCopy    lookup ── Ready ───────────────────────────────────────────▶ held
 *                        ├ ReadOnly ─▶ setup: confirm ─▶ SETUPMAPPING for stores ────┘
 *                        └ Missing ─▶ free list │ own idle range │ wait ─▶ setup: confirm ─▶ SETUP…
 *      rangeForFault   the same, but with nothing free it ends `NoRange`: the fault has to let go
 *      reclaimRange    layout: unmap ─ setup: nobody holds it? write back, drop ─ REMOVEMAPPING
 *      reclaimWorker   one range after another, while too few are free
 *
 * Regions: `layout` keeps faults out of the file, `lookup` and `setup` are the tree's, shared and
 * exclusive, `server` is the address space of the process that maps for the guest.
 */
import { exit, spawn } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { zapForLayout } from '../../steps/mapped/invalidation.js';
import {
  chooseVictim,
  confirmVictim,
  failReclaim,
  freeReclaimed,
  idleRange,
  keepReclaimed,
  nextVictim,
  removeRange,
  startsWorker,
  wantAnyRange,
} from '../../steps/window/reclaim.js';
import {
  confirmNoRange,
  confirmUpgrade,
  enterRange,
  enterUpgrade,
  findRange,
  freeRange,
  mapAtServer,
  takeFreeRange,
  unmapAtServer,
} from '../../steps/window/ranges.js';
import { enterGuest } from '../../steps/window/guest.js';
import { takeHandle } from '../../steps/files/handles.js';
import { request } from '../../wire/shapes.js';
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
  step,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';
import { sleepOn } from './sleep.js';
import { whereToTake, whereToUpgrade, whetherToUnmap, whoReclaims } from './variants.js';

const setupMapping: Part = request(region('server', step(mapAtServer)));
const upgrade: Part = seq(setupMapping, step(enterUpgrade));

/** Starts the worker if it is time, as every taking of a range does. */
export const kickWorker: Part = branch(startsWorker, {
  No: nothing(),
  Yes: spawn('reclaimWorker', { give: ['guest'], take: [] }),
});

const RECLAIM = { give: ['inode', 'rangeAt'], take: ['range'] } as const;

/**
 * A range for a call: free, or one of the file's own that nobody holds, or waited for. It holds no
 * lock that whoever takes ranges back needs.
 */
const takeForCopy: Part = repeat(
  'take',
  seq(
    branch(takeFreeRange, { Taken: seq(kickWorker, leave('take')), Empty: nothing() }),
    call(
      'reclaimOwn',
      { give: ['inode'], take: ['spare'] },
      {
        Ok: leave('take'),
        Busy: again('take'),
        None: nothing(),
      },
    ),
    kickWorker,
    sleepOn(freeRange),
    again('take'),
  ),
);

/** Finds a range, or sets one up in what `take` took. */
function rangeRecipe(
  name: string,
  about: string,
  outcomes: readonly string[],
  take: Part,
  /** What follows a range that has to be made writable first. */
  readOnly: Part,
): Recipe<World> {
  const found = exit<World>('Ok');
  const enter = branch(confirmNoRange, {
    Ready: found,
    ReadOnly: seq<World>(upgrade, found),
    Absent: seq<World>(setupMapping, step(enterRange), found),
  });
  return {
    name,
    about,
    outcomes,
    body: seq<World>(
      repeat(
        'found',
        seq<World>(
          region(
            'lookup',
            branch(findRange, { Ready: found, ReadOnly: readOnly, Missing: nothing() }),
          ),
          branch(whereToTake, {
            Before: seq<World>(take, region('setup', enter)),
            UnderTree: region('setup', seq<World>(take, enter)),
          }),
        ),
      ),
      region(
        'setup',
        branch(confirmUpgrade, {
          Ready: found,
          Upgrade: seq<World>(upgrade, found),
          Lost: exit('Error'),
        }),
      ),
    ),
  };
}

const rangeForCopy = rangeRecipe(
  'rangeForCopy',
  'A held range of the window for the byte at `cursor`: fuse_iomap_begin of a call.',
  ['Ok', 'Error'],
  takeForCopy,
  leave('found'),
);

/** As a defect: a fault takes a range of its own file back, under the locks that it holds. */
const reclaimInFault: Part = call(
  'reclaimOwn',
  { give: ['inode'], take: ['spare'] },
  { Ok: nothing(), Busy: exit('NoRange'), None: exit('NoRange') },
);

const rangeForFault = rangeRecipe(
  'rangeForFault',
  'The same for a fault, which may not wait here: fuse_iomap_begin with IOMAP_FAULT.',
  ['Ok', 'Error', 'NoRange', 'ReadOnly'],
  branch(takeFreeRange, {
    Taken: kickWorker,
    Empty: branch(whoReclaims, { Calls: exit('NoRange'), Faults: reclaimInFault }),
  }),
  branch(whereToUpgrade, { Held: leave('found'), Alone: exit('ReadOnly') }),
);

const upgradeAlone: Recipe<World> = {
  name: 'upgradeAlone',
  about: 'As a defect: a range is made writable by a fault that has let go of all its locks.',
  outcomes: ['Ok'],
  body: region(
    'setup',
    branch(confirmUpgrade, { Ready: nothing(), Upgrade: upgrade, Lost: nothing() }),
  ),
};

/** Before a range goes: what translations show of it, and what of it is dirty. */
const writeBackRange: Part = seq(call('writebackRange', PAGES), call('truncateEntries', PAGES));
const BREAK = {
  give: ['inode', 'cursor', 'end'],
  take: [],
  rename: { cursor: 'firstPage', end: 'endPage' },
} as const;

const reclaimRange: Recipe<World> = {
  name: 'reclaimRange',
  about: 'Takes a range back that nobody holds; it is then in transfer: lookup_and_reclaim_dmap.',
  outcomes: ['Ok', 'Busy', 'None'],
  body: region(
    'layout',
    seq<World>(
      region('lookup', branch(chooseVictim, { Found: nothing(), None: exit('None') })),
      branch(whetherToUnmap, { Yes: call('unmapForLayout', BREAK), No: nothing() }),
      region(
        'setup',
        seq<World>(
          branch(confirmVictim, { Busy: exit('Busy') }),
          branch(whetherToUnmap, { Yes: writeBackRange, No: nothing() }),
          step(removeRange),
          request(region('server', step(unmapAtServer))),
        ),
      ),
    ),
  ),
};

const unmapForLayout: Recipe<World> = {
  name: 'unmapForLayout',
  about: 'Removes the translations to a range of the file: fuse_dax_break_layouts.',
  outcomes: ['Ok'],
  body: step(zapForLayout),
};

const reclaimOwn: Recipe<World> = {
  name: 'reclaimOwn',
  about: 'A range of the same file for whoever needs one: inode_inline_reclaim_one_dmap.',
  outcomes: ['Ok', 'Busy', 'None'],
  body: seq<World>(
    step(wantAnyRange),
    call('reclaimRange', RECLAIM, { Ok: nothing(), Busy: exit('Busy'), None: exit('None') }),
    step(keepReclaimed),
  ),
};

const reclaimWorker: Recipe<World> = {
  name: 'reclaimWorker',
  about: 'Takes ranges back while too few are free, oldest first: fuse_dax_free_mem_worker.',
  outcomes: ['Ok'],
  body: repeat(
    'worker',
    seq<World>(
      branch(nextVictim, {
        Found: nothing(),
        Enough: exit('Ok'),
        Busy: seq<World>(sleepOn(idleRange), again('worker')),
      }),
      call('reclaimRange', RECLAIM, {
        Ok: step(freeReclaimed),
        Busy: nothing(),
        None: nothing(),
      }),
      again('worker'),
    ),
  ),
};

/** What a scenario asks for: one range of a file goes. */
const reclaimWindow = operation(
  'reclaimWindow',
  'Takes back one range of the file of `handle`; EAGAIN if there is none, or all are in use.',
  check(takeHandle),
  step(enterGuest),
  step(wantAnyRange),
  call('reclaimRange', RECLAIM, {
    Ok: step(freeReclaimed),
    Busy: seq(step(failReclaim), done),
    None: seq(step(failReclaim), done),
  }),
);

export const RANGE_RECIPES: readonly Recipe<World>[] = [
  rangeForCopy,
  rangeForFault,
  upgradeAlone,
  reclaimRange,
  unmapForLayout,
  reclaimOwn,
  reclaimWorker,
  reclaimWindow,
];
