import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

export const hist42 = defineLockPlan({
  name: 'hist-4.2',
  source: 'Linux 4.2 fs/dax.c: i_mmap_rwsem shared, the fault zeroes new blocks.',
  about: 'Two write faults on one hole may both zero its block, the second over a store.',
  claim: { unsafeFor: ['R05', 'R06', 'R07', 'R08', 'R09', 'R12', 'R24'] },
  locks: withoutDefinitions(xfsUpstream.locks, ['entry']),
  holds: withoutLocks(xfsUpstream.holds, ['entry']),
  knobs: { blockZeroing: 'inFault' },
});
