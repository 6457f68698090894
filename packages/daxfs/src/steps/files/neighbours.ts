/**
 * Which unwritten blocks become written beside those that are needed: Linux 6.12
 * fs/ext4/extents.c, ext4_ext_convert_to_initialized.
 *
 *     unwritten   │ head │ needed │ tail │ …        both short: zeroed and written with the needed
 *     unwritten   ┊      │ needed │      ┊ …        both long: three extents
 *
 * Short means up to `neighbourBlocks` from the run's end (tail), or fewer than these up to the end
 * of what is needed (head). Only runs wholly inside the file: a block behind its end stays
 * unwritten. Blocks that just move on to a written neighbour they touch need no zeroing.
 *
 * A later write to such a neighbour finds it written and takes no translation of the zero page
 * away, so a mapping that showed the zero page keeps showing zeros. That is the kernel's own.
 */
import type { Frame } from '@daxsim/sim';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';

/** No block but the needed ones. */
export function aimAlone(frame: Frame): void {
  frame.set(R.head, 0);
  frame.set(R.tail, 0);
}

/** Sets head and tail for `count` unwritten blocks at `page`, which become written. */
export function aimNeighbours(world: World, frame: Frame, page: number, count: number): void {
  aimAlone(frame);
  const limit = world.personality.neighbourBlocks;
  if (limit === 0) return;
  const { extents, inodes } = world.volume;
  const inode = frame.get(R.inode);
  extents.lookup(inode, page);
  const start = extents.start;
  const rest = extents.length;
  const sizeBlocks = Math.ceil(inodes.sizeBytes(inode) / BYTES_PER_BLOCK);
  const isInside = page + rest <= Math.max(sizeBlocks, page + count);
  if (!isInside || rest <= count || movesOn(world, inode, start, page, count)) return;
  let reached = count;
  if (rest <= limit) {
    frame.set(R.tail, rest - count);
    reached = rest;
  }
  if (page - start + reached < limit) frame.set(R.head, page - start);
}

/** Whether the needed blocks continue what is written before them. */
function movesOn(world: World, inode: number, start: number, page: number, count: number): boolean {
  if (page !== start || page === 0) return false;
  const { extents } = world.volume;
  extents.lookup(inode, page);
  const { block } = extents;
  if (count >= extents.length) return false;
  return extents.lookup(inode, page - 1) === ExtentState.Written && extents.block === block - 1;
}
