/**
 * A campaign of mutants: each is a part that can be run anywhere in any order.
 *
 *     survey ─▶ draw ─▶ mutant ─▶ stage, stage, … ─▶ killed
 *                               └▶ none: is it another system at all? ─▶ equivalent | survived
 */
import { drawMutants, mutantPlaces } from './mutant-choice.js';
import { mutantStages, surveyOf } from './mutant-stages.js';
import { signatures } from './mutant-signature.js';
import type { MutantDeath, StageSurvey } from './mutant-stages.js';

/** What decides the result. */
export interface MutantRequest {
  /** How many are drawn. */
  readonly mutants: number;
  readonly seed: number;
  /** Only the mutant of this name; null for those drawn. */
  readonly only: string | null;
}

/** What workers are sent: the request, and what was found out before. */
export interface MutantTask {
  readonly request: MutantRequest;
  readonly drawn: readonly string[];
  readonly survey: readonly (readonly [string, StageSurvey])[];
  /** Places in all, and those that some search runs. */
  readonly places: { readonly all: number; readonly run: number };
}

/** What became of a mutant. */
export interface MutantAnswer {
  readonly name: string;
  readonly verdict: 'killed' | 'equivalent' | 'survived';
  /** The search that killed it. */
  readonly stage: string | null;
  readonly death: MutantDeath | null;
  /** Of a survivor: what it makes different. */
  readonly differs_in: readonly string[];
}

/** What became of all. */
export interface MutantResult {
  readonly places: number;
  readonly places_run: number;
  readonly mutants: readonly MutantAnswer[];
  readonly killed: number;
  readonly equivalent: number;
  readonly survived: number;
  /** Killed, of those that are not equivalent; 0 … 100. */
  readonly killed_percent: number;
}

/** The file system whose recipes are changed; others share most of them. */
const FILE_SYSTEM = 'xfs-dax';

/** Runs everything once without a mutation, and draws. */
export function prepareMutants(request: MutantRequest): MutantTask {
  const survey = surveyOf(mutantStages());
  const run = new Set([...survey.values()].flatMap((parts) => parts.flatMap((one) => one.places)));
  const all = mutantPlaces(FILE_SYSTEM);
  const { mutants, seed, only } = request;
  const drawn = drawMutants(FILE_SYSTEM, run, mutants, seed).map(({ name }) => name);
  return {
    request,
    drawn: only === null ? drawn : [only],
    survey: [...survey],
    places: { all: all.length, run: all.filter(({ name }) => run.has(name)).length },
  };
}

/** A worker's share of a campaign. */
export class MutantCampaign {
  readonly parts: number;
  private readonly stages = mutantStages();
  private readonly survey: ReadonlyMap<string, StageSurvey>;

  constructor(private readonly task: MutantTask) {
    this.parts = task.drawn.length;
    this.survey = new Map(task.survey);
  }

  /** Runs a mutant. */
  run(part: number): MutantAnswer {
    const name = this.task.drawn[part] ?? '';
    for (const stage of this.stages) {
      const survey = this.survey.get(stage.name) ?? [];
      if (!survey.some(({ places }) => places.includes(name))) continue;
      const death = stage.run(name, survey);
      if (death === null) continue;
      return { name, verdict: 'killed', stage: stage.name, death, differs_in: [] };
    }
    const differs = this.differences(name);
    const verdict = differs.length === 0 ? 'equivalent' : 'survived';
    return { name, verdict, stage: null, death: null, differs_in: differs };
  }

  private differences(name: string): string[] {
    const usual = signatures(undefined, this.survey, name);
    const mutated = signatures(name, this.survey, name);
    return [...usual].filter(([what, hex]) => mutated.get(what) !== hex).map(([what]) => what);
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
    survived,
    killed_percent: judged === 0 ? 0 : Math.round((killed / judged) * 1000) / 10,
  };
}
