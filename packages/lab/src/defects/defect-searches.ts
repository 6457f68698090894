/**
 * What finds each planted defect: searches of growing size, until one does.
 *
 *     directed programs ─▶ scenarios of corpora ─▶ generated of one operation ─▶ of two, a sample
 *
 * All of them are clean under the right rules. States are images that were recovered and judged,
 * or in scenarios states of the search.
 */
import { InvariantError } from '@daxsim/sim';
import { DEFECTS, WAITING } from '../corpus/defects.js';
import { loadCorpus } from '../corpus/load-corpus.js';
import { planCorpusScenario } from '../corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from '../corpus/corpus-setting.js';
import { searchScenario } from '../corpus/run-scenario.js';
import { CallTrial, crashSetting } from '../mutants/call-search.js';
import { DIRECTED, LOG_ROUND, durableOnes } from '../mutants/directed-programs.js';
import { oneOperation, twoOperationPrograms } from '../mutants/generated-parts.js';
import type { CallSetting } from '../mutants/call-search.js';
import type { DirectedProgram } from '../mutants/directed-programs.js';

/** What became of a defect. */
export interface DefectAnswer {
  readonly name: string;
  /** What it waits for, or null if it can be planted. */
  readonly waits_for: string | null;
  readonly knobs: Readonly<Record<string, string>>;
  /** The search that found it; null if none did. */
  readonly found_by: string | null;
  /** Workload or scenario. */
  readonly what: string;
  readonly problem: string;
  /** States looked at until it was found, by all searches. */
  readonly states: number;
}

/** Names of all defects that are known, those that can be planted first. */
export function defectNames(): readonly string[] {
  const waiting = Object.keys(WAITING).filter((name) => DEFECTS[name] === undefined);
  return [...Object.keys(DEFECTS), ...waiting];
}

/** Corpora whose scenarios are tried under the defect that they name. */
const CORPORA = [
  'races',
  'crashes',
  'early-dax',
  'pins',
  'removals',
  'slips',
  'direct',
  'clients',
  'stable-pages',
] as const;
const STATES_MOST = 200_000;
const TUPLES = 150;
/** Searches before the corpora. */
const DIRECTED_FIRST = 4;

interface Programs {
  readonly name: string;
  readonly setting: CallSetting;
  readonly programs: () => readonly DirectedProgram[];
}

const XFS = { fileSystem: 'xfs-dax', checkpoints: false };
const STRICT = { fileSystem: 'strict-dax', checkpoints: false };

const SEARCHES: readonly Programs[] = [
  { name: 'directed', setting: XFS, programs: () => DIRECTED },
  {
    name: 'directed, checkpoints',
    setting: { ...XFS, checkpoints: true },
    programs: () => [...DIRECTED, LOG_ROUND],
  },
  { name: 'directed, strict-dax', setting: STRICT, programs: () => durableOnes(DIRECTED) },
  { name: 'directed, stamps', setting: { ...XFS, stamps: true }, programs: () => DIRECTED },
  { name: 'dax seq-1', setting: XFS, programs: () => allOf('dax') },
  { name: 'block seq-1', setting: XFS, programs: () => allOf('block') },
  { name: 'pm seq-1', setting: STRICT, programs: () => allOf('pm') },
  { name: 'block seq-2', setting: XFS, programs: () => twoOperationPrograms('block', TUPLES) },
];

function allOf(mode: 'block' | 'dax' | 'pm'): readonly DirectedProgram[] {
  const parts = oneOperation(mode);
  return parts.names.flatMap((name) => parts.programs(name));
}

/** Tries a defect on one search after the other. */
export function findDefect(name: string): DefectAnswer {
  const knobs = DEFECTS[name];
  const answer = { name, waits_for: null, knobs: knobs ?? {}, what: '', problem: '' };
  if (knobs === undefined) {
    return { ...answer, waits_for: WAITING[name] ?? '', found_by: null, states: 0 };
  }
  let states = 0;
  for (const search of searchesFor(name)) {
    const found = search.run();
    states += found.states;
    if (found.problem === null) continue;
    const { what, problem } = found;
    return { ...answer, found_by: search.name, what, problem, states };
  }
  return { ...answer, found_by: null, states };
}

interface Found {
  readonly what: string;
  readonly problem: string | null;
  readonly states: number;
}

function searchesFor(name: string): { readonly name: string; readonly run: () => Found }[] {
  const knobs = { ...DEFECTS[name] };
  const scenarios = CORPORA.map((corpus) => ({
    name: `corpus ${corpus}`,
    run: () => inCorpus(corpus, name),
  }));
  const programs = SEARCHES.map((search) => ({
    name: search.name,
    run: () => inPrograms(search, knobs),
  }));
  return [...programs.slice(0, DIRECTED_FIRST), ...scenarios, ...programs.slice(DIRECTED_FIRST)];
}

function inPrograms({ setting, programs }: Programs, knobs: CallSetting['knobs']): Found {
  const none = { what: '', problem: null };
  let trial: CallTrial | null = null;
  let states = 0;
  try {
    trial = new CallTrial(crashSetting({ ...setting, knobs: { ...knobs } }, undefined));
    for (const program of programs()) {
      const death = trial.problem(program);
      states = trial.run.search.counts.executed;
      if (death !== null) return { ...death, states };
    }
    return { ...none, states };
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    return { what: error.name, problem: error.message, states };
  }
}

function inCorpus(corpus: string, defect: string): Found {
  let states = 0;
  for (const scenario of loadCorpus(corpus)) {
    if (scenario.defect?.name !== defect) continue;
    const setting = settingWithDefect(settingUnder(scenario, CORRECT_PLAN), defect);
    if (setting === null) continue;
    const plan = planCorpusScenario(corpus, scenario);
    try {
      const found = searchScenario(plan, setting, { maxStates: STATES_MOST });
      states += found.states;
      if (found.failure !== null) {
        return { what: scenario.id, problem: found.failure.message, states };
      }
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      return { what: scenario.id, problem: error.message, states };
    }
  }
  return { what: '', problem: null, states };
}
