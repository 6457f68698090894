/** What can be asked of a run, and how it is worked out of what the run showed. */
import { assert, nearestName } from '@daxsim/sim';

/** The kinds of metric; a quantile has its share beside it. */
export const MetricKind = {
  Mean: 0,
  Quantile: 1,
  Max: 2,
  Bandwidth: 3,
  WriteAmplification: 4,
  EffectiveWriteRatio: 5,
  WritesBetweenStalls: 6,
  StallLatency: 7,
} as const;
export type MetricKind = (typeof MetricKind)[keyof typeof MetricKind];

export interface Metric {
  readonly kind: MetricKind;
  /** Of a quantile: 0 < share < 1. */
  readonly share: number;
}

const named: { readonly [name: string]: MetricKind } = {
  latency: MetricKind.Mean,
  latency_max: MetricKind.Max,
  bandwidth: MetricKind.Bandwidth,
  write_amplification: MetricKind.WriteAmplification,
  effective_write_ratio: MetricKind.EffectiveWriteRatio,
  writes_between_stalls: MetricKind.WritesBetweenStalls,
  stall_latency: MetricKind.StallLatency,
};

/** `latency_p99999` is the quantile 0.99999. Answers null for a metric that is not known. */
export function parseMetric(name: string): Metric | null {
  const found = Object.hasOwn(named, name) ? named[name] : undefined;
  if (found !== undefined) return { kind: found, share: 0 };
  const digits = /^latency_p([0-9]{2,7})$/.exec(name)?.[1];
  if (digits === undefined) return null;
  const share = Number(`0.${digits}`);
  return share > 0 ? { kind: MetricKind.Quantile, share } : null;
}

/** What a metric that is not known might have been, and what is allowed. */
export function unknownMetric(name: string): string {
  const near = nearestName(name, Object.keys(named));
  const allowed = [...Object.keys(named), 'latency_pNN (p50, p99, p99999 …)'].join(', ');
  const nearest = near === undefined ? '' : `; nearest: ${near}`;
  return `unknown metric ${name}; allowed: ${allowed}${nearest}`;
}

/** The units that fit a metric. */
export function unitsOf(kind: MetricKind): string {
  const scales = kind === MetricKind.Bandwidth ? rates : isTime(kind) ? times : plain;
  return Object.keys(scales).join(', ');
}

/** Ticks, bytes per tick, ratios and counts per unit of a point, or null if it does not fit. */
export function unitScale(kind: MetricKind, unit: string): number | null {
  const scales = kind === MetricKind.Bandwidth ? rates : isTime(kind) ? times : plain;
  return (Object.hasOwn(scales, unit) ? scales[unit] : null) ?? null;
}

const times: { readonly [unit: string]: number } = { ns: 1e3, us: 1e6, ms: 1e9 };
/** A byte per tick is 1000 GB/s. */
const rates: { readonly [unit: string]: number } = { 'GB/s': 1e-3, 'MB/s': 1e-6 };
const plain: { readonly [unit: string]: number } = { ratio: 1, count: 1 };

function isTime(kind: MetricKind): boolean {
  const { Mean, Quantile, Max, StallLatency } = MetricKind;
  return kind === Mean || kind === Quantile || kind === Max || kind === StallLatency;
}

/** Whether the metric needs every duration and not only their sum. */
export function needsDurations({ kind }: Metric): boolean {
  const { Quantile, Max, WritesBetweenStalls, StallLatency } = MetricKind;
  return kind === Quantile || kind === Max || kind === WritesBetweenStalls || kind === StallLatency;
}

/** Whether the accesses are timed one by one, so that loads are waited for. */
export function isTimed({ kind }: Metric): boolean {
  return isTime(kind) || kind === MetricKind.WritesBetweenStalls;
}

/** A write slower than this is a stall: 40 µs. */
export const STALL_TICKS = 40_000_000;

/** The value at `share` of sorted values: the least with at least that share at or below it. */
export function quantile(sorted: Float64Array, share: number): number {
  assert(sorted.length > 0, 'quantile: of nothing');
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? 0;
}

/** Middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  assert(values.length > 0, 'median: of nothing');
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
