/**
 * Other kinds for the locks of a plan: the same holds, another protocol. Only what it costs is
 * asked here; a plan whose lock has another kind for good is a plan of its own.
 *
 *     mmap=bravo     readers in a table of slots, writers look through it
 *     inode=range-segment    one rwsem for each 2 MiB
 *
 * Lock bits, counted resources and sequences are part of what a plan means, and stay.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { LockPlan } from '@daxsim/sim';

export const LOCK_KINDS = [
  'rwsem',
  'mutex',
  'rwlock',
  'percpu-rwsem',
  'bravo',
  'range-tree',
  'range-list',
  'range-segment',
] as const;
export type TimedLockKind = (typeof LOCK_KINDS)[number];

/** By name of the lock. */
export type LockKindChoice = { readonly [lock: string]: TimedLockKind };

const SEGMENT_BYTES = 2_097_152;
const REPLACEABLE: readonly string[] = ['rwsem', 'mutex', 'range'];

/** A kind by name. Throws ConfigError. */
export function timedLockKind(name: string): TimedLockKind {
  const found = LOCK_KINDS.find((kind) => kind === name);
  if (found !== undefined) return found;
  throw new ConfigError({
    where: '--lock-kind',
    found: `unknown kind "${name}"`,
    allowed: LOCK_KINDS.join(', '),
    nearest: nearestName(name, LOCK_KINDS),
  });
}

/** Refuses locks that none of the plans has in a kind that can be another. Throws ConfigError. */
export function checkLockKinds(kinds: LockKindChoice, plans: readonly LockPlan[]): void {
  const names = new Set(plans.flatMap(replaceable));
  for (const name of Object.keys(kinds)) {
    if (names.has(name)) continue;
    throw new ConfigError({
      where: '--lock-kind',
      found: `no plan has a lock "${name}" that could be of another kind`,
      allowed: [...names].join(', '),
      nearest: nearestName(name, [...names]),
    });
  }
}

function replaceable({ locks }: LockPlan): string[] {
  return Object.entries(locks)
    .filter(([, { kind }]) => REPLACEABLE.includes(kind))
    .map(([name]) => name);
}

/** The plan with other kinds where plans know them. */
export function withLockKinds(plan: LockPlan, kinds: LockKindChoice): LockPlan {
  const names = replaceable(plan).filter((name) => kinds[name] !== undefined);
  if (names.length === 0) return plan;
  const locks = Object.fromEntries(
    Object.entries(plan.locks).map(([name, definition]) => {
      const kind = names.includes(name) ? kinds[name] : undefined;
      return [name, kind === undefined ? definition : { ...definition, ...valuesOf(kind) }];
    }),
  );
  return { ...plan, locks };
}

function valuesOf(kind: TimedLockKind): Partial<LockPlan['locks'][string]> {
  switch (kind) {
    case 'mutex':
      return { kind: 'mutex' };
    case 'range-tree':
      return { kind: 'range', granularity: 1, waitersBar: true };
    case 'range-list':
      return { kind: 'range', granularity: 1, waitersBar: false };
    case 'range-segment':
      return { kind: 'range', granularity: SEGMENT_BYTES, waitersBar: true };
    default:
      return { kind: 'rwsem' };
  }
}
