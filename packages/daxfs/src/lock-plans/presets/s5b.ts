import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { RANGE_ROWS } from './range-rows.js';

export const s5b = defineLockPlan({
  name: 'S5b',
  source: 'Kogan, Dice and Issa, EuroSys 2020: scalable range locks.',
  about: 'As S5a, with a list of held ranges: who waits keeps nobody else out.',
  claim: 'safe',
  locks: {
    ...xfsUpstream.locks,
    mmap: { kind: 'range', per: 'inode', guards: [], waitersBar: false },
  },
  holds: RANGE_ROWS,
});
