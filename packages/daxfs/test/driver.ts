/**
 * Runs operations of a file system one at a time, on untimed memory: for tests of single operations
 * and for models. Writes store bytes that say which write they are from; reads are kept.
 */
import { Ran, StateSpace, TouchCheck, assert, describeUndeclared } from '@daxsim/sim';
import type { LockPlan } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import type { Memory } from '@daxsim/pmem';
import {
  OpenFlag,
  R,
  createSystem,
  mkfs,
  personality,
  recoverNow,
  touchNames,
  xfsUpstream,
} from '../src/index.js';
import type { Payload, Personality, RegisterName, System } from '../src/index.js';

export type Arguments = { readonly [name in RegisterName]?: number };

/** How an operation ended. */
export interface Ended {
  readonly outcome: string;
  readonly result: number;
  readonly errno: number;
  readonly size: number;
  readonly fileType: number;
}

export interface DriverOptions {
  readonly plan?: LockPlan;
  readonly personality?: Partial<Personality>;
  readonly knobs?: { readonly [knob: string]: string };
  readonly capacityBytes?: number;
  readonly logBytes?: number;
  readonly inodes?: number;
  readonly stripeBlocks?: number;
  /** A memory that holds a recovered file system already. */
  readonly memory?: Memory;
}

const CAPACITY_BYTES = 16 * 1024 * 1024;
const LOG_BYTES = 512 * 1024;
const INODES = 128;

/** The byte that write `source` stores: never 0, so that holes differ. */
export function byteOf(source: number): number {
  return (source % 255) + 1;
}

export class Driver implements Payload {
  readonly system: System;
  readonly memory: Memory;
  readonly space = new StateSpace();
  /** Bytes of the last read, in order. */
  seen: number[] = [];
  /** What the last getxattr or listxattr saw. */
  xattrSeen: readonly number[] = [];
  private handles = 0;
  /** Every test of single operations also holds what steps declare against what they do. */
  private readonly check: TouchCheck;

  constructor(options: DriverOptions = {}) {
    const capacityBytes = options.capacityBytes ?? CAPACITY_BYTES;
    this.memory =
      options.memory ?? createUntimedMemory(this.space, capacityBytes, 'adr', { fillByte: 0xee });
    if (options.memory === undefined) {
      mkfs(this.memory, {
        capacityBytes,
        logBytes: options.logBytes ?? LOG_BYTES,
        inodes: options.inodes ?? INODES,
        stripeBlocks: options.stripeBlocks ?? 0,
        seed: 1,
        label: 'test',
      });
    }
    this.system = createSystem({
      memory: this.memory,
      space: this.space,
      personality: { ...personality('xfs-dax'), ...options.personality },
      plan: options.plan ?? xfsUpstream,
      prices: null,
      taskCapacity: 4,
      knobs: { stamps: 'counter', ...options.knobs },
      payload: this,
    });
    const { interpreter, world } = this.system;
    this.check = new TouchCheck(this.space, touchNames(world), interpreter.privateArenas);
  }

  fill(source: number, _fileOffset: number, length: number, target: Uint8Array, at: number): void {
    target.fill(byteOf(source), at, at + length);
  }

  saw(
    _task: number,
    _inode: number,
    _fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    for (let i = 0; i < length; i += 1) this.seen.push(bytes[at + i]);
  }

  sawXattr(_task: number, _inode: number, bytes: Uint8Array, length: number): void {
    this.xattrSeen = [...bytes.subarray(0, length)];
  }

  /** Runs one operation to its end. */
  run(recipe: string, args: Arguments): Ended {
    const { interpreter, set } = this.system;
    const program = set.programByName.get(recipe);
    assert(program !== undefined, `Driver: no recipe ${recipe}`);
    const frame = interpreter.begin(0, program);
    for (const [name, value] of Object.entries(args)) frame.set(R[name as RegisterName], value);
    this.seen = [];
    let ran: number = Ran.On;
    this.space.watch = this.check;
    while (ran === Ran.On) ran = interpreter.execute(0, Infinity);
    this.space.watch = null;
    const [undeclared] = this.check.undeclared;
    if (undeclared !== undefined) throw new Error(describeUndeclared(undeclared));
    assert(ran === Ran.Ended, `Driver: ${recipe} blocks`);
    const end = interpreter.operationFrame(0);
    const ended = {
      outcome: set.programs[program].outcomes[interpreter.lastOutcome],
      result: end.get(R.result),
      errno: end.get(R.errno),
      size: end.get(R.size),
      fileType: end.get(R.fileType),
    };
    interpreter.end(0);
    return ended;
  }

  path(text: string): number {
    return this.system.world.paths.idOf(text);
  }

  /** Runs an operation on a path. */
  at(recipe: string, path: string, args: Arguments = {}): Ended {
    return this.run(recipe, { path: this.path(path), handle: -1, mode: 0o644, ...args });
  }

  /** Runs an operation on two paths. */
  atBoth(recipe: string, path: string, path2: string, flags = 0): Ended {
    return this.run(recipe, { path: this.path(path), path2: this.path(path2), flags });
  }

  /** Opens a file and answers the handle, or minus the error number. */
  tryOpen(path: string, flags: number): number {
    const handle = this.handles;
    const ended = this.at('open', path, { flags, handle });
    if (ended.errno !== 0) return -ended.errno;
    this.handles += 1;
    return handle;
  }

  /** Opens or makes a file that can be opened. */
  open(path: string, flags: number = OpenFlag.ReadWrite | OpenFlag.Create): number {
    const handle = this.tryOpen(path, flags);
    assert(handle >= 0, `Driver: open of ${path} failed`);
    return handle;
  }

  /** pwrite(2); the result, or minus the error number. */
  write(handle: number, offset: number, length: number, source: number): number {
    const ended = this.run('write', { handle, offset, length, source });
    return ended.errno === 0 ? ended.result : -ended.errno;
  }

  /** pread(2): the bytes. */
  read(handle: number, offset: number, length: number): number[] {
    const ended = this.run('read', { handle, offset, length });
    assert(ended.errno === 0 && ended.result === this.seen.length, 'Driver: read failed');
    return this.seen;
  }

  size(path: string): number {
    return this.at('stat', path).size;
  }

  /** What power loss leaves when every pending store is lost, mounted. */
  afterPowerLoss(options: DriverOptions = {}): Driver {
    const image = this.memory.crashImage({ keep: () => 0 });
    recoverNow(image);
    return new Driver({ ...options, memory: image });
  }
}
