/** A memory replay as JSON, with the keys of a replay where they mean the same, and as lines. */
import { coreClock } from '@daxsim/pmem';
import { ticks as asTicks } from '@daxsim/sim';
import type { TraceInfo } from '@daxsim/trace';
import { latencyJson } from '../report/latency.js';
import { deviceJson, deviceLine } from '../report/device-figures.js';
import { type OperationJson, type ReplayReport } from '../report/replay-report.js';
import type { FaultsJson } from '../laid/fault-report.js';
import { faultSummary } from '../laid/fault-summary.js';
import { countText, sizeText, table, timeText } from '../report/tables.js';
import type { MemoryReplayOptions, MemoryReplayRun } from './memory-replay.js';

export interface MemoryReplayReport {
  readonly schema: 'daxsim/memory-replay/1';
  readonly version: string;
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly digest: string;
  readonly partial: boolean;
  readonly partial_reasons: readonly string[];
  readonly notes: readonly string[];
  readonly trace: TraceInfo;
  readonly traces: readonly TraceInfo[];
  readonly replayed: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly simulated: { readonly time_ps: number; readonly core_cycles: number };
  readonly operations: Readonly<Record<string, OperationJson>>;
  readonly bandwidth: ReplayReport['bandwidth'];
  readonly device: Readonly<Record<string, unknown>>;
  /** What faults on the device did; only if there were any. */
  readonly injected?: FaultsJson;
  /** Lines with stores that power loss at the end would take. */
  readonly lines_not_durable: number;
}

const PS_PER_S = 1_000_000_000_000;

/** Puts a run into its JSON form. */
export function memoryReplayReport(
  options: MemoryReplayOptions,
  run: MemoryReplayRun,
  version: string,
): MemoryReplayReport {
  const { machine, deviceBytes, flush, seed, traceOptions } = options;
  const operations: Record<string, OperationJson> = {};
  for (const { kind, count, errors, bytes, latency } of run.figures.present()) {
    operations[kind] = { count, errors, bytes, latency_ns: latencyJson(latency) };
  }
  const perSecond = (...kinds: readonly string[]): number => {
    const bytes = kinds.reduce((sum, kind) => sum + (operations[kind]?.bytes ?? 0), 0);
    return run.ticks === 0 ? 0 : Math.round(bytes * (PS_PER_S / run.ticks));
  };
  const clock = coreClock(machine.config);
  return {
    schema: 'daxsim/memory-replay/1',
    version,
    seed,
    config: {
      machine: { ...machine.config, name: machine.name },
      file_system: 'none',
      caches: run.hasCaches ? 'machine' : 'none',
      flush,
      gap_cycles: run.gapCycles,
      device_bytes: deviceBytes,
      scope: traceOptions.scope ?? null,
    },
    digest: run.digest,
    partial: run.partial.length > 0,
    partial_reasons: run.partial,
    notes: [...run.info.notes, ...run.notes],
    trace: run.info,
    traces: [run.info],
    replayed: run.driver.replayed,
    skipped: { ...run.info.skipped, ...Object.fromEntries(run.driver.skipped) },
    simulated: { time_ps: run.ticks, core_cycles: clock.wholeCycles(asTicks(run.ticks)) },
    operations,
    bandwidth: {
      read_bytes_per_s: perSecond('load', 'modify'),
      write_bytes_per_s: perSecond('store', 'modify'),
    },
    device: deviceJson(run.memory),
    ...(run.faults === undefined ? {} : { injected: run.faults.report() }),
    lines_not_durable: run.linesNotDurable,
  };
}

/** The lines of the summary on a terminal. */
export function memorySummaryLines(report: MemoryReplayReport): string[] {
  const { bandwidth, config, device, operations, simulated, trace } = report;
  const machine = (config['machine'] as { readonly name: string }).name;
  const right = (title: string): { title: string; isRight: true } => ({ title, isRight: true });
  const columns = [
    { title: 'operation' },
    ...['count', 'errors', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max', 'bytes'].map(right),
  ];
  const rows = Object.entries(operations).map(
    ([kind, { count, errors, bytes: moved, latency_ns }]) => [
      kind,
      countText(count),
      errors === 0 ? '-' : countText(errors),
      ...[latency_ns.mean, latency_ns.p50, latency_ns.p90].map(timeText),
      ...[latency_ns.p99, latency_ns.p999, latency_ns.max].map(timeText),
      moved === 0 ? '-' : sizeText(moved),
    ],
  );
  return [
    trace.path,
    `on ${machine}, no file system, caches ${String(config['caches'])}: ` +
      `${countText(report.replayed)} operations in ${timeText(simulated.time_ps / 1000)} of ` +
      'simulated time',
    ...report.notes.map((note) => `note: ${note}`),
    ...Object.entries(report.skipped).map(([why, n]) => `not replayed: ${countText(n)} (${why})`),
    ...(trace.bad_lines > 0 ? [`${trace.path}: ${trace.bad_lines} lines do not parse`] : []),
    '',
    ...table(columns, rows),
    '',
    `bandwidth  read ${sizeText(bandwidth.read_bytes_per_s)}/s, ` +
      `write ${sizeText(bandwidth.write_bytes_per_s)}/s`,
    deviceLine(device),
    `durability ${countText(report.lines_not_durable)} lines could still be lost at the end`,
    ...(report.injected === undefined ? [] : faultSummary(report.injected)),
    `digest     ${report.digest}`,
  ];
}
