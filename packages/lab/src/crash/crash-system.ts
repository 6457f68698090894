/**
 * A small file system without time whose every call can be taken back: what crash workloads run on.
 *
 *     mkfs, root ─▶ mark ─▶ call ─▶ mark ─▶ call …        rewind(mark): bytes, metadata, handles
 *
 * One task, one call after another. Everything that is not durable yet is in the memory's overlay,
 * where the search finds it.
 */
import { Ran, RunawayError, StateSpace, assert } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { R, createSystem, mkfs } from '@daxsim/daxfs';
import { fillCells } from './crash-model.js';
import { MUTANT_CHANGES_MOST } from '../explore/scenario-system.js';
import { PersistWatch } from './persist-watch.js';
import type { LockPlan, Mark } from '@daxsim/sim';
import type { Memory, PersistenceDomain, PowerLossImage } from '@daxsim/pmem';
import type { Geometry, Payload, Personality, RegisterName, System } from '@daxsim/daxfs';

/** What crash workloads run on. */
export interface CrashSetting {
  readonly personality: Personality;
  readonly plan: LockPlan;
  readonly knobs: Readonly<Record<string, string>>;
  readonly domain: PersistenceDomain;
  /** Bytes of the device, a multiple of 4096. */
  readonly mediaBytes: number;
  /** Whether `sync` writes everything home too, as an orderly unmount; default no. */
  readonly checkpoints?: boolean | undefined;
  /** Name of a mutation of the recipes; none when absent. */
  readonly mutation?: string | undefined;
  /** Name of a change of recovery's own steps, see `RecoveryChange`; none when absent. */
  readonly recoveryChange?: string | undefined;
}

export type Arguments = Readonly<Partial<Record<RegisterName, number>>>;

/** How a call ended. */
export interface CallEnd {
  readonly errno: number;
  readonly result: number;
  readonly signal: number;
}

/** A call waits for ever: for what nobody gives, or going round and round. */
export class StuckCall extends RunawayError {
  constructor(message: string) {
    super(message);
    this.name = 'StuckCall';
  }
}

const STALE_BYTE = 0xcd;
const LOG_BYTES = 256 * 1024;
const INODES = 64;
const TASKS = 4;
const TASK = 0;
/** More than any call of a workload needs. */
const INSTRUCTIONS_MAX = 4_000_000;

export class CrashSystem implements Payload {
  readonly space = new StateSpace();
  readonly memory: PersistWatch;
  readonly system: System;
  readonly geometry: Geometry;
  readonly image: PowerLossImage;
  /** Told how each recipe ended that was submitted. */
  onEnd: (program: string, args: Arguments, end: CallEnd) => void = ignore;
  /** The recipe that a `sync` of a workload runs. */
  readonly syncProgram: string;
  private readonly handles = new Map<string, number>();

  /** `over` lays something on the memory that the file system uses. */
  constructor(
    setting: CrashSetting,
    over: (memory: PersistWatch, space: StateSpace) => Memory = (memory) => memory,
  ) {
    const { mediaBytes: capacityBytes, domain } = setting;
    if (setting.mutation !== undefined) this.space.logEntriesMost = MUTANT_CHANGES_MOST;
    const options = { fillByte: STALE_BYTE };
    const under = createUntimedMemory(this.space, capacityBytes, domain, options);
    this.geometry = mkfs(under, {
      capacityBytes,
      logBytes: LOG_BYTES,
      inodes: INODES,
      stripeBlocks: 0,
      seed: 1,
      label: 'crash',
    });
    this.memory = new PersistWatch(under, this.geometry.firstFileBlock);
    this.image = under.powerLossImage();
    this.system = createSystem({
      memory: over(this.memory, this.space),
      space: this.space,
      personality: setting.personality,
      plan: setting.plan,
      prices: null,
      taskCapacity: TASKS,
      knobs: { stamps: 'frozen', ...setting.knobs },
      payload: this,
      mutation: setting.mutation,
      // With one task no order of locks can go wrong.
      allowsOrderCycles: true,
    });
    this.system.interpreter.spawnBase = TASK + 1;
    this.syncProgram = setting.checkpoints === true ? 'unmount' : 'sync';
  }

  mark(): Mark {
    return this.space.mark();
  }

  /** Puts everything back to the mark. */
  rewind(mark: Mark): void {
    this.space.rewind(mark);
    this.memory.rewound();
  }

  has(program: string): boolean {
    return this.system.set.programByName.has(program);
  }

  /** The number of the handle on a name; the workload closes it before the name goes. */
  handleOf(name: string): number {
    let handle = this.handles.get(name);
    if (handle === undefined) {
      handle = this.handles.size + 1;
      this.handles.set(name, handle);
    }
    return handle;
  }

  /** The number of a name that is no path. */
  nameOf(text: string): number {
    return this.system.world.volume.names.idOf(text);
  }

  /** Size of an open file. */
  sizeOf(handle: number): number {
    const { handles, volume } = this.system.world;
    return volume.inodes.sizeBytes(handles.inode(handle));
  }

  /** Runs a call to its end. */
  run(program: string, args: Arguments, path?: string, path2?: string): CallEnd {
    const { interpreter, set, world } = this.system;
    const number = set.programByName.get(program);
    assert(number !== undefined, `CrashSystem: no recipe ${program}`);
    const frame = interpreter.begin(TASK, number);
    for (const [name, value] of Object.entries(args)) frame.set(R[name as RegisterName], value);
    if (path !== undefined) frame.set(R.path, world.paths.idOf(path));
    if (path2 !== undefined) frame.set(R.path2, world.paths.idOf(path2));
    let ran: number = Ran.On;
    for (let count = 0; ran !== Ran.Ended; count += 1) {
      ran = interpreter.execute(TASK, Infinity);
      if (ran === Ran.Blocked) throw new StuckCall(`${program} waits and nothing wakes it`);
      if (count > INSTRUCTIONS_MAX) throw new StuckCall(`${program} goes round and round`);
    }
    const end = interpreter.operationFrame(TASK);
    const ended = { errno: end.get(R.errno), result: end.get(R.result), signal: end.get(R.signal) };
    interpreter.end(TASK);
    this.onEnd(program, args, ended);
    return ended;
  }

  // What the recipes ask: four bytes that tell the write and their place in the file.

  fill(source: number, fileOffset: number, length: number, target: Uint8Array, at: number): void {
    fillCells(source, fileOffset, length, target, at);
  }

  saw(): void {
    // What is read before power loss is not checked here.
  }
}

function ignore(): void {
  // Nobody listens.
}
