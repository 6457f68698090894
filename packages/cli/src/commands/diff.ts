/** `diff`: two results side by side. Status 1 when they differ outside `host`. */
import { readFileSync } from 'node:fs';
import { UserError } from '@daxsim/sim';
import { diffResults, renderDiff } from '@daxsim/lab';
import { ExitStatus, withCommonOptions } from './command.js';
import { Output } from '../output.js';
import type { Command } from 'commander';
import type { CommonOptions } from '../output.js';

export function addDiff(program: Command): void {
  const diff = program
    .command('diff')
    .description('show the first difference of two results, and what moved')
    .argument('<a.json>', 'a result of --json')
    .argument('<b.json>', 'another');
  withCommonOptions(diff).action(runDiff);
}

function runDiff(a: string, b: string, options: CommonOptions): void {
  const output = new Output(options);
  const diff = diffResults(readJson(a), readJson(b));
  output.lines(renderDiff(diff));
  output.json({ ...output.head('diff'), partial: false, ...diff });
  if (!diff.isEqual) process.exitCode = ExitStatus.Found;
}

/** Parses a JSON file; anything that is none is the user's error. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError({ where: path, found: `not a readable JSON file: ${why}` });
  }
}
