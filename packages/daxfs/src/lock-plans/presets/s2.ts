import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import {
  REMOVALS,
  WRITES,
  WRITE_FAULTS_EXCLUSIVE,
  joined,
  withoutDefinitions,
  withoutLocks,
} from '../rows.js';

export const s2 = defineLockPlan({
  name: 'S2',
  source: 'Wilcox, 2015, 843172978bb9; Kara, 2017-04-25, the second of his two options.',
  about: 'Write faults and the allocation of write(2) exclusive, read faults shared.',
  claim: { unsafeFor: ['R12'] },
  locks: withoutDefinitions(xfsUpstream.locks, ['entry']),
  holds: joined(
    withoutLocks(xfsUpstream.holds, ['mmap', 'entry']),
    WRITE_FAULTS_EXCLUSIVE,
    REMOVALS,
    WRITES,
  ),
});
