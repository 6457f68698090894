/**
 * A replay as JSON: stable keys, units in their names. The same run gives the same bytes; what
 * belongs to the host (seconds, memory) is added by whoever measured it, under `host`.
 */
import { coreClock } from '@daxsim/pmem';
import { ticks as asTicks } from '@daxsim/sim';
import type { TraceInfo } from '@daxsim/trace';
import type { FaultsJson } from '../laid/fault-report.js';
import type { CutSummary } from '../cuts/power-cuts.js';
import type { NamedViolation } from '../oracle/image-check.js';
import type { ReplayOptions, ReplayRun } from '../replay/replay.js';
import type { Disagreement } from '../results/comparison.js';
import { windowJson, type WindowJson } from '../window/window-report.js';
import { throughJson, type ThroughJson } from '../through/through-report.js';
import { deviceJson, snakeFigures } from './device-figures.js';
import { latencyJson, type LatencyJson } from './latency.js';
import { mergedInfo } from './merged-info.js';

export interface OperationJson {
  readonly count: number;
  readonly errors: number;
  readonly bytes: number;
  readonly latency_ns: LatencyJson;
}

export interface LockJson {
  readonly lock: string;
  readonly mode: string;
  readonly acquisitions: number;
  readonly contentions: number;
  readonly wait_ns_total: number;
  readonly wait_ns_max: number;
  readonly hold_ns_total: number;
  readonly hold_ns_max: number;
}

export interface ReplayReport {
  readonly schema: 'daxsim/replay/1';
  readonly version: string;
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly digest: string;
  readonly partial: boolean;
  readonly partial_reasons: readonly string[];
  readonly notes: readonly string[];
  /** The only trace, or all of them together. */
  readonly trace: TraceInfo;
  readonly traces: readonly TraceInfo[];
  readonly replayed: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly results: {
    readonly compared: number;
    readonly agreed: number;
    readonly by_reason: Readonly<Record<string, number>>;
    readonly disagreements: readonly Disagreement[];
  };
  readonly oracle: {
    readonly reads: number;
    readonly bytes_checked: number;
    readonly violations: number;
    readonly first_violations: readonly NamedViolation[];
  };
  readonly fsck: { readonly errors: number; readonly first_errors: readonly string[] };
  readonly power_cuts?: Readonly<Record<string, unknown>>;
  /** What faults on the device did; only if there were any. */
  readonly injected?: FaultsJson;
  readonly simulated: { readonly time_ps: number; readonly core_cycles: number };
  readonly operations: Readonly<Record<string, OperationJson>>;
  readonly bandwidth: {
    readonly read_bytes_per_s: number;
    readonly write_bytes_per_s: number;
    /** Of programs' own accesses to mappings; absent where there are no mappings. */
    readonly load_bytes_per_s?: number;
    readonly store_bytes_per_s?: number;
  };
  readonly faults: Readonly<Record<string, number>>;
  readonly device: Readonly<Record<string, unknown>>;
  readonly locks: readonly LockJson[];
  /** What a guest's window did; only if it has one. */
  readonly window?: WindowJson;
  readonly time_shares: Readonly<Record<string, number>>;
  readonly lateness?: Readonly<Record<string, number>>;
  readonly mapped: Readonly<Record<string, number>>;
  /** Of a memory trace that went through a mapped file. */
  readonly through?: ThroughJson;
}

const PS_PER_S = 1_000_000_000_000;

/** Puts a run into its JSON form. */
export function replayReport(
  options: ReplayOptions,
  run: ReplayRun,
  version: string,
  cuts?: CutSummary,
): ReplayReport {
  const { oracle } = run.timed;
  const clock = coreClock(options.machine.config);
  const window = windowJson(run.timed.system, run.windowWatch);
  const traces = run.passes.map((pass) => pass.info);
  return {
    schema: 'daxsim/replay/1',
    version,
    seed: options.seed,
    config: configJson(options, run),
    digest: run.digest,
    partial: run.partial.length > 0,
    partial_reasons: run.partial,
    notes: [...run.notes, ...(options.through?.notes ?? [])],
    trace: mergedInfo(traces),
    traces,
    replayed: run.source.replayed,
    skipped: Object.fromEntries(run.source.skipped),
    results: {
      compared: run.comparison.compared,
      agreed: run.comparison.agreed,
      by_reason: Object.fromEntries(run.comparison.byReason),
      disagreements: run.comparison.disagreements,
    },
    oracle: {
      reads: oracle.reads,
      bytes_checked: oracle.bytesChecked,
      violations: oracle.violationCount,
      first_violations: run.violations,
    },
    fsck: { errors: run.fsckErrors.length, first_errors: run.fsckErrors.slice(0, 20) },
    ...(cuts === undefined ? {} : { power_cuts: cutsJson(cuts) }),
    ...(run.injected === undefined ? {} : { injected: run.injected }),
    simulated: { time_ps: run.ticks, core_cycles: clock.wholeCycles(asTicks(run.ticks)) },
    operations: operationsJson(run),
    bandwidth: bandwidthJson(run),
    faults: snakeFigures(run.faults),
    device: deviceJson(run.timed.memory),
    locks: locksJson(run),
    ...(window === undefined ? {} : { window }),
    time_shares: timeShares(run, options.fileSystem.basisOf),
    ...(options.timing.mode === 'open' ? { lateness: latenessJson(run) } : {}),
    mapped: {
      msync_calls: run.mappedStores.syncs,
      msync_calls_with_nothing_dirty: run.mappedStores.emptySyncs,
      bytes_with_nothing_dirty: run.mappedStores.emptyBytes,
      filled_stores: run.mappedStores.stores,
    },
    ...(options.through === undefined
      ? {}
      : { through: throughJson(options.through, run.counted) }),
  };
}

function configJson(options: ReplayOptions, run: ReplayRun): Record<string, unknown> {
  const { machine, fileSystem } = options;
  return {
    machine: { ...machine.config, name: machine.name },
    file_system: fileSystem.name,
    personality: fileSystem.personality,
    lock_plan: fileSystem.plan.name,
    knobs: run.timed.system.world.knobs,
    order: run.order,
    timing: options.timing,
    mmap_fill: options.mappedFill,
    device_bytes: options.deviceBytes,
    cpus: run.cpus,
    scope: options.traceOptions.scope ?? null,
  };
}

function cutsJson(cuts: CutSummary): Record<string, unknown> {
  return {
    moments: cuts.moments,
    lost_synced_bytes: cuts.lostSyncedBytes,
    foreign_bytes: cuts.foreignBytes,
    lost_synced_names: cuts.lostSyncedNames,
    fsck_errors: cuts.fsckErrors,
    bytes_checked: cuts.bytesChecked,
    failures: cuts.failures,
  };
}

function operationsJson(run: ReplayRun): Record<string, OperationJson> {
  const operations: Record<string, OperationJson> = {};
  for (const { kind, count, errors, bytes, latency } of run.figures.present()) {
    operations[kind] = { count, errors, bytes, latency_ns: latencyJson(latency) };
  }
  return operations;
}

function bandwidthJson(run: ReplayRun): ReplayReport['bandwidth'] {
  const perSecond = (kind: string): number => {
    const bytes = run.figures.present().find((figures) => figures.kind === kind)?.bytes ?? 0;
    return run.ticks === 0 ? 0 : Math.round(bytes * (PS_PER_S / run.ticks));
  };
  return {
    read_bytes_per_s: perSecond('read'),
    write_bytes_per_s: perSecond('write'),
    load_bytes_per_s: perSecond('load'),
    store_bytes_per_s: perSecond('store'),
  };
}

function locksJson(run: ReplayRun): LockJson[] {
  return run.locks.rows
    .filter((row) => row.acquisitions > 0)
    .map((row) => ({
      lock: row.lock,
      mode: row.mode,
      acquisitions: row.acquisitions,
      contentions: row.contentions,
      wait_ns_total: row.waitTicks / 1000,
      wait_ns_max: row.waitTicksMax / 1000,
      hold_ns_total: row.holdTicks / 1000,
      hold_ns_max: row.holdTicksMax / 1000,
    }));
}

/** Time of steps by the basis of their price, of memory, and of locks. */
function timeShares(run: ReplayRun, basisOf: ReadonlyMap<string, string>): Record<string, number> {
  const shares: Record<string, number> = {
    memory_ns: run.shares.moveTicks / 1000,
    locks_ns: run.shares.lockTicks / 1000,
  };
  let all = run.shares.moveTicks + run.shares.lockTicks;
  let recalled = 0;
  run.timed.system.set.steps.forEach((step, index) => {
    const spent = run.shares.stepTicks[index]!;
    const basis = basisOf.get(step.name) ?? 'unknown';
    const key = `steps_${basis}_ns`;
    shares[key] = (shares[key] ?? 0) + spent / 1000;
    all += spent;
    if (basis === 'recalled') recalled += spent;
  });
  shares['recalled_share'] = all === 0 ? 0 : recalled / all;
  return shares;
}

function latenessJson({ startTimes }: ReplayRun): Record<string, number> {
  return {
    late: startTimes.late,
    total_ns: startTimes.lateTicks / 1000,
    max_ns: startTimes.lateTicksMax / 1000,
  };
}
