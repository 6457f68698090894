/**
 * What a server does: reads, writes, punches and truncates files that are extents of its device,
 * each request under its lock of the file. Written bytes are durable before the server answers.
 *
 *      READ   page ─▶ memory          FALLOCATE   free, zero edges, allocate
 *      WRITE  allocate ─▶ memory ─▶ page ─▶ size    SETATTR     zero the tail, size, free
 */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { pageFill, pageWrite, zeroBlocks, zeroBytes } from '../../moves/definitions.js';
import { allocateDirect, convertDirect, needsZeroes } from '../../steps/cached/direct.js';
import { advance } from '../../steps/files/data.js';
import { nextWritten, preallocate } from '../../steps/files/extents.js';
import { isDurable, noteDataSequence, noteSequence } from '../../steps/files/log.js';
import {
  aimAtHead,
  aimAtRange,
  aimAtTail,
  aimBehindEnd,
  chooseFallocate,
} from '../../steps/files/resizing.js';
import {
  aimSlot,
  aimStored,
  chooseStored,
  endSent,
  findStored,
  growStored,
  growsStored,
  setStored,
} from '../../steps/remote/serving.js';
import { compareSum } from '../../steps/remote/sums.js';
import type { World } from '../../world.js';
import { freeBlocks } from '../files/resizing.js';
import {
  BYTES,
  SEQUENCE,
  again,
  branch,
  call,
  done,
  leave,
  nothing,
  part,
  region,
  repeat,
  seq,
  service,
  step,
  transact,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';
import { makesSums } from './variants.js';

/** Regions `server`: one lock of the file, as the server has it. */
const zeroStored: Part = call('serveZeroes', BYTES);

const serveZeroes: Recipe<World> = {
  name: 'serveZeroes',
  about: 'The server zeroes written bytes [cursor, end) where they are.',
  outcomes: ['Ok'],
  body: repeat(
    'parts',
    seq(
      region(
        'lookup',
        branch(nextWritten, { End: leave('parts'), Copy: leave('parts'), Found: nothing() }),
      ),
      move(zeroBytes),
      branch(advance, { More: again('parts'), End: leave('parts') }),
    ),
  ),
};

const serveRead = part(
  'serveRead',
  'The server reads a page into memory: FUSE_READ.',
  region(
    'server',
    seq(region('lookup', branch(findStored, { Media: nothing(), Zeros: done })), move(pageFill)),
  ),
);

const writeStored: Part = repeat(
  'chunks',
  seq(
    // A server promises nothing.
    region('allocate', transact(allocateDirect, { Promised: leave('chunks') })),
    branch(needsZeroes, { No: nothing(), Yes: move(zeroBlocks) }),
    step(aimSlot),
    move(pageWrite),
    region('convert', transact(convertDirect)),
    branch(advance, { More: again('chunks'), End: leave('chunks') }),
  ),
);

const serveWrite = part(
  'serveWrite',
  'The server writes up to a page from memory: FUSE_WRITE.',
  region('server', seq(step(aimStored), writeStored, region('sizeUpdate', transact(growStored)))),
);

const writeSent = service(
  'writeSent',
  'A page that was sent off is written, and its sender’s memory let go of: fuse_writepage_end.',
  call(
    'serveWrite',
    { give: ['inode', 'offset', 'length', 'slot'], take: ['errno'] },
    { Error: nothing() },
  ),
  branch(makesSums, { No: nothing(), Yes: step(compareSum) }),
  step(endSent),
);

const punchStored: Part = seq(
  step(aimAtRange),
  freeBlocks,
  branch(aimAtHead, { Partial: zeroStored, Whole: nothing() }),
  branch(aimAtTail, { Partial: zeroStored, Whole: nothing() }),
);

const allocateStored: Part = seq(
  step(aimAtRange),
  repeat(
    'holes',
    seq(region('mapping', transact(preallocate, { End: leave('holes') })), again('holes')),
  ),
  branch(growsStored, { No: nothing(), Yes: region('sizeUpdate', transact(growStored)) }),
);

const serveFallocate = part(
  'serveFallocate',
  'The server punches, zeroes or allocates [offset, offset + length): FUSE_FALLOCATE.',
  region(
    'server',
    branch(chooseFallocate, {
      Allocate: allocateStored,
      Punch: punchStored,
      Zero: seq(punchStored, allocateStored),
      Collapse: nothing(),
      Insert: nothing(),
      Unshare: nothing(),
    }),
  ),
);

const serveTruncate = part(
  'serveTruncate',
  'The server sets the size to `length`: FUSE_SETATTR.',
  region(
    'server',
    branch(chooseStored, {
      Down: seq(zeroStored, region('mapping', transact(setStored)), step(aimBehindEnd), freeBlocks),
      Up: region('mapping', transact(setStored)),
    }),
  ),
);

/** Makes durable what a file’s last change made: FUSE_FSYNC. */
function syncing(name: string, about: string, note: typeof noteSequence): Recipe<World> {
  return part(
    name,
    about,
    seq(
      region('sequence', step(note)),
      branch(isDurable, { Yes: nothing(), No: call('forceLog', SEQUENCE) }),
    ),
  );
}

export const SERVER_RECIPES: readonly Recipe<World>[] = [
  serveZeroes,
  serveRead,
  serveWrite,
  writeSent,
  serveFallocate,
  serveTruncate,
  syncing('serveSync', 'The server makes a file durable: FUSE_FSYNC.', noteSequence),
  syncing(
    'serveDataSync',
    'The same, without time stamps: FUSE_FSYNC_FDATASYNC.',
    noteDataSequence,
  ),
];
