/** `corpus`: scenarios with a defect each, searched whole. */
import {
  chosenScenarios,
  corpusSummary,
  isConfirmed,
  loadCorpus,
  runCorpusScenario,
  scenarioLines,
} from '@daxsim/lab';
import { ExitStatus, parseCount, withCommonOptions } from './command.js';
import { runMatrix } from '../corpus-matrix.js';
import { secondsOf } from '../host-clock.js';
import { Output, writeResult } from '../output.js';
import { defaultJobs } from '../shards.js';
import { VERSION } from '../version.js';
import type { Command } from 'commander';
import type { ScenarioResult } from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface CorpusCommandOptions extends CommonOptions {
  readonly scenario?: string;
  readonly locks?: string;
  readonly maxStates?: number;
  readonly reproducers?: string;
  readonly shrink: boolean;
  readonly matrix?: string | true;
  readonly diagrams?: boolean;
  readonly jobs: number;
}

/** The matrix that is shipped. */
const MATRIX = 'locking';

export function addCorpus(program: Command): void {
  const command = program
    .command('corpus')
    .description('run scenarios: clean under the correct rules, found under their defects')
    .argument('[files...]', 'corpora, or names of those in configs/corpus', ['races'])
    .option('--scenario <id>', 'only this scenario, with the diagram of its defect')
    .option('--locks <plan>', 'under this lock plan instead of the correct one')
    .option('--max-states <count>', 'stop a search after so many states', parseCount)
    .option('--reproducers <folder>', 'keep a reproducer of each defect here')
    .option('--no-shrink', 'leave the scenario of a failure as it is')
    .option('--matrix [name]', 'races under all lock plans: a file, or a name in configs/matrix')
    .option('--diagrams', 'with --matrix: the schedules that refute its tables')
    .option('--jobs <count>', 'with --matrix: worker threads', parseCount, defaultJobs());
  withCommonOptions(command).action(run);
}

async function run(files: readonly string[], options: CorpusCommandOptions): Promise<void> {
  const output = new Output(options);
  if (options.matrix !== undefined) {
    const name = options.matrix === true ? MATRIX : options.matrix;
    await runMatrix(name, options, output);
    return;
  }
  const results: ScenarioResult[] = [];
  for (const file of files) {
    for (const scenario of chosenScenarios(file, loadCorpus(file), options.scenario)) {
      const result = runCorpusScenario(file, scenario, {
        version: VERSION,
        shrinks: options.shrink,
        seconds: () => secondsOf(output.timer.elapsed()),
        keep: (name, reproducer) => {
          if (options.reproducers === undefined && options.scenario === undefined) return null;
          const path = `${options.reproducers ?? '.'}/${name}.reproducer.json`;
          writeResult(path, `${JSON.stringify(reproducer, null, 2)}\n`);
          return path;
        },
        ...(options.locks === undefined ? {} : { locks: options.locks }),
        ...(options.maxStates === undefined ? {} : { maxStates: options.maxStates }),
      });
      results.push(result);
      output.lines(scenarioLines(result));
      if (options.scenario !== undefined) showDefect(output, result);
    }
  }
  output.line();
  output.lines(corpusSummary(results));
  output.json({
    ...output.head('corpus'),
    partial: results.some(({ correct }) => correct?.complete === false),
    config: { files, scenario: options.scenario ?? null, lock_plan: options.locks ?? null },
    scenarios: results,
  });
  const supported = results.filter((result) => result.supported);
  if (!supported.every(isConfirmed)) process.exitCode = ExitStatus.Found;
}

function showDefect(output: Output, { defect }: ScenarioResult): void {
  if (defect === null) return;
  output.line();
  output.lines(defect.diagram);
  if (defect.reproducer === null) return;
  output.line();
  output.line(`npx daxsim reproduce ${defect.reproducer}`);
}
