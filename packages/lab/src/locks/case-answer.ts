/**
 * What a case came to, over its seeds: means with a 95 % interval, sums of counts, and the name of
 * what held it up. The keys are those of the JSON result.
 */
import { Digest, noRwsemEvents } from '@daxsim/sim';
import type { LockPlan, RwsemEvents } from '@daxsim/sim';
import type { HugeFallbacks } from './aged-file.js';
import type { LatencyJson } from '../report/latency.js';
import type { LineRow, SeedRun } from './run-case.js';

/** One case. */
export interface LocksCase {
  readonly plan: string;
  readonly workload: string;
  readonly threads: number;
  readonly sockets: number;
}

/** Columns of lock_stat, times in nanoseconds. */
export interface LockStat {
  readonly lock: string;
  readonly class: string;
  readonly mode: 'R' | 'W';
  readonly con_bounces: number;
  readonly contentions: number;
  readonly waittime_min_ns: number;
  readonly waittime_max_ns: number;
  readonly waittime_total_ns: number;
  readonly waittime_avg_ns: number;
  readonly acq_bounces: number;
  readonly acquisitions: number;
  readonly holdtime_min_ns: number;
  readonly holdtime_max_ns: number;
  readonly holdtime_total_ns: number;
  readonly holdtime_avg_ns: number;
}

export interface CaseAnswer extends LocksCase {
  readonly throughput_per_s: {
    readonly mean: number;
    readonly half_width: number;
    readonly seeds: number;
    readonly warmup_ns: number;
    readonly window_ns: number;
  };
  readonly latency_ns: LatencyJson;
  readonly fairness: number;
  readonly locks: readonly LockStat[];
  readonly rwsem_events: Readonly<Record<string, RwsemEvents>>;
  readonly lines: readonly {
    readonly line: string;
    readonly transfers_same_socket: number;
    readonly transfers_other_socket: number;
    readonly queued_ns: number;
  }[];
  readonly bottleneck: {
    readonly kind: 'lock' | 'line';
    readonly name: string;
    readonly instance: number;
    readonly lost_share: number;
  } | null;
  readonly without_bottleneck_per_s: number | null;
  readonly races: readonly string[];
  /** Of the workload's operations alone: from freeing blocks to the end of unmapping them. */
  readonly stale_window_ns: number;
  /** Attempts at 2 MiB on the aged file of the workload, and why they fell back; else null. */
  readonly pmd: HugeFallbacks | null;
  readonly false_conflict_ratio: number;
  readonly bucket_collisions: number;
  readonly retries: number;
  readonly sleeps: number;
  readonly preemptions: number;
}

/** Names under which Linux counts the locks of a plan. */
const CLASSES: { readonly [lock: string]: string } = {
  inode: '&sb->s_type->i_mutex_key',
  mmap: 'mapping.invalidate_lock',
  mm: '&mm->mmap_lock',
  vma: 'vm_lock->lock',
  array: '&xa->xa_lock',
  pageTable: 'ptlock_ptr(ptdesc)',
  mapping: '&xfs_nondir_ilock_class',
  handle: 'jbd2_handle',
};

/** Student's t at 95 % by degrees of freedom. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

export function caseAnswer(
  of: LocksCase,
  plan: LockPlan,
  runs: readonly SeedRun[],
  found: {
    readonly without: number | null;
    readonly stale: number;
    readonly fallbacks: HugeFallbacks | null;
  },
): CaseAnswer {
  const bottleneck = runs[0]?.bottleneck ?? null;
  const conflicts = sum(runs, (run) => run.conflicts);
  return {
    ...of,
    throughput_per_s: {
      ...interval(runs.map(({ perSecond }) => perSecond)),
      seeds: runs.length,
      warmup_ns: Math.round(mean(runs, (run) => run.warmupTicks) / 1000),
      window_ns: Math.round(mean(runs, (run) => run.windowTicks) / 1000),
    },
    latency_ns: latency(runs),
    fairness: mean(runs, (run) => run.fairness),
    locks: lockStats(runs),
    rwsem_events: events(runs),
    lines: lines(runs),
    bottleneck:
      bottleneck === null
        ? null
        : {
            kind: bottleneck.kind,
            name: bottleneck.name,
            instance: bottleneck.key,
            lost_share: bottleneck.lostShare,
          },
    without_bottleneck_per_s: found.without,
    stale_window_ns: found.stale / 1000,
    pmd: found.fallbacks,
    races: typeof plan.claim === 'object' ? plan.claim.unsafeFor : [],
    false_conflict_ratio: conflicts === 0 ? 0 : sum(runs, (run) => run.falseConflicts) / conflicts,
    bucket_collisions: sum(runs, (run) => run.collisions),
    retries: sum(runs, (run) => run.retries),
    sleeps: sum(runs, (run) => run.sleeps),
    preemptions: sum(runs, (run) => run.preemptions),
  };
}

/** Mean and half of the 95 % interval of it. */
export function interval(values: readonly number[]): {
  readonly mean: number;
  readonly half_width: number;
} {
  const middle = values.reduce((all, one) => all + one, 0) / values.length;
  if (values.length < 2) return { mean: middle, half_width: 0 };
  const squares = values.reduce((all, one) => all + (one - middle) * (one - middle), 0);
  const student = STUDENT[Math.min(values.length - 2, STUDENT.length - 1)] ?? 0;
  const deviation = Math.sqrt(squares / (values.length - 1));
  return { mean: middle, half_width: (student * deviation) / Math.sqrt(values.length) };
}

function sum(runs: readonly SeedRun[], of: (run: SeedRun) => number): number {
  return runs.reduce((all, run) => all + of(run), 0);
}

function mean(runs: readonly SeedRun[], of: (run: SeedRun) => number): number {
  return sum(runs, of) / runs.length;
}

function latency(runs: readonly SeedRun[]): LatencyJson {
  return {
    min: Math.min(...runs.map((run) => run.latency.min)),
    mean: mean(runs, (run) => run.latency.mean),
    p50: mean(runs, (run) => run.latency.p50),
    p90: mean(runs, (run) => run.latency.p90),
    p99: mean(runs, (run) => run.latency.p99),
    p999: mean(runs, (run) => run.latency.p999),
    max: Math.max(...runs.map((run) => run.latency.max)),
  };
}

function lockStats(runs: readonly SeedRun[]): LockStat[] {
  const rows = (runs[0]?.rows ?? []).map((first, at): LockStat => {
    const all = runs.map((run) => run.rows[at] ?? first);
    const total = (key: 'waitTotal' | 'holdTotal'): number =>
      all.reduce((ticks, row) => ticks + row[key], 0) / 1000;
    const count = (key: 'conBounces' | 'contentions' | 'acqBounces' | 'acquisitions'): number =>
      all.reduce((so, row) => so + row[key], 0);
    const least = (key: 'waitMin' | 'holdMin'): number => {
      const ticks = Math.min(...all.map((row) => row[key]));
      return ticks === Infinity ? 0 : ticks / 1000;
    };
    const contentions = count('contentions');
    const acquisitions = count('acquisitions');
    return {
      ...{ lock: first.name, class: CLASSES[first.name] ?? first.name, mode: first.mode },
      ...{ con_bounces: count('conBounces'), contentions },
      waittime_min_ns: least('waitMin'),
      waittime_max_ns: Math.max(...all.map((row) => row.waitMax)) / 1000,
      waittime_total_ns: total('waitTotal'),
      waittime_avg_ns: contentions === 0 ? 0 : total('waitTotal') / contentions,
      ...{ acq_bounces: count('acqBounces'), acquisitions },
      holdtime_min_ns: least('holdMin'),
      holdtime_max_ns: Math.max(...all.map((row) => row.holdMax)) / 1000,
      holdtime_total_ns: total('holdTotal'),
      holdtime_avg_ns: acquisitions === 0 ? 0 : total('holdTotal') / acquisitions,
    };
  });
  return rows.filter(({ acquisitions }) => acquisitions > 0);
}

function events(runs: readonly SeedRun[]): Record<string, RwsemEvents> {
  const all: Record<string, RwsemEvents> = {};
  for (const run of runs) {
    for (const [lock, counts] of Object.entries(run.events)) {
      const row = (all[lock] ??= noRwsemEvents());
      for (const name of EVENT_NAMES) row[name] += counts[name];
    }
  }
  return all;
}

const EVENT_NAMES = Object.keys(noRwsemEvents()) as (keyof RwsemEvents)[];

/** Lines that bounced, most often first. */
function lines(runs: readonly SeedRun[]): CaseAnswer['lines'] {
  const all = new Map<string, { near: number; far: number; queued: number }>();
  for (const row of runs.flatMap((run): readonly LineRow[] => run.lines)) {
    const known = all.get(row.name) ?? { near: 0, far: 0, queued: 0 };
    known.near += row.near;
    known.far += row.far;
    known.queued += row.queuedTicks;
    all.set(row.name, known);
  }
  return [...all]
    .filter(([, { near, far }]) => near + far > 0)
    .sort(([, a], [, b]) => b.near + b.far - a.near - a.far)
    .map(([line, { near, far, queued }]) => ({
      line,
      transfers_same_socket: near,
      transfers_other_socket: far,
      queued_ns: queued / 1000,
    }));
}

/** A number over all of them, in order. */
export function digestOf(answers: readonly CaseAnswer[]): string {
  const digest = new Digest();
  for (const answer of answers) digest.addText(JSON.stringify(answer));
  return digest.hex();
}
