/**
 * The locks of XFS where files share blocks. A clone holds both files; when it begins to share, the
 * source's locks become shared, so that it can be read meanwhile. A write fault then takes the mmap
 * lock exclusively and so waits for the end (Linux 6.12 fs/xfs/xfs_file.c,
 * xfs_ilock_for_write_fault).
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold, LockPlan } from '@daxsim/sim';
import { xfsUpstream } from './xfs-upstream.js';
import { xfsUpstream61 } from './xfs-upstream-6-1.js';

const byMode: Hold = { lock: 'mmap', mode: { by: 'faultMode' }, region: 'fault' };
const source = 'Linux 6.12 fs/xfs/xfs_file.c, xfs_reflink.c: XFS_IREMAPPING.';
const writeFault = xfsUpstream.holds.writeFault.map((hold) =>
  hold.region === 'fault' ? byMode : hold,
);

/**
 * A plan in which a store to the source of a clone waits for its end, where the plan has a lock
 * that faults share.
 */
export function sharing(plan: LockPlan): LockPlan {
  if (plan.locks.mmap?.kind !== 'rwsem') return plan;
  const waits = ({ lock, mode, region }: Hold): boolean =>
    lock === 'mmap' && mode === 'shared' && region === 'fault';
  const rows = (plan.holds.writeFault ?? []).map((hold) => (waits(hold) ? byMode : hold));
  return { ...plan, holds: { ...plan.holds, writeFault: rows } };
}

export const xfsReflink = defineLockPlan({
  ...xfsUpstream,
  name: 'xfs-reflink',
  source,
  about: 'What XFS ships for shared blocks: a store to the source of a clone waits for its end.',
  holds: { ...xfsUpstream.holds, writeFault },
});

export const xfsReflink61 = defineLockPlan({
  ...xfsUpstream61,
  name: 'xfs-reflink-6.1',
  source,
  about: 'The same with the older faults of 6.1.',
  holds: { ...xfsUpstream61.holds, writeFault },
});
