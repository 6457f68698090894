/**
 * The locks of XFS with DAX as Linux 6.12 has them.
 *
 *     rename   s_vfs_rename_mutex: one rename between directories at a time
 *     inode    i_rwsem, "IOLOCK": contents and size against system calls; a directory's names
 *     mmap     mapping->invalidate_lock, "MMAPLOCK": faults against what takes blocks away
 *     entry    the lock bit of a DAX entry
 *     mapping  ip->i_lock, "ILOCK": the extent map and the inode core
 *     mm       mmap_lock, per-VMA lock: the mappings of an address space
 *     log      one force or checkpoint at a time
 *
 *     order:   rename ─▶ inode ─▶ mmap ─▶ entry ─▶ mapping ─▶ log        mm ─▶ mmap
 *
 * A copy between two files takes both inode locks exclusively, where the kernel takes the source's
 * shared and one after the other.
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold } from '@daxsim/sim';

const operationExclusive: Hold = { lock: 'inode', mode: 'exclusive', region: 'operation' };
const operationShared: Hold = { lock: 'inode', mode: 'shared', region: 'operation' };
const layout: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout' };
const sourceInode: Hold = { ...operationExclusive, downgradeAt: 'demoteSource' };
const sourceLayout: Hold = { ...layout, downgradeAt: 'demoteSource' };
const gap: Hold = { lock: 'mmap', mode: 'exclusive', region: 'gap' };
const dir: Hold = { lock: 'inode', mode: 'exclusive', region: 'operation', of: 'dir' };
const named: Hold = { lock: 'inode', mode: 'exclusive', region: 'victim', of: 'named' };
const change: Hold = { lock: 'mapping', mode: 'exclusive', region: 'change' };
const changeDir: Hold = { lock: 'mapping', mode: 'exclusive', region: 'change', of: 'dir' };
const changeNamed: Hold = { lock: 'mapping', mode: 'exclusive', region: 'change', of: 'named' };
const lookup: Hold = { lock: 'mapping', mode: 'shared', region: 'lookup' };
const allocate: Hold = { lock: 'mapping', mode: 'exclusive', region: 'allocate' };
const mapping: Hold = { lock: 'mapping', mode: 'exclusive', region: 'mapping' };
const stamps: Hold = { lock: 'mapping', mode: 'exclusive', region: 'stamps' };
const put: Hold = { lock: 'mapping', mode: 'exclusive', region: 'put' };
const sizeUpdate: Hold = { lock: 'mapping', mode: 'exclusive', region: 'sizeUpdate' };
const sequence: Hold = { lock: 'mapping', mode: 'shared', region: 'sequence' };
const mmShared: Hold = { lock: 'mm', mode: 'shared', region: 'operation' };
const mmExclusive: Hold = { lock: 'mm', mode: 'exclusive', region: 'operation' };
const fault: Hold = { lock: 'mmap', mode: 'shared', region: 'fault' };
const entry: Hold = { lock: 'entry', mode: 'exclusive', region: 'entry' };
const iomapBegin: Hold = { lock: 'mapping', mode: 'shared', region: 'iomapBegin' };
const force: Hold = { lock: 'log', mode: 'exclusive', region: 'force' };

export const xfsUpstream = defineLockPlan({
  name: 'xfs-upstream',
  source:
    'Linux 6.12 fs/xfs/xfs_file.c, xfs_iops.c, xfs_iomap.c, xfs_inode.c; fs/namei.c; mm/filemap.c',
  about: 'What XFS ships: faults shared, truncation and punches exclusive, one bit per entry.',
  claim: 'safe',
  locks: {
    rename: { kind: 'mutex', per: 'crossRename', guards: [] },
    inode: { kind: 'rwsem', per: 'inode', guards: ['size', 'directory'] },
    mm: { kind: 'rwsem', per: 'mm', guards: ['mappings'] },
    mmap: { kind: 'rwsem', per: 'inode', guards: [] },
    entry: { kind: 'bit', per: 'entry', guards: ['daxEntry'] },
    mapping: { kind: 'rwsem', per: 'inode', guards: ['extentMap', 'inodeCore'] },
    log: { kind: 'mutex', per: 'fileSystem', guards: [] },
  },
  holds: {
    read: [operationShared, { lock: 'mapping', mode: 'exclusive', region: 'accessTime' }, lookup],
    write: [operationExclusive, gap, stamps, lookup, allocate, put, sizeUpdate],
    copyRange: [
      { lock: 'inode', mode: 'exclusive', region: 'operation', of: 'inodes' },
      gap,
      stamps,
      lookup,
      allocate,
      put,
      sizeUpdate,
    ],
    clone: [
      { ...sourceInode, of: 'lowSource' },
      operationExclusive,
      { ...sourceInode, of: 'highSource' },
      { ...sourceLayout, of: 'lowSource' },
      layout,
      { ...sourceLayout, of: 'highSource' },
      stamps,
      { lock: 'mapping', mode: 'exclusive', region: 'mark', of: 'inodes' },
      { lock: 'mapping', mode: 'exclusive', region: 'share', of: 'inodes' },
      mapping,
    ],
    directWrite: [operationExclusive, gap, stamps, lookup, allocate, sizeUpdate],
    directRead: [operationShared, lookup],
    evict: [operationExclusive, layout],
    zeroRange: [lookup, allocate, put],
    truncateInode: [operationExclusive, layout, mapping],
    fallocate: [operationExclusive, layout, stamps, lookup, allocate, put, mapping],
    syncInode: [sequence],
    syncInodeData: [sequence],
    readFault: [mmShared, fault, entry, iomapBegin],
    writeFault: [
      mmShared,
      { lock: 'mapping', mode: 'exclusive', region: 'stamp' },
      fault,
      entry,
      lookup,
      allocate,
      put,
      { lock: 'entry', mode: 'exclusive', region: 'syncEntry' },
    ],
    privateFault: [fault, entry, iomapBegin],
    writebackRange: [entry],
    invalidateRange: [entry],
    truncateEntries: [entry],
    tagWrittenPages: [entry],
    mmap: [mmExclusive],
    munmap: [mmExclusive],
    mremap: [mmExclusive],
    mprotect: [mmExclusive],
    madvise: [mmShared],
    forceLog: [force],
    forceRoom: [force],
    pushTail: [force],
    open: [{ lock: 'inode', mode: 'exclusive', region: 'create', of: 'dir' }, changeDir],
    lseek: [{ lock: 'mapping', mode: 'shared', region: 'operation' }],
    getdents: [operationShared],
    chmod: [operationExclusive, change],
    chown: [operationExclusive, change],
    close: [{ lock: 'inode', mode: 'exclusive', region: 'release' }],
    trimInode: [mapping],
    setExtentHint: [operationExclusive, change],
    utimens: [operationExclusive, change],
    setxattr: [operationExclusive, change],
    removexattr: [operationExclusive, change],
    getxattr: [{ lock: 'mapping', mode: 'shared', region: 'operation' }],
    listxattr: [{ lock: 'mapping', mode: 'shared', region: 'operation' }],
    mkdir: [dir, changeDir],
    symlink: [dir, changeDir],
    unlink: [dir, named, changeDir, changeNamed],
    rmdir: [dir, named, changeDir, changeNamed],
    link: [
      { lock: 'inode', mode: 'exclusive', region: 'operation', of: 'dir2' },
      { lock: 'inode', mode: 'exclusive', region: 'victim', of: 'linked' },
      { lock: 'mapping', mode: 'exclusive', region: 'change', of: 'dir2' },
      { lock: 'mapping', mode: 'exclusive', region: 'change', of: 'linked' },
    ],
    rename: [
      { lock: 'rename', mode: 'exclusive', region: 'operation' },
      { lock: 'inode', mode: 'exclusive', region: 'directories', of: 'firstDir' },
      { lock: 'inode', mode: 'exclusive', region: 'directories', of: 'secondDir' },
      { lock: 'inode', mode: 'exclusive', region: 'victim', of: 'renamed' },
      { lock: 'mapping', mode: 'exclusive', region: 'change', of: 'firstDir' },
      { lock: 'mapping', mode: 'exclusive', region: 'change', of: 'secondDir' },
      { lock: 'mapping', mode: 'exclusive', region: 'change', of: 'renamed' },
    ],
  },
});
