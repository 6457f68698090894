/**
 * The locks of a guest with a window as Linux 6.12 has them, and under them those of its host.
 *
 *     inode    i_rwsem of the guest's inode
 *     mmap     mapping->invalidate_lock: faults against truncation and against taking ranges back
 *     entry    the lock bit of a DAX entry
 *     dmap     fi->dax->sem: which range shows which part of a file
 *     host.…   the host's own, as it ships them; names and attributes are the server's as well
 *
 *     order:   inode ─▶ mmap ─▶ entry ─▶ dmap ─▶ host.mm        mm ─▶ mmap      dmap ─▶ entry
 *
 * Taking a range back asks for entries under dmap, against the order of faults. It holds mmap
 * exclusively, which keeps faults out of that file: the lock that closes this circle.
 *
 * fc->dax->lock around the lists is held within one step and not a lock here.
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold, LockDefinition, LockPlan } from '@daxsim/sim';
import { joined } from './rows.js';
import type { Rows } from './rows.js';
import { xfsUpstream } from './xfs-upstream.js';

const HOST = 'host.';

/** Recipes of a guest whose rows are its own; the others are the server's work. */
const OWN: readonly string[] = [
  'read',
  'write',
  'copyRange',
  'truncateInode',
  'fallocate',
  'evict',
  'readFault',
  'writeFault',
  'privateFault',
  'writebackRange',
  'truncateEntries',
  'invalidateRange',
  'mmap',
  'munmap',
  'mremap',
  'mprotect',
  'madvise',
  'syncInode',
  'syncInodeData',
];
/** Recipes of other file systems that a guest has not. */
const ABSENT: readonly string[] = ['clone', 'directRead', 'directWrite', 'tagWrittenPages'];

/** Recipes that the host runs, as far as they take locks. */
const HOSTED: readonly string[] = [
  'read',
  'write',
  'copyRange',
  'zeroRange',
  'truncateInode',
  'fallocate',
  'evict',
  'syncInode',
  'syncInodeData',
  'readFault',
  'writeFault',
  'privateFault',
  'writebackRange',
  'invalidateRange',
  'truncateEntries',
  'forceLog',
  'forceRoom',
  'pushTail',
];

/** Locks of which there is one for guests and host. */
const COMMON: readonly string[] = ['log'];

function lockOfHost(lock: string): string {
  return COMMON.includes(lock) ? lock : HOST + lock;
}

/** The base's locks as the host's. */
function hostLocks(base: LockPlan): Readonly<Record<string, LockDefinition>> {
  const entries = Object.entries(base.locks).map(([name, one]): [string, LockDefinition] => {
    // The host's faults hold the one mapping that they are about (its per-VMA lock).
    const own = name === 'mm' ? 'mapping' : one.per;
    const per = COMMON.includes(name) ? one.per : HOST + own;
    return [lockOfHost(name), { ...one, per }];
  });
  return Object.fromEntries(entries);
}

/** Rows of the host's recipes. */
function hostRows(base: LockPlan): Rows {
  const run = Object.entries(base.holds).filter(([recipe]) => HOSTED.includes(recipe));
  const entries = run.map(([recipe, rows]): [string, readonly Hold[]] => [
    HOST + recipe,
    rows.map((row) => hostRow(row, base)),
  ]);
  return Object.fromEntries(entries);
}

function hostRow(row: Hold, base: LockPlan): Hold {
  const lock = lockOfHost(row.lock);
  if (row.lock === 'mm') return { ...row, lock };
  const of = row.of ?? base.locks[row.lock]?.per ?? '';
  return { ...row, lock, of: COMMON.includes(row.lock) ? of : HOST + of };
}

/** Rows of recipes that the server does for a guest as they are: its locks, found by the guest. */
function servedRows(base: LockPlan): Rows {
  const served = Object.entries(base.holds).filter(
    ([recipe]) => !OWN.includes(recipe) && !ABSENT.includes(recipe),
  );
  const entries = served.map(([recipe, rows]): [string, readonly Hold[]] => [
    recipe,
    rows.map((row) => ({
      ...row,
      lock: lockOfHost(row.lock),
      of: row.of ?? base.locks[row.lock]?.per ?? '',
    })),
  ]);
  return Object.fromEntries(entries);
}

const setup: Hold = { lock: 'dmap', mode: 'exclusive', region: 'setup' };
const lookup: Hold = { lock: 'dmap', mode: 'shared', region: 'lookup' };
const server: Hold = { lock: `${HOST}mm`, mode: 'exclusive', region: 'server', of: 'range' };

/** Rows of the window itself, whatever keeps faults out. */
const WINDOW_ROWS: Rows = {
  rangeForCopy: [lookup, setup, server],
  rangeForFault: [lookup, setup, server],
  upgradeAlone: [setup, server],
  reclaimRange: [lookup, setup, server],
};

const inode: Hold = { lock: 'inode', mode: 'exclusive', region: 'operation' };
const inodeShared: Hold = { lock: 'inode', mode: 'shared', region: 'operation' };
const layout: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout' };
const fault: Hold = { lock: 'mmap', mode: 'shared', region: 'fault' };
const entry: Hold = { lock: 'entry', mode: 'exclusive', region: 'entry' };
const mmShared: Hold = { lock: 'mm', mode: 'shared', region: 'operation' };
const mmExclusive: Hold = { lock: 'mm', mode: 'exclusive', region: 'operation' };

/** Rows that a preset does not decide about. */
const CALL_ROWS: Rows = {
  read: [inodeShared],
  write: [inode],
  truncateInode: [inode],
  fallocate: [inode],
  evict: [inode],
  mmap: [mmExclusive],
  munmap: [mmExclusive],
  mremap: [mmExclusive],
  mprotect: [mmExclusive],
  madvise: [mmShared],
};

const OUTER_ROWS: Rows = {
  readFault: [mmShared, fault],
  writeFault: [mmShared, fault],
  privateFault: [fault],
  truncateInode: [layout],
  fallocate: [layout],
  evict: [layout],
  reclaimRange: [layout],
};

const ENTRY_ROWS: Rows = {
  readFault: [entry],
  writeFault: [entry],
  privateFault: [entry],
  writebackRange: [entry],
  truncateEntries: [entry],
};

export const virtiofsUpstream = defineLockPlan({
  name: 'virtiofs-upstream',
  source: 'Linux 6.12 fs/fuse/dax.c, fs/fuse/dir.c, fs/fuse/file.c; the host: xfs-upstream.',
  about: 'What virtio-fs ships: faults shared, truncation and reclaim of ranges exclusive.',
  claim: 'safe',
  locks: {
    mm: { kind: 'rwsem', per: 'mm', guards: ['mappings'] },
    inode: { kind: 'rwsem', per: 'inode', guards: [] },
    mmap: { kind: 'rwsem', per: 'inode', guards: [] },
    entry: { kind: 'bit', per: 'entry', guards: ['daxEntry'] },
    dmap: { kind: 'rwsem', per: 'inode', guards: ['windowTree'] },
    ...hostLocks(xfsUpstream),
  },
  holds: joined(
    CALL_ROWS,
    OUTER_ROWS,
    ENTRY_ROWS,
    WINDOW_ROWS,
    servedRows(xfsUpstream),
    hostRows(xfsUpstream),
  ),
});
