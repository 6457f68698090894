/**
 * A campaign of mutants: each is a part that can be run anywhere in any order.
 *
 *     survey ─▶ draw ─▶ mutant ─▶ search, search, … ─▶ killed
 *                               └▶ none: is it another system at all? ─▶ equivalent | survived
 *
 * The survey says which parts of which search run which place. A mutant is tried on those and on no
 * others: what does not run the change cannot notice it.
 */
import { isRecoveryChange } from '../crash/recovery-change.js';
import { spread } from './call-search.js';
import { drawMutants, mutantPlaces } from './mutant-choice.js';
import { mutantSearches } from './mutant-stages.js';
import type { MutantDeath, MutantSearch, SurveyedPart } from './mutant-search.js';

/** What decides the result. */
export interface MutantRequest {
  /** How many are drawn; those of recovery's own steps are few and come beside. */
  readonly mutants: number;
  readonly seed: number;
  /** Only the mutant of this name; null for those drawn. */
  readonly only: string | null;
}

/** What workers are sent: the request, and what was found out before. */
export interface MutantTask {
  readonly request: MutantRequest;
  readonly drawn: readonly string[];
  /** By search: its parts. */
  readonly survey: readonly (readonly [string, readonly SurveyedPart[]])[];
  /** Places in all, and those that some search runs. */
  readonly places: { readonly all: number; readonly run: number };
}

/**
 * Equivalent: every part does the same, line by line. Correct: it does something else, and shows
 * nothing that the original cannot show as well.
 */
export type MutantVerdict = 'killed' | 'equivalent' | 'correct' | 'survived';

/** What became of a mutant. */
export interface MutantAnswer {
  readonly name: string;
  readonly verdict: MutantVerdict;
  /** The search that killed it. */
  readonly stage: string | null;
  readonly death: MutantDeath | null;
  /** Of one that nothing killed: parts that were compared with the original's. */
  readonly compared: number;
  /** Of those in which it does something else: parts that show nothing new. */
  readonly shows_nothing_new: number;
  /** Of a survivor: parts that show what the original does not. */
  readonly differs_in: readonly string[];
}

/** What became of all. */
export interface MutantResult {
  readonly places: number;
  readonly places_run: number;
  readonly mutants: readonly MutantAnswer[];
  readonly killed: number;
  readonly equivalent: number;
  readonly correct: number;
  readonly survived: number;
  /** Killed, of those that are neither equivalent nor correct; 0 … 100. */
  readonly killed_percent: number;
}

/** The file system whose recipes are changed; others share most of them. */
const FILE_SYSTEM = 'xfs-dax';

/** Parts of one search that a mutant which nothing kills is compared in. */
const COMPARED_MOST = 12;

/** Runs everything once without a mutation, and draws. */
export function prepareMutants(request: MutantRequest): MutantTask {
  const survey = surveyOf(mutantSearches(), request.only);
  const run = new Set(survey.flatMap(([, parts]) => parts.flatMap((one) => one.places)));
  const all = mutantPlaces(FILE_SYSTEM);
  const { mutants, seed, only } = request;
  const drawn = drawMutants(FILE_SYSTEM, run, mutants, seed).map(({ name }) => name);
  const ofRecovery = [...run].filter(isRecoveryChange).sort();
  const ofRecipes = all.filter(({ name }) => run.has(name)).length;
  return {
    request,
    drawn: only === null ? [...drawn, ...ofRecovery] : [only],
    survey,
    places: { all: all.length + ofRecovery.length, run: ofRecipes + ofRecovery.length },
  };
}

/** What each search runs; searches of one name on one system share it. */
function surveyOf(searches: readonly MutantSearch[], only: string | null): MutantTask['survey'] {
  return searches.map(({ name, survey }) => {
    const parts = survey().filter(({ places }) => only === null || places.includes(only));
    return [name, parts] as const;
  });
}

/** A worker's share of a campaign. */
export class MutantCampaign {
  readonly parts: number;
  private readonly searches = mutantSearches();
  private readonly survey: ReadonlyMap<string, readonly SurveyedPart[]>;
  /** Signatures of parts without a mutation. */
  private readonly usual = new Map<string, string | null>();

  constructor(private readonly task: MutantTask) {
    this.parts = task.drawn.length;
    this.survey = new Map(task.survey);
  }

  /** Runs a mutant. */
  run(part: number): MutantAnswer {
    const name = this.task.drawn[part] ?? '';
    for (const search of this.searches) {
      const parts = this.partsOf(search, name);
      if (parts.length === 0) continue;
      const death = search.run(name, parts);
      if (death === null) continue;
      const verdict = 'killed';
      const found = { stage: search.name, death, compared: 0, shows_nothing_new: 0 };
      return { name, verdict, ...found, differs_in: [] };
    }
    return this.compare(name);
  }

  /** What nothing killed: does it do anything else than the original, and does that show? */
  private compare(name: string): MutantAnswer {
    const differs: string[] = [];
    let compared = 0;
    let hidden = 0;
    for (const search of this.searches) {
      for (const part of spread(this.partsOf(search, name), COMPARED_MOST)) {
        const mutated = search.signature(name, part);
        if (mutated === null) continue;
        compared += 1;
        if (mutated === this.usualOf(search, part)) continue;
        if (this.showsMore(search, name, part)) differs.push(`${search.name}: ${part.part}`);
        else hidden += 1;
      }
    }
    const same = hidden === 0 ? 'equivalent' : 'correct';
    const verdict = differs.length === 0 ? same : 'survived';
    const counts = { compared, shows_nothing_new: hidden };
    return { name, verdict, stage: null, death: null, ...counts, differs_in: differs };
  }

  private showsMore(search: MutantSearch, name: string, part: SurveyedPart): boolean {
    const shown = search.shows(name, part);
    const usual = shown === null ? null : search.shows(undefined, part);
    if (shown === null || usual === null) return true;
    for (const one of shown) if (!usual.has(one)) return true;
    return false;
  }

  private usualOf(search: MutantSearch, part: SurveyedPart): string | null {
    const key = `${search.name}: ${part.part}`;
    const known = this.usual.get(key);
    if (known !== undefined) return known;
    const made = search.signature(undefined, part);
    this.usual.set(key, made);
    return made;
  }

  private partsOf({ name: search }: MutantSearch, mutant: string): readonly SurveyedPart[] {
    const parts = this.survey.get(search) ?? [];
    return parts.filter(({ places }) => places.includes(mutant));
  }
}

/** The sum of all answers. */
export function sumMutants(task: MutantTask, answers: readonly MutantAnswer[]): MutantResult {
  const count = (verdict: MutantAnswer['verdict']): number =>
    answers.filter((answer) => answer.verdict === verdict).length;
  const killed = count('killed');
  const survived = count('survived');
  const judged = killed + survived;
  return {
    places: task.places.all,
    places_run: task.places.run,
    mutants: answers,
    killed,
    equivalent: count('equivalent'),
    correct: count('correct'),
    survived,
    killed_percent: judged === 0 ? 0 : Math.round((killed / judged) * 1000) / 10,
  };
}
