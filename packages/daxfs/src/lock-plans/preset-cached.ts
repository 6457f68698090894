/**
 * A preset over the page cache. There a fault does not install what the device holds but adds a
 * page and makes it dirty, so F stands elsewhere: over the filling of pages and over what makes one
 * writable. E is no matter of plans there: a folio has its lock.
 *
 *      readFault  ─ F over `fault`  ─▶  readAhead, readOnePage ─ F over `fill`
 *      writeFault ─ F over `fault`  ─▶  writeFault ─ F over `mkwrite`
 *      removals, writebacks         ─▶  as they are
 *
 * An optimistic F is refused: the recipes of the page cache have no point at which to validate.
 * Parts of a file are those of its removals; who adds pages takes all of it.
 */
import { ConfigError } from '@daxsim/sim';
import type { Hold, LockPlan } from '@daxsim/sim';
import { pagecacheUpstream } from './pagecache-upstream.js';
import { joined, withoutLocks } from './rows.js';
import type { Rows } from './rows.js';

/** Regions of removals and writebacks, which presets hold F over. */
const KEPT = ['layout', 'gap', 'unmapping', 'writeback'];

/** `preset` over the recipes of the page cache. Throws `ConfigError` for an optimistic one. */
export function presetCached(preset: LockPlan, base: LockPlan = pagecacheUpstream): LockPlan {
  const { mmap } = preset.locks;
  if (mmap?.kind === 'seqcount') {
    throw new ConfigError({
      where: `lock plan ${preset.name}`,
      found: 'a sequence count over the page cache',
      allowed: 'a lock: faults on cached pages have no point at which to validate',
    });
  }
  return {
    ...preset,
    source: `${preset.source} Other locks: ${base.source}`,
    locks: { ...base.locks, ...(mmap === undefined ? {} : { mmap }) },
    holds: joined(
      keptRows(preset.holds),
      filling(preset.holds),
      withoutLocks(base.holds, ['mmap']),
    ),
  };
}

/** F over removals and writebacks. */
function keptRows(rows: Rows): Rows {
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => [
    recipe,
    holds.filter(({ lock, region }) => lock === 'mmap' && KEPT.includes(region ?? '')),
  ]);
  return Object.fromEntries(kept.filter(([, holds]) => holds.length > 0));
}

/** F over what adds pages and what makes them writable. */
function filling(rows: Rows): Rows {
  const reading = faultHold(rows, 'readFault', 'fill');
  const writing = faultHold(rows, 'writeFault', 'mkwrite');
  return { readAhead: reading, readOnePage: reading, writeFault: writing };
}

function faultHold(rows: Rows, recipe: string, region: string): readonly Hold[] {
  const own = rows[recipe]?.find((hold) => hold.lock === 'mmap' && hold.region === 'fault');
  return own === undefined ? [] : [{ lock: 'mmap', mode: own.mode, region }];
}
