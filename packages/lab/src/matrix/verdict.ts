/**
 * A matrix as searched: every cell beside what the tables say of it.
 *
 *      table says   search finds   the file lists it      verdict
 *      ─            anything       no                     unclaimed
 *      A            A              no                     equal
 *      A            not A          yes                    refuted, with the diagram
 *      A            not A          no                     differs: a fault of ours, or a finding
 *      A            A              yes                    outdated: the list is wrong
 *      anything     nothing        yes                    impossible: no such plan there
 *      anything     nothing        no                     open: no plan, or the search was cut
 */
import type { Matrix, MatrixCell, Reachability } from './cells.js';
import type { CellAnswer } from './run-cell.js';

export type Verdict =
  'equal' | 'unclaimed' | 'refuted' | 'differs' | 'outdated' | 'impossible' | 'open';

/** A cell, in the form of the JSON result. */
export interface CellResult {
  readonly row: string;
  readonly column: string;
  readonly lock_plan: string;
  readonly scenario: string;
  readonly outcome: Reachability | null;
  readonly states: number;
  readonly schedules: string;
  readonly crash_states: number;
  readonly table: string | null;
  readonly expected: Reachability | null;
  readonly verdict: Verdict;
  /** What is wrong with the failing state, or why there is no outcome. */
  readonly what: string;
}

/** A cell about which its table is wrong, or the search is. */
export interface CellDifference {
  readonly row: string;
  readonly column: string;
  readonly expected: Reachability;
  readonly why: string | null;
  /** Of a failure that the table rules out; empty where the table expects one. */
  readonly diagram: readonly string[];
  readonly reproducer: string | null;
}

export interface MatrixResult {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly CellResult[];
  /** Cells that the plan itself claims otherwise. */
  readonly false_claims: readonly string[];
  readonly verdicts: { readonly [verdict in Verdict]: number };
  readonly differences: readonly CellDifference[];
  readonly waiting: readonly {
    readonly race: string;
    readonly system: string;
    readonly about: string;
  }[];
}

/** All cells with their verdicts; `keep` stores a reproducer and answers where, or null. */
export function judgeMatrix(
  matrix: Matrix,
  answers: readonly CellAnswer[],
  keep: (name: string, answer: CellAnswer) => string | null,
): MatrixResult {
  const { rows, columns, waiting } = matrix.config;
  const verdicts = {
    equal: 0,
    unclaimed: 0,
    refuted: 0,
    differs: 0,
    outdated: 0,
    impossible: 0,
    open: 0,
  };
  const differences: CellDifference[] = [];
  const cells = matrix.cells.slice(0, answers.length).map((cell, i): CellResult => {
    const answer = answers[i] as CellAnswer;
    const verdict = verdictOf(cell, answer);
    verdicts[verdict] += 1;
    const { row, column, expected, why } = cell;
    if (expected !== null && (verdict === 'refuted' || verdict === 'differs')) {
      const reproducer = answer.reproducer === null ? null : keep(`${row}-${column}`, answer);
      differences.push({ row, column, expected, why, diagram: answer.diagram, reproducer });
    }
    return {
      row,
      column,
      lock_plan: cell.plan,
      scenario: cell.scenario.id,
      outcome: answer.outcome,
      states: answer.states,
      schedules: answer.schedules,
      crash_states: answer.crashStates,
      table: cell.table,
      expected,
      verdict,
      what: answer.what,
    };
  });
  return {
    rows: rows.map(({ id }) => id),
    columns: columns.map(({ id }) => id),
    cells,
    verdicts,
    differences,
    false_claims: falseClaims(matrix, answers),
    waiting,
  };
}

function falseClaims(matrix: Matrix, answers: readonly CellAnswer[]): string[] {
  return matrix.cells.flatMap(({ row, column, claimed }, i) => {
    const outcome = answers[i]?.outcome ?? null;
    if (claimed === null || outcome === null || claimed === (outcome === 'reachable')) return [];
    return [`${row}: ${column} is ${outcome}, and the plan claims otherwise`];
  });
}

function verdictOf(cell: MatrixCell, { outcome }: CellAnswer): Verdict {
  const isListed = cell.why !== null;
  if (outcome === null) return isListed ? 'impossible' : 'open';
  if (cell.expected === null) return isListed ? 'outdated' : 'unclaimed';
  if (cell.expected === outcome) return isListed ? 'outdated' : 'equal';
  return isListed ? 'refuted' : 'differs';
}

/** Whether each cell is as a table and its plan say, or listed with the reason why it is not. */
export function isAsTold({ verdicts, false_claims: falseOnes }: MatrixResult): boolean {
  const { differs, outdated, open } = verdicts;
  return differs + outdated + open + falseOnes.length === 0;
}
