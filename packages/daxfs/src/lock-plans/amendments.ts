/**
 * What a knob changes in the rows of whatever plan it is set for. A knob that only changes the
 * order of steps is not here: recipes ask for its value.
 */
import type { Hold, LockPlan } from '@daxsim/sim';
import type { KnobName } from '../knobs.js';
import { joined } from './rows.js';
import type { Rows } from './rows.js';

export interface Amendment {
  readonly knob: KnobName;
  readonly value: string;
  /** Rows that go: of this lock, and of these recipes and regions if there are any here. */
  readonly drop?: {
    readonly lock: string;
    readonly recipes?: readonly string[];
    readonly regions?: readonly string[];
  };
  /** Rows that come; those of locks that the plan lacks do not. */
  readonly add?: Rows;
  /** They come only where rows went. */
  readonly isExchange?: boolean;
}

const transfer: Hold = { lock: 'mmap', mode: 'exclusive', region: 'transfer' };
const pinning: Hold = { lock: 'mmap', mode: 'exclusive', region: 'pinning' };
const unmapping: Hold = { lock: 'mmap', mode: 'exclusive', region: 'unmapping' };
const installing: Hold = { lock: 'entry', mode: 'exclusive', region: 'install' };

export const AMENDMENTS: readonly Amendment[] = [
  { knob: 'blockedFaults', value: 'never', drop: { lock: 'mmap' } },
  {
    knob: 'blockedFaults',
    value: 'notInRemovals',
    drop: { lock: 'mmap', regions: ['layout'] },
  },
  { knob: 'pageFills', value: 'unlocked', drop: { lock: 'mmap', regions: ['fill'] } },
  { knob: 'entryLock', value: 'never', drop: { lock: 'entry' } },
  {
    knob: 'entryLock',
    value: 'notInWriteback',
    drop: { lock: 'entry', recipes: ['writebackRange'] },
  },
  {
    knob: 'entryLock',
    value: 'onlyToInstallReads',
    drop: { lock: 'entry', recipes: ['readFault'] },
    add: { readFault: [installing] },
  },
  {
    knob: 'userCopy',
    value: 'locked',
    drop: { lock: 'mmap', regions: ['map'] },
    add: { write: [transfer], directWrite: [pinning], directRead: [pinning] },
  },
  {
    knob: 'userCopy',
    value: 'heldOver',
    drop: { lock: 'mmap', regions: ['map'] },
    add: { write: [transfer], directWrite: [pinning] },
    isExchange: true,
  },
  {
    knob: 'handleStart',
    value: 'insideEntry',
    drop: { lock: 'handle', recipes: ['writeFault'], regions: ['transaction'] },
    add: { writeFault: [{ lock: 'handle', mode: 'shared', region: 'iomapBegin' }] },
  },
  {
    knob: 'windowReclaim',
    value: 'unlocked',
    drop: { lock: 'mmap', recipes: ['reclaimRange'] },
  },
  {
    knob: 'layoutHold',
    value: 'unmapOnly',
    drop: { lock: 'mmap', regions: ['layout'] },
    add: { truncateInode: [unmapping], fallocate: [unmapping] },
  },
];

/** A plan with what its knobs change in its rows. */
export function amend(plan: LockPlan, knobs: { readonly [knob: string]: string }): LockPlan {
  let rows: Rows = plan.holds;
  for (const { knob, value, drop, add, isExchange } of AMENDMENTS) {
    if (knobs[knob] !== value) continue;
    const before = rows;
    if (drop !== undefined) rows = without(rows, drop);
    const left = rows;
    if (add === undefined) continue;
    const went = (recipe: string): boolean => before[recipe]?.length !== left[recipe]?.length;
    const coming = Object.entries(missing(known(add, plan), rows)).filter(
      ([recipe]) => isExchange !== true || went(recipe),
    );
    rows = joined(rows, Object.fromEntries(coming));
  }
  return rows === plan.holds ? plan : { ...plan, holds: rows };
}

function without(rows: Rows, drop: NonNullable<Amendment['drop']>): Rows {
  const stays = (recipe: string, { lock, region = '' }: Hold): boolean =>
    lock !== drop.lock ||
    (drop.recipes !== undefined && !drop.recipes.includes(recipe)) ||
    (drop.regions !== undefined && !drop.regions.includes(region));
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => {
    return [recipe, holds.filter((hold) => stays(recipe, hold))];
  });
  return Object.fromEntries(kept);
}

/** Rows without those that a plan has already: nobody takes a lock twice. */
function missing(rows: Rows, present: Rows): Rows {
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => {
    const there = present[recipe] ?? [];
    const has = (one: Hold): boolean =>
      there.some(({ lock, region }) => lock === one.lock && region === one.region);
    return [recipe, holds.filter((hold) => !has(hold))];
  });
  return Object.fromEntries(kept);
}

function known(rows: Rows, plan: LockPlan): Rows {
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => {
    return [recipe, holds.filter(({ lock }) => Object.hasOwn(plan.locks, lock))];
  });
  return Object.fromEntries(kept);
}
