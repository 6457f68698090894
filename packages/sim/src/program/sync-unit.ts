/**
 * Synchronisation instructions: taking, trying, downgrading and releasing locks, sleeping on a
 * condition and being woken. A lock operation costs the atomic, or the transfer of the lock word's
 * line from the task that changed it last; a sleep costs its switch and its wake-up.
 */
import { IntMap } from '../state/int-map.js';
import { Access } from '../state/space.js';
import { isPartial } from '../locks/lock-kinds.js';
import { LockKind, LockMode, LockTable } from '../locks/lock-table.js';
import { RANGE_END } from '../locks/range-locks.js';
import { INSTRUCTION_WORDS } from './program.js';
import { MAX_DEPTH } from './registers.js';
import { TaskStatus } from './tasks.js';
import type { LockClass } from '../locks/lock-table.js';
import type { StateSpace } from '../state/space.js';
import type { LockKindName } from './lock-plan.js';
import type { CompiledHold, ProgramSet } from './program.js';
import type { Frame } from './registers.js';
import type { TaskTable } from './tasks.js';

/** Costs of synchronisation, in ticks. */
export interface SyncCosts {
  /** A locked read-modify-write of a line that is already owned. */
  readonly atomicTicks: number;
  /** Bringing a lock word's line from the task that changed it last. */
  readonly lineTransferTicks: number;
  /** From the release that grants a lock to the sleeper running again. */
  readonly wakeTicks: number;
  /** Giving up a CPU, or taking one over from another task. */
  readonly switchTicks: number;
}

/** For systems that are only explored. */
export const NO_COSTS: SyncCosts = Object.freeze({
  atomicTicks: 0,
  lineTransferTicks: 0,
  wakeTicks: 0,
  switchTicks: 0,
});

/** Hears what the machine does; every method is a plain call with numbers. */
export interface MachineObserver {
  /** One instruction retired; `outcome` is the index chosen, 0 when it has none. */
  retired(task: number, program: number, counter: number, outcome: number, at: number): void;
  /** A task blocked on a lock. */
  blocked(task: number, lock: number, key: number, mode: number, at: number): void;
  /** A lock was granted, after waiting this long (0: at once). */
  acquired(task: number, lock: number, key: number, mode: number, waited: number, at: number): void;
  released(task: number, lock: number, key: number, mode: number, at: number): void;
  /** An exclusive hold became shared. */
  downgraded?(task: number, lock: number, key: number, at: number): void;
}

const KIND_OF: { readonly [K in LockKindName]: number } = {
  rwsem: LockKind.Rwsem,
  mutex: LockKind.Mutex,
  bit: LockKind.Bit,
  resource: LockKind.Resource,
  range: LockKind.Range,
  seqcount: LockKind.Seqcount,
};

/** Keys of one wait channel when accesses are watched. */
const CHANNEL_KEYS = 68719476736;

export class SyncUnit<W> {
  readonly locks: LockTable;
  observer: MachineObserver | null = null;
  /** Called when a blocked task became runnable. */
  onWake: (task: number) => void = ignore;
  /** Time at which a task began to wait, for statistics. */
  private readonly blockedAt: Float64Array;
  /** Never written: its cells stand for wait channels when accesses are watched. */
  private readonly channels: IntMap;
  /** The part that the present hold takes. */
  private from = 0;
  private to = 0;

  constructor(
    private readonly set: ProgramSet<W>,
    private readonly world: W,
    private readonly space: StateSpace,
    private readonly tasks: TaskTable,
    private readonly clock: Float64Array,
    private readonly costs: SyncCosts,
    private readonly frame: Frame,
  ) {
    const classes = set.locks.map((lock, index): LockClass => {
      const { kind, capacity, granularity, waitersBar } = lock;
      return {
        name: set.lockNames[index],
        kind: KIND_OF[kind],
        ...(capacity === undefined ? {} : { capacity }),
        ...(granularity === undefined ? {} : { granularity }),
        ...(waitersBar === undefined ? {} : { waitersBar }),
      };
    });
    this.locks = new LockTable(space, classes);
    this.blockedAt = new Float64Array(clock.length);
    this.channels = new IntMap(space, 'sync.channels');
  }

  /** Takes a hold; false when the task is queued for it. */
  acquire(task: number, call: number, index: number): boolean {
    const hold = this.set.holds[index];
    const cell = this.tasks.holdCell(call, hold.slot);
    const key = this.keyOf(task, call, hold);
    if (key < 0) return true;
    const mode = hold.shared ? LockMode.Shared : LockMode.Exclusive;
    const amount = this.amountOf(hold);
    if (!this.findPart(task, call, hold)) return true;
    this.tasks.want(cell, mode, key, amount);
    if (this.to !== 0) this.tasks.wantPart(cell, this.from, this.to);
    this.payForLock(task, hold.lock, key);
    const isFree = this.locks.acquire(hold.lock, key, mode, task, amount, this.from, this.to);
    if (this.space.watch !== null) this.meet(hold.lock, key, mode);
    if (!isFree) {
      this.tasks.status.set(task, TaskStatus.OnLock);
      this.blockedAt[task] = this.clock[task];
      this.clock[task] += this.costs.switchTicks;
      this.observer?.blocked(task, hold.lock, key, mode, this.clock[task]);
      return false;
    }
    this.tasks.grant(cell, hold.lock);
    this.observer?.acquired(task, hold.lock, key, mode, 0, this.clock[task]);
    return true;
  }

  /** Takes a hold only if it is free; answers whether it did. */
  tryAcquire(task: number, call: number, index: number): boolean {
    const hold = this.set.holds[index];
    const cell = this.tasks.holdCell(call, hold.slot);
    const key = this.keyOf(task, call, hold);
    if (key < 0) return true;
    const mode = hold.shared ? LockMode.Shared : LockMode.Exclusive;
    const amount = this.amountOf(hold);
    if (!this.findPart(task, call, hold)) return true;
    this.payForLock(task, hold.lock, key);
    const isTaken = this.locks.tryAcquire(hold.lock, key, mode, task, amount, this.from, this.to);
    if (this.space.watch !== null) {
      if (isTaken) this.meet(hold.lock, key, mode);
      else this.space.watch.met(this.locks.arenaOf(hold.lock), key, Access.Read);
    }
    if (!isTaken) return false;
    this.tasks.want(cell, mode, key, amount);
    if (this.to !== 0) this.tasks.wantPart(cell, this.from, this.to);
    this.tasks.grant(cell, hold.lock);
    this.observer?.acquired(task, hold.lock, key, mode, 0, this.clock[task]);
    return true;
  }

  release(task: number, call: number, index: number): void {
    const cell = this.tasks.holdCell(call, this.set.holds[index].slot);
    const lock = this.tasks.lockAt(cell);
    if (lock < 0) return;
    const key = this.tasks.keyAt(cell);
    const mode = this.tasks.modeAt(cell);
    this.payForLock(task, lock, key);
    const amount = this.tasks.amountAt(cell);
    if (this.space.watch !== null) this.meet(lock, key, mode);
    this.locks.release(
      lock,
      key,
      mode,
      task,
      amount,
      this.tasks.fromAt(cell),
      this.tasks.toAt(cell),
    );
    this.tasks.drop(cell);
    this.observer?.released(task, lock, key, mode, this.clock[task]);
    this.settleGrants(this.clock[task]);
  }

  downgrade(task: number, call: number, index: number): void {
    const cell = this.tasks.holdCell(call, this.set.holds[index].slot);
    const lock = this.tasks.lockAt(cell);
    if (lock < 0 || this.tasks.modeAt(cell) === LockMode.Shared) return;
    const key = this.tasks.keyAt(cell);
    if (this.space.watch !== null) this.meet(lock, key, LockMode.Exclusive);
    this.locks.downgrade(lock, key, task, this.tasks.fromAt(cell), this.tasks.toAt(cell));
    this.tasks.setMode(cell, LockMode.Shared);
    this.observer?.downgraded?.(task, lock, key, this.clock[task]);
    this.clock[task] += this.costs.atomicTicks;
    this.settleGrants(this.clock[task]);
  }

  /** Whether no write section came between; true for what is not held. */
  validate(task: number, call: number, index: number): boolean {
    const cell = this.tasks.holdCell(call, this.set.holds[index].slot);
    const lock = this.tasks.lockAt(cell);
    if (lock < 0) return true;
    const key = this.tasks.keyAt(cell);
    if (this.space.watch !== null) this.meet(lock, key, LockMode.Shared);
    return this.locks.validate(lock, key, task, this.tasks.fromAt(cell), this.tasks.toAt(cell));
  }

  /** Samples the sequence of a read section again. */
  sample(task: number, call: number, index: number): void {
    const cell = this.tasks.holdCell(call, this.set.holds[index].slot);
    const lock = this.tasks.lockAt(cell);
    if (lock < 0) return;
    const key = this.tasks.keyAt(cell);
    if (this.space.watch !== null) this.meet(lock, key, LockMode.Shared);
    this.locks.sample(lock, key, task, this.tasks.fromAt(cell), this.tasks.toAt(cell));
  }

  /** Sleeps unless the condition holds; false when the task sleeps, standing at `retakeAt`. */
  wait(task: number, call: number, index: number, retakeAt: number): boolean {
    const frame = this.frame;
    frame.select(task, call - task * MAX_DEPTH);
    const wait = this.set.waits[index];
    if (wait.wait.ready(this.world, frame)) return true;
    const key = wait.wait.key(this.world, frame);
    this.space.watch?.met(this.channels.id, wait.channel * CHANNEL_KEYS + key, Access.Write);
    this.tasks.waitChannel.set(task, wait.channel + 1);
    this.tasks.waitKey.set(task, key);
    this.tasks.status.set(task, TaskStatus.OnWait);
    this.tasks.setCounter(call, retakeAt);
    for (const hold of wait.drop) this.release(task, call, hold);
    this.blockedAt[task] = this.clock[task];
    this.clock[task] += this.costs.switchTicks;
    return false;
  }

  /** Wakes every task asleep on a channel under `key`; they check their condition again. */
  signal(waitName: string, key: number, at: number): void {
    const wait = this.set.waits.find((candidate) => candidate.wait.name === waitName);
    if (wait === undefined) return;
    const { watch } = this.space;
    watch?.met(this.channels.id, wait.channel * CHANNEL_KEYS + key, Access.Read);
    for (let task = 0; task < this.tasks.capacity; task += 1) {
      if (this.tasks.status.get(task) !== TaskStatus.OnWait) continue;
      if (this.tasks.waitChannel.get(task) !== wait.channel + 1) continue;
      if (this.tasks.waitKey.get(task) !== key) continue;
      watch?.met(this.channels.id, wait.channel * CHANNEL_KEYS + key, Access.Write);
      this.wakeSleeper(task, at);
    }
  }

  /** A signal arrived for a task: an interruptible wait ends with `Interrupted`. */
  interrupt(task: number, at: number): void {
    if (this.tasks.status.get(task) !== TaskStatus.OnWait) return;
    const call = this.tasks.call(task);
    const program = this.set.programs[this.tasks.programAt(call)];
    // The counter already stands at the retaking; the WAIT is the instruction before it.
    const waitAt = (this.tasks.counterAt(call) - 1) * INSTRUCTION_WORDS;
    if (!this.set.waits[program.code[waitAt + 1]].interruptible) return;
    this.tasks.interrupted.set(task, 1);
    this.wakeSleeper(task, at);
  }

  /** Lets every task go on whose lock was granted meanwhile. */
  settleGrants(at: number): void {
    for (let task = this.locks.takeGranted(); task >= 0; task = this.locks.takeGranted()) {
      const call = this.tasks.call(task);
      const program = this.set.programs[this.tasks.programAt(call)];
      const counter = this.tasks.counterAt(call);
      const hold = this.set.holds[program.code[counter * INSTRUCTION_WORDS + 1]];
      const cell = this.tasks.holdCell(call, hold.slot);
      this.tasks.grant(cell, hold.lock);
      this.tasks.setCounter(call, counter + 1);
      this.tasks.status.set(task, TaskStatus.Runnable);
      const waited = Math.max(0, at - this.blockedAt[task]);
      this.clock[task] = Math.max(this.clock[task], at) + this.costs.wakeTicks;
      const now = this.clock[task];
      const mode = this.tasks.modeAt(cell);
      this.observer?.acquired(task, hold.lock, this.tasks.keyAt(cell), mode, waited, now);
      this.observer?.retired(task, program.index, counter, 0, now);
      this.onWake(task);
    }
  }

  /** Tells the watch how this task meets others at a lock. */
  private meet(lock: number, key: number, mode: number): void {
    const access = this.locks.accessOf(lock, key, mode);
    this.space.watch?.met(this.locks.arenaOf(lock), key, access);
  }

  private wakeSleeper(task: number, at: number): void {
    this.tasks.waitChannel.set(task, 0);
    this.tasks.waitKey.set(task, 0);
    this.tasks.status.set(task, TaskStatus.Runnable);
    this.clock[task] = Math.max(this.clock[task], at) + this.costs.wakeTicks;
    this.onWake(task);
  }

  /** Key of a hold's instance, or −1 when the selector's two instances are the same. */
  private keyOf(task: number, call: number, hold: CompiledHold<W>): number {
    const frame = this.frame;
    frame.select(task, call - task * MAX_DEPTH);
    const first = hold.selector.key(this.world, frame, 0);
    if (hold.selector.count === 1) return first;
    const second = hold.selector.key(this.world, frame, 1);
    if (hold.position === 0) return Math.min(first, second);
    return first === second ? -1 : Math.max(first, second);
  }

  /** Sets `from` and `to` to the part that a hold takes; false when the part is empty. */
  private findPart(task: number, call: number, hold: CompiledHold<W>): boolean {
    this.from = 0;
    this.to = isPartial(this.locks.classes[hold.lock].kind) ? RANGE_END : 0;
    if (hold.range === null) return true;
    this.frame.select(task, call - task * MAX_DEPTH);
    this.from = hold.range.from(this.world, this.frame);
    this.to = Math.min(hold.range.to(this.world, this.frame), RANGE_END);
    return this.from < this.to;
  }

  private amountOf(hold: CompiledHold<W>): number {
    return hold.amountRegister < 0 ? 1 : this.frame.get(hold.amountRegister);
  }

  private payForLock(task: number, lock: number, key: number): void {
    const owner = this.locks.lastOwner(lock, key);
    const isForeign = owner >= 0 && owner !== task;
    this.clock[task] += isForeign ? this.costs.lineTransferTicks : this.costs.atomicTicks;
  }
}

function ignore(): void {
  // Nobody listens.
}
