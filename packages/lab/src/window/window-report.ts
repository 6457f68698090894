/** What a guest's window did in a run: requests, reclaim, and how long faults took. */
import { countText, table, timeText } from '../report/tables.js';
import { latencyJson } from '../report/latency.js';
import type { LatencyJson } from '../report/latency.js';
import type { System } from '@daxsim/daxfs';
import type { WindowWatch } from './window-watch.js';

export interface WindowSpanJson {
  readonly count: number;
  readonly latency_ns: LatencyJson;
}

export interface WindowJson {
  readonly ranges: number;
  readonly setups: number;
  readonly upgrades: number;
  readonly removals: number;
  readonly inline_reclaims: number;
  readonly background_reclaims: number;
  /** Faults that slept until a range was free. */
  readonly waits: number;
  readonly backing_lost: number;
  readonly guest_faults: WindowSpanJson;
  readonly call_misses: WindowSpanJson;
  readonly host_faults: WindowSpanJson;
}

/** The figures of a run, or nothing without a window. */
export function windowJson(
  { world }: System,
  watch: WindowWatch | undefined,
): WindowJson | undefined {
  const { window } = world;
  if (window === null || watch === undefined) return undefined;
  const { figures, values } = window;
  const span = ({ latency }: WindowWatch['callMisses']): WindowSpanJson => ({
    count: latency.count,
    latency_ns: latencyJson(latency),
  });
  return {
    ranges: values.ranges,
    setups: figures.setups,
    upgrades: figures.upgrades,
    removals: figures.removals,
    inline_reclaims: figures.inlineReclaims,
    background_reclaims: figures.backgroundReclaims,
    waits: figures.waits,
    backing_lost: figures.backingLost,
    guest_faults: span(watch.guestFaults),
    call_misses: span(watch.callMisses),
    host_faults: span(watch.hostFaults),
  };
}

/** Lines of the summary. */
export function windowLines(window: WindowJson): string[] {
  const right = (title: string): { title: string; isRight: true } => ({ title, isRight: true });
  const rows = (['guest_faults', 'call_misses', 'host_faults'] as const).map((key) => {
    const { count, latency_ns: latency } = window[key];
    const times = [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max];
    return [key.replace('_', ' '), countText(count), ...times.map((ns) => timeText(ns))];
  });
  const shown = rows.filter(([, count]) => count !== '0');
  const titles = ['count', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max'];
  return [
    `window     ${countText(window.ranges)} ranges of 2 MiB; set up ${countText(window.setups)}, ` +
      `upgraded ${countText(window.upgrades)}, removed ${countText(window.removals)}; reclaimed ` +
      `${countText(window.inline_reclaims)} in line, ` +
      `${countText(window.background_reclaims)} in the background; ` +
      `waited for one ${countText(window.waits)} times`,
    ...(shown.length === 0 ? [] : table([{ title: 'window' }, ...titles.map(right)], shown)),
  ];
}
