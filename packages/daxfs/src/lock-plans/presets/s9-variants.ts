/**
 * The optimistic plan with less and with more protection. What it hangs on:
 *
 *      who bumps           removals only ─ and write(2) (S9) ─ and blocks that faults allocate
 *      where it is checked under the entries' and the page table's lock ─ before it ─ after it
 *      when it is sampled  with the check that nobody changes anything ─ later, at the lookup
 *
 * The last two lines are defects that look right.
 */
import { defineLockPlan } from '@daxsim/sim';
import type { Hold, LockPlan } from '@daxsim/sim';
import { joined } from '../rows.js';
import { s9 } from './s9.js';
import type { Rows } from '../rows.js';

const SOURCE = 'Ours: what a sequence count around layout changes needs, variant by variant.';

const allocate: Hold = { lock: 'mmap', mode: 'exclusive', region: 'allocate' };

/** The rows of the sequence count, faults validating as `read` says. */
function withReads(rows: Rows, read: Partial<Hold>): Rows {
  const changed = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => [
    recipe,
    holds.map((hold) => (hold.region === 'fault' ? { ...hold, ...read } : hold)),
  ]);
  return Object.fromEntries(changed);
}

function withoutMap(rows: Rows): Rows {
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => [
    recipe,
    holds.filter(({ lock, region }) => lock !== 'mmap' || region !== 'map'),
  ]);
  return Object.fromEntries(kept);
}

const removals = withoutMap(s9.holds);

export const s9Removals: LockPlan = defineLockPlan({
  ...s9,
  name: 'S9-removals',
  source: SOURCE,
  about: 'As S9, but only what takes blocks away counts as a change.',
  claim: { unsafeFor: ['R05', 'R06', 'R07', 'R12', 'R24'] },
  holds: removals,
});

export const s9All: LockPlan = defineLockPlan({
  ...s9,
  name: 'S9-all',
  source: SOURCE,
  about: 'As S9, and a fault that allocates counts as a change too.',
  claim: { unsafeFor: ['R07', 'R12'] },
  holds: joined({ writeFault: [allocate] }, s9.holds),
});

export const s9Early: LockPlan = defineLockPlan({
  ...s9,
  name: 'S9-early',
  source: SOURCE,
  about: 'Checked before the locks are taken under which things are installed: too early.',
  claim: { unsafeFor: ['R01', 'R02', 'R04', 'R05', 'R06', 'R07', 'R12', 'R23', 'R24'] },
  holds: withReads(removals, { validateAt: ['beforeEnter', 'beforeInstall'] }),
});

export const s9Late: LockPlan = defineLockPlan({
  ...s9,
  name: 'S9-late',
  source: SOURCE,
  about: 'Checked when things are installed already and can be seen: too late.',
  claim: { unsafeFor: ['R01', 'R02', 'R04', 'R05', 'R06', 'R07', 'R12', 'R23', 'R24'] },
  holds: withReads(removals, { validateAt: ['afterInstall'] }),
});

export const s9Resampled: LockPlan = defineLockPlan({
  ...s9,
  name: 'S9-resampled',
  source: SOURCE,
  about: 'Sampled when the extent is asked for, not when nobody was seen to change anything.',
  claim: { unsafeFor: ['R01', 'R02', 'R04', 'R05', 'R06', 'R07', 'R12', 'R23', 'R24'] },
  holds: withReads(removals, { sampleAt: 'beforeLookup' }),
});
