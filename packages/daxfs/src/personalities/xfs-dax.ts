/**
 * XFS with DAX. Kernel records were taken on 6.1.192 and 6.12.111 with `dax=always`; they agree in
 * results, sizes, extents and fault results and differ in which faults tag an entry dirty.
 */
import type { Personality } from '../personality.js';

export const xfsDax612: Personality = Object.freeze({
  name: 'xfs-dax@6.12',
  plan: 'xfs-upstream',
  // Kernel record p02, 6.12: fsync flushes the 4 pages that were written; 6.1 flushed 17.
  tagsDirtyOn: 'writeFault',
  // Kernel records p13, p10, p14: all shared translations of the file go, not only the range's.
  layoutBreakScope: 'file',
  // Kernel record p13: plain preallocation unmaps as well.
  layoutBreakOn: 'everyChange',
  // Kernel records p16, p17, p10: bytes stored past the end vanish when the file grows.
  zeroesEofOnGrow: true,
  // Kernel record p10: 511 blocks for one byte at the end; no effect without a stripe unit.
  eofAllocation: 'stripe',
  // Linux 6.12 fs/xfs/libxfs/xfs_bmap.c, XFS_ITRUNC_MAX_EXTENTS.
  extentsPerFree: 2,
  // The records were taken without stamps of reads; mount option noatime.
  accessTimes: 'never',
  // Linux 6.12: delayed logging, durable at a log force.
  metadata: 'logged',
  // Linux 6.7: file faults under the per-VMA lock.
  faultEntryLock: 'vma',
  // Linux 6.12 current_time: the kernel tick, 4 ms at CONFIG_HZ=250.
  stampGranularityNs: 4000000,
} as const);

export const xfsDax61: Personality = Object.freeze({
  ...xfsDax612,
  name: 'xfs-dax@6.1',
  // Kernel records p01, p19: mapping around takes the mmap lock, zeroing a gap does not.
  plan: 'xfs-upstream-6.1',
  // Kernel record p02, 6.1: every fault tags its entry, zero pages too.
  tagsDirtyOn: 'everyFault',
  // Per-VMA locks came for file faults in 6.7.
  faultEntryLock: 'mm',
} as const);
