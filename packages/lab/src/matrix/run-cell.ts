/** One cell of a matrix: its scenario searched whole under its plan, or up to the first failure. */
import { ConfigError } from '@daxsim/sim';
import { planCorpusScenario } from '../corpus/corpus-plan.js';
import { corpusReproducerOf } from '../corpus/corpus-reproducer.js';
import { settingUnder } from '../corpus/corpus-setting.js';
import { drawFailure, searchScenario } from '../corpus/run-scenario.js';
import type { CorpusReproducer } from '../corpus/config.js';
import type { MatrixCell, Reachability } from './cells.js';

/** What the search of a cell found; plain data, so that a worker can send it. */
export interface CellAnswer {
  /** Null where the plan cannot be put over the system's recipes, or the search was cut. */
  readonly outcome: Reachability | null;
  /** Why there is no outcome, or what is wrong with the failing state; '' without failure. */
  readonly what: string;
  readonly states: number;
  readonly schedules: string;
  readonly crashStates: number;
  /** Of a failure that the table does not know: the shortest, drawn and to be repeated. */
  readonly diagram: readonly string[];
  readonly reproducer: CorpusReproducer | null;
}

/** Searches a cell; `version` is that of the tool, for the reproducer. */
export function runCell(cell: MatrixCell, version: string): CellAnswer {
  const none = { states: 0, schedules: '0', crashStates: 0, diagram: [], reproducer: null };
  const plan = planCorpusScenario(cell.column, cell.scenario);
  let setting;
  try {
    setting = settingUnder(cell.scenario, cell.plan);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...none, outcome: null, what: error.message };
  }
  const found = searchScenario(plan, setting);
  const { states, schedules, crashStates } = found;
  const counts = { ...none, states, schedules, crashStates };
  if (found.failure === null) {
    if (!found.complete) return { ...counts, outcome: null, what: 'the search was cut' };
    return { ...counts, outcome: 'unreachable', what: '' };
  }
  const base = { ...counts, outcome: 'reachable', what: found.failure.message } as const;
  if (cell.expected !== 'unreachable') return base;
  const failure = drawFailure(plan, setting, found.failure.choices);
  const reproducer = corpusReproducerOf(version, cell.scenario, setting, failure);
  return { ...base, diagram: [...failure.diagram, '', `✗ ${failure.what}`], reproducer };
}
