import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { FAULTS_EXCLUSIVE, REMOVALS, joined, withoutDefinitions, withoutLocks } from '../rows.js';

export const hist43 = defineLockPlan({
  name: 'hist-4.3',
  source: 'Linux 4.3 fs/dax.c, 843172978bb9: i_mmap_rwsem exclusive around get_block.',
  about: 'All faults of a file one at a time; write(2) is not among them.',
  claim: { unsafeFor: ['R05', 'R09', 'R12', 'R24'] },
  locks: withoutDefinitions(xfsUpstream.locks, ['entry']),
  holds: joined(withoutLocks(xfsUpstream.holds, ['mmap', 'entry']), FAULTS_EXCLUSIVE, REMOVALS),
  knobs: { blockZeroing: 'inFault' },
});
