import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { withoutDefinitions, withoutLocks } from '../rows.js';

export const s11 = defineLockPlan({
  name: 'S11',
  source: 'Linux mm/filemap.c, filemap_fault; Williams, 2017: converge with the page cache.',
  about: 'A lock per page, and the size again under it; a page that is not there has none.',
  claim: { unsafeFor: ['R01', 'R02', 'R23'] },
  locks: withoutDefinitions(xfsUpstream.locks, ['mmap']),
  holds: withoutLocks(xfsUpstream.holds, ['mmap']),
  knobs: { faultRecheck: 'size' },
});
