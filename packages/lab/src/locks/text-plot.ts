/**
 * Throughput over threads in plain characters, one picture for each workload and number of sockets.
 *
 *     10M ┤      a…   plans are letters, a * is where several meet; both axes are logarithmic
 *         └───── threads
 *
 * No colours, so that it reads the same in a file; as wide as asked.
 */
import type { CaseAnswer } from './case-answer.js';
import { countText, socketText } from './render-locks.js';

const ROWS = 14;
const MARGIN = 8;
const LEAST_WIDTH = 40;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The pictures of a sweep, none where there is one number of threads only. */
export function locksPlots(answers: readonly CaseAnswer[], width: number): string[] {
  const pictures = new Map<string, CaseAnswer[]>();
  for (const answer of answers) {
    const title = `${answer.workload}, ${socketText(answer.sockets)}: operations a second`;
    pictures.set(title, [...(pictures.get(title) ?? []), answer]);
  }
  return [...pictures].flatMap(([title, cases]) => {
    const threads = [...new Set(cases.map((one) => one.threads))].sort((a, b) => a - b);
    return threads.length < 2 ? [] : ['', title, ...picture(cases, threads, width)];
  });
}

function picture(
  cases: readonly CaseAnswer[],
  threads: readonly number[],
  width: number,
): string[] {
  const columns = Math.max(LEAST_WIDTH, width) - MARGIN - 2;
  const plans = [...new Set(cases.map(({ plan }) => plan))];
  const rates = cases.map((one) => one.throughput_per_s.mean).filter((mean) => mean > 0);
  if (rates.length === 0) return ['nothing was done'];
  const place = {
    x: axis(threads[0] ?? 1, threads.at(-1) ?? 1, columns - 1),
    y: axis(Math.min(...rates), Math.max(...rates), ROWS - 1),
  };
  const grid = Array.from({ length: ROWS }, () => new Array<string>(columns).fill(' '));
  for (const { plan, threads: count, throughput_per_s: rate } of cases) {
    if (rate.mean <= 0) continue;
    const row = grid[ROWS - 1 - place.y(rate.mean)] ?? [];
    const at = place.x(count);
    const letter = LETTERS[plans.indexOf(plan) % LETTERS.length] ?? '?';
    row[at] = row[at] === ' ' || row[at] === letter ? letter : '*';
  }
  const [most, least] = [Math.max(...rates), Math.min(...rates)];
  const middle = Math.sqrt(most * least);
  const labels = new Map([
    [0, most],
    [Math.floor(ROWS / 2), middle],
    [ROWS - 1, least],
  ]);
  const label = (row: number): string => {
    const rate = labels.get(row);
    return (rate === undefined ? '' : countText(rate)).padStart(MARGIN);
  };
  return [
    ...grid.map((row, at) => `${label(at)} |${row.join('')}`.trimEnd()),
    `${' '.repeat(MARGIN)} +${'-'.repeat(columns)}`,
    threadLine(threads, place.x, columns),
    ...legend(plans, width),
  ];
}

function axis(least: number, most: number, last: number): (value: number) => number {
  const span = Math.log2(most / least);
  return (value) => (span === 0 ? 0 : Math.round((Math.log2(value / least) / span) * last));
}

/** Counts of threads under their columns, those left out that would touch the one before. */
function threadLine(
  threads: readonly number[],
  x: (value: number) => number,
  columns: number,
): string {
  let line = '';
  for (const count of threads) {
    const text = String(count);
    const at = Math.min(x(count), columns - text.length);
    if (at > line.length || line === '') line = line.padEnd(at) + text;
  }
  return `${' '.repeat(MARGIN + 2)}${line}`;
}

function legend(plans: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  plans.forEach((plan, at) => {
    const part = `${LETTERS[at % LETTERS.length] ?? '?'} ${plan}`;
    if (line !== '' && MARGIN + line.length + part.length + 4 > Math.max(LEAST_WIDTH, width)) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? part : `${line}  ${part}`;
  });
  return [...lines, line].map((one) => `${' '.repeat(MARGIN + 2)}${one}`);
}
