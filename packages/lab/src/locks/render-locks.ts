/** The result of a sweep as text: a table of throughput for each workload, and what holds it up. */
import { table, timeText, type Column } from '../report/tables.js';
import { DIRECTORIES } from './task-source.js';
import type { CaseAnswer } from './case-answer.js';

const left = (title: string): Column => ({ title });
const right = (title: string): Column => ({ title, isRight: true });

/** All tables of a sweep; one case alone is shown in full. */
export function renderLocks(answers: readonly CaseAnswer[]): string[] {
  const [only] = answers;
  if (only !== undefined && answers.length === 1) return [...caseLines(only)];
  const lines: string[] = [];
  for (const name of unique(answers.map(({ workload }) => workload))) {
    for (const sockets of unique(answers.map((answer) => answer.sockets))) {
      const of = answers.filter((one) => one.workload === name && one.sockets === sockets);
      lines.push('', `${name}, ${socketText(sockets)}: operations a second (± 95 %)`);
      lines.push(...throughputTable(of), ...bottleneckLines(of), ...hugeLines(of[0]));
    }
  }
  return lines;
}

function throughputTable(answers: readonly CaseAnswer[]): string[] {
  const threads = unique(answers.map((answer) => answer.threads));
  const columns = [left('plan'), ...threads.map((count) => right(String(count)))];
  const rows = unique(answers.map(({ plan }) => plan)).map((plan) => {
    const cells = threads.map((count) => {
      const found = answers.find((one) => one.plan === plan && one.threads === count);
      return found === undefined ? '' : rateText(found);
    });
    return [plan, ...cells];
  });
  return table(columns, rows);
}

/** Of the most threads: what is waited for, and what it would be without that. */
function bottleneckLines(answers: readonly CaseAnswer[]): string[] {
  const most = Math.max(...answers.map(({ threads }) => threads));
  return answers
    .filter(({ threads, bottleneck }) => threads === most && bottleneck !== null)
    .map((answer) => `  ${answer.plan.padEnd(6)} at ${most}: ${bottleneckText(answer)}`);
}

/** What held a case up, and what removing it would give. */
export function bottleneckText(answer: CaseAnswer): string {
  const { bottleneck, without_bottleneck_per_s: without, throughput_per_s: rate } = answer;
  if (bottleneck === null) return 'nothing is waited for';
  const share = `${(bottleneck.lost_share * 100).toFixed(0)} % of all time`;
  const worth =
    without === null ? '' : `; without it ${countText(without)}/s, ×${ratio(without, rate.mean)}`;
  const { kind, name, instance } = bottleneck;
  const of = instance < DIRECTORIES ? `${instance}` : `of directory ${instance - DIRECTORIES}`;
  return `${kind} ${name} ${of}, ${share}${worth}`;
}

/** One case in full. */
export function caseLines(answer: CaseAnswer): string[] {
  const { throughput_per_s: rate, latency_ns: latency } = answer;
  const races = answer.races.length === 0 ? 'none known' : answer.races.join(', ');
  const falsely = (answer.false_conflict_ratio * 100).toFixed(1);
  return [
    `${answer.workload} under ${answer.plan}, ${answer.threads} threads, ` +
      socketText(answer.sockets),
    `rate        ${rateText(answer)} operations a second, ${rate.seeds} seeds, ` +
      `after ${timeText(rate.warmup_ns)} for ${timeText(rate.window_ns)}`,
    `latency     p50 ${timeText(latency.p50)}  p90 ${timeText(latency.p90)}  ` +
      `p99 ${timeText(latency.p99)}  p99.9 ${timeText(latency.p999)}  max ${timeText(latency.max)}`,
    `fairness    ${answer.fairness.toFixed(3)} (Jain)`,
    `bottleneck  ${bottleneckText(answer)}`,
    `races       ${races}`,
    `stale       ${staleText(answer)}`,
    ...hugeLines(answer),
    `waits       ${answer.sleeps} sleeps, ${answer.preemptions} preemptions, ` +
      `${answer.retries} retries, ${falsely} % false conflicts`,
    '',
    ...lockStatLines(answer),
    '',
    ...eventLines(answer),
    ...lineLines(answer),
  ];
}

/** What became of attempts at 2 MiB, where the workload has a file for that. */
function hugeLines(answer: CaseAnswer | undefined): string[] {
  if (answer === undefined || answer.pmd === null) return [];
  const { attempts, mapped, fallbacks, pages_per_fault: pages } = answer.pmd;
  const reasons = Object.entries(fallbacks)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason.replace('_', ' ')}`);
  const rest = reasons.length === 0 ? '' : `; fell back: ${reasons.join(', ')}`;
  const each = `; ${pages.toPrecision(3)} pages a fault`;
  return [`2 MiB       ${mapped} of ${attempts} attempts mapped${rest}${each}`];
}

function staleText({ stale_window_ns: ns }: CaseAnswer): string {
  if (ns === 0) return 'no translation outlives its block';
  return `translations outlive their blocks by ${timeText(ns)} at least`;
}

function lockStatLines({ locks }: CaseAnswer): string[] {
  const us = (ns: number): string => (ns / 1000).toFixed(2);
  const columns = [
    left('class name'),
    ...['con-bounces', 'contentions', 'waittime-min', 'waittime-max', 'waittime-total'].map(right),
    ...['waittime-avg', 'acq-bounces', 'acquisitions', 'holdtime-min', 'holdtime-max'].map(right),
    ...['holdtime-total', 'holdtime-avg'].map(right),
  ];
  const rows = locks.map((row) => [
    `${row.class}-${row.mode}:`,
    ...[row.con_bounces, row.contentions].map(String),
    ...[row.waittime_min_ns, row.waittime_max_ns, row.waittime_total_ns].map(us),
    us(row.waittime_avg_ns),
    ...[row.acq_bounces, row.acquisitions].map(String),
    ...[row.holdtime_min_ns, row.holdtime_max_ns, row.holdtime_total_ns].map(us),
    us(row.holdtime_avg_ns),
  ]);
  return table(columns, rows);
}

function eventLines({ rwsem_events: all }: CaseAnswer): string[] {
  return Object.entries(all).map(([lock, events]) => {
    const counts = Object.entries(events).filter(([, count]) => count > 0);
    return `${lock}: ${counts.map(([name, count]) => `${name} ${count}`).join(', ')}`;
  });
}

function lineLines({ lines }: CaseAnswer): string[] {
  const rows = lines
    .slice(0, 8)
    .map((row) => [
      row.line,
      String(row.transfers_same_socket),
      String(row.transfers_other_socket),
      timeText(row.queued_ns),
    ]);
  if (rows.length === 0) return [];
  const titles = ['same socket', 'other socket', 'queued'].map(right);
  return ['', ...table([left('bouncing line'), ...titles], rows)];
}

function rateText({ throughput_per_s: { mean, half_width } }: CaseAnswer): string {
  const percent = mean === 0 ? 0 : (half_width / mean) * 100;
  return `${countText(mean)} ±${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)}%`;
}

/** Three digits and a letter: 1.23M, 456k. */
export function countText(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)}M`;
  return count >= 1000 ? `${(count / 1000).toPrecision(3)}k` : count.toPrecision(3);
}

function ratio(a: number, b: number): string {
  return b === 0 ? '–' : (a / b).toFixed(2);
}

/** `1 socket`, `4 sockets`. */
export function socketText(sockets: number): string {
  return sockets === 1 ? '1 socket' : `${sockets} sockets`;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
