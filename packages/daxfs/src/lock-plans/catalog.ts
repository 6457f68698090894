/** Every lock plan. Adding one is one file of data and one entry here. */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { LockPlan } from '@daxsim/sim';
import type { Personality } from '../personality.js';
import { ext4Upstream } from './ext4-upstream.js';
import { global } from './global.js';
import { none } from './none.js';
import {
  pagecacheHistorical,
  pagecacheUpstream,
  pagecacheUpstream61,
} from './pagecache-upstream.js';
import { xfsReflink, xfsReflink61 } from './xfs-reflink.js';
import { xfsUpstream61 } from './xfs-upstream-6-1.js';
import { xfsUpstream } from './xfs-upstream.js';

export const LOCK_PLANS: readonly LockPlan[] = [
  xfsUpstream,
  xfsUpstream61,
  ext4Upstream,
  xfsReflink,
  xfsReflink61,
  none,
  global,
];

/** Plans over the recipes of the page cache only. */
export const CACHED_LOCK_PLANS: readonly LockPlan[] = [
  pagecacheUpstream,
  pagecacheUpstream61,
  pagecacheHistorical,
];

/** The plans that go with the recipes of a personality. */
export function plansFor(personality: Personality): readonly LockPlan[] {
  return personality.cache === null ? LOCK_PLANS : [...CACHED_LOCK_PLANS, none, global];
}

/** The plan of a name. Throws `ConfigError` for an unknown one. */
export function lockPlan(name: string): LockPlan {
  const plans = [...LOCK_PLANS, ...CACHED_LOCK_PLANS];
  const names = plans.map((plan) => plan.name);
  const found = plans.find((plan) => plan.name === name);
  if (found !== undefined) return found;
  throw new ConfigError({
    where: 'lock plan',
    found: `unknown lock plan "${name}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}
