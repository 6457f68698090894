/**
 * The locks of ext4 with DAX as Linux 6.12 has them.
 *
 *     rename   s_vfs_rename_mutex: one rename between directories at a time
 *     inode    i_rwsem: contents and size against system calls; a directory's names
 *     mmap     mapping->invalidate_lock: faults against what takes blocks away
 *     handle   the journal's running transaction: handles share it, a commit takes it alone until
 *              none is open
 *     entry    the lock bit of a DAX entry
 *     data     i_data_sem: the extent tree
 *     mm       mmap_lock, per-VMA lock: the mappings of an address space
 *     log      one force or checkpoint at a time
 *
 *     order:   rename ─▶ inode ─▶ mmap ─▶ handle ─▶ entry ─▶ data ─▶ log        mm ─▶ mmap
 *
 * A write fault starts its handle before it locks the entry: a commit that wrote dirty pages back
 * would else wait for the entry of a fault that waits for the commit (Kara, 2017-05-10; fs/ext4
 * /file.c, ext4_dax_huge_fault). The handle ends before a MAP_SYNC fault forces the log.
 *
 * A copy between two files takes both inode locks exclusively, where the kernel takes the source's
 * shared and one after the other. When blocks must come back first, the force takes no handle.
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold } from '@daxsim/sim';

function handle(region: string): Hold {
  return { lock: 'handle', mode: 'shared', region };
}

/** Handle, then extents. */
function transaction(region: string, ...of: readonly string[]): readonly Hold[] {
  const data: Hold = { lock: 'data', mode: 'exclusive', region };
  return [handle(region), ...(of.length === 0 ? [data] : of.map((one) => ({ ...data, of: one })))];
}

const operationExclusive: Hold = { lock: 'inode', mode: 'exclusive', region: 'operation' };
const operationShared: Hold = { lock: 'inode', mode: 'shared', region: 'operation' };
const layout: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout' };
const dir: Hold = { lock: 'inode', mode: 'exclusive', region: 'operation', of: 'dir' };
const named: Hold = { lock: 'inode', mode: 'exclusive', region: 'victim', of: 'named' };
const lookup: Hold = { lock: 'data', mode: 'shared', region: 'lookup' };
const mmShared: Hold = { lock: 'mm', mode: 'shared', region: 'operation' };
const mmExclusive: Hold = { lock: 'mm', mode: 'exclusive', region: 'operation' };
const fault: Hold = { lock: 'mmap', mode: 'shared', region: 'fault' };
const entry: Hold = { lock: 'entry', mode: 'exclusive', region: 'entry' };
const iomapBegin: Hold = { lock: 'data', mode: 'shared', region: 'iomapBegin' };
const force: Hold = { lock: 'log', mode: 'exclusive', region: 'force' };

export const ext4Upstream = defineLockPlan({
  name: 'ext4-upstream',
  source:
    'Linux 6.12 fs/ext4/file.c, inode.c, extents.c, fs/jbd2/commit.c; fs/namei.c; mm/filemap.c',
  about: 'What ext4 ships: like XFS, and a journal handle outside each entry lock.',
  claim: 'safe',
  locks: {
    rename: { kind: 'mutex', per: 'crossRename', guards: [] },
    inode: { kind: 'rwsem', per: 'inode', guards: ['size', 'directory'] },
    mm: { kind: 'rwsem', per: 'mm', guards: ['mappings'] },
    mmap: { kind: 'rwsem', per: 'inode', guards: [] },
    handle: { kind: 'rwsem', per: 'fileSystem', guards: [] },
    entry: { kind: 'bit', per: 'entry', guards: ['daxEntry'] },
    data: { kind: 'rwsem', per: 'inode', guards: ['extentMap'] },
    log: { kind: 'mutex', per: 'fileSystem', guards: [] },
  },
  holds: {
    read: [operationShared, ...transaction('accessTime'), lookup],
    write: [
      operationExclusive,
      ...transaction('stamps'),
      lookup,
      ...transaction('allocate'),
      ...transaction('sizeUpdate'),
    ],
    copyRange: [
      { lock: 'inode', mode: 'exclusive', region: 'operation', of: 'inodes' },
      ...transaction('stamps'),
      lookup,
      ...transaction('allocate'),
      ...transaction('sizeUpdate'),
    ],
    directWrite: [
      operationExclusive,
      ...transaction('stamps'),
      lookup,
      ...transaction('allocate'),
      ...transaction('sizeUpdate'),
    ],
    directRead: [operationShared, lookup],
    evict: [operationExclusive, layout],
    zeroRange: [lookup],
    truncateInode: [operationExclusive, layout, ...transaction('mapping')],
    fallocate: [operationExclusive, layout, ...transaction('stamps'), ...transaction('mapping')],
    syncInode: [{ lock: 'data', mode: 'shared', region: 'sequence' }],
    syncInodeData: [{ lock: 'data', mode: 'shared', region: 'sequence' }],
    readFault: [mmShared, fault, entry, iomapBegin],
    writeFault: [
      mmShared,
      ...transaction('stamp'),
      fault,
      handle('transaction'),
      entry,
      lookup,
      { lock: 'data', mode: 'exclusive', region: 'allocate' },
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
    forceLog: [{ lock: 'handle', mode: 'exclusive', region: 'commit' }, force],
    forceRoom: [force],
    pushTail: [force],
    open: [
      { lock: 'inode', mode: 'exclusive', region: 'create', of: 'dir' },
      ...transaction('change', 'dir'),
    ],
    lseek: [{ lock: 'inode', mode: 'shared', region: 'operation' }],
    getdents: [operationShared],
    chmod: [operationExclusive, ...transaction('change')],
    chown: [operationExclusive, ...transaction('change')],
    trimInode: [...transaction('mapping')],
    setExtentHint: [operationExclusive, ...transaction('change')],
    utimens: [operationExclusive, ...transaction('change')],
    setxattr: [operationExclusive, ...transaction('change')],
    removexattr: [operationExclusive, ...transaction('change')],
    getxattr: [{ lock: 'data', mode: 'shared', region: 'operation' }],
    listxattr: [{ lock: 'data', mode: 'shared', region: 'operation' }],
    mkdir: [dir, ...transaction('change', 'dir')],
    symlink: [dir, ...transaction('change', 'dir')],
    unlink: [dir, named, ...transaction('change', 'dir', 'named')],
    rmdir: [dir, named, ...transaction('change', 'dir', 'named')],
    link: [
      { lock: 'inode', mode: 'exclusive', region: 'operation', of: 'dir2' },
      { lock: 'inode', mode: 'exclusive', region: 'victim', of: 'linked' },
      ...transaction('change', 'dir2', 'linked'),
    ],
    rename: [
      { lock: 'rename', mode: 'exclusive', region: 'operation' },
      { lock: 'inode', mode: 'exclusive', region: 'directories', of: 'firstDir' },
      { lock: 'inode', mode: 'exclusive', region: 'directories', of: 'secondDir' },
      { lock: 'inode', mode: 'exclusive', region: 'victim', of: 'renamed' },
      ...transaction('change', 'firstDir', 'secondDir', 'renamed'),
    ],
  },
});
