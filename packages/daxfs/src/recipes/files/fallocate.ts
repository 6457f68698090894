/**
 * fallocate(2): what changes a file's blocks in the middle while others may map or read them.
 *
 *     punch:     write back ─▶ unmap ─▶ free whole blocks ─▶ zero the partial ones
 *     zero:      punch ─▶ allocate the range anew
 *     collapse:  punch ─▶ unmap all behind ─▶ shift down ─▶ smaller size
 *     insert:    greater size ─▶ unmap all behind ─▶ split, shift up
 *
 * Linux 6.12 fs/xfs/xfs_file.c (xfs_file_fallocate). A truncation moves the size first and so keeps
 * faults out; these have no such signal and rely on the mmap lock alone. What is refused here
 * is refused after layouts are broken and stamps are set.
 *
 * Unsharing copies what is shared, gives holes of such a file zeroed blocks, and then allocates.
 */
import type { Recipe } from '@daxsim/sim';
import { endUnshare, startUnshare } from '../../steps/files/copies.js';
import { advance, touchModify } from '../../steps/files/data.js';
import { lookupToUnshare, preallocate } from '../../steps/files/extents.js';
import { takeHandle } from '../../steps/files/handles.js';
import { allPages, pagesBehindEnd, pagesFromShift, pagesOfRange } from '../../steps/files/pages.js';
import {
  aimAtHead,
  aimAtRange,
  aimAtTail,
  checkFallocate,
  chooseFallocate,
  chooseFallocateOrder,
  chooseGrowth,
  flushesFirst,
  logLargerSize,
  needsLayoutBreak,
} from '../../steps/files/resizing.js';
import {
  aimCollapse,
  aimInsert,
  checkShift,
  shiftDown,
  shiftUp,
  splitForInsert,
  startShiftDown,
} from '../../steps/files/shifting.js';
import { wantsTrim } from '../../steps/files/trimming.js';
import type { World } from '../../world.js';
import { breakLayouts } from '../mapped/pinning.js';
import { checkStampUnmap, stampUnmapCheck } from './fallocate-in-place.js';
import { copyInPlace } from './copies.js';
import { mapChunk } from './data.js';
import { shootDownLate } from './removal.js';
import { freeBlocks, grow, shrink, zeroBytesInPlace } from './resizing.js';
import {
  PAGES,
  UNMAP,
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
import { punchOrder, whatToLog, whenToFlush } from './write-variants.js';
import type { Part } from './shapes.js';

const writeBack: Part = call('writebackRange', PAGES);
/** As a defect, what shifts has written back before its locks. */
const writeBackHeld: Part = branch(whenToFlush, { UnderLocks: writeBack, Before: nothing() });
const unmapRange: Part = seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES));
/** What keeps faults out while unmapping, for plans that do only then. */
const unmapHeld: Part = region('unmapping', unmapRange);
const freeRange: Part = seq(step(aimAtRange), freeBlocks);

/** Makes a hole of the range: xfs_free_file_space. */
const punch: Part = seq(
  writeBack,
  branch(punchOrder, {
    UnmapFirst: seq(unmapHeld, freeRange),
    FreeFirst: seq(freeRange, unmapHeld),
    Both: seq(unmapHeld, freeRange, unmapHeld),
  }),
  branch(aimAtHead, { Partial: zeroBytesInPlace, Whole: nothing() }),
  branch(aimAtTail, { Partial: zeroBytesInPlace, Whole: nothing() }),
);

/** Unwritten blocks for every hole of the range: xfs_alloc_file_space. */
export const allocate: Part = seq(
  step(aimAtRange),
  repeat(
    'holes',
    seq(region('mapping', transact(preallocate, { End: leave('holes') })), again('holes')),
  ),
  branch(whatToLog, {
    Size: branch(chooseGrowth, { Keep: nothing(), Grow: grow }),
    LargerSize: seq(step(logLargerSize), branch(chooseGrowth, { Keep: nothing(), Grow: grow })),
  }),
);

/** Every block of the range becomes the file's own and written: dax_file_unshare. */
const unshare: Part = branch(startUnshare, {
  Nothing: nothing(),
  Ok: seq(
    repeat(
      'chunks',
      seq(
        mapChunk(lookupToUnshare, copyInPlace(done)),
        branch(advance, { More: again('chunks'), End: leave('chunks') }),
      ),
    ),
    writeBack,
    region('mapping', transact(endUnshare)),
  ),
});

/** Nobody may keep a translation of what is about to move: xfs_prepare_shift. */
const unmapBehind: Part = seq(
  branch(wantsTrim, { No: nothing(), Yes: freeBlocks }),
  step(pagesFromShift),
  writeBackHeld,
  unmapRange,
);

const collapse: Part = seq(
  punch,
  unmapBehind,
  step(startShiftDown),
  region(
    'mapping',
    repeat('shift', seq(transact(shiftDown, { More: again('shift') }), leave('shift'))),
  ),
  step(aimCollapse),
  step(pagesBehindEnd),
  shrink,
);

const insert: Part = seq(
  step(aimInsert),
  grow,
  unmapBehind,
  region(
    'mapping',
    seq(
      transact(splitForInsert),
      repeat('shift', seq(transact(shiftUp, { More: again('shift') }), leave('shift'))),
    ),
  ),
);

/** Everything under the mmap lock; what cannot be done is refused at the end. */
const unmapStampCheck: Part = region(
  'layout',
  seq(
    step(pagesOfRange),
    branch(needsLayoutBreak, { No: nothing(), Yes: breakLayouts }),
    branch(flushesFirst, { No: nothing(), Yes: seq(writeBack, unmapRange) }),
    region('stamps', transact(touchModify)),
    check(checkShift),
    branch(chooseFallocate, {
      Allocate: allocate,
      Punch: punch,
      Zero: seq(punch, allocate),
      Collapse: collapse,
      Insert: insert,
      Unshare: seq(unshare, allocate),
    }),
    shootDownLate,
  ),
);

export const FALLOCATE_RECIPES: readonly Recipe<World>[] = [
  operation(
    'fallocate',
    'fallocate(2) of [offset, offset + length): allocates, punches, zeroes, unshares or shifts.',
    check(takeHandle),
    branch(whenToFlush, {
      UnderLocks: check(checkFallocate),
      Before: seq(check(checkFallocate), step(allPages), writeBack),
    }),
    region(
      'operation',
      branch(chooseFallocateOrder, {
        UnmapStampCheck: unmapStampCheck,
        StampUnmapCheck: stampUnmapCheck,
        CheckStampUnmap: checkStampUnmap,
      }),
    ),
  ),
];
