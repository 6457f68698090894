/**
 * fallocate(2) where blocks stay in place: ext4's way.
 *
 *     plain      stamps ─▶ allocate, no lock but the inode's
 *     punch      stamps ─▶ unmap ─▶ zero the edges, free whole blocks
 *     zero       stamps ─▶ allocate ─▶ unmap ─▶ whole blocks become unwritten ─▶ zero the edges
 *     collapse   stamps ─▶ unmap ─▶ free the range ─▶ shift down ─▶ smaller size
 *     insert     stamps ─▶ unmap ─▶ greater size ─▶ split, shift up
 *
 * Linux 6.12 checks after it has unmapped and unmaps before it allocates edges; 6.1 checks first,
 * and zeroing a range without a whole block unmaps nothing. What lies behind the end of the file is
 * shifted with the rest, and stays.
 */
import { touchModify } from '../../steps/files/data.js';
import { preallocate } from '../../steps/files/extents.js';
import {
  aimAtFirstEdge,
  aimAtLastEdge,
  aimAtWhole,
  checkInPlace,
  flushesPunch,
  hasEdges,
  hasWhole,
  isWell,
  pagesFromPlace,
  pagesToMove,
  restoreLength,
  unwriteNext,
} from '../../steps/files/in-place.js';
import { pagesOfRange } from '../../steps/files/pages.js';
import {
  aimAtRange,
  chooseFallocate,
  chooseGrowth,
  needsLayoutBreak,
  setSize,
} from '../../steps/files/resizing.js';
import {
  aimCollapse,
  aimInsert,
  shiftDown,
  shiftUp,
  splitForInsert,
  startShiftDown,
} from '../../steps/files/shifting.js';
import { breakLayouts } from '../mapped/pinning.js';
import { shootDownLate } from './removal.js';
import { punchOrder } from './write-variants.js';
import { freeBlocks, grow, zeroBytesInPlace } from './resizing.js';
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
  region,
  repeat,
  seq,
  step,
  transact,
} from './shapes.js';
import type { Part } from './shapes.js';

const writeBack: Part = call('writebackRange', PAGES);
const dropPages: Part = seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES));

/** Unwritten blocks for the holes of [cursor, end); what was got before space ran out stays. */
const fillHoles: Part = repeat(
  'holes',
  seq(
    region('mapping', transact(preallocate, { End: leave('holes'), Failed: leave('holes') })),
    again('holes'),
  ),
);

/** All blocks of the range, its edges too, and the size. */
const allocateRange: Part = seq(
  step(aimAtRange),
  fillHoles,
  branch(chooseGrowth, { Keep: nothing(), Grow: grow }),
  check(isWell),
);

const allocateEdges: Part = branch(hasEdges, {
  No: nothing(),
  Yes: seq(allocateRange, step(restoreLength)),
});

const zeroEdges: Part = seq(
  branch(aimAtFirstEdge, { Partial: zeroBytesInPlace, Whole: nothing() }),
  branch(aimAtLastEdge, { Partial: zeroBytesInPlace, Whole: nothing() }),
);

const freeRange: Part = seq(step(aimAtRange), freeBlocks);

const unmapWhole: Part = region('unmapping', branch(hasWhole, { No: nothing(), Yes: dropPages }));
const punch: Part = branch(punchOrder, {
  UnmapFirst: seq(unmapWhole, zeroEdges, freeRange),
  FreeFirst: seq(zeroEdges, freeRange, step(pagesOfRange), unmapWhole),
  Both: seq(unmapWhole, zeroEdges, freeRange, step(pagesOfRange), unmapWhole),
});

const unwrite: Part = repeat(
  'written',
  seq(region('mapping', transact(unwriteNext, { End: leave('written') })), again('written')),
);

/** Whole blocks: written ones become unwritten, holes get unwritten ones. */
const zeroWhole: Part = branch(hasWhole, {
  No: nothing(),
  Yes: seq(dropPages, step(aimAtWhole), unwrite, allocateRange, step(restoreLength)),
});

const collapse: Part = seq(
  step(pagesToMove),
  writeBack,
  step(pagesFromPlace),
  dropPages,
  freeRange,
  step(startShiftDown),
  region(
    'mapping',
    seq(
      repeat('shift', seq(transact(shiftDown, { More: again('shift') }), leave('shift'))),
      step(aimCollapse),
      transact(setSize),
    ),
  ),
);

const insert: Part = seq(
  step(pagesToMove),
  writeBack,
  step(pagesFromPlace),
  dropPages,
  step(aimInsert),
  region(
    'mapping',
    seq(
      transact(setSize),
      transact(splitForInsert),
      repeat('shift', seq(transact(shiftUp, { More: again('shift') }), leave('shift'))),
    ),
  ),
);

const stamps: Part = region('stamps', transact(touchModify));

/** Plain preallocation takes nothing away, so nobody is unmapped. */
const plainOr = (other: Part): Part => branch(needsLayoutBreak, { No: allocateRange, Yes: other });

const unmap: Part = seq(step(pagesOfRange), breakLayouts);
const checked: Part = check(checkInPlace, { Nothing: done });

/** Linux 6.12: everything under the mmap lock. */
export const stampUnmapCheck: Part = seq(
  stamps,
  plainOr(
    region(
      'layout',
      seq(
        unmap,
        checked,
        branch(chooseFallocate, {
          Allocate: nothing(),
          Punch: punch,
          Zero: seq(allocateEdges, zeroWhole, zeroEdges),
          Collapse: collapse,
          Insert: insert,
          Unshare: nothing(),
        }),
        shootDownLate,
      ),
    ),
  ),
);

/** Linux 6.1: checks first, and takes the mmap lock for whole blocks only. */
export const checkStampUnmap: Part = seq(
  branch(flushesPunch, { No: nothing(), Yes: seq(step(pagesOfRange), writeBack) }),
  checked,
  stamps,
  plainOr(
    branch(chooseFallocate, {
      Allocate: nothing(),
      Punch: region('layout', seq(unmap, punch)),
      Zero: seq(
        allocateEdges,
        branch(hasWhole, {
          No: nothing(),
          Yes: region('layout', seq(unmap, zeroWhole)),
        }),
        zeroEdges,
      ),
      Collapse: region('layout', seq(unmap, collapse)),
      Insert: region('layout', seq(unmap, insert)),
      Unshare: nothing(),
    }),
  ),
);
