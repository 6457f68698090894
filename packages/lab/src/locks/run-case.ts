/**
 * One case of a sweep: a workload under a plan with so many threads on so many sockets, run once
 * per seed. A seed decides what nobody decides in reality: which CPU a thread is on, when it
 * begins, which page comes next. After a warm-up, a window of time is measured.
 *
 *     0 ── warm-up ──▶ counts cleared ── window ──▶ operations ÷ window
 */
import { ContentionMachine, Prng } from '@daxsim/sim';
import type { LockPlan, LockRow, MemoryChannel, RwsemEvents } from '@daxsim/sim';
import type { LatencyJson } from '../report/latency.js';
import type { Contention } from './config.js';
import { Instances, PAGES_PER_TABLE } from './instances.js';
import type { Contended } from './instances.js';
import { withLockKinds, type LockKindChoice } from './lock-kinds.js';
import { TaskSource, pagesPerFile } from './task-source.js';
import type { Scripts } from './task-source.js';
import type { Workload } from './workloads.js';

/** What is run. */
export interface CaseSetting {
  readonly plan: LockPlan;
  readonly scripts: Scripts;
  readonly workload: Workload;
  readonly threads: number;
  readonly sockets: number;
  readonly cpus: number;
  readonly contention: Contention;
  readonly channels: readonly MemoryChannel[];
  /** Whose memory it is: what it costs from other sockets. */
  readonly machine: string;
  /** Whether the array of entries has a lock for each 2 MiB instead of one. */
  readonly splitsArray: boolean;
  /** Locks that are left out, by name. */
  readonly without: readonly string[];
  /** Other kinds for locks, by name. */
  readonly kinds: LockKindChoice;
  /** Length of warm-up and window, against the usual. */
  readonly length: number;
}

/** What one seed came to; times in ticks. */
export interface SeedRun {
  readonly perSecond: number;
  readonly warmupTicks: number;
  readonly windowTicks: number;
  readonly operations: number;
  readonly latency: LatencyJson;
  readonly fairness: number;
  readonly rows: readonly LockRow[];
  readonly events: Readonly<Record<string, RwsemEvents>>;
  readonly lines: readonly LineRow[];
  readonly bottleneck: Bottleneck | null;
  readonly collisions: number;
  readonly conflicts: number;
  readonly falseConflicts: number;
  readonly retries: number;
  readonly sleeps: number;
  readonly preemptions: number;
}

/** How often the lines of a class moved. */
export interface LineRow {
  readonly name: string;
  readonly near: number;
  readonly far: number;
  readonly queuedTicks: number;
  readonly busyTicks: number;
}

/** Where most time was lost, and how much of all tasks' time that was. */
export interface Bottleneck extends Contended {
  readonly lostShare: number;
}

const TICKS_PER_SECOND = 1e12;
const WARMUP_OPERATIONS = 10;
const WARMUP_TICKS = 1e9;
const OPERATIONS_LEAST = 2000;
const OPERATIONS_MOST = 12000;
const WINDOW_TICKS = 5e9;
/** Neither is longer than this: who has done nothing by then starves. */
const TICKS_MOST = 5e10;
const OFFSET_TICKS = 20_000_000;

/** Runs a case with one seed. `free` costs nothing in it. */
export function runSeed(
  setting: CaseSetting,
  seed: number,
  free: Contended | null = null,
): SeedRun {
  const { workload, threads, cpus, kinds } = setting;
  const plan = withLockKinds(setting.plan, kinds);
  const pages = pagesPerFile(workload, threads);
  const arrayPages = setting.splitsArray ? PAGES_PER_TABLE : pages;
  const instances = new Instances(plan, threads, pages, arrayPages, setting.without, kinds, cpus);
  instances.free = free;
  const source = new TaskSource(workload, threads, setting.scripts, instances, seed);
  const topology = { cpus: setting.cpus, sockets: setting.sockets };
  const machine = new ContentionMachine(
    setting.contention.costs,
    topology,
    threads,
    source,
    setting.channels,
    instances.classNames,
    setting.contention.remoteMemory.get(setting.machine) ?? null,
  );
  instances.attach(machine);
  source.attach(machine);
  place(machine, setting, seed);
  return measure(machine, source, instances, setting);
}

/** Threads on CPUs of their own, in any order, while there are enough. */
function place(machine: ContentionMachine, setting: CaseSetting, seed: number): void {
  const prng = new Prng(seed, 1);
  const cpus = Array.from({ length: setting.cpus }, (_, cpu) => cpu);
  for (let i = cpus.length - 1; i > 0; i -= 1) {
    const other = prng.below(i + 1);
    const cpu = cpus[i] ?? 0;
    cpus[i] = cpus[other] ?? 0;
    cpus[other] = cpu;
  }
  for (let task = 0; task < setting.threads; task += 1) {
    machine.start(task, cpus[task % setting.cpus] ?? 0, prng.below(OFFSET_TICKS));
    if (setting.workload.spaces === 'all') machine.shootdownCpus[task] = setting.threads;
  }
}

function measure(
  machine: ContentionMachine,
  source: TaskSource,
  instances: Instances,
  setting: CaseSetting,
): SeedRun {
  const { threads, length } = setting;
  const warmup = Math.ceil(WARMUP_OPERATIONS * length) * threads;
  let from = 0;
  machine.run((at) => {
    from = at;
    if (at >= TICKS_MOST) return true;
    return source.counted >= warmup && at >= WARMUP_TICKS * length;
  });
  source.clear();
  machine.tally.clear();
  machine.lines.clearCounts();
  const before = { sleeps: machine.sleeps, preemptions: machine.preemptions };
  const retriesBefore = machine.validationFailures;
  let to = from;
  machine.run((at) => {
    to = at;
    const window = at - from;
    if (window >= TICKS_MOST || source.counted >= OPERATIONS_MOST * length) return true;
    return source.counted >= OPERATIONS_LEAST * length && window >= WINDOW_TICKS * length;
  });
  const window = Math.max(1, to - from);
  return {
    perSecond: (source.counted / window) * TICKS_PER_SECOND,
    warmupTicks: from,
    windowTicks: window,
    operations: source.counted,
    latency: latencyOf(source),
    fairness: fairnessOf(source.done, setting),
    rows: machine.tally.rows,
    events: Object.fromEntries(instances.events),
    lines: lineRows(machine),
    bottleneck: bottleneckOf(machine, instances, window * threads),
    collisions: instances.buckets.collisions,
    conflicts: instances.ranges.reduce((sum, range) => sum + range.conflicts, 0),
    falseConflicts: instances.ranges.reduce((sum, range) => sum + range.falseConflicts, 0),
    retries: machine.validationFailures - retriesBefore,
    sleeps: machine.sleeps - before.sleeps,
    preemptions: machine.preemptions - before.preemptions,
  };
}

function latencyOf({ latency }: TaskSource): LatencyJson {
  const at = (percent: number): number => (latency.count === 0 ? 0 : latency.percentile(percent));
  return {
    min: latency.count === 0 ? 0 : latency.min,
    mean: latency.count === 0 ? 0 : latency.mean(),
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: latency.max,
  };
}

/** Jain's index over the tasks that are counted: 1 when all did as much. */
function fairnessOf(done: Float64Array, { workload, threads }: CaseSetting): number {
  const from = workload.first !== undefined && !workload.first.isCounted && threads > 1 ? 1 : 0;
  let sum = 0;
  let squares = 0;
  for (const count of done.subarray(from)) {
    sum += count;
    squares += count * count;
  }
  return squares === 0 ? 1 : (sum * sum) / ((done.length - from) * squares);
}

function lineRows(machine: ContentionMachine): LineRow[] {
  const { lines } = machine;
  const byName = new Map<string, { -readonly [K in keyof LineRow]: LineRow[K] }>();
  lines.names.forEach((name, line) => {
    const row = byName.get(name) ?? { name, near: 0, far: 0, queuedTicks: 0, busyTicks: 0 };
    row.near += lines.near[line] ?? 0;
    row.far += lines.far[line] ?? 0;
    row.queuedTicks += lines.queuedTicks[line] ?? 0;
    row.busyTicks += lines.busyTicks[line] ?? 0;
    byName.set(name, row);
  });
  return [...byName.values()].sort((a, b) => b.near + b.far - a.near - a.far);
}

/** The lock that was waited for longest, or the line. */
function bottleneckOf(
  machine: ContentionMachine,
  instances: Instances,
  allTicks: number,
): Bottleneck | null {
  let best: Contended | null = null;
  let most = 0;
  machine.tally.waitedOf.forEach((ticks, lock) => {
    if (ticks <= most) return;
    most = ticks;
    best = instances.lockNames[lock] ?? null;
  });
  machine.lines.names.forEach((_name, line) => {
    const ticks = machine.lines.queuedTicks[line] ?? 0;
    if (ticks <= most) return;
    most = ticks;
    best = instances.lineOwners[line] ?? null;
  });
  return best === null ? null : { ...(best as Contended), lostShare: most / allTicks };
}
