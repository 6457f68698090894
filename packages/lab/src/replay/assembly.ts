/**
 * Puts a replay together: the file system on its machine, a feed and a lane for each trace, and
 * what watches the run.
 *
 *     passes ─▶ timed system ─┬▶ lanes: feed, order, numbers ─▶ source ─▶ machine
 *                             └▶ observers: time shares and digest, lock figures
 */
import type { FileSystemChoice } from '@daxsim/daxfs';
import { coreClock, type UntimedMemory } from '@daxsim/pmem';
import { Digest, SeededDecider, TimedMachine, fanOut } from '@daxsim/sim';
import { openTrace, type TraceOptions, type TraceReader } from '@daxsim/trace';
import { gapsAreTime } from '../memory-replay/memory-replay.js';
import { FaultWatch } from '../through/fault-watch.js';
import type { Through } from '../through/through.js';
import type { MachineChoice } from '../config/systems.js';
import { ResultComparison } from '../results/comparison.js';
import { LockFigures } from '../results/lock-figures.js';
import { OperationFigures } from '../results/operation-figures.js';
import { TimeShares } from '../results/time-shares.js';
import { CarryOut } from './carry-out.js';
import { armFaults } from '../laid/faulted-system.js';
import { FaultWatcher } from '../laid/fault-report.js';
import type { FaultOrder } from '../laid/parse-faults.js';
import { DueTimes } from './due-times.js';
import { FileIdentities } from './file-identities.js';
import { mergedItems, type FirstPass } from './first-pass.js';
import { MappedStores, type MappedFill } from './mapped-stores.js';
import { TraceNumbers } from './numbers.js';
import { OrderTracker, type OrderRule } from './order-rule.js';
import { PathNames, commonDirectory } from './path-names.js';
import type { RunParts } from './run-parts.js';
import { ReplaySource, type Lane } from './replay-source.js';
import { StartTimes, type Timing } from './timing.js';
import type { SetUpItem } from './set-up.js';
import { SPAWN_TASKS, createTimedSystem, type TimedSystem } from './timed-system.js';
import { withWindow, type WindowSize } from '../window/window-size.js';
import { WindowWatch } from '../window/window-watch.js';
import { TraceFeed } from './trace-feed.js';

export type { RunParts } from './run-parts.js';

export interface ReplayOptions {
  /** Paths of the traces: the concurrent jobs of one run. */
  readonly traces: readonly string[];
  readonly traceOptions: TraceOptions;
  readonly machine: MachineChoice;
  readonly fileSystem: FileSystemChoice;
  /** Size of a guest's window; absent: that of its personality. */
  readonly window?: WindowSize | undefined;
  /** Settings of knobs over those of the plan; planted defects among them. */
  readonly knobs: Readonly<Record<string, string>>;
  /** Absent: `resource` for system-call traces, else `task`. */
  readonly order?: OrderRule | undefined;
  readonly timing: Timing;
  readonly mappedFill: MappedFill;
  readonly deviceBytes: number;
  /** A device to start from, of `deviceBytes`; absent: a new one. */
  readonly image?: UntimedMemory | undefined;
  /** The only trace is one of memory, and goes through a mapped file. */
  readonly through?: Through | undefined;
  /** Simulated CPUs; absent: one per task, 16 at most. */
  readonly cpus?: number | undefined;
  readonly seed: number;
  /** Faults to be laid on the device; absent: none. */
  readonly faults?: readonly FaultOrder[] | undefined;
  /**
   * Called now and then, while no instruction runs; the run ends early, in order, once it answers
   * false. It may give the host's event loop a turn.
   */
  readonly mayGoOn?: (() => Promise<boolean>) | undefined;
  /** Called now and then with the records replayed and the bytes of traces read. */
  readonly onProgress?:
    ((replayed: number, bytesRead: number, bytesTotal: number) => void) | undefined;
}

type Watches = Pick<Assembly, 'shares' | 'locks' | 'watch' | 'windowWatch'>;

/** A run before it starts. */
export interface Assembly extends RunParts {
  readonly order: OrderRule;
  readonly cpus: number;
  readonly feeds: readonly TraceFeed[];
  readonly lanes: readonly Lane[];
  readonly comparison: ResultComparison;
  readonly figures: OperationFigures;
  readonly shares: TimeShares;
  readonly startTimes: StartTimes;
  readonly mappedStores: MappedStores;
  /** Of a run through a mapped file. */
  readonly watch: FaultWatch | undefined;
  /** Of a guest with a window. */
  readonly windowWatch: WindowWatch | undefined;
  /** Of a run with faults on its device. */
  readonly faulted: FaultWatcher | undefined;
}

/** Time of a call that the file system does not see; kernel-model: entering and leaving. */
const FREE_TICKS = 150_000;
const CPUS_MOST = 16;

/** Builds everything. Throws UserError when the traces cannot be run on this machine. */
export async function assemble(
  options: ReplayOptions,
  passes: readonly FirstPass[],
): Promise<Assembly> {
  const taskCount = passes.reduce((sum, pass) => sum + pass.taskCount, 0);
  const root = options.traceOptions.scope ?? commonRoot(passes);
  const digest = new Digest();
  const cpus = options.cpus ?? Math.min(CPUS_MOST, taskCount);
  const items = mergedItems(passes, root);
  const fileSystem = withWindow(options.fileSystem, options.window, fileSizes(items, passes));
  const timed = createTimedSystem({ ...options, fileSystem, cpus, taskCount, items, digest });
  const order = options.order ?? defaultOrder(passes);
  const decider = new SeededDecider(options.seed);
  const feeds = await openFeeds(options, passes);
  const counters = { handle: 1, mapping: 1 };
  const lanes = feeds.map((feed) =>
    laneOf(feed, passes[feed.index]!.unmade, timed, order, counters, trimmed(root)),
  );
  const { set, world } = timed.system;
  const observed = {
    shares: new TimeShares(set, taskCount + SPAWN_TASKS, digest),
    locks: new LockFigures(set.lockNames, taskCount + SPAWN_TASKS),
    watch: options.through === undefined ? undefined : new FaultWatch(timed.system),
    windowWatch: world.window === null ? undefined : new WindowWatch(timed.system),
  };
  const followed = {
    comparison: new ResultComparison(),
    figures: new OperationFigures(),
    startTimes: new StartTimes(options.timing),
    mappedStores: new MappedStores(options.mappedFill, decider, digest, world),
    due: new DueTimes(),
  };
  const source = sourceOf(options, timed, lanes, followed);
  const machine = machineOf(options, timed, source, followed.due, observed, taskCount, cpus);
  const parts = { machine, source, due: followed.due, timed, locks: observed.locks };
  return {
    ...observed,
    ...followed,
    faulted: faultedBy(options, { ...parts, decider, digest }, followed.comparison),
    ...{ machine, source, timed, decider, digest, order, cpus, feeds, lanes },
  };
}

/** Sizes of the files that are used: those that were there, or the largest that is made. */
function fileSizes(items: readonly SetUpItem[], passes: readonly FirstPass[]): number[] {
  const there = items.map(({ size }) => size).filter((size) => size > 0);
  const made = Math.max(0, ...passes.map(({ info }) => info.max_file_bytes));
  return there.length > 0 ? there : [made];
}

function faultedBy(
  { faults, machine }: ReplayOptions,
  parts: RunParts,
  comparison: ResultComparison,
): FaultWatcher | undefined {
  const { overlay } = parts.timed;
  if (faults === undefined || overlay === null) return undefined;
  return new FaultWatcher(overlay, armFaults(faults, overlay, machine, parts), parts, comparison);
}

function sourceOf(
  options: ReplayOptions,
  timed: TimedSystem,
  lanes: readonly Lane[],
  followed: Pick<Assembly, 'comparison' | 'figures' | 'startTimes' | 'mappedStores' | 'due'>,
): ReplaySource {
  const { interpreter, world } = timed.system;
  const hasAccesses = options.through !== undefined;
  const carryOut = new CarryOut(interpreter, world, timed.oracle, hasAccesses);
  carryOut.nextSource = timed.nextSource;
  return new ReplaySource({
    ...{ interpreter, world, lanes, carryOut },
    ...followed,
    freeTicks: FREE_TICKS,
    gapTicks: gapTicksOf(options),
  });
}

/** An instruction of lackey, a clock of VANS: a cycle. Other clocks hold waiting of their own. */
function gapTicksOf({ machine, through }: ReplayOptions): number {
  const isTime = through !== undefined && gapsAreTime.has(through.origin);
  return isTime ? coreClock(machine.config).periodTicks : 0;
}

function machineOf(
  options: ReplayOptions,
  { system }: TimedSystem,
  source: ReplaySource,
  due: DueTimes,
  { shares, locks, watch, windowWatch }: Watches,
  taskCount: number,
  cpus: number,
): Assembly['machine'] {
  const { interpreter, mover } = system;
  const { switchTicks } = options.fileSystem.syncCosts;
  const machine = new TimedMachine(interpreter, source, mover, due, taskCount, cpus, switchTicks);
  mover.cpuOf = machine.cpuOf;
  source.attach(machine);
  interpreter.sync.observer = fanOut(
    [shares, locks, watch, windowWatch].filter((one) => one !== undefined),
  );
  source.listeners.push({
    began: (task, _record, at) => shares.began(task, at),
    ended: () => undefined,
  });
  return machine;
}

async function openFeeds(
  options: ReplayOptions,
  passes: readonly FirstPass[],
): Promise<TraceFeed[]> {
  const feeds: TraceFeed[] = [];
  let firstTask = 0;
  for (const { path, taskCount } of passes) {
    const reader = await openRecords(path, options);
    feeds.push(new TraceFeed(reader, feeds.length, firstTask, taskCount));
    firstTask += taskCount;
  }
  return feeds;
}

/** The records that the replay of a trace is made of. */
export function openRecords(
  path: string,
  { through, traceOptions }: Pick<ReplayOptions, 'through' | 'traceOptions'>,
): Promise<TraceReader> {
  return through === undefined ? openTrace(path, traceOptions) : through.open();
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

function defaultOrder(passes: readonly FirstPass[]): OrderRule {
  return passes.every(({ family }) => family === 'strace') ? 'resource' : 'task';
}

function commonRoot(passes: readonly FirstPass[]): string {
  return commonDirectory(passes.map(({ root }) => `${trimmed(root)}/x`));
}

function trimmed(root: string): string {
  return root.endsWith('/') ? root.slice(0, -1) : root;
}
