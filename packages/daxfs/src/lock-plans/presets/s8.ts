import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import {
  FAULTS_EXCLUSIVE,
  REMOVALS,
  WRITEBACKS,
  WRITES,
  joined,
  withoutDefinitions,
  withoutLocks,
} from '../rows.js';
import type { Rows } from '../rows.js';

const READS: Rows = {
  read: [{ lock: 'mmap', mode: 'exclusive', region: 'lookup' }],
  directRead: [{ lock: 'mmap', mode: 'exclusive', region: 'lookup' }],
};

export const s8 = defineLockPlan({
  name: 'S8',
  source: 'Ours: one mutex for every operation of a file system.',
  about: 'Everything excludes everything, but for the copy from or to the caller.',
  claim: 'safe',
  locks: {
    ...withoutDefinitions(xfsUpstream.locks, ['entry']),
    mmap: { kind: 'mutex', per: 'fileSystem', guards: [] },
  },
  holds: joined(
    READS,
    withoutLocks(xfsUpstream.holds, ['mmap', 'entry']),
    FAULTS_EXCLUSIVE,
    REMOVALS,
    WRITES,
    WRITEBACKS,
  ),
});
