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
  // Kernel record h01: Linux 6.12 mm/memory.c, wp_huge_pmd asks for shared mappings only.
  privateHugeStore: 'split',
  // Kernel records p13, p10, p14: all shared translations of the file go, not only the range's.
  layoutBreakScope: 'file',
  // Kernel record p13: plain preallocation unmaps as well.
  layoutBreakOn: 'everyChange',
  // Linux 6.12 xfs_file_fallocate; kernel record p20: a refused collapse has unmapped and stamped.
  fallocateOrder: 'unmapStampCheck',
  // Kernel record p21: the blocks move.
  zeroRange: 'replace',
  // Linux 6.12 xfs_free_file_space.
  punchLimit: 'none',
  // Kernel record p35.
  extentHints: true,
  unshares: true,
  // Linux 6.12 xfs_alloc_file_space reserves space for all first.
  preallocatesInPart: false,
  // Kernel records p16, p17, p10: bytes stored past the end vanish when the file grows.
  zeroesEofOnGrow: true,
  // Linux 6.12 xfs_file_write_zero_eof.
  zeroesGapOnWrite: true,
  // Kernel record p10: 511 blocks for one byte at the end; no effect without a stripe unit.
  eofAllocation: 'stripe',
  // Linux 6.12 xfs_bmap_btalloc.
  placement: 'nearest',
  neighbourBlocks: 0,
  // Linux 6.12 xfs_iomap_write_direct under DAX: 1024 pages.
  blocksPerWrite: 1024,
  // Kernel record h05: space for 2 MiB is reserved before a run is looked for.
  hugeAllocation: 'whole',
  // Linux 6.12 XFS_EXTENTADD_SPACE_RES at 5 levels of extent tree; kernel record p24: with 4 blocks
  // free nothing is allocated, with 5 one is.
  treeReserveBlocks: 4,
  // Kernel record p20, 6.12: a refused collapse flushes nothing.
  flushesBeforeCheck: false,
  // Kernel record p16, 6.12: no flush.
  flushesNewEnd: false,
  // Linux 6.12 xfs_setattr_size: a size that stays needs no stamp of its own.
  stampsSameSize: false,
  // Linux 6.12 xfs_setattr_size: filemap_write_and_wait_range from the old end on.
  flushesGrowth: true,
  // Linux 6.12 xfs_file_release: not for a description that cannot write.
  trimsOnClose: 'writable',
  // Linux 6.12 XFS_CREATE_SPACE_RES: 8 blocks of inodes, two inode trees of 2 levels, 7 directory
  // blocks with 4 tree blocks each. No record shows it.
  createReserveBlocks: 47,
  // Kernel record p34, 6.12: the 16th extent has needed a block. A new inode of 512 bytes keeps
  // room for attributes and has 192 for extents.
  inlineExtents: 12,
  // Linux 6.12 fs/xfs/xfs_inode.c, xfs_rename: EEXIST, which rename(2) allows as well.
  renameOverFull: 'EEXIST',
  exchangeModifies: true,
  // Linux 6.12 XFS_MAX_BMBT_EXTLEN: 21 bits.
  extentMost: Object.freeze({ written: 2097151, unwritten: 2097151 }),
  // Linux 6.12 fs/xfs/libxfs/xfs_bmap.c, XFS_ITRUNC_MAX_EXTENTS.
  extentsPerFree: 2,
  // The records were taken without stamps of reads; mount option noatime.
  accessTimes: 'never',
  // Linux 6.12: delayed logging, durable at a log force.
  metadata: 'logged',
  // Linux 6.7: file faults under the per-VMA lock.
  faultEntryLock: 'vma',
  // Linux 6.12 mm/memory.c, vmf_can_call_fault: XFS has a map_pages method.
  pageFaultLock: 'same',
  // Linux 6.12 current_time: the kernel tick, 4 ms at CONFIG_HZ=250.
  stampGranularityNs: 4000000,
  // Linux 6.12 fs/xfs/libxfs/xfs_attr.c: leaves, a tree of them, and values of their own.
  xattrLimits: null,
  // dax=always: no page cache.
  cache: null,
  // mkfs.xfs -m reflink=0.
  sharing: null,
  server: null,
  window: null,
} as const);

export const xfsDax61: Personality = Object.freeze({
  ...xfsDax612,
  name: 'xfs-dax@6.1',
  // Kernel records p01, p19: mapping around takes the mmap lock, zeroing a gap does not.
  plan: 'xfs-upstream-6.1',
  // Kernel record h01, 6.1: an attempt that falls back comes first.
  privateHugeStore: 'tried',
  // Kernel record p02, 6.1: every fault tags its entry, zero pages too.
  tagsDirtyOn: 'everyFault',
  // Kernel record p20, 6.1: a refused collapse has flushed its range.
  flushesBeforeCheck: true,
  // Kernel records p16, p22, 6.1: one page is flushed.
  flushesNewEnd: true,
  // Linux 6.1 xfs_release: whatever the description may do.
  trimsOnClose: 'any',
  // Kernel records p34, p19, 6.1: 16 extents need no block; 336 bytes of the inode are for them.
  inlineExtents: 21,
  // Per-VMA locks came for file faults in 6.7.
  faultEntryLock: 'mm',
} as const);
