/**
 * System calls on mappings: mm/mmap.c, mm/mremap.c, mm/mprotect.c, mm/madvise.c and mm/msync.c of
 * Linux 6.12.
 *
 * The region `operation` excludes faults of the address space; `sync` is where msync waits, without
 * it. Filling pages in (populate) faults like a program would, after the mapping is made.
 */
import { branch, call, exit, leave, move, nothing, region, repeat, seq, step } from '@daxsim/sim';
import type { Recipe, RecipeNode } from '@daxsim/sim';
import { fence } from '../../moves/definitions.js';
import { finish, letGo } from '../../steps/files/holds.js';
import { inodeDataNeedsForce } from '../../steps/files/log.js';
import {
  adviseRange,
  checkAdvice,
  checkMmap,
  checkMprotect,
  checkMremap,
  checkMunmap,
  insertMapping,
  protectRange,
  resizeMapping,
  unmapPages,
} from '../../steps/mapped/mapping-calls.js';
import { checkMsync } from '../../steps/mapped/msync.js';
import { faultKind, nextToPopulate, wantsPopulate } from '../../steps/mapped/populate.js';
import type { World } from '../../world.js';

const OUTCOMES = ['Ok', 'Error'] as const;

const failed: RecipeNode<World> = exit('Error');
const reclaim: RecipeNode<World> = call('reclaimOrphan', { give: ['inode'], take: [] });

const FAULT = {
  give: ['mapping', 'mm', 'offset', 'access'],
  take: [],
  rename: { offset: 'cursor' },
};

/** Faults pages [cursor, end) of the mapping in, in order, as far as it goes. */
const fillIn: RecipeNode<World> = repeat(
  'pages',
  seq<World>(
    branch(nextToPopulate, { Found: nothing(), End: leave('pages') }),
    branch(faultKind, {
      Read: call('readFault', FAULT, { Signal: leave('pages'), Denied: leave('pages') }),
      Write: call('writeFault', FAULT, { Signal: leave('pages'), Denied: leave('pages') }),
    }),
  ),
);

export const mmap: Recipe<World> = {
  name: 'mmap',
  about: 'Maps part of an open file.',
  outcomes: OUTCOMES,
  body: seq<World>(
    branch(checkMmap, { Failed: failed }),
    region('operation', step(insertMapping)),
    branch(wantsPopulate, { Yes: fillIn }),
  ),
};

export const munmap: Recipe<World> = {
  name: 'munmap',
  about: 'Takes pages out of a mapping; the last one ends it.',
  outcomes: OUTCOMES,
  body: seq<World>(
    branch(checkMunmap, { Failed: failed }),
    region('operation', step(unmapPages)),
    branch(letGo, { Orphan: reclaim }),
  ),
};

export const mremap: Recipe<World> = {
  name: 'mremap',
  about: 'Makes a mapping longer or shorter; pages that stay keep their translations.',
  outcomes: OUTCOMES,
  body: seq<World>(
    branch(checkMremap, { Failed: failed }),
    region('operation', branch(resizeMapping, { Failed: failed })),
  ),
};

export const mprotect: Recipe<World> = {
  name: 'mprotect',
  about: 'Changes what may be done to pages of a mapping.',
  outcomes: OUTCOMES,
  body: seq<World>(
    branch(checkMprotect, { Failed: failed }),
    region('operation', branch(protectRange, { Failed: failed })),
  ),
};

export const madvise: Recipe<World> = {
  name: 'madvise',
  about: 'Drops or fills in the pages of a range; other advice changes nothing.',
  outcomes: OUTCOMES,
  body: branch(checkAdvice, {
    Nothing: nothing(),
    Failed: failed,
    Drop: region('operation', step(adviseRange)),
    Populate: fillIn,
  }),
};

export const msync: Recipe<World> = {
  name: 'msync',
  about: 'Makes the stores to a range of a shared mapping durable: vfs_fsync_range, datasync.',
  outcomes: OUTCOMES,
  body: seq<World>(
    branch(checkMsync, { Failed: failed, Nothing: exit('Ok') }),
    region(
      'sync',
      seq<World>(
        call('writebackRange', { give: ['inode', 'cursor', 'end'], take: [] }),
        branch(inodeDataNeedsForce, {
          Clean: move(fence),
          Force: call('forceLog', { give: ['sequence'], take: [] }),
        }),
      ),
    ),
    branch(letGo, { Orphan: reclaim }),
    branch(finish, { Error: failed }),
  ),
};
