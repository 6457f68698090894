/**
 * Explanations as text: one operation under one plan, or under two, side by side.
 *
 * X is exclusive, S shared, ? decided by a step; `!name` is something touched without its guard.
 */
import { TICKS_PER_NS } from '@daxsim/sim';
import type { StepPrice } from '@daxsim/sim';
import { explainUnder } from './explain.js';
import type { ExplainOptions, ExplainedRow, Explanation } from './explain.js';
import type { Personality } from './personality.js';

const MARK = { exclusive: 'X', shared: 'S', decided: '?' } as const;

/** The text of `explain OPERATION`. Throws `ConfigError` for an unknown operation. */
export function explain(operation: string, options: ExplainOptions): string {
  const { plan, personality, against } = options;
  const prices = options.prices ?? null;
  const own = explainUnder(operation, plan, prices, personality);
  const lines = [`${operation}: ${personality.name} under ${plan.name} (${plan.source})`];
  if (against === undefined) {
    lines.push(orderLine(own), '', ...table([own]));
    return `${lines.join('\n')}\n`;
  }
  const other = explainUnder(operation, against.plan, prices, against.personality);
  const second = `${against.personality.name} under ${against.plan.name} (${against.plan.source})`;
  lines.push(`against ${second}`, orderLine(own), orderLine(other), '');
  lines.push(...table([own, other]));
  lines.push(...personalityDifference(personality, against.personality));
  return `${lines.join('\n')}\n`;
}

function orderLine(explanation: Explanation): string {
  const order = explanation.order.length === 0 ? 'no lock' : explanation.order.join(' → ');
  return `lock order, ${explanation.planName}: ${order}`;
}

/** One column per lock and plan, then the step, its price and what is wrong. */
function table(explanations: readonly Explanation[]): string[] {
  const [first] = explanations;
  const heads = explanations.map((one) => one.order.map((lock) => lock.padEnd(7)).join(' '));
  const nameWidth = Math.max(...first.rows.map((row) => nameOf(row).length), 4);
  const lines = [`${heads.join(' │ ')}  ${'step'.padEnd(nameWidth)}  price`];
  first.rows.forEach((row, index) => {
    const marks = explanations.map((one) => marksOf(one.rows[index], one.order));
    const differs = marks.length === 2 && !hasSameLocks(explanations, index) ? '*' : ' ';
    const flaws = explanations.map((one) => flawsOf(one.rows[index])).join('');
    const tail = `${nameOf(row).padEnd(nameWidth)}  ${priceText(row.price)}${flaws}`;
    lines.push(`${marks.join(' │ ')} ${differs}${tail}`.trimEnd());
  });
  return lines;
}

function hasSameLocks(explanations: readonly Explanation[], index: number): boolean {
  const texts = explanations.map((one) =>
    one.rows[index].held.map((held) => `${held.lock}:${held.mode}:${held.of}`).join(' '),
  );
  return texts[0] === texts[1];
}

function marksOf(row: ExplainedRow, order: readonly string[]): string {
  return order
    .map((lock) => {
      const held = row.held.filter((one) => one.lock === lock);
      const mark = held.length === 0 ? '·' : MARK[held[held.length - 1].mode];
      const count = held.length > 1 ? String(held.length) : '';
      return `${mark}${count}`.padEnd(7);
    })
    .join(' ');
}

function nameOf(row: ExplainedRow): string {
  const indent = '  '.repeat(row.depth);
  if (row.kind === 'call') return `${indent}▸ ${row.name}`;
  return row.kind === 'move' ? `${indent}MOVE ${row.name}` : indent + row.name;
}

function flawsOf(row: ExplainedRow): string {
  return row.unguarded.map((name) => `  !${name}`).join('');
}

function priceText(price: StepPrice | null): string {
  if (price === null) return '';
  const fixed = `${String(price.fixedTicks / TICKS_PER_NS)}ns`;
  return price.eachTicks === 0
    ? fixed
    : `${fixed}+${String(price.eachTicks / TICKS_PER_NS)}ns each`;
}

function personalityDifference(own: Personality, other: Personality): string[] {
  const lines: string[] = [];
  const others = valuesOf(other);
  for (const [key, value] of valuesOf(own)) {
    const differing = others.get(key) ?? 'none';
    if (value !== differing) lines.push(`${key}: ${value} against ${differing}`);
  }
  return lines.length === 0 ? [] : ['', 'values that differ:', ...lines];
}

/** The values of a personality as text, those of its cache with a prefix. */
function valuesOf(personality: Personality): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(personality)) {
    if (key !== 'name' && key !== 'cache') values.set(key, String(value));
  }
  for (const [key, value] of Object.entries(personality.cache ?? {})) {
    values.set(`cache.${key}`, String(value));
  }
  return values;
}
