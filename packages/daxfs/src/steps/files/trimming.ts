/**
 * When blocks behind the end of a file go: at a close, and before extents are shifted. What
 * fallocate put there stays; what an allocation was rounded up to does not (Linux 6.12
 * fs/xfs/xfs_bmap_util.c, xfs_can_free_eofblocks).
 */
import type { Frame } from '@daxsim/sim';
import { FILE_BYTES_MAX } from '../../abi.js';
import { FileType, InodeFlag } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import type { Step } from './answers.js';
import { blockAfter } from './extents.js';

/** Aims at the blocks behind the end of `inode`; false if there is nothing to free. */
function aimBehind(world: World, frame: Frame, inode: number): boolean {
  const { extents, inodes } = world.volume;
  if (inodes.type(inode) !== FileType.Regular || inodes.links(inode) === 0) return false;
  if ((inodes.flags(inode) & InodeFlag.Preallocated) !== 0) return false;
  const size = inodes.sizeBytes(inode);
  const behind = blockAfter(size);
  const isStaged = world.copies.count(inode) > 0;
  if (!extents.next(inode, behind) && !world.delayed.next(inode, behind) && !isStaged) return false;
  frame.set(R.inode, inode);
  frame.set(R.cursor, size);
  frame.set(R.end, FILE_BYTES_MAX);
  return true;
}

/**
 * Whether closing `handle` looks for blocks to free, if nobody else works on the file: a mapping
 * keeps the description that it was made of, and blocks of a file without names go in another way.
 */
export const wantsTrimOnClose: Step = {
  name: 'wantsTrimOnClose',
  outcomes: ['No', 'Yes'],
  touches: ['handle', 'size', 'extentMap', 'inodeCore', 'mappings'],
  run(world, frame) {
    const handle = frame.get(R.handle);
    const inode = world.handles.inode(handle);
    if (world.personality.trimsOnClose === 'never') return 0;
    if (inode === 0 || world.mm.mappings.isMadeOf(inode, handle)) return 0;
    const mayWrite = world.handles.mayWrite(handle);
    if (!mayWrite && world.personality.trimsOnClose === 'writable') return 0;
    const { inodes } = world.volume;
    if (inodes.type(inode) !== FileType.Regular || inodes.links(inode) === 0) return 0;
    frame.set(R.inode, inode);
    return 1;
  },
};

/**
 * Whether there are blocks behind the end to be freed: at a close, and before extents are shifted,
 * because they must not come before the end.
 */
export const wantsTrim: Step = {
  name: 'wantsTrim',
  outcomes: ['No', 'Yes'],
  touches: ['size', 'extentMap', 'inodeCore'],
  run(world, frame) {
    return aimBehind(world, frame, frame.get(R.inode)) ? 1 : 0;
  },
};
