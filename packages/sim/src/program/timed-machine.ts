/**
 * Runs tasks in simulated time: always the runnable task whose clock is least, and that one may run
 * on until its clock reaches the horizon — the least of the other clocks, the next event and, while
 * somebody waits for memory, the next undecided arbitration. So memory sees arrivals in one global
 * order and lock operations happen in order of time, without a queue entry per instruction.
 *
 *      clock   ─task A──▶|          horizon of A = min(B, C, event, decision)
 *              ─task B──────▶
 *              ─task C───────────▶
 *
 * A task needs a CPU to run and gives it up when it blocks on a lock or a wait, ends, or finishes
 * an operation while another task is ready; a load in flight keeps the CPU. Waiting for a CPU is
 * first come, first served, and a CPU prefers the task that ran on it last. Ties are broken by task
 * number.
 */
import { assert } from '../errors.js';
import { NextOperation } from './operation-source.js';
import { Ran } from './interpreter.js';
import { TaskStatus } from './tasks.js';
import type { Interpreter } from './interpreter.js';
import type { MemoryClock, OperationSource, TimedEvents } from './operation-source.js';

/** Why a run stopped. */
export const RunEnd = { Ended: 'ended', Stuck: 'stuck', Stopped: 'stopped' } as const;
export type RunEnd = (typeof RunEnd)[keyof typeof RunEnd];

export class TimedMachine<W> {
  /** CPU a task runs on, or −1. Read by the move unit: caches belong to CPUs. */
  readonly cpuOf: Int32Array;
  private readonly lastTaskOn: Int32Array;
  private readonly lastCpuOf: Int32Array;
  private readonly cpuFreeAt: Float64Array;
  private readonly isFree: Uint8Array;
  private readonly ready: number[] = [];
  private onMemory = 0;
  private disturbed = false;
  private stopping = false;
  private readonly switchTicks: number;

  constructor(
    private readonly interpreter: Interpreter<W>,
    private readonly source: OperationSource,
    private readonly memory: MemoryClock,
    private readonly events: TimedEvents,
    /** Tasks 0 … taskCount−1 ask the source for operations; later ones are for SPAWN. */
    private readonly taskCount: number,
    cpus: number,
    switchTicks: number,
  ) {
    assert(cpus >= 1, 'TimedMachine: a machine needs a CPU');
    const capacity = interpreter.tasks.capacity;
    this.cpuOf = new Int32Array(capacity).fill(-1);
    this.lastCpuOf = new Int32Array(capacity).fill(-1);
    this.lastTaskOn = new Int32Array(cpus).fill(-1);
    this.cpuFreeAt = new Float64Array(cpus);
    this.isFree = new Uint8Array(cpus).fill(1);
    this.switchTicks = switchTicks;
    interpreter.spawnBase = taskCount;
    interpreter.sync.onWake = (task) => this.becameRunnable(task);
    interpreter.onSpawn = (task) => this.becameRunnable(task);
  }

  /** The latest time any task has reached. */
  get now(): number {
    let latest = 0;
    for (const at of this.interpreter.clock) if (at > latest) latest = at;
    return latest;
  }

  /** Time of the task that runs now or ran last. */
  currentAt = 0;

  /** Ends the run after the present instruction. */
  stop(): void {
    this.stopping = true;
    this.disturbed = true;
  }

  /** Asks the source again for a task that it held back, not before `at`. */
  poke(task: number, at: number): void {
    if (this.interpreter.tasks.status.get(task) !== TaskStatus.Held) return;
    if (this.interpreter.clock[task] < at) this.interpreter.clock[task] = at;
    this.interpreter.tasks.status.set(task, TaskStatus.Idle);
    this.startNext(task);
  }

  /** Runs until every task has ended, nothing can move, or `stop` was called. */
  run(): RunEnd {
    const { status } = this.interpreter.tasks;
    for (let task = 0; task < this.taskCount; task += 1) {
      if (status.get(task) !== TaskStatus.Free) continue;
      status.set(task, TaskStatus.Idle);
      this.startNext(task);
    }
    this.stopping = false;
    while (!this.stopping) {
      this.assignCpus();
      const task = this.leastRunnable(-1);
      const at = task < 0 ? Infinity : this.interpreter.clock[task];
      const decisionAt = this.onMemory > 0 ? this.memory.nextDecisionAt() : Infinity;
      const eventAt = this.events.nextAt();
      if (decisionAt < at && decisionAt <= eventAt) {
        this.memory.decideUntil(decisionAt);
        this.collectCompleted();
      } else if (eventAt <= at && eventAt < Infinity) {
        this.currentAt = eventAt;
        this.events.fire(eventAt);
      } else if (task < 0) {
        return this.allEnded() ? RunEnd.Ended : RunEnd.Stuck;
      } else {
        this.runTask(task, Math.min(decisionAt, eventAt));
      }
    }
    return RunEnd.Stopped;
  }

  private runTask(task: number, limit: number): void {
    const { clock } = this.interpreter;
    const rival = this.leastRunnable(task);
    const horizon = rival < 0 ? limit : Math.min(limit, clock[rival]);
    this.disturbed = false;
    do {
      this.currentAt = clock[task];
      const ran = this.interpreter.execute(task, horizon);
      if (ran === Ran.Blocked) {
        this.blocked(task);
        return;
      }
      if (ran === Ran.Ended) {
        this.ended(task);
        return;
      }
    } while (clock[task] < horizon && !this.disturbed);
    if (this.onMemory > 0) this.collectCompleted();
  }

  private blocked(task: number): void {
    if (this.interpreter.tasks.status.get(task) === TaskStatus.OnMemory) {
      this.onMemory += 1;
      this.collectCompleted();
      return;
    }
    this.giveUpCpu(task);
  }

  private ended(task: number): void {
    const { interpreter } = this;
    const program = interpreter.tasks.programAt(interpreter.tasks.call(task));
    const frame = interpreter.operationFrame(task);
    const at = interpreter.clock[task];
    this.source.finished(task, program, interpreter.lastOutcome, frame, at);
    interpreter.end(task);
    if (task >= this.taskCount) {
      this.giveUpCpu(task);
      return;
    }
    if (this.ready.length > 0) this.giveUpCpu(task);
    this.startNext(task);
  }

  private startNext(task: number): void {
    const { interpreter } = this;
    const { status } = interpreter.tasks;
    const answer = this.source.next(task, interpreter.clock[task]);
    if (answer === NextOperation.Started) {
      if (this.cpuOf[task] < 0) this.becameRunnable(task);
      return;
    }
    status.set(task, answer === NextOperation.Held ? TaskStatus.Held : TaskStatus.Ended);
    this.giveUpCpu(task);
  }

  private becameRunnable(task: number): void {
    this.disturbed = true;
    if (this.cpuOf[task] < 0) this.ready.push(task);
  }

  private assignCpus(): void {
    while (this.ready.length > 0) {
      const cpu = this.freeCpuFor(this.ready[0]);
      if (cpu < 0) return;
      const task = this.ready.shift();
      if (task === undefined) return;
      const { clock } = this.interpreter;
      this.isFree[cpu] = 0;
      this.cpuOf[task] = cpu;
      this.lastCpuOf[task] = cpu;
      if (clock[task] < this.cpuFreeAt[cpu]) clock[task] = this.cpuFreeAt[cpu];
      const previous = this.lastTaskOn[cpu];
      if (previous >= 0 && previous !== task) clock[task] += this.switchTicks;
      this.lastTaskOn[cpu] = task;
    }
  }

  private freeCpuFor(task: number): number {
    const last = this.lastCpuOf[task];
    if (last >= 0 && this.isFree[last] === 1) return last;
    let used = -1;
    for (let cpu = 0; cpu < this.isFree.length; cpu += 1) {
      if (this.isFree[cpu] !== 1) continue;
      if (this.lastTaskOn[cpu] < 0) return cpu;
      if (used < 0) used = cpu;
    }
    return used;
  }

  private giveUpCpu(task: number): void {
    const cpu = this.cpuOf[task];
    if (cpu < 0) return;
    this.cpuOf[task] = -1;
    this.isFree[cpu] = 1;
    this.cpuFreeAt[cpu] = this.interpreter.clock[task];
  }

  private collectCompleted(): void {
    const { interpreter } = this;
    for (let task = this.memory.takeCompleted(); task >= 0; task = this.memory.takeCompleted()) {
      interpreter.clock[task] = this.memory.completedAt(task);
      interpreter.tasks.status.set(task, TaskStatus.Runnable);
      this.onMemory -= 1;
      this.disturbed = true;
    }
  }

  /** The runnable task with a CPU whose clock is least, other than `except`; −1 when none. */
  private leastRunnable(except: number): number {
    const { status, capacity } = this.interpreter.tasks;
    const { clock } = this.interpreter;
    let best = -1;
    for (let task = 0; task < capacity; task += 1) {
      if (task === except || this.cpuOf[task] < 0) continue;
      if (status.get(task) !== TaskStatus.Runnable) continue;
      if (best < 0 || clock[task] < clock[best]) best = task;
    }
    return best;
  }

  private allEnded(): boolean {
    const { status, capacity } = this.interpreter.tasks;
    for (let task = 0; task < capacity; task += 1) {
      const now = status.get(task);
      if (now !== TaskStatus.Free && now !== TaskStatus.Ended) return false;
    }
    return true;
  }
}
