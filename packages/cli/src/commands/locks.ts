/** `locks`: what lock plans cost on many CPUs, over threads and sockets. */
import {
  COSTS,
  DEFAULT_AGEING,
  LOCK_KINDS,
  DEFAULT_PLANS,
  DEFAULT_SOCKETS,
  DEFAULT_THREADS,
  DEFAULT_WORKLOADS,
  Ledger,
  LocksSweep,
  checkLocks,
  isWithin,
  locksPlots,
  locksSvg,
  renderCheck,
  renderSensitivity,
  sensitivity,
  timedLockKind,
  SEEDS_LEAST,
  digestOf,
  recordLocks,
  parseAgeing,
  renderLocks,
} from '@daxsim/lab';
import { CPUS_MOST } from '@daxsim/sim';
import { InvalidArgumentError } from 'commander';
import { ExitStatus, parseCount, withCommonOptions } from './command.js';
import { Output, writeResult } from '../output.js';
import { Progress } from '../progress.js';
import { defaultJobs, runParts } from '../shards.js';
import { VERSION } from '../version.js';
import type { Command } from 'commander';
import type {
  CaseAnswer,
  CostName,
  LockKindChoice,
  LocksRecording,
  LocksRequest,
} from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface LocksOptions extends CommonOptions {
  readonly workload: readonly string[];
  readonly plans: readonly string[];
  readonly threads: readonly number[];
  readonly sockets: readonly number[];
  readonly cpus: number;
  readonly machine: string;
  readonly fs: string;
  readonly costs: string;
  readonly cost?: Readonly<Record<string, number>>;
  readonly splitArray?: boolean;
  readonly without: readonly string[];
  readonly check?: boolean;
  readonly sensitivity?: boolean;
  readonly lockKind: LockKindChoice;
  readonly plot?: boolean;
  readonly svg?: string;
  readonly seeds: number;
  readonly length: number;
  readonly worth: boolean;
  readonly ageing: string;
  readonly jobs: number;
  readonly resume?: string;
}

export function addLocks(program: Command): void {
  const command = program
    .command('locks')
    .description('what lock plans cost: throughput over threads and sockets, and what holds it up')
    .option('--workload <names>', 'workloads, with commas', parseNames, DEFAULT_WORKLOADS)
    .option('--plans <names>', 'lock plans, with commas', parseNames, DEFAULT_PLANS)
    .option('--threads <counts>', 'threads, with commas', parseCounts, DEFAULT_THREADS)
    .option('--sockets <counts>', 'sockets over which the CPUs lie', parseCounts, DEFAULT_SOCKETS)
    .option('--cpus <count>', 'CPUs in all; more threads share them', parseCpus, 80)
    .option('--machine <name>', 'machine whose memory is used', 'optane-100-6dimm')
    .option('--fs <name>', 'file system and kernel', 'xfs-dax')
    .option('--costs <name>', 'file of costs of lines, sleeps and wake-ups', 'default')
    .option('--cost <name=factor>', 'multiply one cost; may be given again', parseCost)
    .option('--without <locks>', 'leave these locks out, to see what is behind', parseNames, [])
    .option('--lock-kind <lock=kind>', 'another kind for a lock; may be given again', parseKind, {})
    .option('--check', 'only: published experiments and shapes; status 1 if one is missed')
    .option(
      '--sensitivity',
      'how each cost, a quarter lower and higher, moves plans against the first',
    )
    .option('--plot', 'throughput over threads in plain characters')
    .option('--svg <file>', 'throughput over threads as a picture')
    .option('--split-array', 'a lock for each 2 MiB of a DAX array instead of one per file')
    .option(
      '--seeds <count>',
      'runs of each case, with seeds from --seed on',
      parseCpus,
      SEEDS_LEAST,
    )
    .option('--length <factor>', 'length of warm-up and window', parseFactor, 1)
    .option('--no-worth', 'do not run each case again without its bottleneck')
    .option('--ageing <profile>', 'free space of the device of AGED', DEFAULT_AGEING)
    .option('--jobs <count>', 'worker threads', parseCount, defaultJobs())
    .option('--resume <file>', 'remember finished cases here, and go on from it');
  withCommonOptions(command).action(runLocks);
}

async function runLocks(options: LocksOptions): Promise<void> {
  const output = new Output(options);
  if (options.check === true) {
    runCheck(options, output);
    return;
  }
  const request = requestOf(options);
  const progress = new Progress('locks', !output.isTalkative, 'cases');
  try {
    const recording = recordLocks(request, (done) => {
      progress.report((0.05 * done) / request.plans.length, 0);
    });
    if (options.sensitivity === true) {
      const cases = sensitivity(request, recording, (share) => progress.report(share, 0));
      progress.dispose();
      output.lines(renderSensitivity(cases));
      output.json({ ...output.head('locks-sensitivity'), partial: false, config: request, cases });
      return;
    }
    const { answers, all } = await allCases(request, recording, options, (done, of) => {
      progress.report(0.05 + (0.95 * done) / of, done);
    });
    progress.dispose();
    output.lines(renderLocks(answers));
    if (options.plot === true) output.lines(locksPlots(answers, terminalWidth()));
    if (options.svg !== undefined) writeResult(options.svg, locksSvg(answers));
    output.json({
      ...output.head('locks'),
      partial: answers.length < all,
      config: request,
      digest: digestOf(answers),
      cases: answers,
    });
  } finally {
    progress.dispose();
  }
}

/** What was published, and what the same costs make of it. */
function runCheck(options: LocksOptions, output: Output): void {
  const progress = new Progress('locks', !output.isTalkative, 'cases');
  try {
    const config = { costs: options.costs, scale: options.cost ?? {}, machine: options.machine };
    const { seed, seeds } = options;
    const check = checkLocks({ ...config, seed, seeds }, (share) => progress.report(share, 0));
    progress.dispose();
    output.lines(renderCheck(check));
    output.json({ ...output.head('locks-check'), partial: false, config, ...check });
    if (!isWithin(check)) process.exitCode = ExitStatus.Found;
  } finally {
    progress.dispose();
  }
}

async function allCases(
  request: LocksRequest,
  recording: LocksRecording,
  options: LocksOptions,
  onDone: (done: number, of: number) => void,
): Promise<{ readonly answers: CaseAnswer[]; readonly all: number }> {
  const sweep = new LocksSweep(request, recording);
  const all = sweep.cases.length;
  const ledger =
    options.resume === undefined
      ? Ledger.inMemory<CaseAnswer>(all)
      : Ledger.open<CaseAnswer>(options.resume, { version: VERSION, request }, all);
  const parts = ledger.missing();
  let done = all - parts.length;
  const take = (part: number, answer: CaseAnswer): void => {
    ledger.done(part, answer);
    done += 1;
    onDone(done, all);
  };
  if (options.jobs <= 1 || parts.length <= 2) {
    for (const part of parts) take(part, sweep.run(part));
  } else {
    await runParts<CaseAnswer>({
      worker: new URL('../locks-worker.js', import.meta.url),
      run: { request, recording },
      parts,
      jobs: options.jobs,
      onAnswer: take,
    });
  }
  return { answers: ledger.inOrder(), all };
}

function requestOf(options: LocksOptions): LocksRequest {
  return {
    plans: options.plans,
    workloads: options.workload,
    threads: options.threads,
    sockets: options.sockets,
    cpus: options.cpus,
    machine: options.machine,
    fileSystem: options.fs,
    costs: options.costs,
    scale: options.cost ?? {},
    splitsArray: options.splitArray === true,
    without: options.without,
    kinds: options.lockKind,
    seed: options.seed,
    seeds: options.seeds,
    length: options.length,
    findsWorth: options.worth,
    ageing: parseAgeing(options.ageing),
  };
}

function parseNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function parseCounts(text: string): number[] {
  return parseNames(text).map(parseCpus);
}

function parseCpus(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= CPUS_MOST) return count;
  throw new InvalidArgumentError(`a whole number, 1 to ${CPUS_MOST}.`);
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (factor > 0 && factor <= 1000) return factor;
  throw new InvalidArgumentError('a number above 0.');
}

function parseCost(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const [name = '', factor = ''] = text.split('=');
  if (!COSTS.includes(name as CostName)) {
    throw new InvalidArgumentError(`name=factor, the name one of ${COSTS.join(', ')}.`);
  }
  return { ...before, [name]: parseFactor(factor) };
}

function parseKind(text: string, before: LockKindChoice): LockKindChoice {
  const [name = '', kind = ''] = text.split('=');
  if (name === '' || kind === '') {
    throw new InvalidArgumentError(`lock=kind, the kind one of ${LOCK_KINDS.join(', ')}.`);
  }
  return { ...before, [name]: timedLockKind(kind) };
}

/** As wide as the terminal; 80 where there is none. */
function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : 80;
}
