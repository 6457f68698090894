/**
 * Runs scripts of many tasks on many CPUs: always the task whose clock is least, so that requests
 * for lines, the only thing by which tasks meet, come in order of time.
 *
 *     source.next ─▶ script ─▶ work · line · lock (protocol phases) · memory … ─▶ source.finished
 *
 * A task keeps its CPU until it sleeps, or until its slice is over and another waits for the CPU.
 * Tasks have a home CPU each and do not move; more tasks than CPUs share them. Nothing here knows
 * what an operation is for: outcomes that depend on what others did are the source's business.
 */
import { assert } from '../errors.js';
import { Coherence } from './coherence.js';
import { CpuTable } from './cpu-table.js';
import { HeldLocks } from './held-locks.js';
import { LockTally } from './lock-tally.js';
import { MemoryChannels } from './memory-channels.js';
import type { MemoryChannel, RemoteMemory } from './memory-channels.js';
import { SCRIPT_WORDS, SLOTS_MOST, ScriptOp } from './script.js';
import { TaskHeap } from './task-heap.js';
import { LockMode } from '../locks/lock-kinds.js';
import type { ContentionCosts, Topology } from './costs.js';
import type { Script } from './script.js';
import type { LockPort, TimedLock } from './timed-lock.js';

/** Where operations come from, and what hears that they ended. */
export interface ScriptSource {
  /**
   * The next script of a task, with its slots bound in `machine.bindings` and its parts in
   * `partFrom` and `partTo`; null when the task has no more. May move the task's clock on.
   */
  next(task: number, at: number): Script | null;
  finished(task: number, startedAt: number, at: number): void;
  /** A number below `count` where nothing forces one. */
  draw(count: number): number;
}

/** Hears who has what lock; for tests and diagrams. */
export interface ContentionObserver {
  acquired(task: number, lock: number, mode: number, at: number): void;
  released(task: number, lock: number, mode: number, at: number): void;
}

/** Phases deep that protocols of locks within locks go. */
const DEPTH_MOST = 6;

export class ContentionMachine implements LockPort {
  readonly clock: Float64Array;
  readonly cpuOf: Int32Array;
  readonly lines: Coherence;
  readonly partFrom: Float64Array;
  readonly partTo: Float64Array;
  readonly waitMode: Int32Array;
  readonly waitSince: Float64Array;
  /** Locks by number; made by whoever sets the system up. */
  readonly locks: TimedLock[] = [];
  /** Lock or line that each slot of the task's present script stands for. */
  readonly bindings: Int32Array;
  readonly tally: LockTally;
  private readonly held: HeldLocks;
  /** CPUs on which the task's address space may be cached, for shootdowns. */
  readonly shootdownCpus: Int32Array;
  /** Ops finished, sleeps and preemptions so far. */
  finished = 0;
  sleeps = 0;
  preemptions = 0;
  validationFailures = 0;
  observer: ContentionObserver | null = null;
  /** A lock that costs nothing and excludes nobody, to see what it is worth; −1: none. */
  freeLock = -1;
  private readonly memory: MemoryChannels;
  private readonly heap: TaskHeap;
  private readonly script: (Script | null)[];
  private readonly counter: Int32Array;
  private readonly startedAt: Float64Array;
  private readonly isBlocked: Uint8Array;
  private readonly isAsleep: Uint8Array;
  private readonly frames: Int32Array;
  private readonly depth: Int32Array;
  private readonly cpus: CpuTable;
  private readonly granting: Int32Array;
  private readonly wantMode: Int32Array;
  private readonly askedAt: Float64Array;
  private readonly wasContended: Uint8Array;
  private active = -1;

  constructor(
    readonly costs: ContentionCosts,
    topology: Topology,
    tasks: number,
    private readonly source: ScriptSource,
    channels: readonly MemoryChannel[],
    classNames: readonly string[],
    remote: RemoteMemory | null = null,
  ) {
    this.lines = new Coherence(costs, topology, (count) => source.draw(count));
    this.clock = new Float64Array(tasks);
    this.cpuOf = new Int32Array(tasks);
    this.partFrom = new Float64Array(tasks);
    this.partTo = new Float64Array(tasks);
    this.waitMode = new Int32Array(tasks);
    this.waitSince = new Float64Array(tasks);
    this.bindings = new Int32Array(tasks * SLOTS_MOST).fill(-1);
    this.tally = new LockTally(classNames);
    this.shootdownCpus = new Int32Array(tasks).fill(1);
    this.memory = new MemoryChannels(channels, topology, remote);
    this.heap = new TaskHeap(tasks);
    this.script = new Array<Script | null>(tasks).fill(null);
    this.counter = new Int32Array(tasks);
    this.startedAt = new Float64Array(tasks);
    this.isBlocked = new Uint8Array(tasks);
    this.isAsleep = new Uint8Array(tasks);
    this.frames = new Int32Array(tasks * DEPTH_MOST * 2);
    this.depth = new Int32Array(tasks);
    this.cpus = new CpuTable(topology.cpus, costs, (count) => source.draw(count));
    this.granting = new Int32Array(tasks).fill(-1);
    this.wantMode = new Int32Array(tasks);
    this.askedAt = new Float64Array(tasks);
    this.held = new HeldLocks(tasks, this.tally);
    this.wasContended = new Uint8Array(tasks);
  }

  /** Puts a task on its CPU, to begin at `at`. */
  start(task: number, cpu: number, at: number): void {
    this.cpuOf[task] = cpu;
    this.clock[task] = at;
    if (this.cpus.on(cpu) < 0) {
      this.cpus.enter(cpu, task, at);
      this.heap.put(task, at);
    } else {
      this.isAsleep[task] = 1;
      this.cpus.queue(cpu, task);
    }
  }

  /** Runs until `stop` says so, or nobody can go on; true in the first case. */
  run(stop: (at: number) => boolean): boolean {
    while (this.heap.length > 0) {
      const at = this.heap.firstAt;
      if (stop(at)) return true;
      const task = this.heap.take();
      this.active = task;
      do this.advance(task);
      while (this.goesOn(task));
      this.active = -1;
      if (this.canRun(task)) this.heap.put(task, this.clock[task]);
    }
    return false;
  }

  goOn(task: number, at: number): void {
    this.clock[task] = at;
    this.isBlocked[task] = 0;
    if (task !== this.active) this.heap.put(task, at);
  }

  then(task: number, lock: number, phase: number): void {
    const at = (task * DEPTH_MOST + this.depth[task]) * 2;
    this.frames[at] = lock;
    this.frames[at + 1] = phase;
    this.depth[task] += 1;
    assert(this.depth[task] < DEPTH_MOST, 'ContentionMachine: protocols nest too deep');
  }

  forget(task: number, lock: number, phase: number): void {
    const at = (task * DEPTH_MOST + this.depth[task] - 1) * 2;
    if (this.depth[task] === 0 || this.frames[at] !== lock) return;
    if (this.frames[at + 1] === phase) this.depth[task] -= 1;
  }

  block(task: number): void {
    this.isBlocked[task] = 1;
    this.heap.remove(task);
  }

  sleep(task: number): void {
    this.sleeps += 1;
    this.isBlocked[task] = 1;
    this.heap.remove(task);
    this.leaveCpu(task, this.clock[task] + this.costs.switchTicks);
  }

  wake(task: number, at: number): void {
    this.isBlocked[task] = 0;
    const cpu = this.cpuOf[task];
    const other = this.cpus.on(cpu);
    this.clock[task] = Math.max(this.clock[task], at);
    if (other < 0) {
      this.takeCpu(task, cpu, this.cpus.wokenAt(cpu, at));
      return;
    }
    this.cpus.queue(cpu, task);
    this.isAsleep[task] = 1;
    const isOver = this.cpus.timeOn(cpu, at) > this.costs.sliceTicks;
    const lock = this.granting[other];
    if (isOver && this.isBlocked[other] === 1 && lock >= 0) {
      this.locks[lock].stopSpinning?.(other, at);
    }
  }

  isRunning(task: number): boolean {
    return this.cpus.on(this.cpuOf[task]) === task;
  }

  isWaiting(task: number): boolean {
    return this.isBlocked[task] === 1;
  }

  owns(task: number, lock: number): void {
    this.held.owns(task, lock);
  }

  disowns(task: number, lock: number): void {
    this.held.disowns(task, lock);
  }

  contended(task: number): void {
    this.wasContended[task] = 1;
  }

  lock(id: number): TimedLock {
    return this.locks[id];
  }

  innerGranted(task: number, id: number, askedAt: number): void {
    const isContended = this.wasContended[task] === 1;
    this.wasContended[task] = 0;
    const waited = isContended ? this.clock[task] - askedAt : 0;
    const { cls } = this.locks[id];
    this.tally.acquired(cls, LockMode.Exclusive, id, this.cpuOf[task], isContended, waited);
  }

  innerReleased(task: number, id: number, since: number): void {
    this.tally.held(this.locks[id].cls, LockMode.Exclusive, this.clock[task] - since);
  }

  /** Whether nobody is before the task, and its operation has not ended. */
  private goesOn(task: number): boolean {
    if (this.script[task] === null || !this.canRun(task)) return false;
    return this.clock[task] <= this.heap.firstAt;
  }

  private canRun(task: number): boolean {
    return this.isBlocked[task] === 0 && this.isAsleep[task] === 0 && this.script[task] !== DONE;
  }

  private takeCpu(task: number, cpu: number, at: number): void {
    this.cpus.enter(cpu, task, at);
    this.isAsleep[task] = 0;
    this.clock[task] = Math.max(this.clock[task], at);
    if (task !== this.active) this.heap.put(task, this.clock[task]);
  }

  private leaveCpu(task: number, at: number): void {
    const cpu = this.cpuOf[task];
    this.isAsleep[task] = 1;
    const next = this.cpus.leave(cpu, at);
    for (let i = 0; i < this.held.ownedBy(task); i += 1) {
      this.locks[this.held.ownedAt(task, i)].holderLeft?.(task, this.clock[task]);
    }
    if (next >= 0) this.takeCpu(next, cpu, at);
  }

  private advance(task: number): void {
    if (this.depth[task] > 0) {
      this.depth[task] -= 1;
      const at = (task * DEPTH_MOST + this.depth[task]) * 2;
      this.locks[this.frames[at]].phase?.(task, this.frames[at + 1]);
      return;
    }
    if (this.granting[task] >= 0) this.granted(task);
    const script = this.script[task];
    if (script === null) {
      this.begin(task);
      return;
    }
    this.execute(task, script);
  }

  private begin(task: number): void {
    if (this.mustYield(task)) return;
    this.startedAt[task] = this.clock[task];
    const script = this.source.next(task, this.clock[task]);
    if (script === null) {
      this.script[task] = DONE;
      this.leaveCpu(task, this.clock[task]);
      return;
    }
    this.startedAt[task] = this.clock[task];
    this.script[task] = script;
    this.counter[task] = 0;
  }

  /** Gives the CPU to another task when the slice is over. */
  private mustYield(task: number): boolean {
    const cpu = this.cpuOf[task];
    const at = this.clock[task];
    if (!this.cpus.isWanted(cpu) || this.cpus.timeOn(cpu, at) < this.costs.sliceTicks) return false;
    this.preemptions += 1;
    this.cpus.queue(cpu, task);
    this.leaveCpu(task, at + this.costs.switchTicks);
    return true;
  }

  private execute(task: number, script: Script): void {
    const { code } = script;
    const at = this.counter[task] * SCRIPT_WORDS;
    const a = code[at + 1];
    this.counter[task] += 1;
    const { clock, lines } = this;
    switch (code[at]) {
      case ScriptOp.Work:
        clock[task] += a;
        return;
      case ScriptOp.Acquire:
        this.acquire(task, this.bindings[task * SLOTS_MOST + a], code[at + 2]);
        return;
      case ScriptOp.Release:
        this.release(task, this.bindings[task * SLOTS_MOST + a], code[at + 2]);
        return;
      case ScriptOp.Downgrade:
        this.locks[this.bindings[task * SLOTS_MOST + a]].downgrade?.(task);
        return;
      case ScriptOp.Rmw:
        clock[task] = lines.rmw(this.lineAt(task, a), this.cpuOf[task], clock[task]);
        return;
      case ScriptOp.Load:
        clock[task] = lines.load(this.lineAt(task, a), this.cpuOf[task], clock[task]);
        return;
      case ScriptOp.Store:
        clock[task] = lines.store(this.lineAt(task, a), this.cpuOf[task], clock[task]);
        return;
      case ScriptOp.Validate:
        this.validate(task, this.bindings[task * SLOTS_MOST + a], code[at + 2]);
        return;
      case ScriptOp.Memory:
      case ScriptOp.Move:
        clock[task] = this.memory.pass(code[at], a, code[at + 2], this.cpuOf[task], clock[task]);
        return;
      case ScriptOp.Shootdown:
        clock[task] +=
          this.costs.shootdownTicks +
          this.costs.shootdownEachTicks * Math.max(0, this.shootdownCpus[task] - 1);
        return;
      case ScriptOp.Sleep:
        this.sleep(task);
        this.wake(task, clock[task] + a);
        return;
      default:
        this.end(task);
    }
  }

  private end(task: number): void {
    this.script[task] = null;
    this.finished += 1;
    this.source.finished(task, this.startedAt[task], this.clock[task]);
  }

  private lineAt(task: number, slot: number): number {
    return this.bindings[task * SLOTS_MOST + slot];
  }

  private acquire(task: number, lock: number, mode: number): void {
    if (lock === this.freeLock) return;
    this.granting[task] = lock;
    this.wantMode[task] = mode;
    this.askedAt[task] = this.clock[task];
    this.locks[lock].acquire(task, mode);
  }

  private granted(task: number): void {
    const lock = this.granting[task];
    this.granting[task] = -1;
    const contended = this.wasContended[task] === 1;
    this.wasContended[task] = 0;
    const waited = contended ? this.clock[task] - this.askedAt[task] : 0;
    const { cls } = this.locks[lock];
    const cpu = this.cpuOf[task];
    this.tally.acquired(cls, this.wantMode[task], lock, cpu, contended, waited);
    this.observer?.acquired(task, lock, this.wantMode[task], this.clock[task]);
    this.held.add(task, lock, this.clock[task]);
  }

  private release(task: number, lock: number, mode: number): void {
    if (lock === this.freeLock) return;
    this.held.remove(task, lock, this.locks[lock].cls, mode, this.clock[task]);
    this.observer?.released(task, lock, mode, this.clock[task]);
    this.locks[lock].release(task, mode);
  }

  private validate(task: number, lock: number, back: number): void {
    if (lock === this.freeLock) return;
    if (this.locks[lock].validate?.(task) !== false) return;
    this.validationFailures += 1;
    this.counter[task] = back;
  }
}

/** A task that has no more operations. */
const DONE: Script = { name: 'done', code: new Float64Array(0), slots: [] };
