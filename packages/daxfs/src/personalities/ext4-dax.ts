/**
 * ext4 with DAX. Kernel records were taken on 6.1.192 and 6.12.111 with `dax=always`, a stripe of 2
 * MiB and data=ordered. Where a figure is one of the kernel's own the source file is named.
 */
import type { Personality } from '../personality.js';

export const ext4Dax612: Personality = Object.freeze({
  name: 'ext4-dax@6.12',
  plan: 'ext4-upstream',
  // Kernel record p02, 6.12: fsync flushes the 4 pages that were written; 6.1 flushed 17.
  tagsDirtyOn: 'writeFault',
  // Linux 6.12 mm/memory.c, wp_huge_pmd asks for shared mappings only.
  privateHugeStore: 'split',
  // Kernel record p14: a punch unmaps the whole file (fs/ext4/inode.c, ext4_break_layouts).
  layoutBreakScope: 'file',
  // Kernel record p13: plain preallocation leaves translations alone.
  layoutBreakOn: 'removal',
  // Kernel records p20, p21, 6.12: a refused collapse has unmapped and stamped.
  fallocateOrder: 'stampUnmapCheck',
  // Kernel record p21: zeroed blocks stay where they are.
  zeroRange: 'convert',
  // fs/ext4/inode.c, ext4_punch_hole: nothing behind the page of the end.
  punchLimit: 'end',
  // fs/ext4/ioctl.c, ext4_fileattr_set: FS_IOC_FSSETXATTR succeeds and keeps no size.
  extentHints: false,
  // fs/ext4/extents.c, ext4_fallocate: EOPNOTSUPP.
  unshares: false,
  // fs/ext4/extents.c, ext4_alloc_file_blocks: sets the size as it goes.
  preallocatesInPart: true,
  // Kernel record p16, 6.12: bytes stored behind the end vanish when the file grows.
  zeroesEofOnGrow: true,
  zeroesGapOnWrite: false,
  // No rounding at the end of the file; what is preallocated is the allocator's own.
  eofAllocation: 'block',
  // fs/ext4/mballoc.c; kernel records p04, p28, p34.
  placement: 'buddy',
  // fs/ext4/ext4.h, EXT4_EXT_ZERO_LEN: 32 KiB; kernel record p05.
  neighbourBlocks: 8,
  // fs/ext4/inode.c, DIO_MAX_BLOCKS.
  blocksPerWrite: 4096,
  // fs/ext4/mballoc.c, ext4_mb_new_blocks: asks for half as much until it fits.
  hugeAllocation: 'part',
  treeReserveBlocks: 0,
  // Kernel record p20, 6.12: a refused collapse flushes nothing.
  flushesBeforeCheck: false,
  flushesNewEnd: false,
  // fs/ext4/inode.c, ext4_truncate: stamps whatever it does.
  stampsSameSize: true,
  // fs/ext4/inode.c, ext4_setattr.
  flushesGrowth: false,
  // fs/ext4/file.c, ext4_release_file: gives back what no extent names, and no block.
  trimsOnClose: 'never',
  createReserveBlocks: 0,
  // fs/ext4/ext4_extents.h: four entries in i_block.
  inlineExtents: 4,
  // fs/ext4/namei.c, ext4_rename.
  renameOverFull: 'ENOTEMPTY',
  exchangeModifies: false,
  // fs/ext4/ext4_extents.h: EXT_INIT_MAX_LEN, EXT_UNWRITTEN_MAX_LEN.
  extentMost: Object.freeze({ written: 32768, unwritten: 32767 }),
  extentsPerFree: 2,
  // The records were taken without stamps of reads.
  accessTimes: 'never',
  metadata: 'logged',
  faultEntryLock: 'vma',
  // Kernel record p01, 6.12: two fallbacks, for ext4 has no map_pages method.
  pageFaultLock: 'mm',
  // current_time: the kernel tick, 4 ms at CONFIG_HZ=250.
  stampGranularityNs: 4000000,
  // fs/ext4/xattr.c, ext4_xattr_set_entry: inodes of 256 bytes with 32 more than the first 128,
  // less
  // the head and the end of the list; and one block.
  xattrLimits: Object.freeze({ bodyBytes: 88, blockBytes: 4060 }),
  // dax=always: no page cache.
  cache: null,
  // ext4 has no shared blocks.
  sharing: null,
  server: null,
  window: null,
} as const);

export const ext4Dax61: Personality = Object.freeze({
  ...ext4Dax612,
  name: 'ext4-dax@6.1',
  // An attempt that falls back comes first.
  privateHugeStore: 'tried',
  // Kernel record p02, 6.1: every fault tags its entry, zero pages too.
  tagsDirtyOn: 'everyFault',
  // Kernel record p20, 6.1: a refused collapse has done nothing.
  fallocateOrder: 'checkStampUnmap',
  // Kernel record p16, 6.1: bytes stored behind the end become visible.
  zeroesEofOnGrow: false,
  // Kernel record p14, 6.1: a punch writes its range back first.
  flushesBeforeCheck: true,
  // Per-VMA locks came for file faults in 6.7.
  faultEntryLock: 'mm',
} as const);
