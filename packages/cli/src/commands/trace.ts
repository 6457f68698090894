/** `trace info`, `trace head`, `trace convert`: what a trace holds, and in another form. */
import { convertTrace, traceHead, traceInfo } from '@daxsim/trace';
import { ExitStatus, parseCount, withCommonOptions, withTraceOptions } from './command.js';
import { Output } from '../output.js';
import { chooseTrace } from '../shipped-traces.js';
import type { Command } from 'commander';
import type { TraceInfo, TraceOptions } from '@daxsim/trace';
import type { TraceCommandOptions } from './command.js';
import type { CommonOptions } from '../output.js';

type InfoOptions = CommonOptions & TraceCommandOptions;

/** A trace argument with everything its reader needs. */
export function readerOptions(
  argument: string,
  options: TraceCommandOptions,
): { readonly path: string; readonly options: TraceOptions } {
  const place = {
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  };
  const { path, ...chosen } = chooseTrace(argument, place);
  return { path, options: { ...chosen, format: options.format, strict: options.strict === true } };
}

export function addTrace(program: Command): void {
  const trace = program.command('trace').description('what recorded traces hold');
  const info = trace
    .command('info')
    .description('count what is in one or more traces')
    .argument('<trace...>', 'files, or names of shipped traces');
  withTraceOptions(withCommonOptions(info)).action(runInfo);
  const head = trace
    .command('head')
    .description('show the first records in the common form')
    .argument('<trace>', 'a file, or the name of a shipped trace')
    .option('-n, --count <records>', 'how many records', parseCount, 10);
  withTraceOptions(withCommonOptions(head)).action(runHead);
  const convert = trace
    .command('convert')
    .description('write a trace in another form; what that form cannot hold is counted')
    .argument('<in>', 'a file, or the name of a shipped trace')
    .argument(
      '<out>',
      'the file to write; its ending says the form: .dxt (loses nothing), .iolog (fio, version ' +
        '3), .pmemcheck, .lackey, .mmiotrace, .vans, .ramulator2, .dramsim3 or .nvt',
    );
  withTraceOptions(withCommonOptions(convert)).action(runConvert);
}

async function runConvert(argument: string, out: string, options: InfoOptions): Promise<void> {
  const output = new Output(options);
  const chosen = readerOptions(argument, options);
  const report = await convertTrace(chosen.path, out, chosen.options);
  output.line(`${report.records} records of ${report.from} written to ${out} as ${report.to}`);
  for (const [reason, count] of Object.entries(report.lost)) {
    output.line(`${String(count).padStart(8)}  lost: ${reason}`);
  }
  output.json({ ...output.head('trace-convert'), ...report, partial: report.partial !== null });
  if (report.partial === null || options.allowTruncated === true) return;
  output.warn(`${chosen.path}: ${report.partial}; --allow-truncated accepts that`);
  process.exitCode = ExitStatus.BadInput;
}

async function runInfo(traces: string[], options: InfoOptions): Promise<void> {
  const output = new Output(options);
  const infos: TraceInfo[] = [];
  for (const argument of traces) {
    const chosen = readerOptions(argument, options);
    infos.push(await traceInfo(chosen.path, chosen.options));
  }
  for (const info of infos) output.lines(infoLines(info));
  output.json({
    ...output.head('trace-info'),
    partial: infos.some((info) => info.partial !== null),
    traces: infos,
  });
  if (options.allowTruncated === true) return;
  for (const info of infos) {
    if (info.partial === null) continue;
    output.warn(`${info.path}: ${info.partial}; --allow-truncated accepts that`);
    process.exitCode = ExitStatus.BadInput;
  }
}

async function runHead(
  argument: string,
  options: InfoOptions & { readonly count: number },
): Promise<void> {
  const output = new Output(options);
  const chosen = readerOptions(argument, options);
  const records = await traceHead(chosen.path, options.count, chosen.options);
  output.lines(records);
  output.json({ ...output.head('trace-head'), records });
}

function infoLines(info: TraceInfo): string[] {
  const lines = [
    info.path,
    `  format      ${info.format}`,
    `  tasks       ${info.threads}`,
    `  files       ${info.files}, largest end ${info.max_file_bytes} bytes`,
    `  duration    ${(info.duration_ns / 1e9).toFixed(6)} s`,
    `  read        ${info.bytes_read} bytes`,
    `  written     ${info.bytes_written} bytes`,
    `  operations`,
  ];
  const kinds = Object.entries(info.operations).filter(([, count]) => count > 0);
  kinds.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  for (const [kind, count] of kinds) lines.push(`    ${kind.padEnd(12)} ${count}`);
  const skipped = Object.entries(info.skipped);
  if (skipped.length > 0) lines.push('  left out');
  for (const [reason, count] of skipped) lines.push(`    ${String(count).padStart(8)}  ${reason}`);
  if (info.bad_lines > 0) lines.push(`  bad lines   ${info.bad_lines}`);
  for (const note of info.notes) lines.push(`  note        ${note}`);
  if (info.partial !== null) lines.push(`  incomplete  ${info.partial}`);
  return lines;
}
