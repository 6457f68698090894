/** Latencies as JSON, in nanoseconds. */
import type { Histogram } from '@daxsim/sim';

export interface LatencyJson {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Latencies, recorded in ticks, as nanoseconds. */
export function latencyJson(latency: Histogram): LatencyJson {
  const ns = (value: number): number => Math.round(value) / 1000;
  return {
    min: latency.count === 0 ? 0 : ns(latency.min),
    mean: ns(latency.mean()),
    p50: ns(latency.percentile(50)),
    p90: ns(latency.percentile(90)),
    p99: ns(latency.percentile(99)),
    p999: ns(latency.percentile(99.9)),
    max: ns(latency.max),
  };
}
