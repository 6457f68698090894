/** `validate`: simulated machines against published figures, on two worker threads. */
import {
  ablations,
  loadMachine,
  meetsGoal,
  readPoints,
  renderAblation,
  renderValidation,
  validationOf,
} from '@daxsim/lab';
import { InvalidArgumentError } from 'commander';
import { ExitStatus, withCommonOptions } from './command.js';
import { Output } from '../output.js';
import { Progress } from '../progress.js';
import { measureOnWorkers } from '../validate-workers.js';
import type { Command } from 'commander';
import type { CommonOptions } from '../output.js';

interface ValidateOptions extends CommonOptions {
  readonly only?: string;
  readonly all?: boolean;
  readonly quick?: boolean;
  readonly ablation?: string;
  readonly jobs: number;
}

export function addValidate(program: Command): void {
  const command = program
    .command('validate')
    .description('hold simulated machines against published hardware figures')
    .argument('[points]', 'file of published figures; those shipped when absent')
    .option('--only <text>', 'only points whose id contains this')
    .option('--all', 'show every point, not only those outside their tolerance')
    .option('--quick', 'one seed and a tenth of the length')
    .option('--ablation <machine>', 'its mean error with each figure moved, each mechanism off')
    .option('--jobs <count>', 'worker threads', parseJobs, 2);
  withCommonOptions(command).action(runValidate);
}

async function runValidate(file: string | undefined, options: ValidateOptions): Promise<void> {
  if (options.ablation !== undefined) {
    await runAblation(file, options.ablation, options);
    return;
  }
  const output = new Output(options);
  const { only } = options;
  const points = readPoints(file).filter(({ id }) => only === undefined || id.includes(only));
  const progress = new Progress('validate', !output.isTalkative);
  const { jobs, seed, quick = false } = options;
  try {
    const answers = await measureOnWorkers({ points, seed, isQuick: quick }, jobs, (done) => {
      progress.report(done / points.length, done);
    });
    const validation = validationOf(answers);
    output.lines(renderValidation(validation, options.all === true));
    output.json({
      ...output.head('validate'),
      partial: only !== undefined || quick,
      config: { points: file ?? null, only: only ?? null, quick },
      ...validation,
    });
    process.exitCode = meetsGoal(validation) ? ExitStatus.Fine : ExitStatus.Found;
  } finally {
    progress.dispose();
  }
}

/** The points of one machine, again for each variant of it; figures it shares are moved alike. */
async function runAblation(
  file: string | undefined,
  machine: string,
  options: ValidateOptions,
): Promise<void> {
  const output = new Output(options);
  const { only, jobs, seed, quick = false } = options;
  const variants = ablations(loadMachine(machine).config);
  const points = readPoints(file).filter((point) => {
    const isMeant = point.machine === machine && !('filesystem' in point.run);
    return isMeant && (only === undefined || point.id.includes(only));
  });
  const progress = new Progress('validate', !output.isTalkative);
  const all = points.length * variants.length;
  try {
    const changes = variants.map((variant) => variant.changes);
    const run = { points, seed, isQuick: quick, variants: changes };
    const answers = await measureOnWorkers(run, jobs, (done) => progress.report(done / all, done));
    const rows = variants.map(({ name }, at) => {
      const own = answers.slice(at * points.length, (at + 1) * points.length);
      const { mean_absolute_error_percent, within_tolerance_share } = validationOf(own);
      return { name, mean_absolute_error_percent, within_tolerance_share };
    });
    output.lines(renderAblation(rows));
    output.json({
      ...output.head('validate'),
      partial: only !== undefined || quick,
      config: { points: file ?? null, only: only ?? null, quick, ablation: machine },
      ablation: rows,
    });
  } finally {
    progress.dispose();
  }
}

function parseJobs(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= 64) return count;
  throw new InvalidArgumentError('a whole number, 1 to 64.');
}
