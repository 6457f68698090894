/**
 * A file system on a timed machine with one task, which tells what each operation did: the steps of
 * the compiled program with what they cost, what the memory took for its moves, and which locks
 * were taken over them.
 *
 *     calls ─▶ compiled programs ─▶ path: step 250 ns · + inode S · move 410 ns · − inode …
 *
 * These paths are what tasks on many CPUs go through (`scripts.ts`); nothing of an operation is
 * written down twice. The prices of locks are left out here: the other machine has them.
 */
import { R, createSystem, mkfs } from '@daxsim/daxfs';
import type { FileSystemChoice, RegisterName, System } from '@daxsim/daxfs';
import { LineOp, createTimedMemory } from '@daxsim/pmem';
import {
  INSTRUCTION_WORDS,
  LockMode,
  NO_EVENTS,
  NextOperation,
  Op,
  StateSpace,
  TimedMachine,
  assert,
} from '@daxsim/sim';
import type { Frame, OperationSource } from '@daxsim/sim';
import { FileType } from '@daxsim/trace';
import type { MachineChoice } from '../config/systems.js';
import { age, type AgeingProfile } from '../image/ageing.js';
import { PayloadWords } from '../oracle/payload-words.js';
import { SetUp } from '../replay/set-up.js';
import type { SetUpItem } from '../replay/set-up.js';

/** One operation: a recipe and the registers that it is given. */
export interface RecordedCall {
  readonly recipe: string;
  readonly registers: { readonly [name in RegisterName]?: number };
}

/** One thing that an operation did. */
export interface PathItem {
  readonly kind: 'step' | 'move' | 'acquire' | 'release' | 'downgrade' | 'validate' | 'sample';
  /** Name of the step, move or lock. */
  readonly name: string;
  readonly ticks: number;
  readonly isShared: boolean;
  /** Bytes that a move loaded and stored, by the lines it asked for. */
  readonly readBytes: number;
  readonly writeBytes: number;
  /** How the lock's instance is chosen, and which part of it; which instance it was. */
  readonly selector: string;
  readonly range: string;
  readonly key: number;
}

const MIB = 1048576;
const DEVICE_BYTES = 1024 * MIB;
const BLANK = 0xcd;
const SPAWN_TASKS = 12;
/** Bytes of the file that reads, overwrites and faults go to. */
export const DATA_BYTES = 64 * MIB;

export class RecordedSystem {
  readonly system: System;
  private readonly switchTicks: number;
  private at = 0;
  private loads = 0;
  private stores = 0;
  private path: PathItem[] | null = null;

  /** With `ageing`, on a device whose free space is as fragmented as that says. */
  constructor(machine: MachineChoice, fileSystem: FileSystemChoice, ageing?: AgeingProfile) {
    const memory = createTimedMemory(machine.config, {
      capacityBytes: DEVICE_BYTES,
      sources: 1,
      fillByte: BLANK,
      observer: { lineDone: (_source, _sequence, op) => this.count(op) },
    });
    mkfs(memory, {
      ...{ capacityBytes: DEVICE_BYTES, logBytes: 16 * MIB, inodes: 4096, stripeBlocks: 512 },
      ...{ seed: 1, label: 'locks' },
    });
    if (ageing !== undefined) age(memory, ageing, 1);
    new SetUp(memory, new PayloadWords(BLANK), 1).make([dataFile()]);
    const { personality, plan, prices, syncCosts, knobs } = fileSystem;
    this.system = createSystem({
      ...{ memory, space: new StateSpace(), taskCapacity: 1 + SPAWN_TASKS },
      ...{ personality, plan, prices, syncCosts, knobs },
    });
    this.switchTicks = syncCosts.switchTicks;
  }

  pathId(path: string): number {
    return this.system.world.paths.idOf(path);
  }

  /** Runs calls one after the other; answers what they did as one path. */
  run(calls: readonly RecordedCall[]): PathItem[] {
    const items: PathItem[] = [];
    this.path = items;
    const { interpreter, mover } = this.system;
    interpreter.clock[0] = this.at;
    this.listen();
    interpreter.tasks.status.set(0, 0);
    const source = this.sourceOf(calls);
    const machine = new TimedMachine(interpreter, source, mover, NO_EVENTS, 1, 1, this.switchTicks);
    mover.cpuOf = machine.cpuOf;
    machine.run();
    return items;
  }

  private count(op: number): void {
    if (op === LineOp.Load) this.loads += 1;
    else if (op === LineOp.NtStore || op === LineOp.Clwb) this.stores += 1;
  }

  private sourceOf(calls: readonly RecordedCall[]): OperationSource {
    const { interpreter, set } = this.system;
    let next = 0;
    return {
      next: (task) => {
        const call = calls[next];
        if (call === undefined) return NextOperation.Ended;
        next += 1;
        const program = set.programByName.get(call.recipe);
        assert(program !== undefined, 'RecordedSystem: no such recipe');
        fill(interpreter.begin(task, program), call);
        return NextOperation.Started;
      },
      hasNext: () => next < calls.length,
      finished: (task, program, _outcome, frame, at) => {
        if (task !== 0) return;
        const errno = frame.get(R.errno) + frame.get(R.signal);
        const { name } = set.programs[program] ?? { name: '' };
        assert(errno === 0, `RecordedSystem: ${name} failed with ${errno}`);
        this.at = Math.max(this.at, at);
      },
    };
  }

  private listen(): void {
    const { interpreter, set } = this.system;
    let lastAt = this.at;
    let taken = -1;
    const met = { key: -1, mode: 0 };
    const meets = (task: number, lock: number, key: number, mode: number): void => {
      if (task !== 0) return;
      taken = lock;
      Object.assign(met, { key, mode });
    };
    interpreter.sync.observer = {
      blocked: () => undefined,
      acquired: meets,
      released: meets,
      downgraded: (task, lock, key) => meets(task, lock, key, LockMode.Shared),
      retired: (task, program, counter, _outcome, at) => {
        if (task !== 0) return;
        const code = set.programs[program]?.code;
        const op = code?.[counter * INSTRUCTION_WORDS] ?? -1;
        const operand = code?.[counter * INSTRUCTION_WORDS + 1] ?? 0;
        this.note(op, operand, at - lastAt, taken < 0 ? null : met);
        lastAt = at;
        taken = -1;
      },
    };
  }

  private note(op: number, operand: number, ticks: number, met: Met | null): void {
    const { set } = this.system;
    const { path } = this;
    if (path === null) return;
    if (op === Op.Step) path.push({ ...PLAIN, name: set.steps[operand]?.name ?? '', ticks });
    if (op === Op.Move) {
      const bytes = { readBytes: this.loads * LINE, writeBytes: this.stores * LINE };
      path.push({ ...PLAIN, kind: 'move', name: set.moves[operand]?.name ?? '', ticks, ...bytes });
    }
    this.loads = 0;
    this.stores = 0;
    const kind = LOCK_OPS.get(op);
    const hold = set.holds[operand];
    if (kind === undefined || hold === undefined) return;
    const looks = kind === 'validate' || kind === 'sample';
    if (met === null && !looks) return;
    const isShared = met === null ? hold.shared : met.mode === LockMode.Shared;
    const names = { name: hold.lockName, selector: hold.selector.name };
    const range = hold.range?.name ?? '';
    path.push({ ...PLAIN, kind, ...names, range, isShared, key: met?.key ?? -1 });
  }
}

/** Which instance of a lock an instruction met, and how. */
interface Met {
  readonly key: number;
  readonly mode: number;
}

const LINE = 64;
/** A step without lines, locks and time; others are made of it. */
export const PLAIN: PathItem = {
  ...{ kind: 'step', name: '', ticks: 0, isShared: false, readBytes: 0, writeBytes: 0 },
  ...{ selector: '', range: '', key: -1 },
};

const LOCK_OPS: ReadonlyMap<number, PathItem['kind']> = new Map([
  [Op.Acquire, 'acquire'],
  [Op.Try, 'acquire'],
  [Op.Release, 'release'],
  [Op.Downgrade, 'downgrade'],
  [Op.Validate, 'validate'],
  [Op.Sample, 'sample'],
]);

function fill(frame: Frame, call: RecordedCall): void {
  for (const [name, value] of Object.entries(call.registers)) {
    frame.set(R[name as RegisterName], value);
  }
}

function dataFile(): SetUpItem {
  return { path: '/data', type: FileType.Regular, size: DATA_BYTES, bytes: 'device' };
}
