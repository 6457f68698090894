/** What an exploration answers, and how a person reads it. */
import type { RemovalCounts } from '../shrink/remove-parts.js';

/** How the scenario was searched: whole, up to some preemptions, or by chance. */
export type SearchKind = 'exhaustive' | 'bounded' | 'chance';

/** What is wrong, in one word: tasks that cannot go on have names of their own. */
export type FailureKind = 'deadlock' | 'lost wake-up' | 'livelock' | 'violation';

/** What was found, in the form of the JSON result. */
export interface ExplorationResult {
  /** The search that found the failure, or the last one. */
  readonly search: SearchKind;
  readonly states: number;
  readonly transitions: number;
  /**
   * Complete schedules that the states stand for, exactly; text, since it passes 2^53. Null with a
   * bound: states are then counted, not ways.
   */
  readonly schedules: string | null;
  /**
   * Schedules that differ only in the order of actions that do not mind each other count as one.
   */
  readonly reduced: boolean;
  readonly max_depth: number;
  /** Whether every schedule was covered, within the bound if there is one. */
  readonly complete: boolean;
  readonly violations: number;
  /** Most preemptions of a schedule, and whether there are schedules with more; null without. */
  readonly bound: number | null;
  readonly beyond_bound: boolean;
  readonly chance: ChanceReport | null;
  readonly failure: ExplorationFailure | null;
}

/** Runs by chance, beyond what was searched whole. */
export interface ChanceReport {
  readonly runs: number;
  /** Orderings that a failure may need; 0: each choice at random. */
  readonly depth: number;
  /** Most tasks that could run at once, and most actions of a run. */
  readonly tasks: number;
  readonly actions: number;
  /** Least probability of having found a failure of that depth. */
  readonly confidence: number;
}

export interface ExplorationFailure {
  readonly kind: FailureKind;
  readonly what: string;
  readonly preemptions: number;
  readonly choices: readonly number[];
  readonly diagram: readonly string[];
  readonly digest: string;
  /** What was taken from the scenario; null where nothing was tried. */
  readonly removals: RemovalCounts | null;
}

/** The kind of a failure from what a system says of it. */
export function kindOf(what: string): FailureKind {
  for (const kind of ['deadlock', 'lost wake-up', 'livelock'] as const) {
    if (what.startsWith(`${kind}:`)) return kind;
  }
  return 'violation';
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
    ...(result.schedules === null
      ? []
      : [
          `schedules   ${result.schedules}${result.reduced ? ', one of each kind' : ''}`,
          `longest     ${result.max_depth} actions`,
        ]),
    ...chanceLines(result),
  ];
  if (result.failure === null) return [...lines, `result      ${certificate(result)}`];
  const { kind, what, preemptions, diagram, removals } = result.failure;
  const times = `${preemptions} preemption${preemptions === 1 ? '' : 's'}`;
  return [
    ...lines,
    `result      ${kind} with ${times}`,
    ...(removals === null ? [] : [`shrunk      ${removalText(removals)}`]),
    '',
    ...diagram,
    '',
    `✗ ${what}`,
  ];
}

function removalText({
  tried,
  last_tasks: tasks,
  last_operations: operations,
}: RemovalCounts): string {
  const left = `${String(tasks)} tasks and ${String(operations)} operations`;
  return `${String(tried)} removals tried; of what is left none of ${left} can go`;
}

function chanceLines({ chance }: ExplorationResult): string[] {
  if (chance === null) return [];
  const { runs, depth, tasks, actions } = chance;
  const how = depth === 0 ? 'each choice at random' : `depth ${String(depth)}`;
  const size = `up to ${String(tasks)} tasks, ${String(actions)} actions`;
  return [`by chance   ${String(runs)} runs, ${how}, ${size}`];
}

/** What a search without a failure is worth. */
function certificate({ complete, bound, beyond_bound: beyond, chance }: ExplorationResult): string {
  const within = bound === null ? '' : ` of at most ${String(bound)} preemptions`;
  if (!complete) return `no violation, not complete${chanceText(chance)}`;
  if (!beyond) return 'no violation in a complete search';
  return `no violation in any schedule${within}${chanceText(chance)}`;
}

function chanceText(chance: ChanceReport | null): string {
  if (chance === null) return '';
  if (chance.depth === 0) return '; none by chance';
  const percent = (chance.confidence * 100).toFixed(3);
  return `; beyond, one of depth ${String(chance.depth)} would be found with ${percent} %`;
}
