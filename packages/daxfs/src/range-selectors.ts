/**
 * Which part of a file an operation takes of a lock that is taken in parts, from its registers; in
 * bytes, rounded outwards to pages, because a page is the least that a fault maps.
 *
 *     faultPages    what a fault tries to map: a page, 2 MiB or 1 GiB
 *     workBytes     what is left of the bytes that an operation works on, [cursor, end)
 *     callBytes     what fallocate(2) was asked for; all behind it when blocks will move
 *     behindSize    what a change of size takes away or adds: from the smaller size on
 */
import { RANGE_END } from '@daxsim/sim';
import type { RangeSelector } from '@daxsim/sim';
import { FallocMode } from './abi.js';
import { BYTES_PER_BLOCK } from './media/layout.js';
import { R } from './registers.js';
import type { World } from './world.js';

function pageStart(byte: number): number {
  return byte - (byte % BYTES_PER_BLOCK);
}

function pageEnd(byte: number): number {
  return pageStart(byte + BYTES_PER_BLOCK - 1);
}

export const RANGE_SELECTORS: readonly RangeSelector<World>[] = [
  {
    name: 'faultPages',
    from: (_world, frame) => frame.get(R.page) * BYTES_PER_BLOCK,
    to: (_world, frame) => (frame.get(R.page) + frame.get(R.span)) * BYTES_PER_BLOCK,
  },
  {
    name: 'workBytes',
    from: (_world, frame) => pageStart(frame.get(R.cursor)),
    to: (_world, frame) => pageEnd(frame.get(R.end)),
  },
  {
    name: 'callBytes',
    from: (_world, frame) => pageStart(frame.get(R.offset)),
    to: (_world, frame) => {
      const shifts = FallocMode.CollapseRange | FallocMode.InsertRange;
      if ((frame.get(R.flags) & shifts) !== 0) return RANGE_END;
      return pageEnd(frame.get(R.offset) + frame.get(R.length));
    },
  },
  {
    name: 'behindSize',
    from: (world, frame) => {
      const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
      return pageStart(Math.min(size, frame.get(R.length)));
    },
    to: () => RANGE_END,
  },
];
