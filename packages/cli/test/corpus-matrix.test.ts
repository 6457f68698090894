/** `corpus --matrix` as a user starts it: a matrix of their own over a corpus that is shipped. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('../../bin/daxsim.mjs', import.meta.url));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daxsim-matrix-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function runMatrix(marks: string): { readonly status: number | null; readonly json: unknown } {
  const matrix = {
    title: 'two plans, one race',
    corpus: 'litmus',
    rows: [
      { id: 'S3a', plan: 'S3a' },
      { id: 'S3b', plan: 'S3b' },
    ],
    columns: [{ id: 'R06', scenario: 'r06-read-fault-vs-write-fault' }],
    tables: [{ name: 'mine', source: 'a user', columns: ['R06'], rows: { S3a: 'x', S3b: marks } }],
    differs: [],
    waiting: [],
  };
  writeFileSync(join(folder, 'mine.json'), JSON.stringify(matrix));
  const args = ['corpus', '--matrix', './mine.json', '--json', 'out.json', '--quiet'];
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    timeout: 60_000,
  });
  return { status, json: JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) };
}

test('a matrix that is as its table says ends with 0, with all its cells in the JSON', () => {
  const { status, json } = runMatrix('.');
  expect(status).toBe(0);
  expect(json).toMatchObject({
    schema: 'daxsim/corpus-matrix/1',
    partial: false,
    matrix: {
      cells: [
        { row: 'S3a', column: 'R06', outcome: 'reachable', verdict: 'equal' },
        { row: 'S3b', column: 'R06', outcome: 'unreachable', verdict: 'equal' },
      ],
      differences: [],
    },
  });
});

test('a cell that is not ends with 1 and is listed', () => {
  const { status, json } = runMatrix('x');
  expect(status).toBe(1);
  expect(json).toMatchObject({
    matrix: {
      verdicts: { equal: 1, differs: 1 },
      differences: [{ row: 'S3b', column: 'R06', expected: 'reachable', why: null }],
    },
  });
});
