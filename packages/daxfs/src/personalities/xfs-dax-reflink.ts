/**
 * XFS with DAX whose files share blocks: mkfs.xfs -m reflink=1. Kernel records p31 and r01 to r08
 * were taken on 6.12.111, 6.12.117, 6.1.192 and 6.1.176.
 */
import type { Personality } from '../personality.js';
import { xfsDax61, xfsDax612 } from './xfs-dax.js';

export const xfsDaxReflink612: Personality = Object.freeze({
  ...xfsDax612,
  name: 'xfs-dax-reflink@6.12',
  plan: 'xfs-reflink',
  sharing: Object.freeze({
    // Linux 6.12 fs/xfs/xfs_inode.h, XFS_DEFAULT_COWEXTSZ_HINT; kernel record p31: 31 blocks more.
    copyUnitBlocks: 32,
    // Linux 6.12 xfs_read_iomap_begin; kernel record p31, 6.12: a read fault unmaps.
    readFaultsSeeShares: true,
    // Linux commit 13dd4e04625f (6.2); kernel record r07, 6.12: the mapping loses its page.
    unmapsCopied: true,
    // Kernel record r01, 6.12: zeros around bytes written into a hole.
    fillsHoles: true,
    // Kernel record r04, 6.12: the ends of a punched range are copied.
    copiesToZero: true,
    // Linux commit 4390f019ad78 (6.12); kernel record r05.
    keepsStagedIfDirty: true,
  }),
} as const);

export const xfsDaxReflink61: Personality = Object.freeze({
  ...xfsDax61,
  name: 'xfs-dax-reflink@6.1',
  plan: 'xfs-reflink-6.1',
  sharing: Object.freeze({
    copyUnitBlocks: 32,
    // Kernel record p31, 6.1: a read fault unmaps nothing.
    readFaultsSeeShares: false,
    // Kernel record r07, 6.1: the mapping keeps showing the old block.
    unmapsCopied: false,
    // Kernel record r01, 6.1: bytes of the new block that were not written show what it held.
    fillsHoles: false,
    // Kernel record r04, 6.1: the ends of a punched range keep their bytes.
    copiesToZero: false,
    // Kernel record r05, 6.1.
    keepsStagedIfDirty: false,
  }),
} as const);
