/**
 * The locks of a client with a page cache, and of its server.
 *
 *     inode, mmap, folio   the client's, as in `pagecache-upstream`
 *     server               the server's lock of the file, over one request: its extents
 *     mapping, log         stamps and the size as the client has them; the server's log
 *
 * What `fuse`, `ceph` and `cifs` were to do from Linux 5.15 on: pages are added and made dirty
 * under the mmap lock, shared; a removal holds it over writing back, dropping pages and the
 * request.
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold } from '@daxsim/sim';
import { pagecacheUpstream } from './pagecache-upstream.js';
import { withoutDefinitions, withoutLocks } from './rows.js';

const { holds } = pagecacheUpstream;
const shared: Hold = { lock: 'server', mode: 'shared', region: 'server' };
const exclusive: Hold = { lock: 'server', mode: 'exclusive', region: 'server' };
const operation: Hold = { lock: 'inode', mode: 'exclusive', region: 'operation' };
const layout: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout' };
const folio: Hold = { lock: 'folio', mode: 'exclusive', region: 'folio' };
const sequence: Hold = { lock: 'server', mode: 'shared', region: 'sequence' };
const mapping: Hold = { lock: 'mapping', mode: 'exclusive', region: 'mapping' };
const stamps: Hold = { lock: 'mapping', mode: 'exclusive', region: 'stamps' };
const accessTime: Hold = { lock: 'mapping', mode: 'exclusive', region: 'accessTime' };

export const clientUpstream = defineLockPlan({
  name: 'client-upstream',
  source: 'Linux 5.15 mm/filemap.c; "Fix races … when hole punching", merge aa99f3c2b9c7.',
  about: 'A client of a server: removals exclude faults from writing back to the answer.',
  claim: 'safe',
  locks: {
    ...pagecacheUpstream.locks,
    server: { kind: 'rwsem', per: 'inode', guards: ['extentMap'] },
  },
  holds: {
    ...holds,
    read: [{ lock: 'inode', mode: 'shared', region: 'operation' }, accessTime],
    write: holds.write.filter(({ region }) => region !== 'convert'),
    directWrite: holds.directWrite.filter(
      ({ region }) => region !== 'convert' && region !== 'allocate',
    ),
    directRead: [{ lock: 'inode', mode: 'shared', region: 'operation' }],
    fillFolios: [],
    zeroRange: [folio],
    writebackRange: [folio],
    fallocate: [operation, layout, stamps, mapping],
    truncateInode: [operation, layout, mapping],
    syncInode: [],
    syncInodeData: [],
    serveZeroes: [],
    serveRead: [shared],
    serveWrite: [exclusive],
    serveFallocate: [exclusive],
    serveTruncate: [exclusive],
    revalidate: [operation, layout],
    serveAttributes: [shared],
    serveSync: [sequence],
    serveDataSync: [sequence],
  },
});

export const clientHistorical = defineLockPlan({
  ...clientUpstream,
  name: 'client-historical',
  source: 'Linux 5.14 fs/fuse/file.c, fs/nfs/nfs42proc.c: the server first, the cache behind it.',
  about: 'Nothing keeps faults out of a file; a punch drops what is cached when it is answered.',
  claim: { unsafeFor: ['R29', 'R30'] },
  holds: withoutLocks(clientUpstream.holds, ['mmap']),
  locks: withoutDefinitions(clientUpstream.locks, ['mmap']),
  knobs: { punchOrder: 'freeThenUnmap' },
});
