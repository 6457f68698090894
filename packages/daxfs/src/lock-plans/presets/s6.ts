import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

const rows = withoutLocks(xfsUpstream.holds, ['mmap', 'entry']);
const locks = withoutDefinitions(xfsUpstream.locks, ['mmap', 'entry']);

export const s6 = defineLockPlan({
  name: 'S6',
  source: 'Linux 6.12 fs/iomap/direct-io.c: invalidate before and after, no lock.',
  about:
    'Invalidates before and after each change, as direct I/O does; what comes between is open.',
  claim: { unsafeFor: ['R01', 'R02', 'R04', 'R05', 'R06', 'R07', 'R12', 'R23', 'R24'] },
  locks,
  holds: rows,
  knobs: { punchOrder: 'unmapFreeUnmap', writeInvalidates: 'twice' },
});
