/**
 * One mutex around each operation and each fault of the file system: the upper bound of safety and
 * the lower bound of what can run at once. Loads and stores take nothing; their faults do.
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold } from '@daxsim/sim';

const whole: readonly Hold[] = [{ lock: 'global', mode: 'exclusive', region: 'call' }];
const force: readonly Hold[] = [{ lock: 'log', mode: 'exclusive', region: 'force' }];

export const global = defineLockPlan({
  name: 'global',
  source: 'Ours: the preset S8 of a catalogue of locking strategies, one mutex per file system.',
  about: 'Everything excludes everything.',
  claim: 'safe',
  locks: {
    global: {
      kind: 'mutex',
      per: 'fileSystem',
      guards: [
        'size',
        'directory',
        'pageTable',
        'daxEntry',
        'dirtyTag',
        'extentMap',
        'inodeCore',
        'mappings',
        'freeSpace',
      ],
    },
    log: { kind: 'mutex', per: 'fileSystem', guards: [] },
  },
  holds: {
    open: whole,
    close: whole,
    lseek: whole,
    getdents: whole,
    mkdir: whole,
    symlink: whole,
    unlink: whole,
    rmdir: whole,
    rename: whole,
    link: whole,
    chmod: whole,
    chown: whole,
    setExtentHint: whole,
    utimens: whole,
    setxattr: whole,
    removexattr: whole,
    getxattr: whole,
    listxattr: whole,
    stat: whole,
    access: whole,
    readlink: whole,
    read: whole,
    write: whole,
    copyRange: whole,
    clone: whole,
    fsync: whole,
    fdatasync: whole,
    syncRange: whole,
    sync: whole,
    unmount: whole,
    truncate: whole,
    ftruncate: whole,
    fallocate: whole,
    mmap: whole,
    munmap: whole,
    mremap: whole,
    mprotect: whole,
    madvise: whole,
    msync: whole,
    readFault: [{ lock: 'global', mode: 'exclusive', region: 'operation' }],
    writeFault: [{ lock: 'global', mode: 'exclusive', region: 'operation' }],
    forceLog: force,
    forceRoom: force,
    pushTail: force,
  },
});
