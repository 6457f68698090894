/**
 * Every lock plan. Adding one is one file of data and one entry here.
 *
 * Not entries: `rows.ts`, rows that plans share, `amendments.ts`, what knobs change in rows,
 * `plan-name.ts`, names such as S2+U=yes, `preset-over.ts`, `preset-cached.ts` and
 * `preset-windowed.ts`, presets over another file system's locks, the page cache and a window.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { LockPlan } from '@daxsim/sim';
import type { Personality } from '../personality.js';
import { ext4Upstream } from './ext4-upstream.js';
import { clientHistorical, clientUpstream } from './client-upstream.js';
import { global } from './global.js';
import { none } from './none.js';
import {
  pagecacheHistorical,
  pagecacheUpstream,
  pagecacheUpstream61,
} from './pagecache-upstream.js';
import { presetCached } from './preset-cached.js';
import { presetWindowed } from './preset-windowed.js';
import { presetOver } from './preset-over.js';
import { parsePlanName, planWith } from './plan-name.js';
import { virtiofsUpstream } from './virtiofs.js';
import { sharing, xfsReflink, xfsReflink61 } from './xfs-reflink.js';
import { xfsUpstream61 } from './xfs-upstream-6-1.js';
import { xfsUpstream } from './xfs-upstream.js';
import { s0 } from './presets/s0.js';
import { s0r } from './presets/s0r.js';
import { s1 } from './presets/s1.js';
import { s2 } from './presets/s2.js';
import { s3a } from './presets/s3a.js';
import { s3b } from './presets/s3b.js';
import { s4 } from './presets/s4.js';
import { s5a } from './presets/s5a.js';
import { s5b } from './presets/s5b.js';
import { s5c } from './presets/s5c.js';
import { s6 } from './presets/s6.js';
import { s7 } from './presets/s7.js';
import { s8 } from './presets/s8.js';
import { s9 } from './presets/s9.js';
import { s9All, s9Early, s9Late, s9Removals, s9Resampled } from './presets/s9-variants.js';
import { s10 } from './presets/s10.js';
import { s11 } from './presets/s11.js';
import { goyalV1 } from './presets/goyal-v1.js';
import { hist2014 } from './presets/hist-2014.js';
import { hist42 } from './presets/hist-4.2.js';
import { hist43 } from './presets/hist-4.3.js';

export const LOCK_PLANS: readonly LockPlan[] = [
  xfsUpstream,
  xfsUpstream61,
  ext4Upstream,
  xfsReflink,
  xfsReflink61,
  none,
  global,
  s0,
  s0r,
  s1,
  s2,
  s3a,
  s3b,
  s4,
  s5a,
  s5b,
  s5c,
  s6,
  s7,
  s8,
  s9,
  s9Removals,
  s9All,
  s9Early,
  s9Late,
  s9Resampled,
  s10,
  s11,
  goyalV1,
  hist2014,
  hist42,
  hist43,
];

/** Plans over the recipes of the page cache only. */
export const CACHED_LOCK_PLANS: readonly LockPlan[] = [
  pagecacheUpstream,
  pagecacheUpstream61,
  pagecacheHistorical,
];

/** Plans over the recipes of a client only. */
export const CLIENT_LOCK_PLANS: readonly LockPlan[] = [clientUpstream, clientHistorical];

/** Plans over the recipes of a guest with a window only. */
export const WINDOW_LOCK_PLANS: readonly LockPlan[] = [virtiofsUpstream];

/** The plans that go with the recipes of a personality. */
export function plansFor(personality: Personality): readonly LockPlan[] {
  if (personality.server !== null) return [...CLIENT_LOCK_PLANS, none, global];
  if (personality.window !== null) return WINDOW_LOCK_PLANS;
  return personality.cache === null ? LOCK_PLANS : [...CACHED_LOCK_PLANS, none, global];
}

/**
 * The plan of a name, with knobs changed as in `S2+U=yes`. Throws `ConfigError` for an unknown one.
 */
export function lockPlan(name: string): LockPlan {
  const { base, knobs } = parsePlanName(name);
  return planWith(planNamed(base), name, knobs);
}

/** The same with all locks that presets do not decide about as another plan has them. */
export function lockPlanOver(name: string, other: string): LockPlan {
  const { base, knobs } = parsePlanName(name);
  return planWith(presetOver(planNamed(base), planNamed(other)), name, knobs);
}

/** The same where files share blocks. */
export function lockPlanSharing(name: string): LockPlan {
  const { base, knobs } = parsePlanName(name);
  return planWith(sharing(planNamed(base)), name, knobs);
}

/** The same over the recipes of the page cache. */
export function lockPlanCached(name: string): LockPlan {
  const { base, knobs } = parsePlanName(name);
  return planWith(presetCached(planNamed(base)), name, knobs);
}

/** The same over the recipes of a client. */
export function lockPlanOfClient(name: string): LockPlan {
  const { base, knobs } = parsePlanName(name);
  return planWith(presetCached(planNamed(base), clientUpstream), name, knobs);
}

/** The same over the recipes of a guest with a window. */
export function lockPlanWindowed(name: string): LockPlan {
  const { base, knobs } = parsePlanName(name);
  return planWith(presetWindowed(planNamed(base)), name, knobs);
}

function planNamed(base: string): LockPlan {
  const own = [...CLIENT_LOCK_PLANS, ...WINDOW_LOCK_PLANS];
  const plans = [...LOCK_PLANS, ...CACHED_LOCK_PLANS, ...own];
  const names = plans.map((plan) => plan.name);
  const found = plans.find((plan) => plan.name === base);
  if (found !== undefined) return found;
  throw new ConfigError({
    where: 'lock plan',
    found: `unknown lock plan "${base}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(base, names),
  });
}
