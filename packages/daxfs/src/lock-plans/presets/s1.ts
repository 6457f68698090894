import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

export const s1 = defineLockPlan({
  name: 'S1',
  source: 'Linux 4.1 fs/xfs/xfs_file.c (XFS_MMAPLOCK), Linux 4.5 fs/ext4 (i_mmap_sem).',
  about: 'Faults shared, removals exclusive; faults and writes of one page are not ordered.',
  claim: { unsafeFor: ['R05', 'R06', 'R07', 'R12', 'R24'] },
  locks: withoutDefinitions(xfsUpstream.locks, ['entry']),
  holds: withoutLocks(xfsUpstream.holds, ['entry']),
});
