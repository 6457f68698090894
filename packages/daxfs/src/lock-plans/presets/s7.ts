import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

const rows = withoutLocks(xfsUpstream.holds, ['mmap', 'entry']);
const locks = withoutDefinitions(xfsUpstream.locks, ['mmap', 'entry']);

export const s7 = defineLockPlan({
  name: 'S7',
  source: 'Chinner, 2020-08-12, fuse-dax v2 15/20: cache dropped after the remote punch.',
  about: 'Blocks are freed before their translations go, and nothing keeps faults out.',
  claim: { unsafeFor: ['R01', 'R02', 'R03', 'R04', 'R05', 'R06', 'R07', 'R12', 'R23', 'R24'] },
  locks,
  holds: rows,
  knobs: { punchOrder: 'freeThenUnmap' },
});
