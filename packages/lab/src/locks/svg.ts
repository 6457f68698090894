/**
 * Throughput over threads as pictures, one for each workload and number of sockets, in one SVG
 * file: plans as lines, both axes logarithmic, intervals as bars. No script, no font of its own.
 */
import type { CaseAnswer } from './case-answer.js';
import { countText } from './render-locks.js';

const WIDTH = 560;
const HEIGHT = 340;
const LEFT = 70;
const RIGHT = 110;
const TOP = 36;
const BOTTOM = 44;
const COLOURS = [
  ...['#1b6ca8', '#c0392b', '#2e8b57', '#8e44ad', '#d68910', '#16a085', '#7f8c8d', '#2c3e50'],
  ...['#e67e22', '#6b8e23', '#b03a76', '#5d4037'],
];

/** The file's text. */
export function locksSvg(answers: readonly CaseAnswer[]): string {
  const pictures = new Map<string, CaseAnswer[]>();
  for (const answer of answers) {
    const sockets = answer.sockets === 1 ? '1 socket' : `${answer.sockets} sockets`;
    const title = `${answer.workload}, ${sockets}`;
    pictures.set(title, [...(pictures.get(title) ?? []), answer]);
  }
  const parts = [...pictures].map(([title, cases], at) => {
    return `<g transform="translate(0 ${at * HEIGHT})">${picture(title, cases)}</g>`;
  });
  const size = `width="${WIDTH}" height="${HEIGHT * parts.length}"`;
  const font = 'font-family="sans-serif" font-size="11"';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>\n${parts.join('\n')}\n</svg>\n`;
}

function picture(title: string, cases: readonly CaseAnswer[]): string {
  const threads = [...new Set(cases.map((one) => one.threads))].sort((a, b) => a - b);
  const rates = cases.map((one) => one.throughput_per_s.mean).filter((mean) => mean > 0);
  const scale = {
    x: axis(Math.min(...threads), Math.max(...threads), LEFT, WIDTH - RIGHT),
    y: axis(Math.min(...rates) * 0.8, Math.max(...rates) * 1.2, HEIGHT - BOTTOM, TOP),
  };
  const plans = [...new Set(cases.map(({ plan }) => plan))];
  const curves = plans.map((plan, at) => curve(plan, at, cases, scale));
  return [
    text(LEFT, 20, title, 'font-weight="bold"'),
    text(LEFT, HEIGHT - 8, 'threads'),
    ...threads.map((count) => tick(scale.x(count), HEIGHT - BOTTOM + 14, String(count))),
    ...decades(rates).map((rate) => level(scale.y(rate), countText(rate))),
    ...curves,
  ].join('\n');
}

interface Scale {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Logarithmic, from one pixel to another. */
function axis(least: number, most: number, from: number, to: number): (value: number) => number {
  const span = Math.log2(most / least);
  return (value) => (span === 0 ? from : from + ((to - from) * Math.log2(value / least)) / span);
}

function curve(plan: string, at: number, cases: readonly CaseAnswer[], { x, y }: Scale): string {
  const colour = COLOURS[at % COLOURS.length] ?? 'black';
  const points = cases
    .filter((one) => one.plan === plan && one.throughput_per_s.mean > 0)
    .sort((a, b) => a.threads - b.threads)
    .map(({ threads, throughput_per_s: { mean, half_width: half } }) => ({
      ...{ at: x(threads), mean: y(mean) },
      ...{ low: y(Math.max(mean - half, mean / 2)), high: y(mean + half) },
    }));
  const last = points[points.length - 1];
  if (last === undefined) return '';
  const path = points.map((one) => `${pixel(one.at)},${pixel(one.mean)}`).join(' ');
  const bars = points.map((one) => `M${pixel(one.at)} ${pixel(one.low)}V${pixel(one.high)}`);
  return [
    `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${path}"/>`,
    `<path stroke="${colour}" d="${bars.join('')}"/>`,
    text(WIDTH - RIGHT + 8, TOP + 10 + at * 14, plan, `fill="${colour}"`),
  ].join('');
}

/** Powers of ten, their doubles and fives, within what is shown. */
function decades(rates: readonly number[]): number[] {
  const least = Math.min(...rates) * 0.8;
  const most = Math.max(...rates) * 1.2;
  const levels: number[] = [];
  for (let ten = 1; ten <= most; ten *= 10) {
    for (const rate of [ten, 2 * ten, 5 * ten])
      if (rate >= least && rate <= most) levels.push(rate);
  }
  return levels;
}

function level(y: number, label: string): string {
  const line = `<path stroke="#ddd" d="M${LEFT} ${pixel(y)}H${WIDTH - RIGHT}"/>`;
  return line + text(LEFT - 8, y + 4, label, 'text-anchor="end"');
}

function tick(x: number, y: number, label: string): string {
  return text(x, y, label, 'text-anchor="middle"');
}

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${pixel(x)}" y="${pixel(y)}" ${more}>${words}</text>`;
}

function pixel(value: number): string {
  return value.toFixed(1);
}
