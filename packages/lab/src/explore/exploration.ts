/**
 * Explores a scenario under a lock plan: all interleavings of its steps, each state once. A clean
 * search is a certificate with its counts; a failing one comes back as the schedule with the fewest
 * preemptions, drawn in columns, and as a reproducer.
 */
import { Digest, explore } from '@daxsim/sim';
import type { Explorable } from '@daxsim/sim';
import { DiagramRecorder, renderDiagram } from './diagram.js';
import { registerSystem } from './register-judge.js';
import type { ScenarioConfig } from './config.js';
import type { ScenarioSetting, ScenarioSystem, SystemCall } from './scenario-system.js';

/** What was found, in the form of the JSON result. */
export interface ExplorationResult {
  readonly states: number;
  readonly transitions: number;
  /** Complete schedules that the states stand for, exactly; text, since it passes 2^53. */
  readonly schedules: string;
  /**
   * Schedules that differ only in the order of actions that do not mind each other count as one.
   */
  readonly reduced: boolean;
  readonly max_depth: number;
  readonly complete: boolean;
  readonly violations: number;
  readonly failure: ExplorationFailure | null;
}

export interface ExplorationFailure {
  readonly what: string;
  readonly preemptions: number;
  readonly choices: readonly number[];
  readonly diagram: readonly string[];
  readonly digest: string;
}

export interface ExplorationOptions {
  /** Stop after so many states; the result then says that it is not complete. */
  readonly maxStates?: number;
  /** Leave out orders of actions that do not mind each other; default true. */
  readonly reduction?: boolean;
}

/** Runs the search over a scenario without checks of its own. */
export function exploreScenario(
  config: ScenarioConfig,
  setting: ScenarioSetting,
  options: ExplorationOptions = {},
): ExplorationResult {
  return exploreSystem(() => registerSystem(config, setting), options);
}

/** Runs the search over the systems that `make` makes, one for the search and one to show. */
export function exploreSystem<C extends SystemCall>(
  make: () => ScenarioSystem<C>,
  options: ExplorationOptions = {},
): ExplorationResult {
  const limits = options.maxStates === undefined ? {} : { maxStates: options.maxStates };
  const reduce = options.reduction ?? true;
  const found = explore(make(), { shortest: true, reduce, ...limits });
  const failure =
    found.failure === null
      ? null
      : { ...showChoices(make(), found.failure.choices), choices: found.failure.choices };
  return {
    states: found.states,
    transitions: found.transitions,
    schedules: String(found.schedules),
    max_depth: found.maxDepth,
    reduced: found.isReduced,
    complete: found.complete,
    violations: found.failures,
    failure,
  };
}

/** Runs one schedule again and draws it. `what` is empty when it does not fail. */
export function showSchedule(
  config: ScenarioConfig,
  setting: ScenarioSetting,
  choices: readonly number[],
): Omit<ExplorationFailure, 'choices'> {
  return showChoices(registerSystem(config, setting), choices);
}

/** Runs the choices on a fresh system and draws what they did. */
export function showChoices<C extends SystemCall>(
  system: ScenarioSystem<C>,
  choices: readonly number[],
): Omit<ExplorationFailure, 'choices'> {
  const recorder = new DiagramRecorder(system.system.set);
  system.system.interpreter.sync.observer = recorder;
  system.onCall = (task, call, ended) => {
    recorder.add(task, ended === null ? `▶ ${call.text}` : `◀ ${call.text} = ${ended}`);
  };
  const digest = new Digest();
  let preemptions = 0;
  let last = -1;
  let what: string | null = null;
  for (const choice of choices) {
    const count = system.choices();
    if (choice >= count) break;
    const task = system.taskOf(choice);
    preemptions += isPreemption(system, count, last, task) ? 1 : 0;
    last = task;
    system.take(choice);
    digest.add(system.space.hash());
    what = system.failure();
    if (what !== null) break;
  }
  const titles = system.threadNames();
  const diagram = renderDiagram(recorder.lines, titles);
  return { what: what ?? '', preemptions, diagram, digest: digest.hex() };
}

/** True when the task that ran last could have gone on and another runs instead. */
function isPreemption(system: Explorable, count: number, last: number, task: number): boolean {
  if (last < 0 || last === task) return false;
  for (let i = 0; i < count; i += 1) if (system.taskOf(i) === last) return true;
  return false;
}

/** The result as lines for a terminal. */
export function renderExploration(
  title: string,
  plan: string,
  result: ExplorationResult,
): string[] {
  const lines = [
    `scenario    ${title}`,
    `lock plan   ${plan}`,
    `states      ${result.states}`,
    `transitions ${result.transitions}`,
    `schedules   ${result.schedules}${result.reduced ? ', one of each kind' : ''}`,
    `longest     ${result.max_depth} actions`,
  ];
  if (result.failure === null) {
    const how = result.complete
      ? 'no violation in a complete search'
      : 'no violation, not complete';
    return [...lines, `result      ${how}`];
  }
  const { what, preemptions, diagram } = result.failure;
  return [
    ...lines,
    `result      violation with ${preemptions} preemption${preemptions === 1 ? '' : 's'}`,
    '',
    ...diagram,
    '',
    `✗ ${what}`,
  ];
}
