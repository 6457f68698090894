/**
 * Unbuffered transfers of a client: Linux 6.12 fs/fuse/file.c (fuse_direct_io, fuse_direct_IO),
 * fs/nfs/direct.c. A request carries a page at most.
 *
 *      write back ─▶ [write: drop] ─▶ pin the buffer ─▶ request … ─▶ let go ─▶ [write: drop again]
 *
 * The buffer is faulted in under the inode lock. Nothing waits for a removal at the server, which
 * carries requests out one after the other.
 */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { bufferIn, bufferOut, pageIn } from '../../moves/definitions.js';
import { aimAtBuffer, letBufferGo } from '../../steps/cached/direct-transfer.js';
import { advance, growSize, settleWrite } from '../../steps/files/data.js';
import { sourceOfDirect } from '../../steps/files/direct.js';
import { takeForRead, takeForWrite } from '../../steps/files/handles.js';
import { aimPast, endPast } from '../../steps/remote/client.js';
import { ask } from '../../wire/shapes.js';
import type { World } from '../../world.js';
import { beginReadPast, beginWritePast, dropBehind } from '../cached/direct.js';
import {
  again,
  branch,
  call,
  check,
  leave,
  nothing,
  operation,
  region,
  repeat,
  seq,
  step,
  transact,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';

const nextChunk: Part = branch(advance, { More: again('chunks'), End: leave('chunks') });

const sendChunks: Part = repeat(
  'chunks',
  seq(
    step(aimPast),
    branch(sourceOfDirect, {
      Mapping: seq(step(aimAtBuffer), move(bufferIn)),
      Payload: move(pageIn),
    }),
    ask(
      'serveWrite',
      {
        give: ['inode', 'offset', 'length', 'slot'],
        rename: { offset: 'cursor', length: 'chunk' },
      },
      seq(step(endPast), leave('chunks')),
    ),
    step(endPast),
    nextChunk,
  ),
);

const fetchChunks: Part = repeat(
  'chunks',
  seq(
    step(aimPast),
    ask('serveRead', { give: ['inode', 'page', 'slot'] }, nothing()),
    step(aimAtBuffer),
    move(bufferOut),
    step(endPast),
    nextChunk,
  ),
);

export const CLIENT_DIRECT_RECIPES: readonly Recipe<World>[] = [
  operation(
    'directWrite',
    'Writes from a mapping or payload past the cache: fuse_direct_io, nfs_file_direct_write.',
    check(takeForWrite),
    region(
      'operation',
      seq(
        beginWritePast,
        sendChunks,
        step(letBufferGo),
        dropBehind,
        check(settleWrite, { Grown: region('sizeUpdate', transact(growSize)) }),
      ),
    ),
  ),
  operation(
    'directRead',
    'Reads into a mapping past the cache: fuse_direct_io, nfs_file_direct_read.',
    check(takeForRead),
    region(
      'operation',
      seq(
        beginReadPast,
        fetchChunks,
        call('tagWrittenPages', { give: ['pin'], take: [] }),
        step(letBufferGo),
        check(settleWrite, { Grown: nothing() }),
      ),
    ),
  ),
];
