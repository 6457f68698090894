/**
 * Parts of recipes that copy shared blocks before they are changed.
 *
 *     write:    stage ─▶ around the new bytes ─▶ copyIn ─▶ fence ─▶ put
 *     fault, zeroing, unsharing:   stage ─▶ all of it ─▶ fence ─▶ put
 *
 * Linux 6.12 fs/dax.c (dax_iomap_iter, dax_fault_iter, dax_unshare_iter) between xfs_iomap.c's
 * begin and end. `stage` runs in region `allocate`, `put` in region `put`: the ILOCK in both.
 */
import { move } from '@daxsim/sim';
import { copyAcross, copyIn, fence, zeroBytes } from '../../moves/definitions.js';
import {
  aimAtCopied,
  aimBefore,
  aimBehind,
  pagesCopied,
  putCopy,
  stageCopy,
  unmapsCopied,
} from '../../steps/files/copies.js';
import { advance } from '../../steps/files/data.js';
import { aimAtNew } from '../../steps/files/pages.js';
import type { Step } from '../../steps/files/answers.js';
import {
  PAGES,
  again,
  branch,
  call,
  leave,
  nothing,
  region,
  repeat,
  seq,
  step,
  transact,
} from './shapes.js';
import { unmapsAfterCopy, unmapsBeforeCopy } from './write-variants.js';
import type { Part } from './shapes.js';

function copyPiece(aim: Step): Part {
  return branch(aim, {
    Across: move(copyAcross),
    Zeros: move(zeroBytes),
    Nothing: nothing(),
  });
}

/** All blocks of the copy, durable. */
export const copyWhole: Part = seq(copyPiece(aimAtCopied), move(fence));

/** What the pages showed goes, dirty or not: every byte of it is in the old blocks. */
const unmapOld: Part = branch(unmapsBeforeCopy, {
  Yes: branch(unmapsCopied, {
    Yes: seq(call('truncateEntries', PAGES), call('unmapRange', PAGES)),
    No: nothing(),
  }),
  No: nothing(),
});

/** What a fault has mapped of the old blocks meanwhile; no kernel asks. */
const unmapAgain: Part = branch(unmapsAfterCopy, {
  Yes: seq(step(pagesCopied), call('truncateEntries', PAGES), call('unmapRange', PAGES)),
  No: nothing(),
});

/** Takes blocks for the copy. */
export function stage(failed: Part): Part {
  return region('allocate', transact(stageCopy, { Failed: failed }));
}

function put(failed: Part): Part {
  return region(
    'put',
    repeat(
      'pieces',
      seq(transact(putCopy, { More: again('pieces'), Failed: failed }), leave('pieces')),
    ),
  );
}

/** One chunk of a write goes to a copy; then on to the next in `chunks`. */
export const writeCopy: Part = seq(
  stage(leave('chunks')),
  unmapOld,
  copyPiece(aimBefore),
  copyPiece(aimBehind),
  step(aimAtNew),
  move(copyIn),
  move(fence),
  put(leave('chunks')),
  unmapAgain,
  branch(advance, { More: again('chunks'), End: leave('chunks') }),
);

/** The blocks found become the file's own, with what they hold. */
export function copyInPlace(failed: Part): Part {
  return seq(stage(failed), unmapOld, copyWhole, put(failed), unmapAgain);
}
