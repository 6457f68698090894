/**
 * XFS through the page cache: `dax=never`. Kernel records were taken on 6.1.192; what 6.12 does
 * otherwise stands with its source. What the cache has no part in is as with DAX.
 */
import type { CacheValues, Personality } from '../personality.js';
import { xfsDax61, xfsDax612 } from './xfs-dax.js';

const cache612: CacheValues = Object.freeze({
  // Ours: 128 MiB, a quarter of it dirty; a kernel has what memory it has, and vm.dirty_ratio 20.
  pagesMost: 32768,
  dirtyMost: 8192,
  // Linux 6.12 mm/readahead.c: page_cache_sync_ra, page_cache_async_ra. Kernel record c01.
  readAheadLogic: 'split',
  // Linux 6.12 VM_READAHEAD_PAGES: 128 KiB. Kernel record p01: 32 pages around page 3.
  readAheadPages: 32,
  // Linux 6.12 BLK_DEF_MAX_SECTORS_CAP: 1280 KiB.
  requestPages: 320,
  // Linux 6.12 mm/memory.c, fault_around_bytes: 64 KiB. Kernel record p01: pages 0 to 15.
  mapAroundPages: 16,
  // Linux 6.12 MAX_PAGECACHE_ORDER: 2 MiB.
  folioOrderMost: 9,
  // Linux 6.6 fs/iomap/buffered-io.c: write(2) asks for folios as long as itself.
  writesLargeFolios: true,
  // Linux 6.9 mm/readahead.c: folios of two pages.
  hasFoliosOfTwo: true,
  // Linux 6.6 fs/iomap/buffered-io.c, ifs_set_range_dirty: a bit per block.
  dirtyUnit: 'block',
  // Linux 6.12 block/blk-settings.c: pmem sets BLK_FEAT_STABLE_WRITES only with integrity.
  stablePages: false,
  // Linux 6.12 xfs_bmap_worst_indlen. Kernel record p01: 9 blocks fewer for 4.
  delayedTree: 'worst',
  // Linux 6.12 XFS_DFL_LOG_FACTOR: 64 KiB. Kernel record p19: 16 blocks for one.
  preallocateBlocks: 16,
  // Linux 6.12 fs/iomap/buffered-io.c, iomap_zero_range: flushes dirty pages over unwritten blocks.
  zeroingSkipsUnwritten: false,
  // Linux 6.12 xfs_file_buffered_write: xfs_flush_inodes, once.
  flushesForSpace: true,
  zeroesDirtyPages: false,
  // Linux 6.12 xfs_bmapi_convert_delalloc: the whole delayed extent.
  placesWrittenOnly: false,
  // Linux 6.12 xfs_file_dio_write: before anything else.
  checksSectorsLate: false,
  // Linux 6.12 xfs_file_release, XFS_ITRUNCATED.
  flushesTruncated: true,
});

export const xfsPagecache612: Personality = Object.freeze({
  ...xfsDax612,
  name: 'xfs-pagecache@6.12',
  plan: 'pagecache-upstream',
  // Linux 6.12 fs/xfs/xfs_inode.c, xfs_break_dax_layouts: nothing to break without DAX.
  layoutBreakScope: 'none',
  cache: cache612,
} as const);

export const xfsPagecache61: Personality = Object.freeze({
  ...xfsDax61,
  name: 'xfs-pagecache@6.1',
  plan: 'pagecache-upstream-6.1',
  layoutBreakScope: 'none',
  cache: Object.freeze({
    ...cache612,
    // Linux 6.1 mm/readahead.c: ondemand_readahead.
    readAheadLogic: 'onDemand',
    // Kernel record p18: write(2) makes single pages.
    writesLargeFolios: false,
    // Kernel record p04: the tail of a window is 4 pages or 1.
    hasFoliosOfTwo: false,
    // Kernel record p01: a store of 8 bytes makes 4 pages dirty.
    dirtyUnit: 'folio',
    // Linux 6.1 fs/iomap/buffered-io.c, iomap_zero_iter.
    zeroingSkipsUnwritten: true,
  }),
} as const);
