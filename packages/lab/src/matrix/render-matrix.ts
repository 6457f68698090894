/**
 * A matrix for a terminal: one line per plan, one sign per column.
 *
 *      ✗ reachable   · not reachable   capital X, O: the same against the table
 */
import type { CellDifference, CellResult, MatrixResult } from './verdict.js';

const SIGNS = { reachable: '✗', unreachable: '·' } as const;
const AGAINST = { reachable: 'X', unreachable: 'O' } as const;

/** The table, and below it what its columns are. */
export function matrixLines(result: MatrixResult): string[] {
  const { rows, columns, cells, waiting } = result;
  const width = Math.max(...rows.map((row) => row.length));
  const head = columns.map((_, i) => String(i + 1).padStart(3)).join('');
  const body = rows.map((row) => {
    const own = cells.filter((cell) => cell.row === row);
    return `${row.padEnd(width)} ${own.map((cell) => signOf(cell).padStart(3)).join('')}`;
  });
  const legend = columns.map((column, i) => `${String(i + 1).padStart(4)}  ${column}`);
  const later = waiting.map(
    ({ race, system, about }) => `  ${race}  not in this matrix yet, over ${system}: ${about}`,
  );
  return [
    `${' '.repeat(width)} ${head}`,
    ...body,
    '',
    '✗ reachable   · not reachable in any schedule   X, O: the same, against the table   ? none',
    '',
    ...legend,
    '',
    ...later,
  ];
}

function signOf({ outcome, verdict }: CellResult): string {
  if (outcome === null) return '?';
  return verdict === 'refuted' || verdict === 'differs' ? AGAINST[outcome] : SIGNS[outcome];
}

/** What the tables are wrong about, and what nobody has explained. */
export function differenceLines(result: MatrixResult, withDiagrams: boolean): string[] {
  return result.differences.flatMap((difference) => {
    const { row, column, expected, why, reproducer } = difference;
    const found = expected === 'reachable' ? 'not reachable' : 'reachable';
    const lines = ['', `${row}, ${column}: ${found}. ${why ?? 'NOT EXPLAINED'}`];
    if (withDiagrams) lines.push(...diagramOf(result, difference).map((line) => `  ${line}`));
    if (reproducer !== null) lines.push(`  npx daxsim reproduce ${reproducer}`);
    return lines;
  });
}

/** The failing schedule, or the certificate that there is none. */
function diagramOf(
  result: MatrixResult,
  { row, column, diagram }: CellDifference,
): readonly string[] {
  if (diagram.length > 0) return diagram;
  const cell = result.cells.find((one) => one.row === row && one.column === column);
  if (cell === undefined) return [];
  return [
    `no violation in ${cell.schedules} schedules, ${String(cell.states)} states, all of them`,
  ];
}

/** The sums. */
export function matrixSummary({ cells, verdicts }: MatrixResult): string {
  const states = cells.reduce((sum, cell) => sum + cell.states, 0);
  const parts = Object.entries(verdicts).map(([name, count]) => `${String(count)} ${name}`);
  return `${String(cells.length)} cells in ${String(states)} states: ${parts.join(', ')}`;
}
