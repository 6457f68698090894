/**
 * A mounted file system on which one process runs operations one after another, without time: what
 * a workload needs around the recipes. Recipes that an operation spawns run when it has ended or
 * waits; a wait that nothing here can end is interrupted if a timer runs, else it is a dead end.
 *
 * The clock only serves stamps: 12 ms pass before every operation, as in the records, so that a
 * changed stamp can be seen.
 */
import { Ran, TaskStatus, assert } from '@daxsim/sim';
import { R, createSystem } from '@daxsim/daxfs';
import { makeDevice } from './device.js';
import { KernelEvents } from './kernel-events.js';
import type { LockPlan } from '@daxsim/sim';
import type { Payload, Personality, RegisterName, System } from '@daxsim/daxfs';
import type { Device } from './device.js';
import type { RecordHead } from './record.js';

const TASK = 0;
const TASKS = 8;
const PAUSE_TICKS = 12e9;
/** Payload number that stands for the bytes of `buffer` instead of a byte value. */
export const FROM_BUFFER = 256;

/** How an operation ended. */
export interface Ended {
  readonly outcome: string;
  readonly result: number;
  readonly errno: number;
  readonly signal: number;
}

export type Arguments = { readonly [name in RegisterName]?: number };

/** What a workload runs on. */
export interface ConformSetting {
  readonly personality: Personality;
  readonly plan: LockPlan;
  /** Whether a cycle in the plan's lock order is let pass, for defects; default no. */
  readonly allowsOrderCycles?: boolean;
}

/** An operation sleeps or waits for a lock, and nobody will wake it. */
export class DeadEnd extends Error {}

export class WorkloadSystem implements Payload {
  readonly system: System;
  readonly events: KernelEvents;
  /** False for mounts that go through the page cache. */
  readonly isDax: boolean;
  private seen = new Uint8Array(1 << 16);
  private seenBytes = 0;
  private buffer: Uint8Array = new Uint8Array(0);
  private bufferStart = 0;
  /** Whether a timer interrupts the operation that runs. */
  private isTimed = false;

  /** `device` holds a file system already; without it a fresh one is made as the head says. */
  constructor(head: RecordHead, setting: ConformSetting, device: Device = makeDevice(head)) {
    const { space, memory } = device;
    this.isDax = !head.mount_options.includes('dax=never');
    this.system = createSystem({
      memory,
      space,
      personality: setting.personality,
      plan: setting.plan,
      prices: null,
      taskCapacity: TASKS,
      payload: this,
      allowsOrderCycles: setting.allowsOrderCycles ?? false,
    });
    const { interpreter, world } = this.system;
    interpreter.spawnBase = TASK + 1;
    world.clock = interpreter.clock;
    this.events = new KernelEvents(this.system);
    interpreter.sync.observer = this.events;
  }

  /** Time passes, and what was watched before is forgotten. `isTimed`: a timer will interrupt. */
  beginOp(isTimed: boolean): void {
    this.isTimed = isTimed;
    this.seenBytes = 0;
    this.events.clear();
    const { clock } = this.system.interpreter;
    clock.fill((clock[TASK] ?? 0) + PAUSE_TICKS);
  }

  /** Bytes that reads and loads of this operation saw, in order. */
  bytesSeen(): Uint8Array {
    return this.seen.slice(0, this.seenBytes);
  }

  forgetSeen(): void {
    this.seenBytes = 0;
  }

  /** Bytes that a write with source `FROM_BUFFER` stores from file byte `start` on. */
  setBuffer(bytes: Uint8Array, start: number): void {
    this.buffer = bytes;
    this.bufferStart = start;
  }

  has(recipe: string): boolean {
    return this.system.set.programByName.has(recipe);
  }

  path(text: string): number {
    return this.system.world.paths.idOf(text);
  }

  /** Runs one recipe to its end. Throws DeadEnd when it cannot end. */
  run(recipe: string, args: Arguments): Ended {
    const { interpreter, set } = this.system;
    const program = set.programByName.get(recipe);
    assert(program !== undefined, 'WorkloadSystem: no such recipe');
    const frame = interpreter.begin(TASK, program);
    for (const [name, value] of Object.entries(args)) frame.set(R[name as RegisterName], value);
    let ran: number = Ran.On;
    while (ran !== Ran.Ended) {
      ran = interpreter.execute(TASK, Infinity);
      if (ran === Ran.Blocked) this.wake(recipe);
    }
    const end = interpreter.operationFrame(TASK);
    const ended = {
      outcome: set.programs[program]?.outcomes[interpreter.lastOutcome] ?? '',
      result: end.get(R.result),
      errno: end.get(R.errno),
      signal: end.get(R.signal),
    };
    interpreter.end(TASK);
    while (this.runOthers());
    return ended;
  }

  fill(source: number, fileOffset: number, length: number, target: Uint8Array, at: number): void {
    if (source !== FROM_BUFFER) {
      target.fill(source, at, at + length);
      return;
    }
    const from = fileOffset - this.bufferStart;
    target.set(this.buffer.subarray(from, from + length), at);
  }

  saw(
    _task: number,
    _inode: number,
    _fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    const end = this.seenBytes + length;
    if (end > this.seen.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.seen.length));
      grown.set(this.seen.subarray(0, this.seenBytes));
      this.seen = grown;
    }
    this.seen.set(bytes.subarray(at, at + length), this.seenBytes);
    this.seenBytes = end;
  }

  sawXattr(task: number, inode: number, bytes: Uint8Array, length: number): void {
    this.saw(task, inode, 0, length, bytes, 0);
  }

  /** Makes the blocked task runnable: others go on first, then the timer's signal comes. */
  private wake(recipe: string): void {
    const { interpreter } = this.system;
    const { tasks, sync, clock } = interpreter;
    while (tasks.status.get(TASK) !== TaskStatus.Runnable && this.runOthers());
    if (tasks.status.get(TASK) === TaskStatus.Runnable) return;
    if (this.isTimed) sync.interrupt(TASK, clock[TASK] ?? 0);
    if (tasks.status.get(TASK) === TaskStatus.Runnable) return;
    throw new DeadEnd(`${recipe} waits and nothing wakes it`);
  }

  /** One instruction of each spawned task that can go on; false when there is none. */
  private runOthers(): boolean {
    const { interpreter } = this.system;
    let hasRun = false;
    for (let task = TASK + 1; task < TASKS; task += 1) {
      if (interpreter.tasks.status.get(task) !== TaskStatus.Runnable) continue;
      hasRun = true;
      if (interpreter.execute(task, Infinity) === Ran.Ended) interpreter.end(task);
    }
    return hasRun;
  }
}
