/** `ace`: every workload of a bounded space, power lost at every moment of it. */
import { InvalidArgumentError, Option } from 'commander';
import {
  ACE_FILE_SYSTEM,
  ACE_MODES,
  AFTERMATHS,
  AceCampaign,
  Ledger,
  aceLines,
  aceReproducerOf,
  defectKnobs,
  loadFileSystem,
} from '@daxsim/lab';
import { runDefects } from '../ace-defects.js';
import { runMutants } from '../ace-mutants.js';
import { runPairs } from '../ace-pairs.js';
import { ExitStatus, parseCount, withCommonOptions } from './command.js';
import { Output, writeResult } from '../output.js';
import { Progress } from '../progress.js';
import { defaultJobs, runParts } from '../shards.js';
import { VERSION } from '../version.js';
import type { Command } from 'commander';
import type {
  AceAnswer,
  AceMode,
  AceRequest,
  AceResult,
  AftermathKind,
  PairRequest,
} from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface AceOptions extends CommonOptions {
  readonly mode: AceMode;
  readonly seq: number;
  readonly threads: '1' | '2';
  readonly sample?: number;
  readonly fs?: string;
  readonly locks?: string;
  readonly knob?: Readonly<Record<string, string>>;
  readonly defect?: string;
  readonly domain: 'adr' | 'eadr';
  readonly aftermath: AftermathKind;
  readonly jobs: number;
  readonly resume?: string;
  readonly reproducers: string;
  readonly mutants?: number;
  readonly mutant?: string;
}

/** As the name of a defect: every one, on everything that could find it. */
const ALL_DEFECTS = 'all';

export function addAce(program: Command): void {
  const command = program
    .command('ace')
    .description('generated workloads: lose power at every moment, recover, check')
    .addOption(
      new Option('--mode <mode>', 'space of workloads').choices(ACE_MODES).default('block'),
    )
    .option('--seq <count>', 'operations of a workload: 1, 2 or 3', parseSeq, 1)
    .addOption(
      new Option('--threads <count>', 'instead: pairs of operations, each on a task of its own')
        .choices(['1', '2'])
        .default('1'),
    )
    .option('--sample <count>', 'run so many, spread evenly over the space', parseCount)
    .option('--fs <name>', 'file system; xfs-dax, or strict-dax with --mode pm')
    .option('--locks <plan>', "lock plan; the file system's own when absent")
    .option('--defect <name>', 'plant a defect, as corpora name them; all: what finds each?')
    .option('--knob <name=value>', 'set a knob; may be given again', parseKnob)
    .addOption(
      new Option('--domain <domain>', 'where power loss stops')
        .choices(['adr', 'eadr'])
        .default('adr'),
    )
    .addOption(
      new Option('--aftermath <images>', 'crash recovery too, and use up what it leaves')
        .choices(AFTERMATHS)
        .default('sample'),
    )
    .option('--jobs <count>', 'worker threads', parseCount, defaultJobs())
    .option('--resume <file>', 'remember finished parts here, and go on from it')
    .option(
      '--mutants <count>',
      'instead: change the recipes in so many ways; is each noticed?',
      parseCount,
    )
    .option('--mutant <name>', 'with --mutants: only this one')
    .option('--reproducers <folder>', 'where reproducers go', '.');
  withCommonOptions(command).action(runAce);
}

async function runAce(options: AceOptions): Promise<void> {
  const output = new Output(options);
  if (options.defect === ALL_DEFECTS) {
    await runDefects(options, output);
    return;
  }
  if (options.mutants !== undefined) {
    const { mutants, seed, mutant } = options;
    await runMutants({ mutants, seed, only: mutant ?? null }, options, output);
    return;
  }
  const common: PairRequest = {
    mode: options.mode,
    seed: options.seed,
    sample: options.sample ?? null,
    fileSystem: options.fs ?? ACE_FILE_SYSTEM[options.mode],
    lockPlan: options.locks ?? null,
    knobs: {
      ...(options.defect === undefined ? {} : defectKnobs(options.defect)),
      ...options.knob,
    },
  };
  if (options.threads === '2') {
    await runPairs(common, options, output);
    return;
  }
  const { seq, domain, aftermath } = options;
  const request: AceRequest = { ...common, seq, domain, aftermath };
  loadFileSystem(request.fileSystem, options.locks);
  const campaign = new AceCampaign(request);
  const answers = await allParts(campaign, request, options, output);
  const result = campaign.sum(answers);
  output.lines(aceLines(result));
  const reproducers = saveReproducers(result, request, options.reproducers, output);
  const { failures, ...counts } = result;
  output.json(
    {
      ...output.head('ace'),
      partial: answers.length < campaign.parts,
      config: request,
      ...counts,
      first_violations: failures.map(({ workload, problem }) => ({ workload, problem })),
      reproducers,
    },
    undefined,
    { states: result.crash_states.executed },
  );
  if (result.violations > 0) process.exitCode = ExitStatus.Found;
}

async function allParts(
  campaign: AceCampaign,
  request: AceRequest,
  options: AceOptions,
  output: Output,
): Promise<AceAnswer[]> {
  const progress = new Progress('ace', !output.isTalkative, 'workloads');
  const ledger =
    options.resume === undefined
      ? Ledger.inMemory<AceAnswer>(campaign.parts)
      : Ledger.open<AceAnswer>(options.resume, { version: VERSION, request }, campaign.parts);
  let run = 0;
  const parts = ledger.missing();
  let left = parts.length;
  try {
    await runParts<AceAnswer>({
      worker: new URL('../ace-worker.js', import.meta.url),
      run: request,
      parts,
      jobs: options.jobs,
      onAnswer: (part, answer) => {
        ledger.done(part, answer);
        run += answer.run;
        left -= 1;
        progress.report(1 - left / campaign.parts, run);
      },
    });
  } finally {
    progress.dispose();
  }
  return ledger.inOrder();
}

function saveReproducers(
  result: AceResult,
  request: AceRequest,
  folder: string,
  output: Output,
): string[] {
  return result.failures.map((failure) => {
    const path = `${folder}/ace-${result.mode}-${result.seq}-${failure.number}.reproducer.json`;
    const reproducer = aceReproducerOf(VERSION, request, failure);
    writeResult(path, `${JSON.stringify(reproducer, null, 2)}\n`);
    output.line(`npx daxsim reproduce ${path}`);
    return path;
  });
}

function parseSeq(text: string): number {
  const seq = Number(text);
  if (seq === 1 || seq === 2 || seq === 3) return seq;
  throw new InvalidArgumentError('1, 2 or 3.');
}

/** Adds `name=value` to the knobs given before. */
export function parseKnob(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('name=value, as in logForceFlush=skip.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
