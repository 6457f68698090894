/**
 * The locks of XFS through the page cache as Linux 6.12 has them.
 *
 *     rename … log   as in `xfs-upstream`
 *     mmap           invalidate_lock: whoever adds pages, against whoever takes blocks away
 *     folio          folio_lock: what a page is, and whether it is dirty
 *
 *     order:   rename ─▶ inode ─▶ mmap ─▶ folio ─▶ mapping ─▶ log        mm ─▶ mmap
 *
 * A write holds no mmap lock while it makes a folio: the inode lock keeps truncation away.
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold } from '@daxsim/sim';
import { xfsUpstream } from './xfs-upstream.js';

const own = xfsUpstream.holds;
const operationExclusive: Hold = { lock: 'inode', mode: 'exclusive', region: 'operation' };
const operationShared: Hold = { lock: 'inode', mode: 'shared', region: 'operation' };
const gap: Hold = { lock: 'mmap', mode: 'exclusive', region: 'gap' };
const fill: Hold = { lock: 'mmap', mode: 'shared', region: 'fill' };
const mkwrite: Hold = { lock: 'mmap', mode: 'shared', region: 'mkwrite' };
const folio: Hold = { lock: 'folio', mode: 'exclusive', region: 'folio' };
const lookup: Hold = { lock: 'mapping', mode: 'shared', region: 'lookup' };
const allocate: Hold = { lock: 'mapping', mode: 'exclusive', region: 'allocate' };
const mapping: Hold = { lock: 'mapping', mode: 'exclusive', region: 'mapping' };
const convert: Hold = { lock: 'mapping', mode: 'exclusive', region: 'convert' };
const stamps: Hold = { lock: 'mapping', mode: 'exclusive', region: 'stamps' };
const stamp: Hold = { lock: 'mapping', mode: 'exclusive', region: 'stamp' };
const sizeUpdate: Hold = { lock: 'mapping', mode: 'exclusive', region: 'sizeUpdate' };
const accessTime: Hold = { lock: 'mapping', mode: 'exclusive', region: 'accessTime' };
const mmShared: Hold = { lock: 'mm', mode: 'shared', region: 'operation' };

export const pagecacheUpstream = defineLockPlan({
  name: 'pagecache-upstream',
  source: 'Linux 6.12 mm/filemap.c, mm/truncate.c, fs/iomap/buffered-io.c, fs/xfs/xfs_file.c',
  about:
    'What XFS ships without DAX: pages are added under the mmap lock, shared, and changed under ' +
    'their own.',
  claim: 'safe',
  locks: {
    mm: { kind: 'rwsem', per: 'mm', guards: ['mappings'] },
    rename: { kind: 'mutex', per: 'crossRename', guards: [] },
    inode: { kind: 'rwsem', per: 'inode', guards: ['directory'] },
    mmap: { kind: 'rwsem', per: 'inode', guards: [] },
    folio: { kind: 'bit', per: 'entry', guards: ['folio'] },
    mapping: { kind: 'rwsem', per: 'inode', guards: ['extentMap', 'inodeCore'] },
    log: { kind: 'mutex', per: 'fileSystem', guards: [] },
  },
  holds: {
    ...own,
    read: [operationShared, accessTime, lookup],
    write: [operationExclusive, gap, stamps, allocate, folio, convert, sizeUpdate],
    copyRange: [
      { lock: 'inode', mode: 'exclusive', region: 'operation', of: 'inodes' },
      gap,
      stamps,
      allocate,
      folio,
    ],
    directWrite: [operationExclusive, gap, stamps, allocate, convert, sizeUpdate],
    directRead: [operationShared, lookup],
    zeroRange: [lookup, mapping, folio],
    readAhead: [fill],
    readOnePage: [fill],
    fillFolios: [lookup],
    readFault: [mmShared, folio],
    writeFault: [mmShared, stamp, mkwrite, folio, allocate],
    privateFault: [folio],
    writebackRange: [folio, lookup, mapping],
    truncateEntries: [folio],
    tagWrittenPages: [folio],
    invalidateRange: [folio],
  },
});

export const pagecacheUpstream61 = defineLockPlan({
  ...pagecacheUpstream,
  name: 'pagecache-upstream-6.1',
  source: 'Linux 6.1 fs/xfs/xfs_file.c: xfs_filemap_map_pages, xfs_file_write_checks.',
  about:
    'XFS before 6.12 without DAX: mapping what is cached takes the mmap lock, zeroing a gap does ' +
    'not.',
  holds: {
    ...pagecacheUpstream.holds,
    write: pagecacheUpstream.holds.write.filter(({ region }) => region !== 'gap'),
    copyRange: pagecacheUpstream.holds.copyRange.filter(({ region }) => region !== 'gap'),
    directWrite: pagecacheUpstream.holds.directWrite.filter(({ region }) => region !== 'gap'),
    readFault: [
      ...pagecacheUpstream.holds.readFault,
      { lock: 'mmap', mode: 'shared', region: 'around' },
    ],
  },
});

const UNPROTECTED: readonly string[] = ['fill', 'mkwrite', 'around', 'gap'];

function withoutMmap(holds: readonly Hold[]): readonly Hold[] {
  return holds.filter(({ region }) => region === undefined || !UNPROTECTED.includes(region));
}

const late = pagecacheUpstream.holds;

export const pagecacheHistorical = defineLockPlan({
  ...pagecacheUpstream,
  name: 'pagecache-historical',
  source: 'Linux 5.14 mm/filemap.c before commit 730633f0b7f9: page lock, mapping and size again.',
  about:
    'Faults and readahead take no lock of the file: a truncation is seen by the size, a punch by ' +
    'nothing.',
  claim: { unsafeFor: ['punch-vs-read-fault', 'punch-vs-write-fault'] },
  holds: {
    ...late,
    write: withoutMmap(late.write),
    copyRange: withoutMmap(late.copyRange),
    directWrite: withoutMmap(late.directWrite),
    readAhead: withoutMmap(late.readAhead),
    readOnePage: withoutMmap(late.readOnePage),
    readFault: withoutMmap(late.readFault),
    writeFault: withoutMmap(late.writeFault),
  },
});
