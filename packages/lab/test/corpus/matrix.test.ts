/**
 * The matrix of races under lock plans: a sample of its cells, searched whole, and what is said of
 * a cell that is not as the tables have it. All cells: `npx daxsim corpus --matrix`.
 */
import { describe, expect, test } from '@jest/globals';
import { isAsTold, judgeMatrix, loadMatrix, runCell } from '@daxsim/lab';
import type { CellAnswer, Matrix, MatrixCell } from '@daxsim/lab';

const matrix = loadMatrix('locking');

function cellAt(row: string, column: string): MatrixCell {
  const cell = matrix.cells.find((one) => one.row === row && one.column === column);
  if (cell === undefined) throw new Error(`no cell ${row}, ${column}`);
  return cell;
}

const ROWS = ['S2', 'S3a', 'S9-all', 'goyal-v1'];
const COLUMNS = ['R03', 'R05', 'R06', 'R08 Z=in-handler', 'R12 Wt=before'];

test.each(ROWS)('%s allows the races that the checked table has for it, and no other', (row) => {
  const found = COLUMNS.map((column) => runCell(cellAt(row, column), 'test').outcome);
  expect(found).toEqual(COLUMNS.map((column) => cellAt(row, column).expected));
});

test('every cell of the checked table is one that the matrix searches', () => {
  const checked = matrix.cells.filter(({ table }) => table === 'checked');
  // 15 rows of 10 columns, of which none may be explained away.
  expect(checked).toHaveLength(150);
  expect(checked.filter(({ why }) => why !== null)).toEqual([]);
});

test('over the page cache a punch that lets faults in lets a page come back into its hole', () => {
  const cells = ['R30', 'R30 Oheld=no'].map((column) => runCell(cellAt('S8', column), 'test'));
  expect(cells.map(({ outcome }) => outcome)).toEqual(['unreachable', 'reachable']);
  expect(runCell(cellAt('S9', 'R30'), 'test')).toMatchObject({
    outcome: null,
    what: expect.stringContaining('no point at which to validate'),
  });
});

test('without a lock over both, only the reversed order keeps a client from a stale page', () => {
  const cells = ['R29', 'R29 O=free-inv'].map((column) => runCell(cellAt('S0', column), 'test'));
  expect(cells.map(({ outcome }) => outcome)).toEqual(['reachable', 'unreachable']);
  expect(runCell(cellAt('S1', 'R29'), 'test').outcome).toBe('unreachable');
});

test('a fault that waits for a range under the lock of its file waits for ever', () => {
  const cells = ['R18', 'R18 held', 'R27', 'R27 F=none'].map((column) => {
    return runCell(cellAt('S3b', column), 'test');
  });
  const outcomes = cells.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['unreachable', 'reachable', 'unreachable', 'reachable']);
  expect(cells[1]?.what).toBe('lost wake-up: task 0 sleeps on freeRange, task 2 waits for mmap');
  expect(cells[3]?.what).toMatch(/^deadlock: task . waits for dmap, task . waits for entry/);
});

test('a fault whose begin is before the entry takes its handle there: no deadlock', () => {
  const cell = cellAt('S3a', 'R19 J=inside');
  expect(runCell(cell, 'test').outcome).toBe('unreachable');
  expect([cell.expected, cell.why !== null]).toEqual(['reachable', true]);
  expect(runCell(cellAt('S3b', 'R19 J=inside'), 'test').what).toMatch(/^deadlock/);
});

describe('a cell', () => {
  const answer = (outcome: CellAnswer['outcome']): CellAnswer => ({
    outcome,
    what: '',
    states: 1,
    schedules: '1',
    crashStates: 0,
    diagram: [],
    reproducer: null,
  });
  const verdict = (changed: Partial<MatrixCell>, outcome: CellAnswer['outcome']): unknown => {
    const cell: MatrixCell = {
      ...cellAt('S3b', 'R01'),
      claimed: null,
      expected: 'unreachable',
      why: null,
      ...changed,
    };
    const one: Matrix = { ...matrix, cells: [cell] };
    const result = judgeMatrix(one, [answer(outcome)], () => null);
    return [result.cells[0]?.verdict, isAsTold(result)];
  };

  test.each([
    [{}, 'unreachable', 'equal', true],
    [{}, 'reachable', 'differs', false],
    [{}, null, 'open', false],
    [{ why: 'x' }, null, 'impossible', true],
    [{ why: 'x' }, 'reachable', 'refuted', true],
    [{ why: 'x' }, 'unreachable', 'outdated', false],
    [{ expected: null }, 'reachable', 'unclaimed', true],
    [{ expected: null, claimed: false }, 'reachable', 'unclaimed', false],
    [{ expected: null, claimed: true }, 'reachable', 'unclaimed', true],
  ] as const)('%j that is found %s: %s', (changed, outcome, says, isFine) => {
    expect(verdict(changed, outcome)).toEqual([says, isFine]);
  });
});
