import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { RANGE_ROWS } from './range-rows.js';

export const s5c = defineLockPlan({
  name: 'S5c',
  source: 'pNOVA, IEEE Access 2021; NOVA with segment range locks.',
  about: 'As S5a, with the file cut into segments of 2 MiB that are locked whole.',
  claim: 'safe',
  locks: {
    ...xfsUpstream.locks,
    mmap: { kind: 'range', per: 'inode', guards: [], granularity: 2097152 },
  },
  holds: RANGE_ROWS,
});
