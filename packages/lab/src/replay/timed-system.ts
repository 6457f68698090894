/**
 * A file system on a timed machine, made for one run: memory, mkfs, what the traces presume, mount.
 *
 *     machine config ─▶ memory ─▶ mkfs ─▶ set-up ─▶ mount ─▶ system ─▶ oracle as its payload
 *
 * The device is new: what nobody wrote holds `BLANK_BYTE`, so that a read of stale or foreign
 * blocks is seen.
 */
import { createSystem, mkfs, type FileSystemChoice, type System } from '@daxsim/daxfs';
import {
  createTimedMemory,
  type FaultOverlay,
  type TimedMemory,
  type UntimedMemory,
} from '@daxsim/pmem';
import { StateSpace, type Digest } from '@daxsim/sim';
import type { MachineChoice } from '../config/systems.js';
import { BLANK_BYTE, copyDevice, geometryFor } from '../image/device.js';
import { layOver } from '../laid/overlay.js';
import type { FaultOrder } from '../laid/parse-faults.js';
import { FileOracle } from '../oracle/file-oracle.js';
import { PayloadWords } from '../oracle/payload-words.js';
import { SetUp, type SetUpItem } from './set-up.js';

export interface TimedSystemOptions {
  readonly machine: MachineChoice;
  readonly fileSystem: FileSystemChoice;
  readonly knobs: Readonly<Record<string, string>>;
  readonly deviceBytes: number;
  /** A device of this size to start from, its log empty; absent: a new file system. */
  readonly image?: UntimedMemory | undefined;
  readonly seed: number;
  readonly cpus: number;
  readonly taskCount: number;
  readonly items: readonly SetUpItem[];
  readonly digest: Digest;
  /** Faults to be laid on the device; absent: none. */
  readonly faults?: readonly FaultOrder[] | undefined;
}

export interface TimedSystem {
  readonly memory: TimedMemory;
  /** What the file system sees instead of the memory, if faults are laid on it. */
  readonly overlay: FaultOverlay | null;
  readonly system: System;
  readonly oracle: FileOracle;
  /** First payload source that nobody uses. */
  readonly nextSource: number;
}

/** Tasks beside those of the traces, for recipes that run in the background. */
export const SPAWN_TASKS = 12;

/** Builds it. Throws ConfigError when the traces need more than the device holds. */
export function createTimedSystem(options: TimedSystemOptions): TimedSystem {
  const { machine, fileSystem, deviceBytes, seed, digest } = options;
  const memory = createTimedMemory(machine.config, {
    capacityBytes: deviceBytes,
    sources: options.cpus,
    fillByte: options.image?.fillByte ?? BLANK_BYTE,
    observer: {
      lineDone(_source, _sequence, op, line, departedAt, durableAt) {
        digest.addWord(op);
        digest.addWord(line);
        digest.add(departedAt);
        if (durableAt < Infinity) digest.add(durableAt);
      },
    },
  });
  if (options.image === undefined) {
    mkfs(memory, geometryFor(deviceBytes, options.items.length, seed));
  } else copyDevice(options.image, memory);
  const words = new PayloadWords(options.image?.fillByte ?? BLANK_BYTE);
  const setUp = new SetUp(memory, words, 1);
  const nextSource = setUp.make(options.items);
  const { faults } = options;
  const overlay = faults === undefined ? null : layOver(memory, machine, faults);
  const system = createSystem({
    memory: overlay ?? memory,
    space: new StateSpace(),
    personality: fileSystem.personality,
    plan: fileSystem.plan,
    prices: fileSystem.prices,
    syncCosts: fileSystem.syncCosts,
    taskCapacity: options.taskCount + SPAWN_TASKS,
    knobs: { ...fileSystem.knobs, ...options.knobs },
  });
  const { inodes } = system.world.volume;
  const oracle = new FileOracle(words, {
    generation: (inode) => (inodes.isUsed(inode) ? inodes.generation(inode) + 1 : 0),
  });
  for (const { inode, source, size } of setUp.contents) oracle.presume(inode, source, size);
  system.world.payload = oracle;
  return { memory, overlay, system, oracle, nextSource };
}
