/**
 * System calls on mappings: mm/mmap.c, mm/mremap.c, mm/mprotect.c, mm/madvise.c and mm/msync.c of
 * Linux 6.12.
 *
 * Region `call` is all of a call, `operation` in it excludes faults of the address space, `sync` is
 * where msync waits for the media. Filling pages in faults like a program would, after the call.
 */
import { exit, nothing } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { refuseShutdown } from '../../steps/files/outside.js';
import { finish } from '../../steps/files/holds.js';
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
import {
  faultKind,
  nextToPopulate,
  retryFilling,
  settleFilling,
  wantsFilling,
  wantsPopulate,
} from '../../steps/mapped/populate.js';
import type { World } from '../../world.js';
import {
  BYTES,
  again,
  branch,
  call,
  check,
  done,
  leave,
  letGoAll,
  region,
  repeat,
  seq,
  step,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';

const FAULT = {
  give: ['mapping', 'mm', 'offset', 'access'],
  take: [],
  rename: { offset: 'cursor' },
} as const;

const GAVE_UP = {
  Signal: branch(retryFilling, { Stop: leave('pages'), Again: again('pages') }),
  Denied: leave('pages'),
} as const;

/** Faults pages [cursor, end) of the mapping in, in order, as far as it goes. */
const fillIn: Part = repeat(
  'pages',
  seq(
    branch(nextToPopulate, { Found: nothing(), End: leave('pages') }),
    branch(faultKind, {
      Read: call('readFault', FAULT, GAVE_UP),
      Write: call('writeFault', FAULT, GAVE_UP),
    }),
  ),
);

/** A call on a mapping; what `after` does faults by itself and is no part of the call. */
function mappingCall(name: string, about: string, body: Part, after: Part): Recipe<World> {
  return {
    name,
    about,
    outcomes: ['Ok', 'Error'],
    body: seq(
      region('call', seq(repeat('operation', seq(body, done)), letGoAll)),
      branch(finish, { Error: exit('Error') }),
      after,
    ),
  };
}

const mmap = mappingCall(
  'mmap',
  'mmap(2) of an open file.',
  seq(check(checkMmap), region('operation', step(insertMapping))),
  branch(wantsPopulate, { Yes: fillIn }),
);

const munmap = mappingCall(
  'munmap',
  'munmap(2): takes pages out of a mapping; the last one ends it.',
  seq(check(checkMunmap), region('operation', step(unmapPages))),
  nothing(),
);

const mremap = mappingCall(
  'mremap',
  'mremap(2): makes a mapping longer or shorter; pages that stay keep their translations.',
  seq(check(checkMremap), region('operation', check(resizeMapping))),
  nothing(),
);

const mprotect = mappingCall(
  'mprotect',
  'mprotect(2): changes what may be done to pages of a mapping.',
  seq(check(checkMprotect), region('operation', check(protectRange))),
  nothing(),
);

const madvise = mappingCall(
  'madvise',
  'madvise(2): drops or fills in the pages of a range; other advice changes nothing.',
  check(checkAdvice, { Drop: region('operation', step(adviseRange)), Populate: nothing() }),
  branch(wantsFilling, {
    Yes: seq(fillIn, branch(settleFilling, { Failed: exit('Error') })),
  }),
);

const msync = mappingCall(
  'msync',
  'msync(2): makes the stores to a range of a shared mapping durable: vfs_fsync_range, datasync.',
  seq(
    check(refuseShutdown),
    check(checkMsync, { Nothing: done }),
    region('sync', call('syncInodeData', BYTES)),
  ),
  nothing(),
);

export const MAPPING_RECIPES: readonly Recipe<World>[] = [
  mmap,
  munmap,
  mremap,
  mprotect,
  madvise,
  msync,
];
