/** `conform`: workloads of kernel records through daxfs, compared with what a kernel did. */
import { conform, renderConform, writeRecord } from '@daxsim/lab';
import { ExitStatus, parseCount, withCommonOptions } from './command.js';
import { Output } from '../output.js';
import { Progress } from '../progress.js';
import type { Command } from 'commander';
import type { ConformResult } from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface ConformOptions extends CommonOptions {
  readonly kernel?: string;
  readonly config?: string;
  readonly out?: string;
  readonly details: number;
}

export function addConform(program: Command): void {
  const command = program
    .command('conform')
    .description('run the workloads of kernel records and compare op by op')
    .argument('<dir...>', 'folders with workloads/*.wl and results/KERNEL/*.json')
    .option('--kernel <name>', 'only records of this kernel, as in linux-6.12')
    .option('--config <name>', 'only records of this config, as in xfs-dax')
    .option('--out <dir>', 'write what daxfs did as records, below this folder')
    .option('--details <count>', 'disagreements shown per field and workload', parseCount, 0);
  withCommonOptions(command).action(runConform);
}

function runConform(folders: string[], options: ConformOptions): void {
  const output = new Output(options);
  const progress = new Progress('conform', !output.isTalkative);
  const { out } = options;
  let result: ConformResult;
  try {
    result = conform({
      folders,
      kernel: options.kernel,
      config: options.config,
      onProgress: (done, total) => {
        progress.report(done / total, done);
      },
      ...(out === undefined
        ? {}
        : {
            onRun: (one, run) => {
              writeRecord(out, one, run);
            },
          }),
    });
  } finally {
    progress.dispose();
  }
  output.lines(renderConform(result, options.details));
  output.json({
    ...output.head('conform'),
    partial: false,
    config: { folders, kernel: options.kernel ?? null, config: options.config ?? null },
    ...result,
  });
  process.exitCode = statusOf(result);
}

function statusOf(result: ConformResult): number {
  if (result.broken > 0) return ExitStatus.OurBug;
  return result.disagreements.length > 0 ? ExitStatus.Found : ExitStatus.Fine;
}
