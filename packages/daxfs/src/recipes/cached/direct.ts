/**
 * Unbuffered transfers of files that are cached, on a device of one's own: Linux 6.12
 * fs/iomap/direct-io.c, fs/xfs/xfs_file.c (xfs_file_dio_write, xfs_file_dio_read).
 *
 *      under the inode lock   write back ─▶ [write: drop] ─▶ pin the buffer ─▶ unwritten blocks
 *      after it               the device moves the bytes ─▶ blocks become written ─▶ size
 *                             ─▶ drop what was cached meanwhile ─▶ the transfer is over
 *
 * As with AIO the call gives its lock up while the device works. Who takes blocks away waits until
 * the transfer is over, and that it is only when its blocks are written ones: knob `transferEnd`.
 */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { copyIn, fence, pageFill, pageWrite, zeroBlocks } from '../../moves/definitions.js';
import { aimDirect, needsZeroes } from '../../steps/cached/direct.js';
import {
  aimAtTransfer,
  aimDirectRange,
  convertTransferred,
  endCachedTransfer,
  letBufferGo,
  nextCachedPiece,
} from '../../steps/cached/direct-transfer.js';
import {
  advance,
  growSize,
  settleWrite,
  startRead,
  startWrite,
  touchModify,
} from '../../steps/files/data.js';
import {
  noteBlocks,
  sourceOfDirect,
  startPieces,
  targetOfDirect,
} from '../../steps/files/direct.js';
import { takeForRead, takeForWrite } from '../../steps/files/handles.js';
import type { World } from '../../world.js';
import { zeroGap } from '../files/data.js';
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
  transact,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';
import { blocksOfRead, pinBuffer } from '../files/direct.js';
import { blocksForDirect, takeOut } from './past-cache.js';
import { dropsBehind, whenOver } from './variants.js';

/** What a write past the cache does before its first byte goes. */
export const beginWritePast: Part = seq(
  check(startWrite, { Nothing: done, Gap: zeroGap }),
  check(aimDirectRange),
  region('stamps', transact(touchModify)),
  call('writebackRange', PAGES),
  takeOut,
  branch(sourceOfDirect, { Mapping: pinBuffer, Payload: nothing() }),
);

/** And a read. */
export const beginReadPast: Part = seq(
  check(startRead, { Nothing: done, AtEnd: done }),
  check(aimDirectRange),
  call('writebackRange', PAGES),
  branch(targetOfDirect, { Mapping: pinBuffer, Payload: done }),
);

/** What faults have cached of the range while it was written goes, too. */
export const dropBehind: Part = branch(dropsBehind, { Yes: takeOut, No: nothing() });

/** The device at work. */
const pieces: Part = seq(
  step(startPieces),
  repeat(
    'pieces',
    seq(
      branch(nextCachedPiece, {
        Write: move(pageWrite),
        Read: move(pageFill),
        Payload: move(copyIn),
        Zeros: nothing(),
        End: leave('pieces'),
      }),
      again('pieces'),
    ),
  ),
  move(fence),
);

/** What was written becomes the file's. */
const convert: Part = repeat(
  'convert',
  seq(
    region(
      'convert',
      transact(convertTransferred, { Failed: leave('convert'), End: leave('convert') }),
    ),
    again('convert'),
  ),
);

const over: Part = step(endCachedTransfer);

export const CACHED_DIRECT_RECIPES: readonly Recipe<World>[] = [
  operation(
    'directWrite',
    'Writes from a mapping or payload past the caches: iomap_dio_rw.',
    check(takeForWrite),
    region(
      'operation',
      seq(
        beginWritePast,
        repeat(
          'chunks',
          seq(
            blocksForDirect,
            branch(needsZeroes, { Yes: seq(move(zeroBlocks), step(aimDirect)) }),
            step(noteBlocks),
            branch(advance, { More: again('chunks'), End: leave('chunks') }),
          ),
        ),
      ),
    ),
    pieces,
    step(letBufferGo),
    step(aimAtTransfer),
    branch(whenOver, {
      Behind: seq(convert, dropBehind, over),
      Before: seq(over, convert, dropBehind),
    }),
    check(settleWrite, { Grown: region('sizeUpdate', transact(growSize)) }),
  ),
  operation(
    'directRead',
    'Reads into a mapping past the caches: iomap_dio_rw.',
    check(takeForRead),
    region('operation', seq(beginReadPast, blocksOfRead)),
    pieces,
    call('tagWrittenPages', { give: ['pin'], take: [] }),
    step(letBufferGo),
    over,
    check(settleWrite, { Grown: nothing() }),
  ),
];
