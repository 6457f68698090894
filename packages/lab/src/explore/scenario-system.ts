/**
 * A scenario as something that can be explored: a small system without time whose whole state —
 * media, metadata, page tables, locks, task frames, what was seen — lies in one space that hashes.
 *
 *     calls of each task ─▶ programs ─▶ actions, any task next      judge: told of every call and
 *                                                                   of every byte that was read
 *
 * After every action the invariants are checked, at the end of a schedule also that no task is
 * stuck and that the media pass fsck. What else must hold is the judge's business.
 */
import {
  ConfigError,
  IntColumn,
  InvariantError,
  NextOperation,
  RunawayError,
  StateSpace,
  StepMachine,
  assert,
} from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { R, checkInvariants, createSystem, fsck, mkfs, recoverNow } from '@daxsim/daxfs';
import type { Explorable, Frame, LockPlan, OperationSource } from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';
import type { Payload, Personality, RegisterName, System } from '@daxsim/daxfs';

export const STALE_BYTE = 0xcd;
const LOG_BYTES = 256 * 1024;
const INODES = 64;
const SPAWNED_TASKS = 12;
/** Changes that a mutant may make until it is taken to grow without end; 28 bytes each. */
export const MUTANT_CHANGES_MOST = 8_388_608;
/** More actions than any set-up has, or two operations one after the other. */
const ALONE_MOST = 200_000;

/** What a scenario runs on. */
export interface ScenarioSetting {
  readonly personality: Personality;
  readonly plan: LockPlan;
  readonly knobs: Readonly<Record<string, string>>;
  /** Whether a cycle in the plan's lock order is let pass, to be found; default no. */
  readonly allowsOrderCycles?: boolean;
  /** Name of a mutation of the recipes; none when absent. */
  readonly mutation?: string | undefined;
  /** Guest of each thread, where there is a window; 0 when absent. */
  readonly guests?: readonly number[];
}

/** One operation to submit. `path` and `path2` are texts, interned when the system exists. */
export interface SystemCall {
  /** Recipe. */
  readonly program: string;
  readonly registers: Readonly<Partial<Record<RegisterName, number>>>;
  readonly path?: string;
  readonly path2?: string;
  /** Name of an extended attribute. */
  readonly xattr?: string;
  /** The guest for which the set-up does it; 0 when absent. */
  readonly guest?: number;
  /** For people: the operation as the file has it. */
  readonly text: string;
}

/** What runs, and on how large a device. */
export interface SystemParts<C extends SystemCall> {
  readonly mediaBytes: number;
  /** Blocks to which allocation aligns long extents; 0 is none. */
  readonly stripeBlocks: number;
  readonly setup: readonly C[];
  readonly threads: readonly (readonly C[])[];
}

/** How a call ended. */
export interface CallEnd {
  readonly isOk: boolean;
  readonly errno: number;
  readonly signal: number;
  readonly result: number;
  /** Where its move stopped: of an access, the offset in the mapping. */
  readonly reached: number;
}

/** What must hold beyond the invariants. All that it remembers lies in the system's space. */
export interface ScenarioJudge<C extends SystemCall> {
  /** The set-up is done. */
  starts(): void;
  began(task: number, call: C): void;
  /** Answers how many of the task's next calls are left out. */
  finished(task: number, call: C, end: CallEnd): number;
  /** A call read bytes of a file, or of a mapping of it. */
  saw(
    task: number,
    call: C,
    fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void;
  /** The byte that payload `source` has. */
  byteOf(source: number): number;
  /** Makes the bytes of payload `source`, where they are not all alike. */
  fill?(source: number, offset: number, length: number, target: Uint8Array, at: number): void;
  /** True when the scenario is over, whatever its tasks still had to do. */
  isOver(): boolean;
  /** Null, or what is wrong after an action. */
  afterAction(): string | null;
  /** Null, or what is wrong at the end of a schedule. */
  atEnd(): string | null;
}

/** Memory to start from instead of an empty file system; the set-up then does not run. */
export interface SystemBase {
  readonly memory: Memory;
  readonly space: StateSpace;
}

export type JudgeMaker<C extends SystemCall> = (system: ScenarioSystem<C>) => ScenarioJudge<C>;

export class ScenarioSystem<C extends SystemCall> implements Explorable, OperationSource, Payload {
  readonly space: StateSpace;
  readonly system: System;
  readonly machine: StepMachine<System['world']>;
  readonly memory: Memory;
  readonly judge: ScenarioJudge<C>;
  /** Next call of each task. */
  private readonly position: IntColumn;
  /** Cell 0: 1 once the set-up is done. */
  private readonly phase: IntColumn;
  private readonly lists: readonly (readonly C[])[];
  private readonly setupTask: number;
  /** Told of every call that starts and ends while a schedule is shown again. */
  onCall: (task: number, call: C, ended: string | null) => void = () => undefined;
  /** Told of an assertion that an action fails, if set; else it is thrown. */
  onAssertion: ((what: string) => void) | null = null;

  constructor(
    parts: SystemParts<C>,
    setting: ScenarioSetting,
    makeJudge: JudgeMaker<C>,
    base: SystemBase | null = null,
    watch: (memory: Memory) => Memory = (memory) => memory,
  ) {
    this.space = base?.space ?? new StateSpace();
    if (base === null) this.space.startHashing();
    if (setting.mutation !== undefined) this.space.logEntriesMost = MUTANT_CHANGES_MOST;
    this.memory = watch(base?.memory ?? formatted(this.space, parts));
    this.lists = [...parts.threads, parts.setup];
    this.setupTask = parts.threads.length;
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
      allowsOrderCycles: setting.allowsOrderCycles ?? false,
      mutation: setting.mutation,
    });
    const { window } = this.system.world;
    setting.guests?.forEach((guest, task) => window?.setGuest(task, guest));
    this.position = new IntColumn(this.space, 'scenario.position');
    this.phase = new IntColumn(this.space, 'scenario.phase');
    this.judge = makeJudge(this);
    this.machine = new StepMachine(this.system.interpreter, this, tasks);
    if (base === null) this.runAlone();
    this.phase.set(0, 1);
    this.judge.starts();
  }

  // What the explorer asks.

  get privateArenas(): { readonly from: number; readonly to: number } {
    return this.machine.privateArenas;
  }

  choices(): number {
    return this.judge.isOver() ? 0 : this.machine.choices();
  }

  taskOf(i: number): number {
    return this.machine.taskOf(i);
  }

  placeOf(i: number): number {
    return this.machine.placeOf(i);
  }

  take(i: number): void {
    if (this.onAssertion === null) {
      this.machine.take(i);
      return;
    }
    try {
      this.machine.take(i);
    } catch (thrown) {
      if (!(thrown instanceof InvariantError)) throw thrown;
      this.onAssertion(thrown.message);
    }
  }

  isOver(): boolean {
    return this.judge.isOver();
  }

  /** Null, or what broke with the last action. */
  broken(): string | null {
    return this.judge.afterAction() ?? checkInvariants(this.system.world);
  }

  /** Null, or what broke with the last action, or at the end of the schedule. */
  failure(): string | null {
    const wrong = this.broken();
    if (wrong !== null) return wrong;
    if (this.judge.isOver()) return this.judge.atEnd();
    if (this.machine.choices() > 0) return null;
    const stuck = this.machine.stuckTasks();
    if (stuck.length > 0) return this.describeStuck(stuck);
    return this.judge.atEnd() ?? this.checkImage();
  }

  /** One name per thread, for the columns of a picture. */
  threadNames(): string[] {
    return this.lists.slice(0, this.setupTask).map((_, task) => `task ${String(task)}`);
  }

  /** Runs everything there is to run, always the first task that can. */
  runAlone(): void {
    for (let actions = 0; this.choices() > 0; actions += 1) {
      if (actions > ALONE_MOST) throw new RunawayError('calls in a row that never end');
      this.machine.act(this.machine.taskOf(0));
    }
  }

  // What the machine asks.

  hasNext(task: number): boolean {
    const isSetup = task === this.setupTask;
    if (isSetup === (this.phase.get(0) === 1)) return false;
    return this.position.get(task) < (this.lists[task]?.length ?? 0);
  }

  next(task: number): number {
    const call = this.callAt(task, this.position.get(task));
    if (call === null) return NextOperation.Ended;
    this.position.add(task, 1);
    const { interpreter, set, world } = this.system;
    if (task === this.setupTask) world.window?.setGuest(task, call.guest ?? 0);
    const program = set.programByName.get(call.program);
    assert(program !== undefined, `ScenarioSystem: no recipe ${call.program}`);
    const frame = interpreter.begin(task, program);
    for (const [name, value] of Object.entries(call.registers)) {
      frame.set(R[name as RegisterName], value);
    }
    if (call.path !== undefined) frame.set(R.path, world.paths.idOf(call.path));
    if (call.path2 !== undefined) frame.set(R.path2, world.paths.idOf(call.path2));
    if (call.xattr !== undefined) frame.set(R.xattr, world.volume.names.idOf(call.xattr));
    this.judge.began(task, call);
    this.onCall(task, call, null);
    return NextOperation.Started;
  }

  finished(task: number, program: number, outcome: number, frame: Frame): void {
    const call = this.callAt(task, this.position.get(task) - 1);
    if (task >= this.lists.length || call === null) return;
    const name = this.system.set.programs[program]?.outcomes[outcome] ?? '?';
    const end: CallEnd = {
      isOk: name === 'Ok',
      errno: frame.get(R.errno),
      signal: frame.get(R.signal),
      result: frame.get(R.result),
      reached: frame.get(R.moveFrom),
    };
    const skipped = this.judge.finished(task, call, end);
    this.position.add(task, skipped);
    const value = end.isOk ? String(end.result) : `${name} errno ${String(end.errno)}`;
    this.onCall(task, call, value);
    if (end.isOk || task !== this.setupTask || skipped > 0) return;
    throw new ConfigError({
      where: 'setup',
      found: `"${call.text}" fails: ${value}`,
      allowed: 'operations that succeed when they run alone',
    });
  }

  // What the recipes ask.

  fill(source: number, offset: number, length: number, target: Uint8Array, at: number): void {
    const { judge } = this;
    if (judge.fill !== undefined) judge.fill(source, offset, length, target, at);
    else target.fill(judge.byteOf(source), at, at + length);
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
    if (call !== null) this.judge.saw(task, call, fileOffset, length, bytes, at);
  }

  /** The image as an orderly power loss would leave it, recovered and checked. */
  private checkImage(): string | null {
    const image = this.memory.crashImage({ keep: (_line, units) => units });
    recoverNow(image);
    const [first] = fsck(image);
    return first === undefined ? null : `fsck after the end: ${first.where}: ${first.what}`;
  }

  private callAt(task: number, index: number): C | null {
    return this.lists[task]?.[index] ?? null;
  }

  private describeStuck(stuck: readonly number[]): string {
    const { sync, set, tasks } = this.system.interpreter;
    let isAsleep = false;
    const parts = stuck.map((task) => {
      const wait = sync.locks.waitsFor(task);
      if (wait !== null) return `task ${String(task)} waits for ${set.lockNames[wait.cls] ?? '?'}`;
      isAsleep = true;
      const channel = tasks.waitChannel.get(task) - 1;
      const on = set.waits.find((one) => one.channel === channel)?.wait;
      const frame = this.system.interpreter.callFrame(task);
      const what = on?.describe?.(this.system.world, frame);
      const name = on?.name ?? '?';
      return `task ${String(task)} sleeps on ${what === undefined ? name : `${name}: ${what}`}`;
    });
    const cycle = sync.locks.cycle(false);
    // Nobody is left who could wake a sleeper, and what others wait for is no circle.
    const alone = isAsleep ? 'lost wake-up' : 'no task can go on';
    return `${cycle === null ? alone : 'deadlock'}: ${parts.join(', ')}`;
  }
}

function formatted<C extends SystemCall>(space: StateSpace, parts: SystemParts<C>): Memory {
  const { mediaBytes: capacityBytes, stripeBlocks } = parts;
  const memory = createUntimedMemory(space, capacityBytes, 'adr', { fillByte: STALE_BYTE });
  mkfs(memory, {
    capacityBytes,
    logBytes: LOG_BYTES,
    inodes: INODES,
    stripeBlocks,
    seed: 1,
    label: 'scenario',
  });
  return memory;
}
