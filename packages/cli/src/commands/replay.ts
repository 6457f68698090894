/** `replay`: recorded traces through a file system onto simulated persistent memory. */
import { Option } from 'commander';
import { ConfigError } from '@daxsim/sim';
import {
  NO_FILE_SYSTEM,
  foundSomething,
  joinCsv,
  joinTimeline,
  memorySummaryLines,
  runMemoryReplay,
  runReplay,
  summaryLines,
} from '@daxsim/lab';
import { ExitStatus, parseCount, withCommonOptions, withTraceOptions } from './command.js';
import { readerOptions } from './trace.js';
import { Interrupt } from '../interrupt.js';
import { Output, writeResult } from '../output.js';
import { Progress } from '../progress.js';
import { VERSION } from '../version.js';
import type { Command } from 'commander';
import type {
  MemoryReplayReport,
  ReplayReport,
  ReplayRequest,
  RunParts,
  TextSink,
} from '@daxsim/lab';
import type { TraceCommandOptions } from './command.js';
import type { CommonOptions } from '../output.js';

interface ReplayCommandOptions extends CommonOptions, TraceCommandOptions {
  readonly machine: string;
  readonly pages?: string;
  readonly fs?: string;
  readonly locks?: string;
  readonly window?: string;
  readonly timing: string;
  readonly order?: string;
  readonly mmapFill: string;
  readonly deviceBytes?: string;
  readonly image?: string;
  readonly saveImage?: string;
  readonly cpus?: number;
  readonly through?: string;
  readonly msyncFrom?: string;
  readonly mapSync: boolean;
  readonly powerCuts: number;
  readonly fault: readonly string[];
  readonly knob: readonly string[];
  readonly timeline?: string;
  readonly csv?: string;
  readonly reproducer?: string;
}

/** Read faults tag pages dirty there, which shows in the write-backs of recordings. */
const THROUGH_FILE_SYSTEM = 'xfs-dax@6.1';

export function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('replay recorded traces and say where the time went')
    .argument('<trace...>', 'files or names of shipped traces; several are concurrent jobs')
    .option('--machine <name>', 'machine, by name or file', 'optane-100-1dimm')
    .option('--pages <size>', 'pages that map the device: 4KiB, 2MiB, 1GiB, or free (take no time)')
    .option(
      '--fs <name>',
      'file system and kernel, as in xfs-dax@6.12; none for a memory trace (default: "xfs-dax", ' +
        'with --through "xfs-dax@6.1": the kernel on which pairs of traces were recorded)',
    )
    .option('--locks <plan>', "lock plan; the file system's own when absent")
    .option(
      '--window <size>',
      'with --fs virtiofs: ranges of 2 MiB, or a part of what the traces use, as in 25%',
    )
    .option('--timing <how>', 'closed, think, open or scale=K', 'closed')
    .addOption(
      new Option('--order <rule>', 'what keeps operations in recorded order').choices([
        'task',
        'resource',
        'total',
      ]),
    )
    .option('--mmap-fill <how>', 'none, dirty:PAGES, uniform:RATE or all', 'none')
    .option('--device-bytes <size>', 'size of the device, as in 8GiB; sparse on the host')
    .option('--image <file>', 'start from this image, as image save makes it')
    .option('--save-image <file>', 'save the device at the end')
    .option('--through <file>', 'replay a memory trace through a mapped file of this name')
    .option(
      '--msync-from <recording>',
      'with --through: take msync and munmap calls and faulting loads from a DAX recording',
    )
    .option('--no-map-sync', 'with --through: map without MAP_SYNC where the trace does not say')
    .option('--cpus <count>', 'simulated CPUs; one per task, 16 at most, when absent', parseCount)
    .option('--power-cuts <count>', 'moments at which to lose power and recover', parseCount, 0)
    .option(
      '--fault <fault>',
      'lay a fault on the device, as in poisoned-line@file=data.db,offset=8KiB, or a file that ' +
        'lists faults; may be repeated',
      collect,
      [],
    )
    .option('--knob <name=value>', 'change a knob, as in logForceFlush=skip', collect, [])
    .option('--timeline <file>', 'write a timeline that Perfetto opens')
    .option('--csv <file>', 'write one line per operation')
    .option('--reproducer <file>', 'where the reproducer of a failed power cut goes');
  withTraceOptions(withCommonOptions(command)).action(run);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function run(traces: string[], options: ReplayCommandOptions): Promise<void> {
  const output = new Output(options);
  const interrupt = new Interrupt();
  const done = await replayOnHost(traces, options, output, interrupt);
  output.lines(done.lines);
  const [first] = done.reproducers;
  const reproducer = first === undefined ? null : saveReproducer(first, traces[0] ?? '', options);
  if (reproducer !== null) output.lines(['', `npx daxsim reproduce ${reproducer}`]);
  const { report } = done;
  output.json({ ...report, ...(reproducer === null ? {} : { reproducer }) }, report.replayed);
  // Who ended the run knows that it is not whole.
  const mayBePartial = options.allowTruncated === true || interrupt.isAsked;
  process.exitCode = statusOf(report, done.isFound, mayBePartial, output);
}

interface Replayed {
  readonly report: ReplayReport | MemoryReplayReport;
  readonly lines: readonly string[];
  readonly isFound: boolean;
  /** Of the power cuts that failed. */
  readonly reproducers: readonly object[];
}

/**
 * Runs with progress on the terminal and an ear for Ctrl-C, and puts both away whatever happens.
 */
async function replayOnHost(
  traces: readonly string[],
  options: ReplayCommandOptions,
  output: Output,
  interrupt: Interrupt,
): Promise<Replayed> {
  const progress = new Progress('replay', !output.isTalkative);
  try {
    const mayGoOn = (): Promise<boolean> => interrupt.mayGoOn();
    const request = { ...requestOf(traces, options, progress), mayGoOn };
    if (options.fs !== NO_FILE_SYSTEM) return await replayOnce(request, options);
    const report = await runMemoryReplay(request);
    const isFound = report.injected !== undefined && report.injected.hang !== null;
    return { report, lines: memorySummaryLines(report), isFound, reproducers: [] };
  } finally {
    interrupt.dispose();
    progress.dispose();
  }
}

async function replayOnce(
  request: ReplayRequest,
  options: ReplayCommandOptions,
): Promise<Replayed> {
  const sinks: TextSink[] = [];
  const join = (parts: RunParts): void => {
    if (options.timeline !== undefined) sinks.push(joinTimeline(parts, options.timeline));
    if (options.csv !== undefined) sinks.push(joinCsv(parts, options.csv));
  };
  try {
    const { report, reproducers } = await runReplay({ ...request, join });
    const isFound = foundSomething(report);
    return { report, lines: summaryLines(report), isFound, reproducers };
  } finally {
    for (const sink of sinks) sink.close();
  }
}

/** Writes a reproducer; answers its file. */
function saveReproducer(reproducer: object, trace: string, options: ReplayCommandOptions): string {
  const base = trace.replace(/^.*\//, '').replace(/\..*$/, '');
  const path = options.reproducer ?? `${base}.power-cut.reproducer.json`;
  writeResult(path, `${JSON.stringify(reproducer, null, 2)}\n`);
  return path;
}

/** The request that the options stand for; absent options are left to lab's defaults. */
function requestOf(
  traces: readonly string[],
  options: ReplayCommandOptions,
  progress: Progress,
): ReplayRequest {
  const chosen = traces.map((argument) => readerOptions(argument, options));
  const { locks, order, deviceBytes, cpus, image, pages, saveImage, window } = options;
  return {
    traces: chosen.map(({ path }) => path),
    traceOptions: chosen[0]?.options ?? {},
    machine: options.machine,
    fileSystem: options.fs ?? (options.through === undefined ? 'xfs-dax' : THROUGH_FILE_SYSTEM),
    ...(locks === undefined ? {} : { locks }),
    ...(window === undefined ? {} : { window }),
    timing: options.timing,
    ...(order === undefined ? {} : { order }),
    mappedFill: options.mmapFill,
    ...(pages === undefined ? {} : { pages }),
    ...(deviceBytes === undefined ? {} : { deviceBytes }),
    ...(image === undefined ? {} : { image }),
    ...(saveImage === undefined ? {} : { saveImage }),
    ...(cpus === undefined ? {} : { cpus }),
    ...throughOf(options),
    powerCuts: options.powerCuts,
    faults: options.fault,
    knobs: knobsOf(options.knob),
    seed: options.seed,
    version: VERSION,
    onProgress: (replayed, bytesRead, bytesTotal) => {
      progress.report(bytesTotal === 0 ? 0 : bytesRead / bytesTotal, replayed);
    },
  };
}

function throughOf(options: ReplayCommandOptions): Pick<ReplayRequest, 'through'> {
  const { through, msyncFrom, mapSync } = options;
  if (through !== undefined) return { through: { file: through, msyncFrom, mapsSync: mapSync } };
  if (msyncFrom === undefined) return {};
  const found = '--msync-from without --through';
  throw new ConfigError({ where: '--msync-from', found, allowed: '--through FILE beside it' });
}

/** `name=value` pairs; whether they exist is checked where the run is made. */
function knobsOf(pairs: readonly string[]): Record<string, string> {
  const knobs: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    knobs[at < 0 ? pair : pair.slice(0, at)] = at < 0 ? '' : pair.slice(at + 1);
  }
  return knobs;
}

function statusOf(
  report: Pick<ReplayReport, 'partial' | 'partial_reasons'>,
  hasFound: boolean,
  mayBePartial: boolean,
  output: Output,
): number {
  if (report.partial && !mayBePartial) {
    for (const reason of report.partial_reasons) output.warn(reason);
    return ExitStatus.BadInput;
  }
  return hasFound ? ExitStatus.Found : ExitStatus.Fine;
}
