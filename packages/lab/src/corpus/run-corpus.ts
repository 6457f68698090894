/**
 * Runs a corpus: each scenario searched whole under the correct rules, where nothing may break,
 * then under its defect and under the plans that must fail, where something must, and under those
 * that must pass.
 */
import { compileSystem, recipesFor } from '@daxsim/daxfs';
import { CORRECT_PLAN, settingUnder, settingWithDefect } from './corpus-setting.js';
import { planCorpusScenario } from './corpus-plan.js';
import { corpusSystem } from './corpus-system.js';
import { showChoices } from '../explore/exploration.js';
import { corpusReproducerOf } from './corpus-reproducer.js';
import { drawFailure, missingOperations, searchScenario } from './run-scenario.js';
import { shrinkFailure } from '../shrink/shrink-failure.js';
import type { ShrinkReport } from '../shrink/shrink-failure.js';
import { watchTouches } from './touch-watch.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { CorpusPlan } from './corpus-plan.js';
import type { CorpusReproducer } from './corpus-reproducer.js';
import type { CorpusScenario } from './config.js';
import type { ChanceSearch, ScenarioSearch, SearchOptions } from './run-scenario.js';

/** Result of a scenario, in the form of the JSON result. */
export interface ScenarioResult {
  readonly id: string;
  readonly supported: boolean;
  readonly reason: string | null;
  readonly correct: {
    readonly violations: number;
    readonly schedules: string;
    readonly crash_states: number;
    readonly complete: boolean;
    readonly states: number;
    /** What schedules report that must, with one of them drawn; null where none has to. */
    readonly reported: ReportResult | null;
    /** Runs by chance; null where all schedules were searched. */
    readonly chance: ChanceSearch | null;
  } | null;
  readonly defect: DefectResult | null;
  readonly plans_that_fail: { readonly [plan: string]: boolean };
  /** True where nothing broke, as it must not. */
  readonly plans_that_pass: { readonly [plan: string]: boolean };
}

export interface ReportResult {
  /** Ends of schedules that report it. */
  readonly ends: number;
  readonly what: string;
  readonly diagram: readonly string[];
}

export interface DefectResult {
  readonly name: string;
  readonly found: boolean;
  readonly schedules_to_find: number;
  readonly seconds: number;
  readonly diagram: readonly string[];
  readonly reproducer: string | null;
  /** How little is left of the scenario in the diagram; null where nothing was taken away. */
  readonly shrunk: ShrinkReport | null;
}

export interface CorpusOptions extends SearchOptions {
  /** Plan instead of the correct one. */
  readonly locks?: string;
  /** Whether what a failure does not need is taken from its diagram; default yes. */
  readonly shrinks?: boolean;
  /** Version of the tool, for reproducers. */
  readonly version: string;
  /** Seconds of the host, for how long a defect took to find. */
  readonly seconds: () => number;
  /** Keeps a reproducer under a name and answers where, or null if it does not. */
  readonly keep: (name: string, reproducer: CorpusReproducer) => string | null;
}

/** Runs one scenario; `where` is its file. */
export function runCorpusScenario(
  where: string,
  scenario: CorpusScenario,
  options: CorpusOptions,
): ScenarioResult {
  const { id } = scenario;
  const plan = planCorpusScenario(where, scenario);
  const setting = settingUnder(scenario, options.locks ?? CORRECT_PLAN);
  const reason = whyNot(plan, setting);
  if (reason !== null) return unanswered(id, reason);
  const correct = searchScenario(plan, setting, options);
  watchTouches(plan, setting);
  const under = (name: string): ScenarioSearch =>
    searchScenario(plan, settingUnder(scenario, name), options);
  const fails = options.locks === undefined ? (scenario.plans_that_fail ?? []) : [];
  const passes = options.locks === undefined ? (scenario.plans_that_pass ?? []) : [];
  return {
    id,
    supported: true,
    reason: null,
    correct: {
      violations: correct.violations,
      schedules: correct.schedules,
      crash_states: correct.crashStates,
      complete: correct.complete,
      states: correct.states,
      reported: reportOf(plan, setting, correct),
      chance: correct.chance,
    },
    defect: runDefect(plan, setting, options),
    plans_that_fail: Object.fromEntries(fails.map((name) => [name, under(name).violations > 0])),
    plans_that_pass: Object.fromEntries(
      passes.map((name) => {
        const found = under(name);
        return [name, found.complete && found.violations === 0];
      }),
    ),
  };
}

/** The result of a scenario that was not searched. */
export function unanswered(id: string, reason: string): ScenarioResult {
  const none = { correct: null, defect: null, plans_that_fail: {}, plans_that_pass: {} };
  return { id, supported: false, reason, ...none };
}

function reportOf(
  plan: CorpusPlan,
  setting: ScenarioSetting,
  { reported }: ScenarioSearch,
): ReportResult | null {
  if (plan.scenario.fails_with === undefined) return null;
  if (reported === null) return { ends: 0, what: '', diagram: [] };
  const { diagram, what } = showChoices(corpusSystem(plan, setting).system, reported.choices);
  return { ends: reported.count, what, diagram };
}

function whyNot(plan: CorpusPlan, setting: ScenarioSetting): string | null {
  const set = compileSystem(setting.plan, null, recipesFor(setting.personality));
  const recipes = new Set(set.programs.map((program) => program.name));
  const missing = missingOperations(plan, recipes);
  if (missing.length > 0) return `not modelled: ${missing.join(', ')}`;
  if (setting.personality.window !== null && copiesFromMapping(plan)) {
    return 'not modelled: pwrite from a mapping, by a guest';
  }
  const { defect } = plan.scenario;
  if (defect === null || settingWithDefect(setting, defect.name) !== null) return null;
  return `defect ${defect.name} is not modelled`;
}

/** Whether the bytes of a write are those of a mapping, which a guest would have to load first. */
function copiesFromMapping({ scenario: { setup, threads } }: CorpusPlan): boolean {
  return [...setup, ...threads.flat()].some((op) => op.op === 'pwrite' && op.from !== undefined);
}

function runDefect(
  plan: CorpusPlan,
  setting: ScenarioSetting,
  options: CorpusOptions,
): DefectResult | null {
  const { defect, id } = plan.scenario;
  const broken = defect === null ? null : settingWithDefect(setting, defect.name);
  if (defect === null || broken === null) return null;
  const from = options.seconds();
  const search = searchScenario(plan, broken, options);
  const seconds = options.seconds() - from;
  const base = { name: defect.name, schedules_to_find: search.walked, seconds };
  if (search.failure === null) {
    return { ...base, found: false, diagram: [], reproducer: null, shrunk: null };
  }
  const { scenario, failure, report } =
    options.shrinks === false || plan.scenario.chance !== undefined
      ? {
          scenario: plan.scenario,
          failure: drawFailure(plan, broken, search.failure.choices),
          report: null,
        }
      : shrinkFailure(id, plan.scenario, setting, broken);
  const reproducer = corpusReproducerOf(options.version, scenario, setting, failure);
  return {
    ...base,
    found: true,
    diagram: [...failure.diagram, '', `✗ ${failure.what}`],
    reproducer: options.keep(id, reproducer),
    shrunk: report,
  };
}

/** Whether a scenario did what it must. */
export function isConfirmed({
  correct,
  defect,
  plans_that_fail,
  plans_that_pass,
}: ScenarioResult): boolean {
  const isWhole = correct !== null && (correct.complete || correct.chance !== null);
  const isSaid = correct?.reported === null || (correct?.reported?.ends ?? 0) > 0;
  const isClean = correct?.violations === 0 && isWhole && isSaid;
  const isFound = defect === null || defect.found;
  const fail = Object.values(plans_that_fail).every((found) => found);
  return isClean && isFound && fail && Object.values(plans_that_pass).every((passed) => passed);
}
