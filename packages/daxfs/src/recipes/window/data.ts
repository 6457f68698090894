/**
 * Reading, writing and syncing of a guest: Linux 6.12 fs/fuse/dax.c and fs/fuse/file.c.
 *
 *     read    chunks: range ─▶ copy out of the window ─▶ let go of it ─▶ next …
 *     write   inside the file: the same into the window
 *             behind its end:  one request, so that bytes and size change together
 *     fsync   take the right to store away, clear tags ─▶ FUSE_FSYNC: the host makes it durable
 *
 * The guest flushes nothing: its device has no write cache that it knows of.
 */
import type { Recipe } from '@daxsim/sim';
import { windowIn, windowOut } from '../../moves/definitions.js';
import {
  advance,
  endRead,
  endWrite,
  startRead,
  startWrite,
  wantsSync,
} from '../../steps/files/data.js';
import { refuseShutdown } from '../../steps/files/outside.js';
import { takeForRead, takeForWrite, takeHandle } from '../../steps/files/handles.js';
import { allPages, pagesOfWrite } from '../../steps/files/pages.js';
import { clearDirtyTag, nextDirtyPage, protectEntry } from '../../steps/mapped/writeback.js';
import {
  aimAboveEnd,
  aimBelowEnd,
  aimNewSize,
  aimRequest,
  extendsFile,
  settleGuestWrite,
  takeWritten,
  wantStores,
} from '../../steps/window/data.js';
import { enterGuest, findServer, takeAttributes } from '../../steps/window/guest.js';
import { aimCopy, putRange } from '../../steps/window/ranges.js';
import { HOST } from '../../window/hosted.js';
import { request } from '../../wire/shapes.js';
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
} from '../files/shapes.js';
import type { MoveDefinition } from '@daxsim/sim';
import type { Part } from '../files/shapes.js';
import { copyOrShort } from './gone.js';
import { howToExtend } from './variants.js';

const RANGE = { give: ['inode', 'cursor', 'access'], take: ['range', 'errno'] } as const;
/** Hands the server's inode over, and pages. */
export const SERVER_PAGES = {
  give: ['inode', 'cursor', 'end'],
  take: [],
  rename: { inode: 'server', cursor: 'firstPage', end: 'endPage' },
} as const;

/** Copies [cursor, end) through the window, range by range. */
function throughWindow(bytes: MoveDefinition<World>): Part {
  return repeat(
    'chunks',
    seq(
      call('rangeForCopy', RANGE, { Error: leave('chunks') }),
      step(aimCopy),
      copyOrShort(bytes),
      step(putRange),
      branch(advance, { More: again('chunks'), End: leave('chunks') }),
    ),
  );
}

const read = operation(
  'read',
  'read(2), pread(2) of a guest: fuse_dax_read_iter.',
  check(takeForRead),
  step(enterGuest),
  region(
    'operation',
    seq(check(startRead, { Nothing: done, AtEnd: done }), throughWindow(windowOut), step(endRead)),
  ),
);

/** FUSE_WRITE of [cursor, end): the server writes as anybody does, size and bytes together. */
const byRequest: Part = seq(
  step(aimRequest),
  request(
    call(
      `${HOST}write`,
      {
        give: ['handle', 'offset', 'length', 'source', 'mapping', 'offset2'],
        take: ['result', 'errno'],
        rename: { offset: 'cursor', length: 'chunk' },
      },
      { Error: nothing() },
    ),
  ),
  step(takeWritten),
  step(takeAttributes),
);

/**
 * As a defect. The force stands for any that may come between; without one nobody sees the size.
 */
const grow: Part = seq(
  step(aimNewSize),
  request(
    call(
      `${HOST}truncateInode`,
      { give: ['inode', 'length'], take: ['errno'], rename: { inode: 'server' } },
      { Error: done },
    ),
  ),
  call(`${HOST}forceAll`, ALONE),
  step(takeAttributes),
);

const inside: Part = seq(step(wantStores), throughWindow(windowIn));

const partly: Part = branch(howToExtend, {
  Request: byRequest,
  Split: seq(step(aimBelowEnd), inside, branch(aimAboveEnd, { Ok: byRequest, Short: nothing() })),
  SizeFirst: seq(grow, inside),
});

const wholly: Part = branch(howToExtend, {
  Request: byRequest,
  Split: byRequest,
  SizeFirst: seq(grow, inside),
});

const write = operation(
  'write',
  'write(2), pwrite(2) of a guest: fuse_dax_write_iter.',
  check(takeForWrite),
  step(enterGuest),
  region(
    'operation',
    seq(
      check(startWrite, { Nothing: done, Gap: nothing() }),
      branch(extendsFile, { No: inside, Partly: partly, Wholly: wholly }),
      check(settleGuestWrite),
      step(endWrite),
    ),
  ),
  step(pagesOfWrite),
  branch(wantsSync, {
    No: nothing(),
    Data: call('syncInodeData', PAGES),
    All: call('syncInode', PAGES),
  }),
);

/** dax_writeback_one, whose flush is none on a device without a write cache. */
const writebackRange: Recipe<World> = {
  name: 'writebackRange',
  about: 'Takes the right to store away from dirty pages of a guest and clears their tags.',
  outcomes: ['Ok'],
  body: repeat(
    'pages',
    seq(
      branch(nextDirtyPage, { Found: nothing(), End: leave('pages') }),
      region(
        'entry',
        branch(protectEntry, {
          Ok: step(clearDirtyTag),
          Clean: nothing(),
          Zero: step(clearDirtyTag),
        }),
      ),
    ),
  ),
};

/** What the server then does about the whole file. */
function syncing(name: string, about: string): Recipe<World> {
  return service(
    name,
    about,
    region('writeback', call('writebackRange', { give: ['inode', 'cursor', 'end'], take: [] })),
    step(findServer),
    step(allPages),
    request(call(HOST + name, SERVER_PAGES)),
  );
}

function fsync(name: string, about: string, callee: string): Recipe<World> {
  return operation(
    name,
    about,
    check(takeHandle),
    check(refuseShutdown),
    step(enterGuest),
    step(allPages),
    call(callee, PAGES),
  );
}

/** A call that the server makes for the guest as it is. */
function forwarded(name: string, about: string, give: readonly string[]): Recipe<World> {
  return operation(
    name,
    about,
    request(call(HOST + name, { give, take: ['result', 'errno'] }, { Error: nothing() })),
  );
}

export const GUEST_DATA_RECIPES: readonly Recipe<World>[] = [
  read,
  write,
  writebackRange,
  syncing('syncInode', 'Writes pages of a guest back, then FUSE_FSYNC.'),
  syncing('syncInodeData', 'Writes pages of a guest back, then FUSE_FSYNC with datasync.'),
  fsync('fsync', 'fsync(2) of a guest.', 'syncInode'),
  fsync('fdatasync', 'fdatasync(2) of a guest.', 'syncInodeData'),
  operation(
    'syncRange',
    'sync_file_range(2) of a guest: starts writing back what is dirty.',
    check(takeHandle),
    step(enterGuest),
    step(allPages),
    region('writeback', call('writebackRange', PAGES)),
  ),
  forwarded('copyRange', 'copy_file_range(2) of a guest: FUSE_COPY_FILE_RANGE.', [
    'handle',
    'handle2',
    'offset',
    'offset2',
    'length',
    'flags',
  ]),
];
