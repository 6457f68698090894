/** `corpus --matrix`: races under lock plans, each cell searched whole and held against tables. */
import {
  differenceLines,
  isAsTold,
  judgeMatrix,
  loadMatrix,
  matrixLines,
  matrixSummary,
} from '@daxsim/lab';
import { ExitStatus } from './commands/command.js';
import { writeResult } from './output.js';
import { Progress } from './progress.js';
import { runParts } from './shards.js';
import type { CellAnswer, Matrix, MatrixResult } from '@daxsim/lab';
import type { Output } from './output.js';

export interface MatrixOptions {
  readonly jobs: number;
  /** Folder for the reproducers of what tables rule out. */
  readonly reproducers?: string;
  /** Show the diagrams of all differences, not of the unexplained only. */
  readonly diagrams?: boolean;
}

export async function runMatrix(
  name: string,
  options: MatrixOptions,
  output: Output,
): Promise<void> {
  const matrix = loadMatrix(name);
  const answers = await searchCells(matrix, options.jobs, !output.isTalkative);
  const result = judgeMatrix(matrix, answers, (cell, { reproducer }) => {
    if (options.reproducers === undefined || reproducer === null) return null;
    const file = cell.replace(/[^A-Za-z0-9.-]+/g, '_');
    const path = `${options.reproducers}/matrix-${file}.reproducer.json`;
    writeResult(path, `${JSON.stringify(reproducer, null, 2)}\n`);
    return path;
  });
  show(result, options.diagrams === true, output);
  const { title, corpus } = matrix.config;
  output.json({
    ...output.head('corpus-matrix'),
    partial: answers.length < matrix.cells.length,
    config: { matrix: name, title, corpus },
    matrix: result,
  });
  if (!isAsTold(result)) process.exitCode = ExitStatus.Found;
}

function show(result: MatrixResult, withDiagrams: boolean, output: Output): void {
  output.lines(matrixLines(result));
  output.lines(differenceLines(result, withDiagrams));
  output.lines(result.false_claims);
  output.line();
  output.line(matrixSummary(result));
}

/** All cells by worker threads; whoever searches which, the answers stand in the cells' order. */
async function searchCells(matrix: Matrix, jobs: number, isSilent: boolean): Promise<CellAnswer[]> {
  const progress = new Progress('matrix', isSilent, 'cells');
  const answers: CellAnswer[] = [];
  let done = 0;
  try {
    await runParts<CellAnswer>({
      worker: new URL('./matrix-worker.js', import.meta.url),
      run: matrix.name,
      parts: matrix.cells.map((_, part) => part),
      jobs,
      onAnswer: (part, answer) => {
        answers[part] = answer;
        done += 1;
        progress.report(done / matrix.cells.length, done);
      },
    });
  } finally {
    progress.dispose();
  }
  return answers;
}
