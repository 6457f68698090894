/** `scenarios`: short scripts after published tests, with power cuts. */
import {
  isAsClaimed,
  runScenarios,
  scenarioFiles,
  scenarioResultLines,
  scenarioSummary,
} from '@daxsim/lab';
import { ExitStatus, withCommonOptions } from './command.js';
import { Output } from '../output.js';
import type { Command } from 'commander';
import type { CommonOptions } from '../output.js';

interface ScenarioOptions extends CommonOptions {
  readonly test?: string;
  readonly fs?: string;
}

export function addScenarios(program: Command): void {
  const command = program
    .command('scenarios')
    .description('run scripted scenarios after published tests, with power cuts')
    .argument('[files...]', 'files, or names of those in configs/scenarios; all when absent')
    .option('--test <number>', 'only those that follow this test, as generic/042')
    .option('--fs <name>', 'on this file system instead of those that each names');
  withCommonOptions(command).action(run);
}

function run(files: readonly string[], options: ScenarioOptions): void {
  const output = new Output(options);
  const chosen = files.length === 0 ? scenarioFiles() : files;
  const results = runScenarios(chosen, {
    ...(options.test === undefined ? {} : { test: options.test }),
    ...(options.fs === undefined ? {} : { fileSystem: options.fs, isPlain: true }),
  });
  for (const result of results) output.lines(scenarioResultLines(result));
  output.line();
  output.line(scenarioSummary(results));
  output.json({
    ...output.head('scenarios'),
    partial: false,
    config: { files: chosen, test: options.test ?? null, file_system: options.fs ?? null },
    scenarios: results,
  });
  if (!results.every(isAsClaimed)) process.exitCode = ExitStatus.Found;
}
