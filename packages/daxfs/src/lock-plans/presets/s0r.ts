import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

const rows = withoutLocks(xfsUpstream.holds, ['mmap', 'entry']);
const locks = withoutDefinitions(xfsUpstream.locks, ['mmap', 'entry']);

export const s0r = defineLockPlan({
  name: 'S0r',
  source: 'Linux 3.6 fs/fuse/file.c, fuse_file_fallocate (3634a6327815).',
  about: 'As S0, and blocks are freed before their translations go.',
  claim: { unsafeFor: ['R01', 'R02', 'R03', 'R04', 'R05', 'R06', 'R07', 'R12', 'R23', 'R24'] },
  locks,
  holds: rows,
  knobs: { punchOrder: 'freeThenUnmap' },
});
