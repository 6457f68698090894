/**
 * What a mutant must survive: searches of everything else, the cheap ones first.
 *
 *     generated workloads of one operation ─▶ corpus ─▶ samples of two operations
 *          clean without the mutation           clean         clean
 *
 * A search that finds something kills the mutant, as does a failed assertion or a call that answers
 * what it should not. Where `sync` writes home as well, checkpoints lose power too.
 */
import { EVERY_PLACE } from '@daxsim/daxfs';
import { ACE_FILE_SYSTEM, AceCampaign } from '../ace/ace-campaign.js';
import { loadCorpus } from '../corpus/load-corpus.js';
import { planCorpusScenario } from '../corpus/corpus-plan.js';
import {
  CORRECT_PLAN,
  settingUnder,
  settingWithDefect,
  unsupportedSystem,
} from '../corpus/corpus-setting.js';
import { canRun, searchScenario } from '../corpus/run-scenario.js';
import type { AceMode } from '../ace/ace-bounds.js';
import type { AceRequest } from '../ace/ace-campaign.js';
import type { CorpusPlan } from '../corpus/corpus-plan.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';

/** What kills a mutant: what was run, and what was wrong. */
export interface MutantDeath {
  readonly what: string;
  readonly problem: string;
}

/** One search. */
export interface MutantStage {
  readonly name: string;
  /** What the search runs when nothing is mutated. */
  readonly survey: () => StageSurvey;
  readonly run: (mutation: string, survey: StageSurvey) => MutantDeath | null;
}

/** What a search runs when nothing is mutated, by parts that can be left out. */
export type StageSurvey = readonly {
  readonly part: string;
  readonly places: readonly string[];
  readonly states: number;
}[];

const CORPUS = 'races';
/** How many states more than without it a mutant may make of a scenario. */
const STATES_FACTOR = 20;
const STATES_LEAST = 20_000;

/** A space of generated workloads, whole or a sample of it. */
export function aceRequest(
  mode: AceMode,
  seq: number,
  sample: number | null,
  checkpoints = false,
): AceRequest {
  return {
    mode,
    seq,
    seed: 1,
    sample,
    fileSystem: ACE_FILE_SYSTEM[mode],
    lockPlan: null,
    knobs: {},
    domain: 'adr',
    checkpoints,
  };
}

/** The spaces, in the order in which they are searched. */
export const ACE_STAGES: readonly { readonly name: string; readonly request: AceRequest }[] = [
  { name: 'dax seq-1', request: aceRequest('dax', 1, null) },
  { name: 'block seq-1', request: aceRequest('block', 1, null) },
  { name: 'pm seq-1', request: aceRequest('pm', 1, null) },
  { name: 'dax seq-1, ext4-dax', request: on('ext4-dax', aceRequest('dax', 1, null)) },
  { name: 'block seq-1, checkpoints', request: aceRequest('block', 1, null, true) },
];
const LATE_STAGES: typeof ACE_STAGES = [
  { name: 'dax seq-2', request: aceRequest('dax', 2, 200) },
  { name: 'dax seq-2, checkpoints', request: aceRequest('dax', 2, 100, true) },
  { name: 'pm seq-2', request: aceRequest('pm', 2, 150) },
  { name: 'block seq-2', request: aceRequest('block', 2, 200) },
];

/** All stages. */
export function mutantStages(): readonly MutantStage[] {
  return [...ACE_STAGES.map(aceStage), corpusStage(), ...LATE_STAGES.map(aceStage)];
}

/** What each stage runs; stages of longer workloads are taken to run what shorter ones do. */
export function surveyOf(stages: readonly MutantStage[]): ReadonlyMap<string, StageSurvey> {
  const found = new Map<string, StageSurvey>();
  for (const { name, survey } of stages) {
    const late = LATE_STAGES.find((one) => one.name === name);
    if (late === undefined) {
      found.set(name, survey());
      continue;
    }
    // A place of one file system may be none of another.
    const { fileSystem } = late.request;
    const shorter = ACE_STAGES.filter(({ request }) => request.fileSystem === fileSystem);
    found.set(
      name,
      shorter.flatMap((one) => found.get(one.name) ?? []),
    );
  }
  return found;
}

function on(fileSystem: string, request: AceRequest): AceRequest {
  return { ...request, fileSystem };
}

function aceStage({ name, request }: (typeof ACE_STAGES)[number]): MutantStage {
  return {
    name,
    survey: () => [{ part: name, places: placesOf(request), states: 0 }],
    run: (mutation) => runAce(request, mutation),
  };
}

function placesOf(request: AceRequest): readonly string[] {
  const campaign = new AceCampaign({ ...request, mutation: EVERY_PLACE });
  for (let part = 0; part < campaign.parts; part += 1) campaign.run(part);
  return [...campaign.metMutations];
}

function runAce(request: AceRequest, mutation: string): MutantDeath | null {
  const campaign = new AceCampaign({ ...request, mutation });
  return caught(() => {
    for (let part = 0; part < campaign.parts; part += 1) {
      const [failure] = campaign.run(part).failures;
      if (failure !== undefined) return { what: failure.workload, problem: failure.problem };
    }
    return null;
  });
}

/** A scenario of the shipped corpus that can run, with its correct setting. */
export interface CorpusCase {
  readonly plan: CorpusPlan;
  readonly setting: ScenarioSetting;
}

export function corpusCases(): readonly CorpusCase[] {
  return loadCorpus(CORPUS)
    .filter((scenario) => unsupportedSystem(scenario) === null)
    .map((scenario) => ({
      plan: planCorpusScenario(CORPUS, scenario),
      setting: settingUnder(scenario, CORRECT_PLAN),
    }))
    .filter(({ plan, setting }) => {
      const { defect } = plan.scenario;
      const isModelled = defect === null || settingWithDefect(setting, defect.name) !== null;
      return isModelled && canRun(plan, setting);
    });
}

function corpusStage(): MutantStage {
  let made: readonly CorpusCase[] | null = null;
  const cases = (): readonly CorpusCase[] => (made ??= corpusCases());
  const survey = (): StageSurvey =>
    cases().map(({ plan, setting }) => {
      const found = searchScenario(plan, { ...setting, mutation: EVERY_PLACE });
      return { part: plan.scenario.id, places: [...found.metMutations], states: found.states };
    });
  const run = (mutation: string, surveyed: StageSurvey): MutantDeath | null => {
    for (const { plan, setting } of cases()) {
      const what = plan.scenario.id;
      const usual = surveyed.find(({ part }) => part === what);
      if (usual?.places.includes(mutation) !== true) continue;
      const maxStates = Math.max(STATES_LEAST, STATES_FACTOR * usual.states);
      const death = caught(() => {
        const found = searchScenario(plan, { ...setting, mutation }, { maxStates });
        if (found.failure !== null) return { what, problem: found.failure.message };
        return found.complete ? null : { what, problem: `no end in ${maxStates} states` };
      });
      if (death !== null) return death;
    }
    return null;
  };
  return { name: 'corpus', survey, run };
}

/** An error of ours, or of a scenario's set-up, is something found as well. */
function caught(search: () => MutantDeath | null): MutantDeath | null {
  try {
    return search();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { what: error.name, problem: error.message };
  }
}
