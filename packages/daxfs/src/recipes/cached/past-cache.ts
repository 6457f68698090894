/** Reads and writes that go past the page cache: Linux 6.12 fs/iomap/direct-io.c. */
import { move } from '@daxsim/sim';
import { copyHole, copyIn, copyOut, fence, zeroBlocks } from '../../moves/definitions.js';
import {
  aimDirect,
  allocateDirect,
  checkSectorsLate,
  convertDirect,
  needsZeroes,
} from '../../steps/cached/direct.js';
import {
  advance,
  chooseSource,
  clearBuffer,
  growSize,
  settleWrite,
} from '../../steps/files/data.js';
import { lookupForRead } from '../../steps/files/extents.js';
import {
  PAGES,
  again,
  branch,
  call,
  check,
  leave,
  nothing,
  region,
  repeat,
  seq,
  step,
  transact,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';

/** From the device, after what is dirty of it. */
export const readPast: Part = seq(
  call('writebackRange', PAGES),
  check(checkSectorsLate),
  repeat(
    'chunks',
    seq(
      region('lookup', branch(lookupForRead, { Hole: nothing() })),
      branch(chooseSource, {
        Media: move(copyOut),
        Zeros: seq(step(clearBuffer), move(copyHole)),
      }),
      branch(advance, { More: again('chunks'), End: leave('chunks') }),
    ),
  ),
);

/** Takes the range [firstPage, endPage) out of the cache, as far as it is clean. */
export const takeOut: Part = call('invalidateRange', PAGES);

/** Blocks for what the cursor stands on; within a loop named `chunks`. */
export const blocksForDirect: Part = repeat(
  'blocks',
  seq(
    repeat(
      'look',
      region(
        'allocate',
        seq(
          transact(allocateDirect, { Failed: leave('chunks'), Promised: leave('look') }),
          leave('blocks'),
        ),
      ),
    ),
    call('writebackRange', PAGES),
  ),
);

/** To the device, into unwritten blocks where there are none. */
export const writePast: Part = seq(
  call('writebackRange', PAGES),
  takeOut,
  check(checkSectorsLate),
  repeat(
    'chunks',
    seq(
      blocksForDirect,
      branch(needsZeroes, { Yes: seq(move(zeroBlocks), step(aimDirect)) }),
      move(copyIn),
      move(fence),
      region('convert', transact(convertDirect, { Failed: leave('chunks') })),
      branch(advance, { More: again('chunks'), End: leave('chunks') }),
    ),
  ),
  takeOut,
  check(settleWrite, { Grown: region('sizeUpdate', transact(growSize)) }),
);
