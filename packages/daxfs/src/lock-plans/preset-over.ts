/**
 * A preset over the locks of another file system. Presets are written for XFS; what they are about
 * are two locks, F that keeps faults out (`mmap`) and E of one entry, and whose mapping a fault
 * keeps (`mm`, `vma`). The rest — journal handles, the extents' own lock — is the file system's.
 *
 *      rows of F and of the mapping: the preset's ─┐
 *      rows of all else:             the base's   ─┼─▶ the preset over that file system
 *      rows of E:                    the preset's ─┘   its knobs, and its name
 *
 * In one region F is outside of the extents' lock and E inside, as in the presets themselves.
 */
import type { Hold, LockDefinition, LockPlan } from '@daxsim/sim';
import { joined } from './rows.js';
import type { Rows } from './rows.js';

/** Locks that a preset decides about: those outside of the base's own, and the one inside. */
const OUTER = ['mm', 'vma', 'mmap'];
const INNER = ['entry'];

/** `preset` with all other locks as `base` has them. */
export function presetOver(preset: LockPlan, base: LockPlan): LockPlan {
  const decides = [...OUTER, ...INNER];
  const own = (lock: string): boolean => !decides.includes(lock);
  return {
    ...preset,
    source: `${preset.source} Other locks: ${base.source}`,
    locks: locksOf(preset, base),
    holds: joined(
      rowsOf(preset.holds, (lock) => OUTER.includes(lock)),
      rowsOf(base.holds, own),
      rowsOf(preset.holds, (lock) => INNER.includes(lock)),
    ),
  };
}

/** The base's locks in its order, those that the preset decides about as the preset has them. */
function locksOf(preset: LockPlan, base: LockPlan): LockPlan['locks'] {
  const all: Record<string, LockDefinition> = {};
  const add = (name: string): void => {
    const definition = preset.locks[name];
    if (definition !== undefined) all[name] = definition;
  };
  for (const [name, definition] of Object.entries(base.locks)) {
    if (OUTER.includes(name) || INNER.includes(name)) add(name);
    else all[name] = definition;
    if (name === 'mm') add('vma');
  }
  return all;
}

function rowsOf(rows: Rows, wants: (lock: string) => boolean): Rows {
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => {
    return [recipe, holds.filter(({ lock }) => wants(lock))];
  });
  return Object.fromEntries(kept.filter(([, holds]) => holds.length > 0));
}
