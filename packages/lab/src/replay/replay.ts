/**
 * A replay, from traces to figures.
 *
 *     first pass ─▶ timed system ─▶ run: machine ⇄ source ⇄ feeds ─▶ unmount ─▶ fsck, image check
 *
 * The run is synchronous but for the reading of traces: when a feed runs low the machine is stopped
 * between two instructions, the feed is filled, and the machine goes on. Same traces, configuration
 * and seed give the same digest, which covers instructions, requests, decisions and final media.
 */
import { R, fsck, type FileSystemChoice } from '@daxsim/daxfs';
import {
  Digest,
  RunEnd,
  SeededDecider,
  TaskStatus,
  TimedMachine,
  assert,
  fanOut,
  NO_EVENTS,
} from '@daxsim/sim';
import { openTrace, type TraceOptions } from '@daxsim/trace';
import type { MachineChoice } from '../config/systems.js';
import { checkFinalImage } from '../oracle/image-check.js';
import { ResultComparison } from '../results/comparison.js';
import { LockFigures } from '../results/lock-figures.js';
import { OperationFigures } from '../results/operation-figures.js';
import { TimeShares } from '../results/time-shares.js';
import { CarryOut } from './carry-out.js';
import { DueTimes } from './due-times.js';
import { FileIdentities } from './file-identities.js';
import { firstPass, mergedItems, type FirstPass } from './first-pass.js';
import { MappedStores, type MappedFill } from './mapped-stores.js';
import { TraceNumbers } from './numbers.js';
import { PlainOperations, type PlainOperation } from './plain-operations.js';
import { OrderTracker, type OrderRule } from './order-rule.js';
import { PathNames, commonDirectory } from './path-names.js';
import { ReplaySource, type Lane } from './replay-source.js';
import { StartTimes, type Timing } from './timing.js';
import { SPAWN_TASKS, createTimedSystem, type TimedSystem } from './timed-system.js';
import { TraceFeed } from './trace-feed.js';

export interface ReplayOptions {
  /** Paths of the traces: the concurrent jobs of one run. */
  readonly traces: readonly string[];
  readonly traceOptions: TraceOptions;
  readonly machine: MachineChoice;
  readonly fileSystem: FileSystemChoice;
  /** Settings of knobs over those of the plan; planted defects among them. */
  readonly knobs: Readonly<Record<string, string>>;
  /** Absent: `resource` for system-call traces, else `task`. */
  readonly order?: OrderRule | undefined;
  readonly timing: Timing;
  readonly mappedFill: MappedFill;
  readonly deviceBytes: number;
  /** Simulated CPUs; absent: one per task, 16 at most. */
  readonly cpus?: number | undefined;
  readonly seed: number;
  /**
   * Called now and then, while no instruction runs; the run ends early, in order, once it answers
   * false. It may give the host's event loop a turn.
   */
  readonly mayGoOn?: (() => Promise<boolean>) | undefined;
  /** Called now and then with the records replayed and the bytes of traces read. */
  readonly onProgress?:
    ((replayed: number, bytesRead: number, bytesTotal: number) => void) | undefined;
}

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
  readonly fsckErrors: readonly string[];
  readonly notes: readonly string[];
  readonly partial: readonly string[];
  /** Simulated time of the traces' operations, without unmount. */
  readonly ticks: number;
  readonly digest: string;
}

/** What joins a run before it starts: power cuts, timelines. */
export interface RunParts {
  readonly machine: TimedMachine<TimedSystem['system']['world']>;
  readonly source: ReplaySource;
  readonly due: DueTimes;
  readonly timed: TimedSystem;
  readonly locks: LockFigures;
  readonly decider: SeededDecider;
  readonly digest: Digest;
}

/** Time of a call that the file system does not see; kernel-model: entering and leaving. */
const FREE_TICKS = 150_000;
const CPUS_MOST = 16;

/** Replays traces. `join` may add listeners and events before the run. */
export async function replay(
  options: ReplayOptions,
  join?: (parts: RunParts) => void,
): Promise<ReplayRun> {
  const passes: FirstPass[] = [];
  for (const path of options.traces) passes.push(await firstPass(path, options.traceOptions));
  const taskCount = passes.reduce((sum, pass) => sum + pass.taskCount, 0);
  const root = options.traceOptions.scope ?? commonRoot(passes);
  const digest = new Digest();
  const cpus = options.cpus ?? Math.min(CPUS_MOST, taskCount);
  const timed = createTimedSystem({
    ...options,
    cpus,
    taskCount,
    items: mergedItems(passes, root),
    digest,
  });
  const { system, oracle } = timed;
  const { interpreter, world } = system;
  const order = options.order ?? defaultOrder(passes);
  const feeds = await openFeeds(options, passes);
  const decider = new SeededDecider(options.seed);
  const counters = { handle: 1, mapping: 1 };
  const lanes = feeds.map((feed) =>
    laneOf(feed, passes[feed.index]!.unmade, timed, order, counters, trimmed(root)),
  );
  const carryOut = new CarryOut(interpreter, world, oracle);
  carryOut.nextSource = timed.nextSource;
  const shares = new TimeShares(system.set, taskCount + SPAWN_TASKS, digest);
  const locks = new LockFigures(system.set.lockNames, taskCount + SPAWN_TASKS);
  const due = new DueTimes();
  const comparison = new ResultComparison();
  const figures = new OperationFigures();
  const startTimes = new StartTimes(options.timing);
  const mappedStores = new MappedStores(options.mappedFill, decider, digest, world);
  const source = new ReplaySource({
    interpreter,
    world,
    lanes,
    carryOut,
    mappedStores,
    startTimes,
    due,
    comparison,
    figures,
    freeTicks: FREE_TICKS,
  });
  source.listeners.push({
    began: (task, _record, at) => shares.began(task, at),
    ended: () => undefined,
  });
  interpreter.sync.observer = fanOut([shares, locks]);
  const { switchTicks } = options.fileSystem.syncCosts;
  const machine = new TimedMachine(
    interpreter,
    source,
    system.mover,
    due,
    taskCount,
    cpus,
    switchTicks,
  );
  system.mover.cpuOf = machine.cpuOf;
  source.attach(machine);
  join?.({ machine, source, due, timed, locks, decider, digest });
  try {
    await drive(machine, source, feeds, options);
  } finally {
    for (const feed of feeds) await feed.reader.close();
  }
  const ticks = machine.now;
  unmount(timed, lanes, ticks, switchTicks);
  const fsckErrors = fsck(timed.memory).map(({ where, what }) => `${where}: ${what}`);
  checkFinalImage(timed.memory, oracle);
  digest.add(timed.memory.mediaHash());
  return {
    passes,
    order,
    cpus,
    source,
    timed,
    comparison,
    figures,
    locks,
    shares,
    startTimes,
    mappedStores,
    fsckErrors,
    notes: feeds.flatMap((feed) => feed.reader.notes),
    partial: feeds.flatMap(partialReasons),
    ticks,
    digest: digest.hex(),
  };
}

async function drive(
  machine: RunParts['machine'],
  source: ReplaySource,
  feeds: readonly TraceFeed[],
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
    assert(end === RunEnd.Stopped, 'replay: no task can go on, and not all have ended');
  }
}

function partialReasons({ reader, isCut }: TraceFeed): string[] {
  const reasons: string[] = [];
  if (reader.partial !== undefined) reasons.push(`${reader.path}: ${reader.partial}`);
  if (isCut) reasons.push(`${reader.path}: the run was ended before the trace`);
  return reasons;
}

async function openFeeds(
  options: ReplayOptions,
  passes: readonly FirstPass[],
): Promise<TraceFeed[]> {
  const feeds: TraceFeed[] = [];
  let firstTask = 0;
  for (const { path, taskCount } of passes) {
    const reader = await openTrace(path, options.traceOptions);
    feeds.push(new TraceFeed(reader, feeds.length, firstTask, taskCount));
    firstTask += taskCount;
  }
  return feeds;
}

function laneOf(
  feed: TraceFeed,
  unmade: ReadonlySet<string>,
  timed: TimedSystem,
  order: OrderRule,
  counters: { handle: number; mapping: number },
  root: string,
): Lane {
  const names = new PathNames();
  const known: number[] = [];
  const textOf = (path: number): string => feed.reader.names.text(path);
  const nameOf = (path: number): number => (known[path] ??= names.idOf(textOf(path)));
  // Tasks of one trace alone keep their order by their queue.
  const rule = feed.taskCount === 1 ? 'task' : order;
  const identities = new FileIdentities(names, nameOf);
  const numbers = new TraceNumbers(timed.system.world, names, root, counters, nameOf, textOf);
  const isUnordered = feed.taskCount > 1 && order === 'task';
  return { feed, order: new OrderTracker(rule, identities), numbers, unmade, isUnordered };
}

/**
 * Closes what the traces left open and brings everything home, as a clean shutdown does it; outside
 * of the measured time.
 */
function unmount(
  { system }: TimedSystem,
  lanes: readonly Lane[],
  at: number,
  switchTicks: number,
): void {
  const { interpreter, mover, world } = system;
  const operations: PlainOperation[] = [];
  for (const { numbers } of lanes) {
    const { handles, mappings } = numbers.open();
    for (const { number, length } of mappings) {
      const registers = [
        [R.mapping, number],
        [R.length, length],
      ] as const;
      operations.push({ recipe: 'munmap', registers });
    }
    for (const handle of handles) {
      if (world.handles.inode(handle) === 0) continue;
      operations.push({ recipe: 'close', registers: [[R.handle, handle]] });
    }
  }
  const { journal } = world.volume;
  do {
    operations.push({ recipe: 'unmount', registers: [] });
    interpreter.tasks.status.set(0, TaskStatus.Free);
    interpreter.clock[0] = Math.max(at, interpreter.clock[0]!);
    const source = new PlainOperations(interpreter, operations);
    const machine = new TimedMachine(interpreter, source, mover, NO_EVENTS, 1, 1, switchTicks);
    mover.cpuOf = machine.cpuOf;
    assert(machine.run() === RunEnd.Ended, 'replay: unmount did not end');
    operations.length = 0;
  } while (journal.checkpointedSequence < journal.committedSequence);
}

function defaultOrder(passes: readonly FirstPass[]): OrderRule {
  return passes.every(({ family }) => family === 'strace') ? 'resource' : 'task';
}

function commonRoot(passes: readonly FirstPass[]): string {
  return commonDirectory(passes.map(({ root }) => `${trimmed(root)}/x`));
}

function trimmed(root: string): string {
  return root.endsWith('/') ? root.slice(0, -1) : root;
}
