/**
 * Sharing blocks between files: xfs_file_remap_range.
 *
 *     lock both files ─▶ unmap both ─▶ check ─▶ write back ─▶ stamp, zero a gap, unmap the target
 *        ─▶ the source's locks become shared ─▶ piece by piece: target lets go, source's blocks in
 *
 * One transaction for each piece, so after power loss each piece of the target is the old or the
 * new one. While pieces go over, the source may be read and mapped for reading; a store to it waits
 * (`beginSharing`), because it would change blocks that are about to have two owners.
 */
import type { Recipe } from '@daxsim/sim';
import { takeBoth } from '../../steps/files/copying.js';
import {
  aimCloneGap,
  beginSharing,
  demoteSource,
  canShare,
  checkCloneEnd,
  endSharing,
  markReflinked,
  pagesOfSource,
  pagesOfTarget,
  sharePiece,
  sizeOfClone,
  startClone,
} from '../../steps/files/cloning.js';
import { touchModify } from '../../steps/files/data.js';
import { allPages } from '../../steps/files/pages.js';
import type { World } from '../../world.js';
import { BREAK, WAIT_IDLE } from '../mapped/pinning.js';
import { zeroGap } from './data.js';
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
import type { Part } from './shapes.js';

/** Every translation of both files goes, and nobody outside holds a page of either. */
const breakBoth: Part = seq(
  step(allPages),
  repeat(
    'layouts',
    seq(
      call('breakLayouts', { ...BREAK, rename: { ...BREAK.rename, inode: 'inode2' } }, WAIT_IDLE),
      call('breakLayouts', BREAK, WAIT_IDLE),
      leave('layouts'),
    ),
  ),
);

const writeBackBoth: Part = seq(
  step(pagesOfSource),
  call('writebackRange', { ...PAGES, rename: { ...PAGES.rename, inode: 'inode2' } }),
  step(pagesOfTarget),
  call('writebackRange', PAGES),
);

/** What the pieces replace must not be mapped, nor remembered by entries. */
const dropTarget: Part = seq(
  step(pagesOfTarget),
  call('truncateEntries', PAGES),
  call('unmapRange', UNMAP),
);

const share: Part = seq(
  step(beginSharing),
  step(demoteSource),
  region(
    'share',
    repeat(
      'pieces',
      seq(
        transact(sharePiece, { More: again('pieces'), Failed: seq(step(endSharing), done) }),
        leave('pieces'),
      ),
    ),
  ),
  region('mapping', transact(sizeOfClone, { Failed: seq(step(endSharing), done) })),
  step(endSharing),
);

export const CLONE_RECIPES: readonly Recipe<World>[] = [
  operation(
    'clone',
    'ioctl(2), FICLONE and FICLONERANGE: `handle2` shares the blocks of `handle`.',
    check(takeBoth),
    check(canShare),
    region(
      'operation',
      region(
        'layout',
        seq(
          breakBoth,
          check(startClone, { Nothing: done }),
          writeBackBoth,
          check(checkCloneEnd),
          region('stamps', transact(touchModify)),
          branch(aimCloneGap, { None: nothing(), Gap: zeroGap }),
          region('mark', transact(markReflinked)),
          dropTarget,
          share,
        ),
      ),
    ),
  ),
];
