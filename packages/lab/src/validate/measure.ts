/**
 * Carries one run out on a machine and measures it. One protocol for all points:
 *
 *   warm-up ─ window ─ window ─ window …  until three means in a row differ by less than 1 %,
 *             or twice the region was gone through, or eight windows
 *   measure ─ at least 10^5 accesses (or 10^6 lines, whichever comes first), for a quantile q at
 *             least 10/(1 − q) accesses, for stalls until 16 were seen or 2^20 accesses made
 *
 * A window is half a pass of the region, within 2^13 and 2^15 lines (of a chase, 2^18: whether a
 * line is found depends on the whole pass). Repeated with every seed.
 */
import { createTimedMemory, type MachineConfig, type TimedMemory } from '@daxsim/pmem';
import { LineOp } from '@daxsim/pmem';
import { AddressStream, deviceSpan, type Interleave } from './addresses.js';
import type { RunConfig } from './config.js';
import {
  MetricKind,
  STALL_TICKS,
  isTimed,
  median,
  needsDurations,
  quantile,
  type Metric,
} from './metric.js';
import { RunDriver } from './run-driver.js';
import { NO_FENCE, ThreadProgram } from './thread-program.js';

const LINE_BYTES = 64;
const LEAST_ACCESSES = 100_000;
const ENOUGH_LINES = 1_000_000;
const LEAST_WINDOW_LINES = 8192;
const MOST_WINDOW_LINES = 32_768;
const MOST_CHASE_WINDOW_LINES = 262_144;
/** Traffic that never settles to 1 % is measured after this many. */
const MOST_WINDOWS = 8;
const STEADY_SHARE = 0.01;
const STALLS_WANTED = 16;
const STALL_CHUNK = 16_384;
const STALL_ACCESSES_MAX = 1_048_576;

/** One measurement, in ticks, bytes per tick, or plain numbers. */
export function measureRun(
  machine: MachineConfig,
  run: RunConfig,
  metric: Metric,
  seed: number,
  scale = 1,
): number {
  const setUp = new SetUp(machine, combined(run, metric), metric, seed);
  setUp.warmUp(scale);
  return setUp.measure(scale);
}

class SetUp {
  private readonly memory: TimedMemory;
  private readonly driver: RunDriver;
  private readonly linesPerAccess: number;
  /** A rate needs no access to be whole; else those under way at the end would be lost. */
  private readonly countsLines: boolean;

  constructor(
    machine: MachineConfig,
    private readonly run: RunConfig,
    private readonly metric: Metric,
    seed: number,
  ) {
    const interleave: Interleave = {
      channels: machine.channels.value,
      chunkBytes: machine.interleaveBytes.value,
    };
    const isCached = run.cached && run.mapping === undefined;
    const bare = isCached ? withStates(machine.cpu, run) : pastCaches(machine.cpu, run);
    const cpu = withPrefetch(bare, run);
    const span = deviceSpan(run, interleave);
    const capacityBytes = Math.ceil(span / 4096) * 4096;
    const measured = { ...withSocket(machine, run), cpu };
    this.memory = createTimedMemory(measured, { capacityBytes, sources: run.threads });
    const options = {
      isTimed: isTimed(metric),
      sfenceOp: sfenceOf(metric, run),
      ntHalvesTicks: Math.round(machine.cpu.ntHalvesNs.value * 1000),
    };
    const programs = Array.from({ length: run.threads }, (_, thread) => {
      const addresses = new AddressStream(run, thread, interleave, seed);
      return new ThreadProgram(run, addresses, thread, seed, options);
    });
    this.driver = new RunDriver(this.memory, programs, run.idle);
    this.linesPerAccess = Math.max(1, run.access_bytes / 64);
    this.countsLines = metric.kind === MetricKind.Bandwidth;
  }

  warmUp(scale: number): void {
    const { run, driver } = this;
    const regions = run.thread_regions === 'private' ? run.threads : 1;
    const regionAccesses = (run.region_bytes / run.access_bytes) * regions;
    const half = (regionAccesses * this.linesPerAccess) / 2;
    const mostLines = run.pattern === 'chase' ? MOST_CHASE_WINDOW_LINES : MOST_WINDOW_LINES;
    const lines = Math.min(mostLines, Math.max(LEAST_WINDOW_LINES, half)) * scale;
    const unit = this.countsLines ? 1 : this.linesPerAccess;
    const window = Math.max(run.threads, Math.round(lines / unit));
    const twice = (2 * regionAccesses * this.linesPerAccess) / unit;
    const most = Math.max(3 * window, Math.min(twice, MOST_WINDOWS * window));
    let before = 0;
    let last = 0;
    for (let done = 0; done < most; done += window) {
      const mean = this.countsLines ? driver.runLines(window) : driver.runAccesses(window);
      if (isSteady(before, last, mean)) return;
      before = last;
      last = mean;
    }
  }

  measure(scale: number): number {
    const { metric, driver } = this;
    const count = this.accesses(scale);
    if (needsDurations(metric)) return this.measureDurations(count, scale);
    if (metric.kind === MetricKind.Mean && this.run.pattern !== 'chase') return this.mean(count);
    if (this.countsLines) {
      const lines = Math.ceil(count * this.linesPerAccess);
      const bytes = lines * Math.min(64, this.run.access_bytes);
      return bytes / driver.runLines(lines);
    }
    const writes = this.writes();
    const elapsed = driver.runAccesses(count);
    if (metric.kind === MetricKind.Mean) return elapsed / count;
    const after = this.writes();
    const amplification =
      (after.media - writes.media) / Math.max(1, after.requested - writes.requested);
    return metric.kind === MetricKind.WriteAmplification ? amplification : 1 / amplification;
  }

  private mean(count: number): number {
    let sum = 0;
    this.driver.onAccess = (ticks) => {
      sum += ticks;
    };
    this.driver.runAccesses(count);
    return sum / count;
  }

  private measureDurations(count: number, scale: number): number {
    const { metric, driver } = this;
    const durations: number[] = [];
    driver.onAccess = (ticks) => durations.push(ticks);
    const { WritesBetweenStalls, StallLatency } = MetricKind;
    if (metric.kind === WritesBetweenStalls || metric.kind === StallLatency) {
      return this.measureStalls(durations, scale);
    }
    driver.runAccesses(count);
    const sorted = Float64Array.from(durations).sort();
    if (metric.kind === MetricKind.Max) return sorted[sorted.length - 1] ?? 0;
    return quantile(sorted, metric.share);
  }

  /** 0 if there were too few stalls to say. */
  private measureStalls(durations: number[], scale: number): number {
    const stalls: number[] = [];
    let seen = 0;
    while (stalls.length < STALLS_WANTED && seen < STALL_ACCESSES_MAX * scale) {
      this.driver.runAccesses(STALL_CHUNK);
      for (; seen < durations.length; seen += 1) {
        if ((durations[seen] ?? 0) > STALL_TICKS) stalls.push(seen);
      }
    }
    if (stalls.length < 2) return 0;
    if (this.metric.kind === MetricKind.StallLatency)
      return median(stalls.map((i) => durations[i] ?? 0));
    return median(stalls.slice(1).map((at, i) => at - (stalls[i] ?? 0)));
  }

  private accesses(scale: number): number {
    const { metric, run } = this;
    const fewest = this.countsLines ? 0 : 16 * run.threads;
    const byLines = Math.max(fewest, ENOUGH_LINES / this.linesPerAccess);
    const short = Math.min(LEAST_ACCESSES, byLines) * scale;
    const least = this.countsLines ? short : Math.ceil(short);
    if (metric.kind === MetricKind.Max) return Math.ceil(1_000_000 * scale);
    if (metric.kind !== MetricKind.Quantile) return least;
    return Math.max(least, Math.ceil((10 / (1 - metric.share)) * scale));
  }

  private writes(): { media: number; requested: number } {
    let media = 0;
    let requested = 0;
    for (const { values } of this.memory.statistics()) {
      media += values.mediaWriteBytes ?? 0;
      requested += values.requestedWriteBytes ?? 0;
    }
    return { media, requested };
  }
}

/**
 * Stores past the caches that follow each other fill a write-combining buffer, and that leaves as a
 * line; unless a fence sends off what is in it, or each store is looked at by itself.
 */
function combined(run: RunConfig, metric: Metric): RunConfig {
  if (run.mapping === 'uc') return run;
  const passes = run.operation === 'ntstore' || (run.operation === 'store' && run.mapping === 'wc');
  const isInOrder = run.pattern === 'sequential' || run.pattern === 'hotspot';
  const isRate = metric.kind === MetricKind.Bandwidth && run.fence === 'none';
  const isPart = run.access_bytes < LINE_BYTES && run.region_bytes >= LINE_BYTES;
  if (!passes || !isInOrder || !isRate || !isPart) return run;
  return { ...run, access_bytes: LINE_BYTES };
}

/** Cores whose accesses pass the caches; uncached, they pass all that keeps stores back, too. */
function pastCaches(cpu: MachineConfig['cpu'], run: RunConfig): MachineConfig['cpu'] {
  const bare = { ...cpu, caches: null };
  if (run.mapping !== 'uc') return bare;
  const mapping = { value: 'uc', source: 'run.mapping of the point', basis: 'published' } as const;
  return { ...bare, mapping, wcBuffers: undefined, storeBuffer: undefined };
}

/** The machine with its cores here or on the other socket; lines are as a long run leaves them. */
function withSocket(machine: MachineConfig, { remote_socket: isUsed }: RunConfig): MachineConfig {
  const { otherSocket: other } = machine;
  if (other === undefined) return machine;
  const isKept = other.directory.value !== 'none';
  const directory = isKept ? { ...other.directory, value: 'steady' as const } : other.directory;
  const value = isUsed || other.isUsed.value;
  return { ...machine, otherSocket: { ...other, isUsed: { ...other.isUsed, value }, directory } };
}

/** Lines with states or without, if the run says so. */
function withStates(cpu: MachineConfig['cpu'], { coherent }: RunConfig): MachineConfig['cpu'] {
  const { caches } = cpu;
  if (caches?.coherence === undefined || coherent === undefined) return cpu;
  const { protocol } = caches.coherence;
  const value = coherent ? ('mesif' as const) : ('none' as const);
  const coherence = { ...caches.coherence, protocol: { ...protocol, value } };
  return { ...cpu, caches: { ...caches, coherence } };
}

/** The cores prefetching or not, if the run says so. */
function withPrefetch(cpu: MachineConfig['cpu'], run: RunConfig): MachineConfig['cpu'] {
  const { prefetch } = cpu;
  if (prefetch === undefined || run.prefetch === undefined) return cpu;
  return { ...cpu, prefetch: { ...prefetch, isUsed: { ...prefetch.isUsed, value: run.prefetch } } };
}

/**
 * An sfence behind flushes waits for them. Behind ntstores it orders, and holds up a core only if
 * that reads the clock or answers somebody: where nobody times the accesses, the next ones are
 * issued meanwhile.
 */
function sfenceOf(metric: Metric, run: RunConfig): number {
  const written = run.operation === 'mix' ? run.write_operation : run.operation;
  const isNt = written === 'ntstore' || written === 'movdir64b';
  return metric.kind === MetricKind.Bandwidth && isNt ? NO_FENCE : LineOp.Sfence;
}

function isSteady(first: number, second: number, third: number): boolean {
  const least = Math.min(first, second, third);
  return least > 0 && Math.max(first, second, third) - least < STEADY_SHARE * least;
}
