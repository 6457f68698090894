/**
 * A scenario as something that can be explored: a small system without time whose whole state —
 * media, metadata, page tables, locks, task frames, oracle — lies in one space that hashes.
 *
 * After every action the invariants are checked, at the end of a schedule also the contents of all
 * files, fsck, and that no task is stuck.
 */
import { IntColumn, NextOperation, StateSpace, StepMachine, assert } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { R, checkInvariants, createSystem, fsck, mkfs, recoverNow } from '@daxsim/daxfs';
import { RegisterOracle } from './register-oracle.js';
import { FileBytes } from './file-bytes.js';
import type { Explorable, Frame, LockPlan, OperationSource } from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';
import type { Payload, Personality, RegisterName, System } from '@daxsim/daxfs';
import type { Scenario, ScenarioCall } from './scenario.js';

const STALE_BYTE = 0xcd;
const LOG_BYTES = 256 * 1024;
const INODES = 64;
const SPAWNED_TASKS = 4;

/** What a scenario runs on. */
export interface ScenarioSetting {
  readonly personality: Personality;
  readonly plan: LockPlan;
  readonly knobs: Readonly<Record<string, string>>;
}

export class ScenarioSystem implements Explorable, OperationSource, Payload {
  readonly space = new StateSpace();
  readonly system: System;
  readonly machine: StepMachine<System['world']>;
  private readonly memory: Memory;
  private readonly oracle: RegisterOracle;
  /** Next call of each task. */
  private readonly position: IntColumn;
  /** Cell 0: 1 once the set-up is done. */
  private readonly phase: IntColumn;
  private readonly lists: readonly (readonly ScenarioCall[])[];
  /** Cell 0: 1 after a read saw what it may not; state, so that no known state hides it. */
  private readonly isBroken: IntColumn;
  private broken = '';
  /** Told of every call that starts and ends while a schedule is shown again. */
  onCall: (task: number, call: ScenarioCall, ended: string | null) => void = () => undefined;

  constructor(
    readonly scenario: Scenario,
    setting: ScenarioSetting,
  ) {
    this.space.startHashing();
    const { media_bytes: capacityBytes } = scenario.config;
    const options = { fillByte: STALE_BYTE };
    this.memory = createUntimedMemory(this.space, capacityBytes, 'adr', options);
    mkfs(this.memory, {
      capacityBytes,
      logBytes: LOG_BYTES,
      inodes: INODES,
      stripeBlocks: 0,
      seed: 1,
      label: 'scenario',
    });
    this.lists = [...scenario.threads, scenario.setup];
    const tasks = this.lists.length;
    this.system = createSystem({
      memory: this.memory,
      space: this.space,
      personality: setting.personality,
      plan: setting.plan,
      prices: null,
      taskCapacity: tasks + SPAWNED_TASKS,
      knobs: { stamps: 'frozen', ...setting.knobs },
      payload: this,
    });
    this.oracle = new RegisterOracle(this.space, scenario.borders, scenario.values, tasks);
    this.position = new IntColumn(this.space, 'scenario.position');
    this.phase = new IntColumn(this.space, 'scenario.phase');
    this.isBroken = new IntColumn(this.space, 'scenario.broken');
    this.machine = new StepMachine(this.system.interpreter, this, tasks);
    this.runSetup();
  }

  // What the explorer asks.

  choices(): number {
    return this.machine.choices();
  }

  taskOf(i: number): number {
    return this.machine.taskOf(i);
  }

  take(i: number): void {
    this.machine.take(i);
  }

  /** Null, or what broke with the last action, or at the end of the schedule. */
  failure(): string | null {
    if (this.isBroken.get(0) !== 0) return this.broken;
    const invariant = checkInvariants(this.system.world);
    if (invariant !== null) return invariant;
    if (this.machine.choices() > 0) return null;
    const stuck = this.machine.stuckTasks();
    if (stuck.length > 0) return this.describeStuck(stuck);
    return this.checkContents() ?? this.checkImage();
  }

  // What the machine asks.

  hasNext(task: number): boolean {
    const isSetup = task === this.lists.length - 1;
    if (isSetup === (this.phase.get(0) === 1)) return false;
    return this.position.get(task) < (this.lists[task]?.length ?? 0);
  }

  next(task: number): number {
    const call = this.callAt(task, this.position.get(task));
    if (call === null) return NextOperation.Ended;
    this.position.add(task, 1);
    const { interpreter, set, world } = this.system;
    const program = set.programByName.get(call.program);
    assert(program !== undefined, `ScenarioSystem: no recipe ${call.program}`);
    const frame = interpreter.begin(task, program);
    for (const [name, value] of Object.entries(call.registers)) {
      frame.set(R[name as RegisterName], value);
    }
    if (call.path !== undefined) frame.set(R.path, world.paths.idOf(call.path));
    if (call.path2 !== undefined) frame.set(R.path2, world.paths.idOf(call.path2));
    this.began(task, call);
    this.onCall(task, call, null);
    return NextOperation.Started;
  }

  finished(task: number, program: number, outcome: number, frame: Frame): void {
    const call = this.callAt(task, this.position.get(task) - 1);
    if (task >= this.lists.length || call === null) return;
    const name = this.system.set.programs[program]?.outcomes[outcome] ?? '?';
    const isDone = name === 'Ok';
    const { checked } = call;
    if (checked?.kind === 'write') {
      this.oracle.writeEnds(checked.write, checked.file, checked.from, checked.to, isDone);
    }
    if (checked?.kind === 'read') {
      this.oracle.readEnds(task, checked.file, checked.from, checked.to);
    }
    const errno = frame.get(R.errno);
    const value = isDone ? String(frame.get(R.result)) : `${name} errno ${errno}`;
    this.onCall(task, call, value);
    assert(
      isDone || task < this.lists.length - 1,
      `ScenarioSystem: set-up failed at "${call.text}": ${value}`,
    );
  }

  // What the recipes ask.

  fill(source: number, _offset: number, length: number, target: Uint8Array, at: number): void {
    target.fill(this.scenario.values[source] ?? 0, at, at + length);
  }

  saw(
    task: number,
    _inode: number,
    fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    const call = this.callAt(task, this.position.get(task) - 1);
    if (call?.checked?.kind !== 'read' || this.isBroken.get(0) !== 0) return;
    for (let i = 0; i < length; i += 1) {
      const byte = bytes[at + i] ?? 0;
      const wrong = this.oracle.judge(task, call.checked.file, fileOffset + i, byte);
      if (wrong === null) continue;
      const name = this.scenario.files[call.checked.file] ?? '?';
      this.isBroken.set(0, 1);
      this.broken = `${call.text} at byte ${fileOffset + i} of ${name} ${wrong}`;
      return;
    }
  }

  private began(task: number, call: ScenarioCall): void {
    const { checked } = call;
    if (checked === null) return;
    const { file, from, to, write } = checked;
    if (checked.kind === 'write') this.oracle.writeBegins(write, file, from, to);
    else this.oracle.readBegins(task, file, from, to);
  }

  private callAt(task: number, index: number): ScenarioCall | null {
    return this.lists[task]?.[index] ?? null;
  }

  private runSetup(): void {
    const task = this.lists.length - 1;
    while (this.machine.choices() > 0) this.machine.act(this.machine.taskOf(0));
    assert(!this.hasNext(task), 'ScenarioSystem: the set-up did not run to its end');
    this.phase.set(0, 1);
  }

  private checkContents(): string | null {
    const bytes = new FileBytes(this.system.world);
    for (const [index, name] of this.scenario.files.entries()) {
      const content = bytes.read(name);
      if (content === null) continue;
      for (let offset = 0; offset < content.length; offset += 1) {
        const wrong = this.oracle.judgeAtEnd(index, offset, content[offset] ?? 0);
        if (wrong !== null) return `at the end, byte ${offset} of ${name}: ${wrong}`;
      }
    }
    return null;
  }

  /** The image as an orderly power loss would leave it, recovered and checked. */
  private checkImage(): string | null {
    const image = this.memory.crashImage({ keep: (_line, units) => units });
    recoverNow(image);
    const [first] = fsck(image);
    return first === undefined ? null : `fsck after the end: ${first.where}: ${first.what}`;
  }

  private describeStuck(stuck: readonly number[]): string {
    const { sync, set } = this.system.interpreter;
    const parts = stuck.map((task) => {
      const wait = sync.locks.waitsFor(task);
      const what = wait === null ? 'sleeps' : `waits for ${set.lockNames[wait.cls] ?? '?'}`;
      return `task ${task} ${what}`;
    });
    const cycle = sync.locks.cycle();
    return `${cycle === null ? 'no task can go on' : 'deadlock'}: ${parts.join(', ')}`;
  }
}
