/**
 * A search that mutants are tried on: in parts, of which each mutant is only tried on those that
 * run the changed place.
 */
import { RunawayError } from '@daxsim/sim';

/** What kills a mutant: what was run, and what was wrong. */
export interface MutantDeath {
  readonly what: string;
  readonly problem: string;
}

/** What a part runs when nothing is mutated. */
export interface SurveyedPart {
  readonly part: string;
  /** Names of places. */
  readonly places: readonly string[];
  /** States searched; 0 where that says nothing. */
  readonly states: number;
}

export interface MutantSearch {
  readonly name: string;
  /** Runs every part once without a mutation; cheap parts first. */
  readonly survey: () => readonly SurveyedPart[];
  /** Runs parts, as surveyed, until something is found. */
  readonly run: (mutation: string, parts: readonly SurveyedPart[]) => MutantDeath | null;
  /** What a part does, as a number; null where it cannot be told. */
  readonly signature: (mutation: string | undefined, part: SurveyedPart) => string | null;
  /** All that a part can show to somebody who looks; null where that takes too long. */
  readonly shows: (mutation: string | undefined, part: SurveyedPart) => ReadonlySet<string> | null;
}

/** What kills a mutant that goes round and round, waits for ever, or grows without end. */
export const HANG = 'hang or runaway';

/** An error of ours, or of a set-up, is something found as well. */
export function caught(search: () => MutantDeath | null): MutantDeath | null {
  try {
    return search();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const what = error instanceof RunawayError ? HANG : error.name;
    return { what, problem: error.message };
  }
}
