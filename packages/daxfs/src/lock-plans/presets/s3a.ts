import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';

export const s3a = defineLockPlan({
  name: 'S3a',
  source: 'Linux 4.7 to 4.11 fs/dax.c: iomap_begin before grab_mapping_entry.',
  about: 'The entry is locked only when the extent is known already.',
  claim: { unsafeFor: ['R05', 'R06', 'R24'] },
  locks: xfsUpstream.locks,
  holds: xfsUpstream.holds,
  knobs: { iomapBegin: 'beforeEntry' },
});
