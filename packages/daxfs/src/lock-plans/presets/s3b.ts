import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';

export const s3b = defineLockPlan({
  name: 'S3b',
  source: 'Linux 4.12 and later, fs/dax.c; Kara, 2017: begin inside the entry lock.',
  about: 'What XFS ships: faults shared, removals exclusive, extents asked for under the entry.',
  claim: 'safe',
  locks: xfsUpstream.locks,
  holds: xfsUpstream.holds,
});
