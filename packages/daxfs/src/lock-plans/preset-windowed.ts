/**
 * A preset over a guest with a window: what it says of F and E counts for the guest's files, and
 * taking a range back is one more removal; all else is as `virtiofs-upstream` has it.
 *
 * An optimistic F is refused: a guest's faults have no point at which to validate. Nothing counts
 * what a request to the server changed.
 */
import { ConfigError } from '@daxsim/sim';
import type { Hold, LockPlan } from '@daxsim/sim';
import { joined } from './rows.js';
import type { Rows } from './rows.js';
import { virtiofsUpstream } from './virtiofs.js';

/** Regions of a guest's recipes about which a preset may say something. */
const REGIONS: { readonly [recipe: string]: readonly string[] } = {
  readFault: ['operation', 'fault', 'entry', 'install'],
  writeFault: ['operation', 'fault', 'entry', 'install'],
  privateFault: ['fault', 'entry'],
  truncateInode: ['layout', 'unmapping'],
  fallocate: ['layout', 'unmapping'],
  evict: ['layout'],
  writebackRange: ['entry'],
  truncateEntries: ['entry'],
};
const DECIDED: readonly string[] = ['mm', 'vma', 'mmap', 'entry'];
/** Recipes whose rows of `mm` are no preset's business. */
const CALLS: readonly string[] = ['mmap', 'munmap', 'mremap', 'mprotect', 'madvise'];

/** `preset` over the locks of a guest. */
export function presetWindowed(preset: LockPlan): LockPlan {
  if (preset === virtiofsUpstream) return preset;
  if (preset.locks.mmap?.kind === 'seqcount') {
    throw new ConfigError({
      where: `lock plan ${preset.name}`,
      found: 'a sequence count over a window',
      allowed: 'a lock: faults of a guest have no point at which to validate',
    });
  }
  const base = virtiofsUpstream;
  const kept = rowsOf(base.holds, (recipe, row) => {
    return !DECIDED.includes(row.lock) || CALLS.includes(recipe);
  });
  const decided = rowsOf(preset.holds, (recipe, row) => {
    const regions = REGIONS[recipe] ?? [];
    return DECIDED.includes(row.lock) && regions.includes(row.region ?? '');
  });
  const reclaims = (decided.evict ?? []).filter(({ lock }) => lock === 'mmap');
  const { mm, vma, mmap, entry } = preset.locks;
  const definitions = Object.entries({ mm, vma, mmap, entry }).filter(([, one]) => one);
  const own = Object.entries(base.locks).filter(([name]) => !DECIDED.includes(name));
  return {
    ...preset,
    source: `${preset.source} Other locks: ${base.source}`,
    locks: Object.fromEntries([...definitions, ...own]),
    holds: joined(outer(decided), { reclaimRange: reclaims }, inner(decided), kept),
  };
}

function outer(rows: Rows): Rows {
  return rowsOf(rows, (_recipe, { lock }) => lock !== 'entry');
}

function inner(rows: Rows): Rows {
  return rowsOf(rows, (_recipe, { lock }) => lock === 'entry');
}

function rowsOf(rows: Rows, wants: (recipe: string, row: Hold) => boolean): Rows {
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => {
    return [recipe, holds.filter((row) => wants(recipe, row))];
  });
  return Object.fromEntries(kept.filter(([, holds]) => holds.length > 0));
}
