import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

const rows = withoutLocks(xfsUpstream.holds, ['mmap', 'entry']);
const locks = withoutDefinitions(xfsUpstream.locks, ['mmap', 'entry']);

export const s0 = defineLockPlan({
  name: 'S0',
  source: 'Linux 5.14 fs/fuse/file.c, fs/nfs: faults take no lock of the inode.',
  about: 'Nothing orders a fault against a removal, a write or another fault.',
  claim: { unsafeFor: ['R01', 'R02', 'R04', 'R05', 'R06', 'R07', 'R12', 'R23', 'R24'] },
  locks,
  holds: rows,
});
