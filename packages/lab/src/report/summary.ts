/**
 * The summary of a replay on a terminal: what a storage engineer looks for first.
 *
 *     what ran · per kind of operation · bandwidth · faults · device · locks · checks · sources
 */
import { deviceLine } from './device-figures.js';
import { faultSummary } from '../laid/fault-summary.js';
import type { ReplayReport } from './replay-report.js';
import { windowLines } from '../window/window-report.js';
import { throughLines } from '../through/through-report.js';
import { countText, percentText, sizeText, table, timeText, type Column } from './tables.js';

const left = (title: string): Column => ({ title });
const right = (title: string): Column => ({ title, isRight: true });

/** The lines of the summary. */
export function summaryLines(report: ReplayReport): string[] {
  const { config, simulated, replayed } = report;
  const machine = (config['machine'] as { readonly name: string }).name;
  const names = report.traces.map(({ path }) => path).join(', ');
  return [
    names,
    `on ${machine}, ${String(config['file_system'])}, locks ${String(config['lock_plan'])}: ` +
      `${countText(replayed)} operations in ` +
      `${timeText(simulated.time_ps / 1000)} of simulated time`,
    ...report.notes.map((note) => `note: ${note}`),
    ...skippedLines(report),
    '',
    ...operationLines(report),
    '',
    ...deviceLines(report),
    ...faultLines(report),
    ...(report.injected === undefined ? [] : faultSummary(report.injected)),
    ...(report.through === undefined ? [] : throughLines(report.through)),
    ...(report.window === undefined ? [] : windowLines(report.window)),
    ...lockLines(report),
    '',
    ...checkLines(report),
    ...sourceLines(report),
  ];
}

function skippedLines({ skipped, traces }: ReplayReport): string[] {
  const lines = Object.entries(skipped).map(
    ([reason, count]) => `not replayed: ${countText(count)} (${reason})`,
  );
  for (const info of traces) {
    if (info.bad_lines > 0) lines.push(`${info.path}: ${info.bad_lines} lines do not parse`);
    if (info.partial !== null) lines.push(`${info.path}: ${info.partial}`);
  }
  return lines;
}

function operationLines({ operations }: ReplayReport): string[] {
  const columns = [
    left('operation'),
    ...['count', 'errors', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max', 'bytes'].map(right),
  ];
  const rows = Object.entries(operations)
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([kind, { count, errors, bytes, latency_ns: latency }]) => [
      kind,
      countText(count),
      errors === 0 ? '-' : countText(errors),
      ...[latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max].map(
        timeText,
      ),
      bytes === 0 ? '-' : sizeText(bytes),
    ]);
  return table(columns, rows);
}

function deviceLines({ bandwidth, device }: ReplayReport): string[] {
  const { load_bytes_per_s: loads = 0, store_bytes_per_s: stores = 0 } = bandwidth;
  const mapped =
    loads + stores === 0 ? '' : `, loads ${sizeText(loads)}/s, stores ${sizeText(stores)}/s`;
  return [
    `bandwidth  read ${sizeText(bandwidth.read_bytes_per_s)}/s, ` +
      `write ${sizeText(bandwidth.write_bytes_per_s)}/s${mapped}`,
    deviceLine(device),
  ];
}

function faultLines({ faults, mapped }: ReplayReport): string[] {
  const shown = Object.entries(faults).filter(([, count]) => count > 0);
  const lines =
    shown.length === 0
      ? []
      : [`faults     ${shown.map(([kind, n]) => `${words(kind)} ${countText(n)}`).join(', ')}`];
  const empty = mapped['msync_calls_with_nothing_dirty'] ?? 0;
  if (empty > 0) {
    const bytes = sizeText(mapped['bytes_with_nothing_dirty'] ?? 0);
    lines.push(
      `mapped     ${countText(empty)} of ${countText(mapped['msync_calls'] ?? 0)} msync calls, ` +
        `${bytes}, had nothing dirty: a system-call trace shows no stores (see --mmap-fill)`,
    );
  }
  return lines;
}

function words(key: string): string {
  return key.replaceAll('_', ' ');
}

function lockLines({ locks }: ReplayReport): string[] {
  const contended = locks.filter((row) => row.contentions > 0);
  const held = contended.length > 0 ? contended : locks.slice(0, 0);
  if (held.length === 0) return ['locks      nobody waited'];
  const columns = [
    left('lock'),
    left('mode'),
    ...['taken', 'contended', 'wait total', 'wait max', 'hold total', 'hold max'].map(right),
  ];
  const rows = held.map((row) => [
    row.lock,
    row.mode,
    countText(row.acquisitions),
    countText(row.contentions),
    timeText(row.wait_ns_total),
    timeText(row.wait_ns_max),
    timeText(row.hold_ns_total),
    timeText(row.hold_ns_max),
  ]);
  return ['', ...table(columns, rows)];
}

function checkLines(report: ReplayReport): string[] {
  const { results, oracle, fsck } = report;
  const lines = [];
  if (results.compared > 0) {
    const share = percentText(results.agreed / results.compared);
    lines.push(
      `results    ${countText(results.agreed)} of ${countText(results.compared)} calls ` +
        `(${share}) ` +
        'returned what was recorded',
    );
    for (const [reason, count] of Object.entries(results.by_reason)) {
      lines.push(`           ${countText(count)} did not: ${reason}`);
    }
  }
  const found = oracle.violations === 0 ? 'all right' : `${oracle.violations} WRONG`;
  lines.push(`contents   ${sizeText(oracle.bytes_checked)} checked, ${found}`);
  for (const violation of oracle.first_violations.slice(0, 3)) {
    lines.push(
      `           ${violation.file} at ${violation.offset}: ` +
        `expected byte ${violation.expected}, got ${violation.got}`,
    );
  }
  const isHung = report.injected !== undefined && report.injected.hang !== null;
  const verdict = fsck.errors === 0 ? 'clean' : `${fsck.errors} errors`;
  lines.push(`fsck       ${isHung ? 'not run: the file system is still in use' : verdict}`);
  for (const error of fsck.first_errors.slice(0, 3)) lines.push(`           ${error}`);
  lines.push(...cutLines(report));
  return lines;
}

function cutLines({ power_cuts: cuts }: ReplayReport): string[] {
  if (cuts === undefined) return [];
  const count = (key: string): string => countText(Number(cuts[key] ?? 0));
  return [
    `power cuts ${count('moments')} moments: ${count('lost_synced_bytes')} synced bytes lost, ` +
      `${count('lost_synced_names')} synced names lost, ` +
      `${count('foreign_bytes')} foreign bytes, ${count('fsck_errors')} fsck errors; ` +
      `${sizeText(Number(cuts['bytes_checked'] ?? 0))} checked`,
  ];
}

function sourceLines({ time_shares: shares, digest }: ReplayReport): string[] {
  const share = percentText(shares['recalled_share'] ?? 0);
  return [
    `sources    ${share} of the simulated time rests on figures that were only recalled`,
    `digest     ${digest}`,
  ];
}
