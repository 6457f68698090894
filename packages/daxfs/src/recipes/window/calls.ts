/**
 * Calls of a guest that change how far a file goes or what is mapped: Linux 6.12 fs/fuse/dir.c
 * (fuse_do_setattr), fs/fuse/file.c (fuse_file_fallocate).
 *
 *      inode lock ─ layout: unmap all ─▶ request ─▶ new size ─▶ unmap and drop what is behind it
 *
 * Names, attributes and their log are the server's: those recipes run as they are, on its volume
 * and under its locks.
 */
import { exit } from '@daxsim/sim';
import type { MoveDefinition, Recipe } from '@daxsim/sim';
import { move } from '@daxsim/sim';
import { fence, windowFlush, windowLoad, windowStore } from '../../moves/definitions.js';
import { beginAccess, endAccess } from '../../steps/mapped/access.js';
import {
  checkMmap,
  checkMunmap,
  insertMapping,
  unmapPages,
} from '../../steps/mapped/mapping-calls.js';
import { takeForTruncate, takeHandle } from '../../steps/files/handles.js';
import { allPages, pagesOfRange } from '../../steps/files/pages.js';
import { nextDirtyGuestInode, removesPages } from '../../steps/window/whole.js';
import {
  enterGuest,
  pagesBehindReply,
  takeAttributes,
  tellWaiters,
  wholeGuestFile,
} from '../../steps/window/guest.js';
import { forgetRanges } from '../../steps/window/reclaim.js';
import { HOST } from '../../window/hosted.js';
import { request } from '../../wire/shapes.js';
import type { World } from '../../world.js';
import {
  ALONE,
  INODE,
  PAGES,
  UNMAP,
  again,
  branch,
  call,
  check,
  done,
  leave,
  letGoAll,
  nothing,
  operation,
  part,
  region,
  repeat,
  seq,
  service,
  step,
} from '../files/shapes.js';
import { finish } from '../../steps/files/holds.js';
import type { Part } from '../files/shapes.js';
import { accessOrSignal } from './gone.js';

const BREAK = {
  give: ['inode', 'cursor', 'end'],
  take: [],
  rename: { cursor: 'firstPage', end: 'endPage' },
} as const;

/** Translations and entries that the reply made void. */
const dropPages: Part = region(
  'unmapping',
  seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES), call('unmapRange', UNMAP)),
);

/** The host changes the file while nobody of the guest uses its layout; `then` what that voids. */
function changedByHost(change: Part, ...then: Part[]): Part {
  return region(
    'operation',
    region(
      'layout',
      seq(
        step(wholeGuestFile),
        call('unmapForLayout', BREAK),
        request(change),
        step(takeAttributes),
        ...then,
      ),
    ),
  );
}

const truncateInode = part(
  'truncateInode',
  'Sets the size of a file of a guest: fuse_do_setattr.',
  step(enterGuest),
  changedByHost(
    call(
      `${HOST}truncateInode`,
      { give: ['inode', 'length'], take: ['errno'], rename: { inode: 'server' } },
      { Error: done },
    ),
    step(pagesBehindReply),
    dropPages,
  ),
);

const fallocate = operation(
  'fallocate',
  'fallocate(2) of a guest: fuse_file_fallocate.',
  check(takeHandle),
  step(enterGuest),
  changedByHost(
    call(
      `${HOST}fallocate`,
      { give: ['handle', 'offset', 'length', 'flags'], take: ['errno'] },
      { Error: done },
    ),
    branch(removesPages, { No: nothing(), Yes: seq(step(pagesOfRange), dropPages) }),
  ),
);

const callTruncate: Part = call(
  'truncateInode',
  { give: ['inode', 'length'], take: ['errno'] },
  { Error: done },
);

/** A call on a mapping, as `mapping-calls.ts` has them. */
function mappingCall(name: string, about: string, body: Part): Recipe<World> {
  return {
    name,
    about,
    outcomes: ['Ok', 'Error'],
    body: seq(
      region('call', seq(repeat('operation', seq(body, done)), letGoAll)),
      branch(finish, { Error: exit('Error') }),
    ),
  };
}

/** A program's own access. */
function access(name: string, about: string, bytes: MoveDefinition<World>): Recipe<World> {
  return {
    name,
    about,
    outcomes: ['Ok', 'Signal'],
    body: seq<World>(
      branch(beginAccess, { Segv: exit('Signal') }),
      accessOrSignal(bytes),
      step(endAccess),
    ),
  };
}

/** Dirty pages of every file of every guest, then the host's. */
const sync = operation(
  'sync',
  'sync(2) of a guest: FUSE_SYNCFS.',
  region(
    'writeback',
    repeat(
      'inodes',
      seq(
        branch(nextDirtyGuestInode, { Found: nothing(), End: leave('inodes') }),
        step(allPages),
        call('writebackRange', PAGES),
        again('inodes'),
      ),
    ),
  ),
  request(call(`${HOST}sync`, ALONE, { Error: nothing() })),
);

export const GUEST_CALL_RECIPES: readonly Recipe<World>[] = [
  truncateInode,
  fallocate,
  operation('ftruncate', 'ftruncate(2) of a guest.', check(takeForTruncate), callTruncate),
  mappingCall(
    'mmap',
    'mmap(2) of a file of a guest.',
    seq(check(checkMmap), step(enterGuest), region('operation', step(insertMapping))),
  ),
  mappingCall(
    'munmap',
    'munmap(2) of a guest.',
    seq(check(checkMunmap), region('operation', step(unmapPages))),
  ),
  access('load', 'A program of a guest reads bytes of its mapping.', windowLoad),
  access('store', 'A program of a guest writes bytes of its mapping.', windowStore),
  access('flush', 'A program of a guest writes lines of its mapping back.', windowFlush),
  {
    name: 'drain',
    about: 'A program of a guest waits until what it flushed is durable.',
    outcomes: ['Ok'],
    body: move(fence),
  },
  sync,
  operation(
    'evict',
    'A guest writes a file back and drops its translations and entries.',
    check(takeHandle),
    step(enterGuest),
    region(
      'operation',
      region(
        'layout',
        seq(
          step(allPages),
          region('writeback', call('writebackRange', PAGES)),
          call('unmapRange', UNMAP),
          call('truncateEntries', PAGES),
        ),
      ),
    ),
  ),
  service(
    'reclaimOrphan',
    'A file that nobody can reach: its ranges go, then the server frees it.',
    step(forgetRanges),
    call(`${HOST}reclaimOrphan`, INODE),
  ),
  operation(
    'hostTruncate',
    'The host sets the size of the file of `handle`, and tells no guest.',
    check(takeHandle),
    call(`${HOST}truncateInode`, { give: ['inode', 'length'], take: ['errno'] }, { Error: done }),
    step(tellWaiters),
  ),
];
