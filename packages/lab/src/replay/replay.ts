/**
 * A replay, from traces to figures.
 *
 *     first pass ─▶ timed system ─▶ run: machine ⇄ source ⇄ feeds ─▶ unmount ─▶ fsck, image check
 *
 * The run is synchronous but for the reading of traces: when a feed runs low the machine is stopped
 * between two instructions, the feed is filled, and the machine goes on. Same traces, configuration
 * and seed give the same digest, which covers instructions, requests, decisions and final media.
 */
import { fsck } from '@daxsim/daxfs';
import type { StageStats } from '@daxsim/pmem';
import { RunEnd, assert } from '@daxsim/sim';
import { checkFinalImage, nameViolations, type NamedViolation } from '../oracle/image-check.js';
import type { ResultComparison } from '../results/comparison.js';
import type { LockFigures } from '../results/lock-figures.js';
import type { OperationFigures } from '../results/operation-figures.js';
import type { TimeShares } from '../results/time-shares.js';
import { assemble, type Assembly, type ReplayOptions, type RunParts } from './assembly.js';
import type { FaultsJson } from '../laid/fault-report.js';
import { firstPass, type FirstPass } from './first-pass.js';
import type { CountedFile } from '../through/through-report.js';
import type { MappedStores } from './mapped-stores.js';
import type { OrderRule } from './order-rule.js';
import type { ReplaySource } from './replay-source.js';
import type { StartTimes } from './timing.js';
import type { TimedSystem } from './timed-system.js';
import type { TraceFeed } from './trace-feed.js';
import type { WindowWatch } from '../window/window-watch.js';
import { unmount } from './unmount.js';

export type { ReplayOptions, RunParts } from './assembly.js';

/** All that a run leaves behind. */
export interface ReplayRun {
  readonly passes: readonly FirstPass[];
  readonly order: OrderRule;
  readonly cpus: number;
  readonly source: ReplaySource;
  readonly timed: TimedSystem;
  readonly comparison: ResultComparison;
  readonly figures: OperationFigures;
  readonly locks: LockFigures;
  readonly shares: TimeShares;
  readonly startTimes: StartTimes;
  readonly mappedStores: MappedStores;
  /** Mapped files of a run through one, with their counts when the trace had ended. */
  readonly counted: readonly CountedFile[];
  /** Of a guest's window, if there is one. */
  readonly windowWatch: WindowWatch | undefined;
  /** What faults on the device did, if there were any. */
  readonly injected: FaultsJson | undefined;
  /** Figures of memory and of faults when the traces ended. */
  readonly stages: readonly StageStats[];
  readonly faults: Readonly<Record<string, number>>;
  readonly fsckErrors: readonly string[];
  /** The first ones. */
  readonly violations: readonly NamedViolation[];
  readonly notes: readonly string[];
  readonly partial: readonly string[];
  /** Simulated time of the traces' operations, without unmount. */
  readonly ticks: number;
  readonly digest: string;
}

const VIOLATIONS_SHOWN = 20;

/** Replays traces. `join` may add listeners and events before the run. */
export async function replay(
  options: ReplayOptions,
  join?: (parts: RunParts) => void,
): Promise<ReplayRun> {
  const passes: FirstPass[] = [];
  const { through, traceOptions } = options;
  for (const path of options.traces) passes.push(await firstPass(path, traceOptions, through));
  const assembly = await assemble(options, passes);
  try {
    join?.(assembly);
    await drive(assembly, options);
  } finally {
    for (const feed of assembly.feeds) await feed.reader.close();
  }
  return conclude(options, passes, assembly);
}

/** Unmounts, checks what is on media, and closes the digest. */
function conclude(
  options: ReplayOptions,
  passes: readonly FirstPass[],
  assembly: Assembly,
): ReplayRun {
  const { timed, machine, feeds, digest } = assembly;
  const ticks = machine.now;
  const stages = timed.memory.statistics().map((stage) => ({
    ...stage,
    values: { ...stage.values },
  }));
  const faults = { ...timed.system.world.mm.stats };
  const counted = countedFiles(assembly);
  assembly.shares.isClosed = true;
  timed.system.interpreter.sync.observer = assembly.shares;
  const injected = assembly.faulted?.report();
  const isHung = injected !== undefined && injected.hang !== null;
  const fsckErrors = isHung ? [] : goHome(options, assembly, ticks);
  digest.add(timed.memory.mediaHash());
  return {
    ...assembly,
    passes,
    counted,
    stages,
    faults,
    injected,
    fsckErrors,
    violations: nameViolations(timed.memory, timed.oracle, VIOLATIONS_SHOWN),
    notes: feeds.flatMap((feed) => feed.reader.notes),
    partial: feeds.flatMap(partialReasons),
    ticks,
    digest: digest.hex(),
  };
}

/** Unmounts and checks what is on media; answers what fsck found. Who hangs never lets go. */
function goHome(options: ReplayOptions, { timed, lanes }: Assembly, ticks: number): string[] {
  // Faults strike what the trace does; those that have struck stay.
  if (timed.overlay !== null) timed.overlay.watch = null;
  unmount(timed, lanes, ticks, options.fileSystem.syncCosts.switchTicks);
  timed.overlay?.laid.liftUnreadable();
  const memory = timed.overlay ?? timed.memory;
  const errors = fsck(memory).map(({ where, what }) => `${where}: ${what}`);
  checkFinalImage(memory, timed.oracle);
  return errors;
}

function countedFiles({ watch, source }: Assembly): CountedFile[] {
  if (watch === undefined) return [];
  return [...source.mappedFiles].map(([inode, path]) => ({ path, counts: { ...watch.of(inode) } }));
}

async function drive(
  { machine, source, feeds, timed }: Assembly,
  options: ReplayOptions,
): Promise<void> {
  for (;;) {
    for (const feed of feeds) if (feed.wantsFill) await feed.fill();
    source.takeIn(machine.currentAt);
    const end = machine.run();
    const read = feeds.reduce((sum, { reader }) => sum + reader.bytesRead, 0);
    const total = feeds.reduce((sum, { reader }) => sum + reader.bytesTotal, 0);
    options.onProgress?.(source.replayed, read, total);
    const goesOn = (await options.mayGoOn?.()) ?? true;
    if (!goesOn) for (const feed of feeds) feed.endHere();
    if (end === RunEnd.Ended) return;
    if (end === RunEnd.Stuck && timed.overlay?.failures.hung) return;
    // A stop that was asked for before the machine ran is forgotten: records that are all refused
    // use a feed up without a step of the machine.
    const isShort = feeds.some((feed) => feed.wantsFill);
    assert(end === RunEnd.Stopped || isShort, 'replay: no task can go on, and not all have ended');
  }
}

function partialReasons({ reader, isCut }: TraceFeed): string[] {
  const reasons: string[] = [];
  if (reader.partial !== undefined) reasons.push(`${reader.path}: ${reader.partial}`);
  if (isCut) reasons.push(`${reader.path}: the run was ended before the trace`);
  return reasons;
}
