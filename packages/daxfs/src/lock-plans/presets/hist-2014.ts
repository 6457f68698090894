import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

export const hist2014 = defineLockPlan({
  name: 'hist-2014',
  source: 'Linux 4.0 fs/dax.c; Chinner, 2014-09-16: unwritten extents in the fault path.',
  about:
    'A page lock, no lock of the file; the fault zeroes, and an unwritten block stays unwritten.',
  claim: { unsafeFor: ['R01', 'R02', 'R04', 'R06', 'R07', 'R08', 'R09', 'R10', 'R23'] },
  locks: withoutDefinitions(xfsUpstream.locks, ['mmap']),
  holds: withoutLocks(xfsUpstream.holds, ['mmap']),
  knobs: { blockZeroing: 'inFault', unwrittenFault: 'forgets' },
});
