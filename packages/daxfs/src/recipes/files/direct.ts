/**
 * Unbuffered transfers between a file and a mapping, or payload, as a device makes them: Linux 6.12
 * fs/iomap/direct-io.c. Extents are found under the inode lock, the bytes move without it, and who
 * removes blocks waits until nothing is in flight (the wait is part of breaking layouts).
 *
 * XFS with DAX carries O_DIRECT out like any other write; this is what its other transfers, and
 * those of a device that is given a pinned buffer, look like.
 */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { copyAcross, copyIn, dataFence, zeroBytes } from '../../moves/definitions.js';
import {
  endTransfer,
  nextPiece,
  noteBlocks,
  sourceOfDirect,
  startPieces,
  targetOfDirect,
} from '../../steps/files/direct.js';
import {
  advance,
  growSize,
  settleWrite,
  startRead,
  startWrite,
  touchModify,
} from '../../steps/files/data.js';
import { lookupForRead, lookupForWrite } from '../../steps/files/extents.js';
import { takeForRead, takeForWrite } from '../../steps/files/handles.js';
import type { World } from '../../world.js';
import { writeCopy } from './copies.js';
import { mapChunk, zeroGap } from './data.js';
import {
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
  transact,
} from './shapes.js';
import type { Part } from './shapes.js';

/** The buffer: `length` bytes of `mapping` from `offset2` on. */
export const pinBuffer: Part = region(
  'pinning',
  call(
    'pinPages',
    {
      give: ['mapping', 'mm', 'pin', 'access', 'length', 'offset'],
      take: ['errno'],
      rename: { offset: 'offset2' },
    },
    { Error: done },
  ),
);

/** Finds the blocks that a read moves; they are in flight from then on. */
export const blocksOfRead: Part = repeat(
  'chunks',
  seq(
    region('lookup', branch(lookupForRead, { Hole: nothing() })),
    step(noteBlocks),
    branch(advance, { More: again('chunks'), End: leave('chunks') }),
  ),
);

const pieces: Part = seq(
  step(startPieces),
  repeat(
    'pieces',
    seq(
      branch(nextPiece, {
        Device: move(copyAcross),
        Payload: move(copyIn),
        Zeros: move(zeroBytes),
        End: leave('pieces'),
      }),
      again('pieces'),
    ),
  ),
  move(dataFence),
);

export const DIRECT_RECIPES: readonly Recipe<World>[] = [
  operation(
    'directWrite',
    'Writes from a mapping or payload past the caches: iomap_dio_rw.',
    check(takeForWrite),
    region(
      'operation',
      seq(
        check(startWrite, { Nothing: done, Gap: zeroGap }),
        region('stamps', transact(touchModify)),
        branch(sourceOfDirect, { Mapping: pinBuffer, Payload: nothing() }),
        repeat(
          'chunks',
          seq(
            mapChunk(lookupForWrite, writeCopy),
            step(noteBlocks),
            branch(advance, { More: again('chunks'), End: leave('chunks') }),
          ),
        ),
      ),
    ),
    pieces,
    step(endTransfer),
    check(settleWrite, { Grown: region('sizeUpdate', transact(growSize)) }),
  ),
  operation(
    'directRead',
    'Reads into a mapping past the caches: iomap_dio_rw.',
    check(takeForRead),
    region(
      'operation',
      seq(
        check(startRead, { Nothing: done, AtEnd: done }),
        branch(targetOfDirect, { Mapping: pinBuffer, Payload: done }),
        blocksOfRead,
      ),
    ),
    pieces,
    call('tagWrittenPages', { give: ['pin'], take: [] }),
    step(endTransfer),
    check(settleWrite, { Grown: nothing() }),
  ),
];
