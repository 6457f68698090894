/**
 * Scenarios of two or three tasks as a search for mutants: those of the shipped corpus under its
 * correct rules, and pairs of operations, each in every order of steps.
 */
import { EVERY_PLACE } from '@daxsim/daxfs';
import { Digest, explore } from '@daxsim/sim';
import { corpusSystem } from '../corpus/corpus-system.js';
import { loadCorpus } from '../corpus/load-corpus.js';
import { MediaView } from '../corpus/media-view.js';
import { planCorpusScenario } from '../corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from '../corpus/corpus-setting.js';
import { canReduce, canRun, searchScenario } from '../corpus/run-scenario.js';
import { spread } from './call-search.js';
import { PairSystem } from './pair-judge.js';
import { pairScenarios } from './pair-scenarios.js';
import { caught } from './mutant-search.js';
import type { CorpusCall } from '../corpus/calls.js';
import type { CorpusPlan } from '../corpus/corpus-plan.js';
import type { ScenarioSetting, ScenarioSystem } from '../explore/scenario-system.js';
import type { MutantDeath, MutantSearch, SurveyedPart } from './mutant-search.js';
import type { PairScenario } from './pair-scenarios.js';

/** How many states more than without it a mutant may make of a scenario. */
const STATES_FACTOR = 4;
const STATES_LEAST = 20_000;
/** Scenarios of more states than this tell nothing that smaller ones do not, and take long. */
const STATES_MOST = 5000;
/** Scenarios of the corpus, and pairs, that one mutant is tried on. */
const SCENARIOS_MOST = 14;
const PAIRS_MOST = 16;
/** Files of 2 MiB that are copied or flushed whole: seconds for what others show as well. */
const SLOW: readonly string[] = ['fsync-forgets-write-protect', 'stale-cached-mapping'];
/** Scenarios of more states than this are not compared. */
const COMPARED_MOST = 2_000;

/** A scenario of the shipped corpus that can run, with its correct setting. */
export interface CorpusCase {
  readonly plan: CorpusPlan;
  readonly setting: ScenarioSetting;
}

export function corpusCases(corpus: string): readonly CorpusCase[] {
  return loadCorpus(corpus)
    .map((scenario) => ({
      plan: planCorpusScenario(corpus, scenario),
      setting: settingUnder(scenario, CORRECT_PLAN),
    }))
    .filter(({ plan, setting }) => {
      const { defect } = plan.scenario;
      const isModelled = defect === null || settingWithDefect(setting, defect.name) !== null;
      return isModelled && !SLOW.includes(plan.scenario.id) && canRun(plan, setting);
    });
}

export function corpusSearch(corpus: string): MutantSearch {
  let made: readonly CorpusCase[] | null = null;
  const cases = (): readonly CorpusCase[] => (made ??= corpusCases(corpus));
  const caseOf = (part: string): CorpusCase | undefined =>
    cases().find(({ plan }) => plan.scenario.id === part);
  return {
    name: 'corpus',
    survey: () =>
      cheapFirst(
        cases().map(({ plan, setting }) => {
          const mutated = { ...setting, mutation: EVERY_PLACE };
          const found = searchScenario(plan, mutated, { maxStates: STATES_MOST });
          const places = found.complete ? [...found.metMutations] : [];
          return { part: plan.scenario.id, places, states: found.states };
        }),
      ),
    run: (mutation, surveyed) =>
      firstDeath(spread(surveyed, SCENARIOS_MOST), ({ part, states }) => {
        const one = caseOf(part);
        if (one === undefined) return null;
        const maxStates = statesMost(states);
        const found = searchScenario(one.plan, { ...one.setting, mutation }, { maxStates });
        if (found.failure !== null) return found.failure.message;
        return found.complete ? null : `no end in ${maxStates} states`;
      }),
    signature: (mutation, { part, states }) => {
      const one = caseOf(part);
      if (one === undefined || states > COMPARED_MOST) return null;
      const { plan, setting } = one;
      const { system } = corpusSystem(plan, { ...setting, mutation });
      const limits = { reduce: canReduce(plan), maxStates: statesMost(states) };
      return endsOf((onEnd) => explore(system, { onEnd, ...limits }));
    },
    shows: (mutation, { part, states }) => {
      const one = caseOf(part);
      if (one === undefined) return null;
      const { system } = corpusSystem(one.plan, { ...one.setting, mutation });
      const shown = new Set<string>();
      const onEnd = (): void => {
        shown.add(filesOf(one.plan, system));
      };
      explore(system, { onEnd, reduce: canReduce(one.plan), maxStates: statesMost(states) });
      return shown;
    },
  };
}

export function pairSearch(): MutantSearch {
  const pairs = new Map(pairScenarios().map((pair) => [pair.id, pair]));
  const setting = (pair: PairScenario, mutation: string | undefined): ScenarioSetting => ({
    ...settingUnder(pair.scenario, CORRECT_PLAN),
    mutation,
  });
  const pairOf = (part: string): PairScenario | undefined => pairs.get(part);
  return {
    name: 'pairs',
    survey: () =>
      cheapFirst(
        [...pairs.values()].map((pair) => {
          const searched = new PairSystem(pair, setting(pair, EVERY_PLACE));
          const { states, complete, failure } = searched.explore({ maxStates: STATES_MOST });
          const met = searched.system.system.world.metMutations;
          const isUsable = complete && failure === null;
          return { part: pair.id, places: isUsable ? [...met] : [], states };
        }),
      ),
    run: (mutation, surveyed) =>
      firstDeath(spread(surveyed, PAIRS_MOST), ({ part, states }) => {
        const pair = pairOf(part);
        if (pair === undefined) return null;
        const maxStates = statesMost(states);
        const searched = new PairSystem(pair, setting(pair, mutation));
        const { failure, complete } = searched.explore({ maxStates });
        if (failure !== null) return failure.message;
        return complete ? null : `no end in ${maxStates} states`;
      }),
    signature: (mutation, { part }) => {
      const pair = pairOf(part);
      if (pair === undefined) return null;
      const searched = new PairSystem(pair, setting(pair, mutation));
      return endsOf((onEnd) => searched.explore({ onEnd, maxStates: STATES_LEAST }));
    },
    shows: (mutation, { part }) => {
      const pair = pairOf(part);
      if (pair === undefined) return null;
      const searched = new PairSystem(pair, setting(pair, mutation));
      searched.explore({ maxStates: STATES_LEAST });
      return searched.shown;
    },
  };
}

function cheapFirst(parts: readonly SurveyedPart[]): readonly SurveyedPart[] {
  return [...parts].sort((a, b) => a.states - b.states);
}

function statesMost(usual: number): number {
  return Math.max(STATES_LEAST, STATES_FACTOR * usual);
}

function firstDeath(
  parts: readonly SurveyedPart[],
  problemOf: (part: SurveyedPart) => string | null,
): MutantDeath | null {
  for (const part of parts) {
    const death = caught(() => {
      const problem = problemOf(part);
      return problem === null ? null : { what: part.part, problem };
    });
    if (death !== null) return death;
  }
  return null;
}

/** What the files of a scenario hold now: sizes, bytes, blocks. */
function filesOf({ files }: CorpusPlan, { memory, system }: ScenarioSystem<CorpusCall>): string {
  const { volume } = system.world;
  const media = new MediaView(volume, memory);
  const texts = files.map((file) => {
    const inode = media.inodeOf(file);
    if (inode === 0 || media.isDirectory(file)) return `${file} ${inode > 0}`;
    const digest = new Digest();
    const bytes = new Uint8Array(Math.max(0, media.size(file)));
    media.bytesInto(inode, 0, bytes);
    for (const byte of bytes) digest.addWord(byte);
    const blocks: string[] = [];
    const { extents } = volume;
    for (let at = 0; extents.next(inode, at); at = extents.start + extents.length) {
      const { start, length } = extents;
      blocks.push(`${start}+${length}${extents.lookup(inode, start)}`);
    }
    return `${file} ${bytes.length} ${digest.hex()} ${blocks.join(' ')}`;
  });
  return texts.join('; ');
}

/** The set of end states, as a number. */
function endsOf(search: (onEnd: (hash: number) => void) => unknown): string {
  const ends = new Set<number>();
  search((hash) => ends.add(hash));
  const digest = new Digest();
  for (const hash of [...ends].sort((a, b) => a - b)) digest.add(hash);
  return digest.hex();
}
