/** `crash`: every state that power loss can leave while the workload of a file runs. */
import { Option } from 'commander';
import { aceReproducerOf, crashFileLines, loadCrashFile } from '@daxsim/lab';
import { parseKnob } from './ace.js';
import { ExitStatus, withCommonOptions } from './command.js';
import { Interrupt } from '../interrupt.js';
import { Output, writeResult } from '../output.js';
import { Progress } from '../progress.js';
import { VERSION } from '../version.js';
import type { Command } from 'commander';
import type { CrashFileResult, CrashFileRun } from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface CrashOptions extends CommonOptions {
  readonly fs?: string;
  readonly locks?: string;
  readonly knob?: Readonly<Record<string, string>>;
  readonly domain?: 'adr' | 'eadr';
  readonly reproducers: string;
}

export function addCrash(program: Command): void {
  const command = program
    .command('crash')
    .description('every crash state of a workload: recover, fsck, check')
    .argument('<file>', 'a YAML or JSON file with a workload; or the name of an experiment')
    .option('--fs <name>', "file system; the file's when absent")
    .option('--locks <plan>', "lock plan; the file system's own when absent")
    .option('--knob <name=value>', 'set a knob; may be given again', parseKnob)
    .addOption(
      new Option('--domain <domain>', "where power loss stops; the file's when absent").choices([
        'adr',
        'eadr',
      ]),
    )
    .option('--reproducers <folder>', 'where reproducers go', '.');
  withCommonOptions(command).action(runCrash);
}

async function runCrash(file: string, options: CrashOptions): Promise<void> {
  const output = new Output(options);
  const { fs, locks, knob, domain } = options;
  const run = await loadCrashFile(file, {
    ...(fs === undefined ? {} : { file_system: fs }),
    ...(locks === undefined ? {} : { lock_plan: locks }),
    ...(knob === undefined ? {} : { knobs: knob }),
    ...(domain === undefined ? {} : { domain }),
  });
  const isPartial = !(await searchAll(run, output));
  const result = run.result();
  output.lines(crashFileLines(result));
  if (isPartial) output.warn('ended early');
  const base = file.replace(/^.*\//, '').replace(/\.(ya?ml|json)$/, '');
  const reproducers = saveReproducers(run, result, `${options.reproducers}/${base}`, output);
  const { failures, ...counts } = result;
  output.json(
    {
      ...output.head('crash'),
      partial: isPartial,
      config: run.config,
      ...counts,
      first_violations: failures.map(({ workload, problem }) => ({ workload, problem })),
      reproducers,
    },
    undefined,
    { states: result.crash_states.executed },
  );
  if (result.violations > 0) process.exitCode = ExitStatus.Found;
}

/** False when somebody asked for the end before. */
async function searchAll(run: CrashFileRun, output: Output): Promise<boolean> {
  const progress = new Progress('crash', !output.isTalkative, 'states');
  const interrupt = new Interrupt();
  try {
    while (run.step()) {
      progress.report(run.share, run.states);
      if (!(await interrupt.mayGoOn())) return false;
    }
    return true;
  } finally {
    interrupt.dispose();
    progress.dispose();
  }
}

function saveReproducers(
  run: CrashFileRun,
  result: CrashFileResult,
  base: string,
  output: Output,
): string[] {
  const { personality, plan, knobs, domain, mediaBytes } = run.setting;
  return result.failures.map((failure) => {
    const system = { fileSystem: personality.name, lockPlan: plan.name, knobs, domain };
    const made = aceReproducerOf(VERSION, system, failure);
    const path = `${base}.${failure.number}.crash.reproducer.json`;
    const text = JSON.stringify({ ...made, media_bytes: mediaBytes }, null, 2);
    writeResult(path, `${text}\n`);
    output.line(`npx daxsim reproduce ${path}`);
    return path;
  });
}
