/**
 * A virtio-fs guest with a DAX window, over XFS with DAX on its host. It has no extents of its own;
 * names, attributes and space are the server's, so their values are those of the host.
 */
import type { Personality } from '../personality.js';
import { xfsDax612 } from './xfs-dax.js';

export const virtiofs612: Personality = Object.freeze({
  ...xfsDax612,
  name: 'virtiofs@6.12',
  plan: 'virtiofs-upstream',
  // Linux 6.12 fs/fuse/dax.c, fuse_dax_break_layouts: what is asked for, else the whole file.
  layoutBreakScope: 'range',
  // Linux 6.12 fs/fuse/file.c: the server does it.
  zeroesGapOnWrite: false,
  extentHints: false,
  // Linux 6.12 fs/fuse/file.c, fuse_file_vm_ops: no map_pages under DAX, so pages take mmap_lock.
  pageFaultLock: 'mm',
  window: Object.freeze({
    host: 'xfs-dax@6.12',
    // A window of 8 GiB, the size that the figures of virtiofs-tests (f2abe67e) were taken with.
    ranges: 4096,
    guests: 1,
    // Linux 6.12 fs/fuse/dax.c: FUSE_DAX_RECLAIM_CHUNK and FUSE_DAX_RECLAIM_THRESHOLD.
    reclaimRanges: 10,
    reclaimBelowPercent: 20,
  }),
} as const);
