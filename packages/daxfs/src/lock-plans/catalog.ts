/** Every lock plan. Adding one is one file of data and one entry here. */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { LockPlan } from '@daxsim/sim';
import { ext4Upstream } from './ext4-upstream.js';
import { global } from './global.js';
import { none } from './none.js';
import { xfsUpstream61 } from './xfs-upstream-6-1.js';
import { xfsUpstream } from './xfs-upstream.js';

export const LOCK_PLANS: readonly LockPlan[] = [
  xfsUpstream,
  xfsUpstream61,
  ext4Upstream,
  none,
  global,
];

/** The plan of a name. Throws `ConfigError` for an unknown one. */
export function lockPlan(name: string): LockPlan {
  const names = LOCK_PLANS.map((plan) => plan.name);
  const found = LOCK_PLANS.find((plan) => plan.name === name);
  if (found !== undefined) return found;
  throw new ConfigError({
    where: 'lock plan',
    found: `unknown lock plan "${name}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}
