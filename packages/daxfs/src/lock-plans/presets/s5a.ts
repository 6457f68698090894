import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { RANGE_ROWS } from './range-rows.js';

export const s5a = defineLockPlan({
  name: 'S5a',
  source: 'Bueso, range reader/writer locks v1 to v4, 2017; Kara, 2013: mapping range lock.',
  about: 'As S3b, with an interval tree of byte ranges in place of one lock per file.',
  claim: 'safe',
  locks: {
    ...xfsUpstream.locks,
    mmap: { kind: 'range', per: 'inode', guards: [] },
  },
  holds: RANGE_ROWS,
});
