/**
 * Tasks that take a lock, work and give it back, so many times each; and what must be true of any
 * lock: writers are alone, and everybody gets through.
 */
import { ContentionMachine, LockMode, Prng, ScriptOp, ScriptWriter } from '../../src/index.js';
import { SLOTS_MOST } from '../../src/index.js';
import type { ContentionCosts, ContentionObserver, Script, TimedLock } from '../../src/index.js';

export const COSTS: ContentionCosts = {
  atomicTicks: 6_000,
  hitTicks: 1_000,
  sameSocketTicks: 48_000,
  crossSocketTicks: 130_000,
  crossSocketQueuedTicks: 250_000,
  loadOccupancy: 0.5,
  wakeTicks: 3_000_000,
  wakeSpreadTicks: 0,
  wakeIssueTicks: 212_000,
  waiterLines: 0,
  wakeLines: 6,
  idleStates: [{ fromTicks: 20_000_000, moreTicks: 8_000_000 }],
  switchTicks: 1_500_000,
  sliceTicks: 3_000_000_000,
  handoffTicks: 4_000_000_000,
  readerSpinTicks: 20_000_000,
  treeTicks: 60_000,
  treeStepTicks: 8_000,
  entryFindTicks: 30_000,
  entryStoreTicks: 60_000,
  bucketScanTicks: 10_000,
  gracePeriodTicks: 10_000_000_000,
  slotScanTicks: 1_000,
  shootdownTicks: 1_500_000,
  shootdownEachTicks: 150_000,
};

/** How a task uses the lock. */
export interface Use {
  readonly mode: number;
  readonly holdTicks: number;
  /** Parts, for locks of ranges. */
  readonly from?: number;
  readonly to?: number;
  readonly validates?: boolean;
}

export interface Outcome {
  readonly done: readonly number[];
  /** Times at which somebody had the lock who should have been kept out. */
  readonly intrusions: number;
  readonly waitMost: number;
  readonly endedAt: number;
}

export interface FixtureOptions {
  readonly tasks: number;
  readonly rounds: number;
  readonly cpus?: number;
  readonly sockets?: number;
  readonly seed?: number;
  /** Idle time between two uses, at most. */
  readonly gapTicks?: number;
  readonly stopAt?: number;
  /** Readers look instead of holding: one that began and ended within a write was let in. */
  readonly isOptimistic?: boolean;
  readonly costs?: ContentionCosts;
}

interface Holding extends Use {
  readonly task: number;
}

/** A script that uses slot 0 once. */
export function useScript({ mode, holdTicks, validates }: Use): Script {
  const writer = new ScriptWriter('use');
  writer.add(ScriptOp.Acquire, 0, mode);
  writer.add(ScriptOp.Work, holdTicks);
  if (validates === true) writer.add(ScriptOp.Validate, 0, 1);
  writer.add(ScriptOp.Release, 0, mode);
  return writer.end(['lock']);
}

/** Runs tasks that use one lock. `make` puts the locks into the machine; the last is the one. */
export function contend(
  options: FixtureOptions,
  make: (machine: ContentionMachine) => TimedLock,
  use: (task: number, round: number, prng: Prng) => Use,
): Outcome {
  const { tasks, rounds, cpus = tasks, sockets = 1, gapTicks = 200_000 } = options;
  const prng = new Prng(options.seed ?? 1);
  const arbitration = new Prng(options.seed ?? 1, 2);
  const done = new Array<number>(tasks).fill(0);
  const watch = new Watch(tasks, options.isOptimistic === true);
  const source = {
    next: (task: number, at: number): Script | null => {
      if (done[task] >= rounds) return null;
      const now = use(task, done[task], prng);
      watch.uses[task] = now;
      machine.partFrom[task] = now.from ?? 0;
      machine.partTo[task] = now.to ?? 1;
      machine.bindings[task * SLOTS_MOST] = lock.id;
      machine.clock[task] = at + prng.below(gapTicks);
      watch.askedAt[task] = machine.clock[task];
      return useScript(now);
    },
    finished: (task: number): void => {
      done[task] += 1;
    },
    draw: (count: number): number => arbitration.below(count),
  };
  const machine: ContentionMachine = new ContentionMachine(
    options.costs ?? COSTS,
    { cpus, sockets },
    tasks,
    source,
    [],
    ['lock', 'inner'],
  );
  const lock = make(machine);
  watch.lock = lock.id;
  machine.observer = watch;
  for (let task = 0; task < tasks; task += 1) machine.start(task, task % cpus, task * 1000);
  let endedAt = 0;
  const stopAt = options.stopAt ?? 1e13;
  machine.run((at) => {
    endedAt = at;
    return at > stopAt;
  });
  return { done, intrusions: watch.intrusions, waitMost: watch.waitMost, endedAt };
}

/** Notes who has the lock together with whom. */
class Watch implements ContentionObserver {
  readonly uses: Use[] = [];
  readonly askedAt: Float64Array;
  lock = -1;
  intrusions = 0;
  waitMost = 0;
  private readonly holding: Holding[] = [];
  private writtenFrom = 0;

  constructor(
    tasks: number,
    private readonly isOptimistic: boolean,
  ) {
    this.askedAt = new Float64Array(tasks);
  }

  acquired(task: number, id: number, mode: number, at: number): void {
    if (id !== this.lock) return;
    const mine = { ...this.uses[task], task, mode };
    this.waitMost = Math.max(this.waitMost, at - this.askedAt[task]);
    const isMet = this.holding.some((other) => excludes(mine, other));
    if (isMet && !this.isOptimistic) this.intrusions += 1;
    if (mode === LockMode.Exclusive) this.writtenFrom = at;
    this.holding.push(mine);
  }

  released(task: number, id: number): void {
    if (id !== this.lock) return;
    const { holding } = this;
    const isWritten = holding.some((one) => one.task !== task && one.mode === LockMode.Exclusive);
    const isWithin = this.askedAt[task] > this.writtenFrom;
    if (this.isOptimistic && isWritten && isWithin) this.intrusions += 1;
    holding.splice(
      holding.findIndex((one) => one.task === task),
      1,
    );
  }
}

/** Puts a lock into a machine under the next number. */
export function addLock<T extends TimedLock>(
  machine: ContentionMachine,
  make: (id: number, line: number) => T,
): T {
  const lock = make(machine.locks.length, machine.lines.add('lock'));
  machine.locks.push(lock);
  return lock;
}

/** Whether everybody got through. */
export function isLive(outcome: Outcome, rounds: number): boolean {
  return outcome.done.every((count) => count === rounds);
}

function excludes(a: Holding, b: Holding): boolean {
  if (a.mode === LockMode.Shared && b.mode === LockMode.Shared) return false;
  return (a.from ?? 0) < (b.to ?? 1) && (b.from ?? 0) < (a.to ?? 1);
}
