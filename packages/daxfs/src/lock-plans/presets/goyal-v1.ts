import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { FAULTS_SHARED, REMOVALS_UNMAPPING, joined, withoutLocks } from '../rows.js';
import type { Rows } from '../rows.js';

const { holds } = xfsUpstream;
/** The rows of the entry lock, behind those of the fault lock. */
const ENTRIES: Rows = Object.fromEntries(
  Object.entries(holds).map(([recipe, list]) => [
    recipe,
    list.filter(({ lock }) => lock === 'entry'),
  ]),
);

export const goyalV1 = defineLockPlan({
  name: 'goyal-v1',
  source: 'Goyal, 2020, first fuse-dax patches: the lock around the invalidation only.',
  about: 'Blocks go first, at the server; then faults are kept out while their translations go.',
  claim: { unsafeFor: ['R01', 'R02', 'R03', 'R23'] },
  locks: xfsUpstream.locks,
  holds: joined(
    withoutLocks(xfsUpstream.holds, ['mmap', 'entry']),
    FAULTS_SHARED,
    REMOVALS_UNMAPPING,
    ENTRIES,
  ),
  knobs: { punchOrder: 'freeThenUnmap' },
});
