/**
 * Two results side by side: the first place where they differ, in the order of their keys, and
 * every number that moved. What describes the host is left out, because it always differs.
 */

/** A place in a result where two values differ. */
export interface Difference {
  /** Keys from the root, with indexes of lists in brackets: `operations.read.latency_ns.p99`. */
  readonly path: string;
  /** Undefined where the result lacks the key. */
  readonly a: unknown;
  readonly b: unknown;
}

/** A number that is in both results and differs. */
export interface MovedMetric extends Difference {
  readonly a: number;
  readonly b: number;
  /** b ÷ a; null when a is 0. */
  readonly ratio: number | null;
}

export interface ResultDiff {
  readonly isEqual: boolean;
  readonly first: Difference | null;
  readonly differences: number;
  readonly metrics: readonly MovedMetric[];
}

const LEFT_OUT = new Set(['host']);

/** Every place where two values differ, in the order of their keys. */
export function differencesOf(a: unknown, b: unknown): Difference[] {
  const found: Difference[] = [];
  compare('', a, b, found);
  return found;
}

/** Compares two parsed JSON results. */
export function diffResults(a: unknown, b: unknown): ResultDiff {
  const all = differencesOf(a, b);
  const metrics: MovedMetric[] = [];
  for (const { path, a: before, b: after } of all) {
    if (typeof before !== 'number' || typeof after !== 'number') continue;
    metrics.push({ path, a: before, b: after, ratio: before === 0 ? null : after / before });
  }
  return {
    isEqual: all.length === 0,
    first: all[0] ?? null,
    differences: all.length,
    metrics,
  };
}

function compare(path: string, a: unknown, b: unknown, found: Difference[]): void {
  if (Object.is(a, b)) return;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
      compare(`${path}[${i}]`, a[i], b[i], found);
    }
    return;
  }
  if (isRecord(a) && isRecord(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (path === '' && LEFT_OUT.has(key)) continue;
      compare(path === '' ? key : `${path}.${key}`, a[key], b[key], found);
    }
    return;
  }
  found.push({ path, a, b });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The comparison as lines for a terminal; at most `limit` metrics. */
export function renderDiff(diff: ResultDiff, limit = 40): string[] {
  if (diff.isEqual) return ['equal outside host'];
  const lines: string[] = [];
  if (diff.first !== null) {
    const { path, a, b } = diff.first;
    lines.push(`first difference at ${path}: ${show(a)} and ${show(b)}`);
  }
  lines.push(`${diff.differences} differences, ${diff.metrics.length} of them numbers`);
  const width = Math.max(0, ...diff.metrics.slice(0, limit).map((metric) => metric.path.length));
  for (const { path, a, b, ratio } of diff.metrics.slice(0, limit)) {
    const change = ratio === null ? '' : `x ${ratio.toPrecision(4)}`;
    lines.push(
      `  ${path.padEnd(width)}  ${show(a).padStart(16)}  ${show(b).padStart(16)}  ${change}`,
    );
  }
  if (diff.metrics.length > limit) lines.push(`  … and ${diff.metrics.length - limit} more`);
  return lines;
}

function show(value: unknown): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}
