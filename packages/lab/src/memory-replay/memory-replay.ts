/**
 * A memory trace straight to a simulated device: `replay --fs none`.
 *
 *   first pass (what the trace holds) ─▶ device ─▶ records, one after another ─▶ figures
 *
 * Traces of memory simulators and of a device's registers were recorded below the caches, so by
 * default the machine has none for them; what a program did goes through the machine's own. One
 * unit of a gap is one core cycle for lackey (an instruction) and VANS (a clock of pause); the
 * absolute clocks of DRAMSim3 and NVMain hold the waiting for another memory, and are passed over.
 */
import { LineOp, createTimedMemory, type MachineConfig, type TimedMemory } from '@daxsim/pmem';
import { coreClock } from '@daxsim/pmem';
import { ConfigError, Digest, NEVER, TraceError } from '@daxsim/sim';
import { isMemoryKind, openTrace, opKindNames, traceInfo } from '@daxsim/trace';
import type { OpKind, TraceInfo, TraceOptions, TraceReader } from '@daxsim/trace';
import type { MachineChoice } from '../config/systems.js';
import { OperationFigures } from '../results/operation-figures.js';
import type { FaultOrder } from '../laid/parse-faults.js';
import { MemoryDriver } from './memory-driver.js';
import { MemoryFaults } from './memory-faults.js';

export interface MemoryReplayOptions {
  /** Path of the trace. */
  readonly trace: string;
  readonly traceOptions: TraceOptions;
  readonly machine: MachineChoice;
  /** Size of the device; a multiple of 4096. */
  readonly deviceBytes: number;
  /** `machine`: those of the machine; `none`; `auto`: by what recorded the trace. */
  readonly caches: 'auto' | 'machine' | 'none';
  /** Instruction that a recorded flush becomes. */
  readonly flush: 'clwb' | 'clflushopt';
  /** Core cycles that a unit of a gap takes; absent: by what recorded the trace. */
  readonly gapCycles?: number | undefined;
  /** Faults that are laid on the device. */
  readonly faults?: readonly FaultOrder[] | undefined;
  /** Decides what faults draw. */
  readonly seed: number;
  /** Asked between chunks; false ends the run, which is then partial. */
  readonly mayGoOn?: (() => Promise<boolean>) | undefined;
  /** Called between chunks with the records replayed and the bytes of the trace read. */
  readonly onProgress?:
    ((replayed: number, bytesRead: number, bytesTotal: number) => void) | undefined;
}

/** All that a run leaves behind. */
export interface MemoryReplayRun {
  readonly info: TraceInfo;
  readonly origin: string;
  readonly memory: TimedMemory;
  readonly driver: MemoryDriver;
  /** What was laid on the memory; undefined: nothing. */
  readonly faults: MemoryFaults | undefined;
  readonly figures: OperationFigures;
  readonly hasCaches: boolean;
  readonly gapCycles: number;
  readonly notes: readonly string[];
  readonly partial: readonly string[];
  /** Simulated time until the core is done, ticks. */
  readonly ticks: number;
  /** Lines with stores that power loss would still take. */
  readonly linesNotDurable: number;
  readonly digest: string;
}

const belowCaches = new Set(['vans', 'ramulator2-ls', 'dramsim3', 'nvt', 'mmiotrace']);
/** Origins whose gaps are core cycles in which the program computed. */
export const gapsAreTime: ReadonlySet<string> = new Set(['valgrind-lackey', 'vans']);

/** Replays a memory trace. Throws TraceError if the trace holds no access to memory. */
export async function replayMemory(options: MemoryReplayOptions): Promise<MemoryReplayRun> {
  const notes: string[] = [];
  const { info, traceOptions } = await firstPass(options, notes);
  const reader = await openTrace(options.trace, traceOptions);
  try {
    const { origin } = reader;
    const hasCaches = cachesOf(options, origin);
    const gapCycles = options.gapCycles ?? (gapsAreTime.has(origin) ? 1 : 0);
    const digest = new Digest();
    const memory = memoryOf(options, hasCaches, digest);
    const figures = new OperationFigures();
    const faults = faultsOf(options, memory, digest);
    const driver = new MemoryDriver({
      memory,
      figures,
      gapTicks: gapCycles * coreClock(options.machine.config).periodTicks,
      flushOp: options.flush === 'clwb' ? LineOp.Clwb : LineOp.ClFlushOpt,
      faults,
    });
    const partial = await runAll(reader, driver, options);
    memory.decideUntil(NEVER);
    digest.add(memory.mediaHash());
    digest.add(driver.now);
    if (driver.wrapped > 0) {
      notes.push(`${driver.wrapped} accesses lay beyond the device and were wrapped around`);
    }
    if (reader.taskIds.length > 1) {
      notes.push(`one core did what ${reader.taskIds.length} tasks did, in recorded order`);
    }
    const linesNotDurable = memory.pendingLines().length;
    const parts = { info, origin, memory, driver, faults, figures, hasCaches, gapCycles };
    const ticks = driver.now;
    return { ...parts, notes, partial, ticks, linesNotDurable, digest: digest.hex() };
  } finally {
    await reader.close();
  }
}

/** What the trace holds, and how it is to be read: whole, if no file was mapped. */
async function firstPass(
  { trace, traceOptions }: MemoryReplayOptions,
  notes: string[],
): Promise<{ readonly info: TraceInfo; readonly traceOptions: TraceOptions }> {
  const info = await traceInfo(trace, traceOptions);
  if (accessesOf(info) > 0) return { info, traceOptions };
  const whole = { ...traceOptions, memory: 'all' } as const;
  const all = await traceInfo(trace, whole);
  if (accessesOf(all) === 0) {
    const found = `a trace without loads, stores or flushes (${info.format})`;
    const allowed =
      'memory traces: lackey, pmemcheck, mmiotrace, VANS, Ramulator 2, DRAMSim3, NVMain';
    throw new TraceError({ where: trace, found, allowed });
  }
  notes.push('no access was to a mapped file: all accesses were replayed');
  return { info: all, traceOptions: whole };
}

function accessesOf({ operations }: TraceInfo): number {
  let count = 0;
  for (const [kind, name] of opKindNames.entries()) {
    if (isMemoryKind(kind as OpKind)) count += operations[name] ?? 0;
  }
  return count;
}

function cachesOf({ caches, machine, trace }: MemoryReplayOptions, origin: string): boolean {
  const hasCaches = machine.config.cpu.caches !== null;
  if (caches === 'machine' && !hasCaches) {
    throw new ConfigError({ where: trace, found: `machine ${machine.name}, without caches` });
  }
  if (caches === 'none') return false;
  return hasCaches && (caches === 'machine' || !belowCaches.has(origin));
}

function memoryOf(
  { machine, deviceBytes }: MemoryReplayOptions,
  hasCaches: boolean,
  digest: Digest,
): TimedMemory {
  const { config } = machine;
  const bare: MachineConfig = { ...config, cpu: { ...config.cpu, caches: null } };
  return createTimedMemory(hasCaches ? config : bare, {
    capacityBytes: deviceBytes,
    sources: 1,
    observer: {
      lineDone(_source, _sequence, op, line, departedAt, durableAt) {
        digest.addWord(op);
        digest.addWord(line);
        digest.add(departedAt);
        if (durableAt < Infinity) digest.add(durableAt);
      },
    },
  });
}

function faultsOf(
  { faults, machine, seed }: MemoryReplayOptions,
  memory: TimedMemory,
  digest: Digest,
): MemoryFaults | undefined {
  return faults === undefined ? undefined : new MemoryFaults(faults, memory, machine, seed, digest);
}

/** Feeds the driver; why the run is not whole, if it is not. */
async function runAll(
  reader: TraceReader,
  driver: MemoryDriver,
  { mayGoOn, onProgress }: MemoryReplayOptions,
): Promise<string[]> {
  for (;;) {
    while (!driver.isHung && reader.next()) driver.run(reader.record);
    onProgress?.(driver.replayed, reader.bytesRead, reader.bytesTotal);
    if (mayGoOn !== undefined && !(await mayGoOn())) return ['interrupted'];
    if (driver.isHung || !(await reader.fill())) break;
  }
  return reader.partial === undefined ? [] : [`${reader.path}: ${reader.partial}`];
}
