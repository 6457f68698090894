/** `corpus`: scenarios with a defect each, searched whole. */
import { lockPlan } from '@daxsim/daxfs';
import { corpusSummary, isConfirmed, loadCases, scenarioLines } from '@daxsim/lab';
import { ExitStatus, parseCount, withCommonOptions } from './command.js';
import { runMatrix } from '../corpus-matrix.js';
import { corpusParts, runCorpus } from '../corpus-run.js';
import { keepCases, keepPage, showPins } from '../corpus-pages.js';
import { Output, writeResult } from '../output.js';
import { defaultJobs } from '../shards.js';
import { VERSION } from '../version.js';
import type { Command } from 'commander';
import type { ScenarioResult } from '@daxsim/lab';
import type { CorpusAnswer, CorpusRun } from '../corpus-run.js';
import type { CommonOptions } from '../output.js';

interface CorpusCommandOptions extends CommonOptions {
  readonly scenario?: string;
  readonly locks?: string;
  readonly maxStates?: number;
  readonly runs?: number;
  readonly reproducers?: string;
  readonly shrink: boolean;
  readonly matrix?: string | true;
  readonly diagrams?: boolean;
  readonly jobs: number;
  readonly pins?: boolean;
  readonly pages?: string;
  readonly cases?: string | true;
}

/** The matrix that is shipped. */
const MATRIX = 'locking';
/** The pages that are shipped. */
const CASES = 'history';

export function addCorpus(program: Command): void {
  const command = program
    .command('corpus')
    .description('run scenarios: clean under the correct rules, found under their defects')
    .argument('[files...]', 'corpora, or names of those in configs/corpus', ['races'])
    .option('--scenario <id>', 'only this scenario, with the diagram of its defect')
    .option('--locks <plan>', 'under this lock plan instead of the correct one')
    .option('--max-states <count>', 'stop a search after so many states', parseCount)
    .option('--runs <count>', 'runs where a scenario is searched by chance', parseCount)
    .option('--reproducers <folder>', 'keep a reproducer of each defect here')
    .option('--no-shrink', 'leave the scenario of a failure as it is')
    .option('--matrix [name]', 'races under all lock plans: a file, or a name in configs/matrix')
    .option('--diagrams', 'with --matrix: the schedules that refute its tables')
    .option('--pages <folder>', 'keep a page about each scenario here, with its diagram')
    .option(
      '--cases [name]',
      'the scenarios of a file of pages: a file, or a name in configs/pages',
    )
    .option('--pins', 'run each once instead: counters of pinned pages, and who holds them')
    .option('--jobs <count>', 'worker threads', parseCount, defaultJobs());
  withCommonOptions(command).action(runFiles);
}

async function runFiles(files: readonly string[], options: CorpusCommandOptions): Promise<void> {
  const output = new Output(options);
  if (options.matrix !== undefined) {
    const name = options.matrix === true ? MATRIX : options.matrix;
    await runMatrix(name, options, output);
    return;
  }
  if (options.pins === true) {
    showPins(files, options, output);
    return;
  }
  const name = options.cases === true ? CASES : options.cases;
  const cases = name === undefined ? null : loadCases(name);
  const run: CorpusRun = {
    files: cases === null ? files : [cases.config.corpus],
    ...(cases === null ? {} : { only: [...cases.scenarios.keys()] }),
    ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
    options: {
      ...{ version: VERSION, shrinks: options.shrink, seed: options.seed },
      ...(options.runs === undefined ? {} : { runs: options.runs }),
      ...(options.locks === undefined ? {} : { locks: options.locks }),
      ...(options.maxStates === undefined ? {} : { maxStates: options.maxStates }),
    },
  };
  const parts = corpusParts(run);
  // A plan that there is not is the user's error, here and not in a worker.
  if (options.locks !== undefined) lockPlan(options.locks);
  const results: ScenarioResult[] = [];
  const bugs: string[] = [];
  await runCorpus(run, parts, options.jobs, (answer) => {
    if (answer.bug !== null) bugs.push(answer.bug);
    const result = withReproducer(answer, options);
    results.push(result);
    if (options.pages !== undefined && cases === null) keepPage(options.pages, files, result);
    output.lines(scenarioLines(result));
    if (options.scenario !== undefined) showDefect(output, result);
  });
  if (options.pages !== undefined && cases !== null && name !== undefined) {
    keepCases(options.pages, name, cases, results);
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
  if (bugs.length === 0) return;
  for (const bug of bugs)
    process.stderr.write(`bug in daxsim ${VERSION}, please report it\n${bug}\n`);
  process.exitCode = ExitStatus.OurBug;
}

/** Writes the reproducer of a defect where it is asked for, and says where. */
function withReproducer(
  { result, kept }: CorpusAnswer,
  { reproducers, scenario }: CorpusCommandOptions,
): ScenarioResult {
  const isKept = reproducers !== undefined || scenario !== undefined;
  if (!isKept || kept === null || result.defect === null) return result;
  const path = `${reproducers ?? '.'}/${kept.name}.reproducer.json`;
  writeResult(path, `${JSON.stringify(kept.reproducer, null, 2)}\n`);
  return { ...result, defect: { ...result.defect, reproducer: path } };
}

function showDefect(output: Output, { correct, defect }: ScenarioResult): void {
  const diagram = correct?.reported?.diagram ?? [];
  if (diagram.length > 0) output.lines(['', ...diagram]);
  if (defect === null) return;
  output.line();
  output.lines(defect.diagram);
  if (defect.reproducer === null) return;
  output.line();
  output.line(`npx daxsim reproduce ${defect.reproducer}`);
}
