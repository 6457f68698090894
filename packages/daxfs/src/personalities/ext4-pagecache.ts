/**
 * ext4 through the page cache: `dax=never`, data=ordered, delayed allocation. Kernel records were
 * taken on 6.1.192 and 6.12.117. What the cache has no part in is as with DAX.
 *
 * Left out: that an extent tree keeps its block when a few extents are left, which st_blocks shows;
 * ext4's own order of journal handle and folio lock.
 */
import type { CacheValues, Personality } from '../personality.js';
import { ext4Dax61, ext4Dax612 } from './ext4-dax.js';
import { xfsPagecache612 } from './xfs-pagecache.js';

const common = xfsPagecache612.cache as CacheValues;

const cache612: CacheValues = Object.freeze({
  ...common,
  // Linux 6.12 fs/ext4/inode.c: no mapping_set_large_folios, so pages of 4 KiB only.
  folioOrderMost: 0,
  writesLargeFolios: false,
  hasFoliosOfTwo: false,
  // A page is a block.
  dirtyUnit: 'folio',
  // fs/ext4/inode.c, ext4_da_reserve_space: data blocks only.
  delayedTree: 'none',
  // fs/ext4/mballoc.c rounds requests up when it allocates, not when it promises.
  preallocateBlocks: 0,
  // fs/ext4/balloc.c, ext4_should_retry_alloc commits and writes nothing back. Kernel record p24.
  flushesForSpace: false,
  // fs/ext4/inode.c, __ext4_block_zero_page_range. Kernel record c05.
  zeroesDirtyPages: true,
  // fs/ext4/inode.c, mpage_map_and_submit_extent. Kernel record c04.
  placesWrittenOnly: true,
  // fs/ext4/file.c leaves it to fs/iomap/direct-io.c, iomap_dio_bio_iter. Kernel record c04.
  checksSectorsLate: true,
  // fs/ext4/file.c, ext4_release_file: EXT4_STATE_DA_ALLOC_CLOSE.
  flushesTruncated: true,
});

export const ext4Pagecache612: Personality = Object.freeze({
  ...ext4Dax612,
  name: 'ext4-pagecache@6.12',
  plan: 'pagecache-upstream',
  // fs/ext4/inode.c, ext4_break_layouts: nothing to break without DAX.
  layoutBreakScope: 'none',
  // Kernel record c05: what was stored behind the old end is gone after a write behind it.
  zeroesGapOnWrite: true,
  cache: cache612,
} as const);

export const ext4Pagecache61: Personality = Object.freeze({
  ...ext4Dax61,
  name: 'ext4-pagecache@6.1',
  plan: 'pagecache-upstream',
  layoutBreakScope: 'none',
  cache: Object.freeze({
    ...cache612,
    // Linux 6.1 mm/readahead.c: ondemand_readahead.
    readAheadLogic: 'onDemand',
  }),
} as const);
