/**
 * Files of a server behind a page cache: FUSE and NFS clients. The kernels' own sources say how
 * their caches differ; names, stamps and permissions are carried out at once, without requests.
 */
import type { CacheValues, Personality } from '../personality.js';
import { xfsPagecache612 } from './xfs-pagecache.js';

const fuseCache: CacheValues = Object.freeze({
  ...cacheOf(xfsPagecache612),
  // Linux 6.12 fs/fuse/inode.c: no mapping_set_large_folios before 6.16.
  folioOrderMost: 0,
  writesLargeFolios: false,
  hasFoliosOfTwo: false,
  dirtyUnit: 'folio',
  // Linux 6.12 fs/fuse/file.c, fuse_page_mkwrite and fuse_write_begin wait for writes under way.
  stablePages: true,
  // A client allocates nothing.
  delayedTree: 'none',
  preallocateBlocks: 0,
  flushesForSpace: false,
  flushesTruncated: false,
});

function cacheOf({ cache }: Personality): CacheValues {
  if (cache === null) throw new TypeError('a personality without a page cache');
  return cache;
}

const client: Personality = {
  ...xfsPagecache612,
  plan: 'client-upstream',
  cache: fuseCache,
};

export const fusePagecache612: Personality = Object.freeze({
  ...client,
  name: 'fuse-pagecache@6.12',
  // Linux 6.12 fs/fuse/file.c: FUSE_WRITEBACK_CACHE, and a copy of each page that is sent;
  // fs/fuse/inode.c, FUSE_DEFAULT_MAX_BACKGROUND.
  // fs/fuse/inode.c, fuse_get_cache_mask: with a writeback cache the client's size counts.
  server: Object.freeze({
    bouncePages: 'all',
    backgroundMost: 12,
    writesThrough: false,
    sizes: 'own',
  }),
} as const);

export const fusePagecache514: Personality = Object.freeze({
  ...client,
  name: 'fuse-pagecache@5.14',
  // Linux 5.14: faults take no lock of the file, a punch reaches the server first.
  plan: 'client-historical',
  // Linux 5.14 fs/fuse/inode.c: the writeback cache is an option; without it write(2) waits.
  // fuse_change_attributes takes the server's size if its version is current.
  server: Object.freeze({
    bouncePages: 'all',
    backgroundMost: 12,
    writesThrough: true,
    sizes: 'servers',
  }),
} as const);

export const nfsPagecache612: Personality = Object.freeze({
  ...client,
  name: 'nfs-pagecache@6.12',
  // Linux 6.12 fs/nfs/write.c: the page itself is sent, under writeback until it is answered.
  // fs/nfs/inode.c, nfs_update_inode: not while there are writebacks, nor with an old generation.
  server: Object.freeze({
    bouncePages: 'none',
    backgroundMost: 12,
    writesThrough: false,
    sizes: 'servers',
  }),
} as const);
