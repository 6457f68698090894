/**
 * Does the reduced search reach the same ends as the full one? The check on which the right to
 * leave anything out rests: run it on whatever one wants to search reduced.
 */
import { explore } from './explore.js';
import type { ExploreResult } from './search-types.js';
import type { Explorable } from './explorable.js';

export interface EndsComparison {
  readonly full: ExploreResult;
  readonly reduced: ExploreResult;
  /** What is wrong with ends that only the full search reached; '' for an end without failure. */
  readonly missing: readonly string[];
  /** The same of ends that only the reduced search reached. */
  readonly extra: readonly string[];
  /** False when `maxStates` cut one of the searches: then nothing was compared. */
  readonly isComplete: boolean;
}

/**
 * Searches both ways to the end, beyond failures, and compares. `make` answers the same system in
 * the same state each time; an end is the hash of its state and what is wrong with it.
 */
export function compareEnds(make: () => Explorable, maxStates = Infinity): EndsComparison {
  const run = (reduce: boolean): { result: ExploreResult; ends: Map<string, string> } => {
    const ends = new Map<string, string>();
    const onEnd = (hash: number, message: string | null): void => {
      ends.set(`${String(hash)} ${message ?? ''}`, message ?? '');
    };
    const result = explore(make(), { reduce, beyondFailure: true, maxStates, onEnd });
    return { result, ends };
  };
  const full = run(false);
  const reduced = run(true);
  const isComplete = full.result.complete && reduced.result.complete;
  const only = (a: Map<string, string>, b: Map<string, string>): string[] =>
    isComplete ? [...a].filter(([end]) => !b.has(end)).map(([, message]) => message) : [];
  return {
    full: full.result,
    reduced: reduced.result,
    missing: only(full.ends, reduced.ends),
    extra: only(reduced.ends, full.ends),
    isComplete,
  };
}
