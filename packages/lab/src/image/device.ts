/**
 * Devices with a file system on them: new ones, aged if asked for, and those from a file.
 *
 *     new:    mkfs ─▶ age ─▶ memory           from a file:   open ─▶ recover ─▶ memory
 */
import { fsck, mkfs, recoverNow } from '@daxsim/daxfs';
import { createUntimedMemory } from '@daxsim/pmem';
import { ConfigError, StateSpace } from '@daxsim/sim';
import { age } from './ageing.js';
import { openImage } from './image-file.js';
import type { MkfsOptions, RecoveryReport } from '@daxsim/daxfs';
import type { Memory, UntimedMemory } from '@daxsim/pmem';
import type { AgeingProfile } from './ageing.js';
import type { ImageFacts } from './image-file.js';

/** What an untouched byte of a new device holds. */
export const BLANK_BYTE = 0xcd;
/** As mkfs.xfs 6 makes the log at least. */
const LOG_BYTES = 67_108_864;
const LOG_BYTES_LEAST = 262_144;
const LOG_PART = 64;
const INODES_MOST_AT_FIRST = 65_536;
const BYTES_PER_INODE = 65_536;
const INODES_LEAST = 64;

/** Sizes of a new file system on a device, with room for `files` more than it would have. */
export function geometryFor(deviceBytes: number, files: number, seed: number): MkfsOptions {
  const part = Math.floor(deviceBytes / LOG_PART / 4096) * 4096;
  const inodes = Math.min(INODES_MOST_AT_FIRST, Math.floor(deviceBytes / BYTES_PER_INODE));
  return {
    capacityBytes: deviceBytes,
    logBytes: Math.min(LOG_BYTES, Math.max(LOG_BYTES_LEAST, part)),
    inodes: Math.max(INODES_LEAST + files * 4, inodes),
    stripeBlocks: 0,
    seed,
    label: 'daxsim',
  };
}

/** A new device, aged by the profile if there is one. Throws ConfigError when it does not fit. */
export function newDevice(
  deviceBytes: number,
  ageing: AgeingProfile | null,
  seed: number,
): UntimedMemory {
  const options = { fillByte: BLANK_BYTE };
  const memory = createUntimedMemory(new StateSpace(), deviceBytes, 'adr', options);
  mkfs(memory, geometryFor(deviceBytes, 0, seed));
  if (ageing !== null) age(memory, ageing, seed);
  return memory;
}

/** A device to go on with. */
export interface SavedDevice {
  readonly memory: UntimedMemory;
  readonly facts: ImageFacts;
  readonly recovery: RecoveryReport;
}

/**
 * The device in an image, its log recovered in memory; the file stays as it is. Throws ConfigError
 * when the file is damaged or the file system on it is.
 */
export function deviceFromImage(path: string): SavedDevice {
  const { memory, facts } = openImage(path);
  const recovery = recoverNow(memory);
  const [problem] = fsck(memory);
  if (problem === undefined) return { memory, facts, recovery };
  const found = `${problem.where}: ${problem.what}`;
  throw new ConfigError({ where: path, found, allowed: `a sound one; see daxsim fsck ${path}` });
}

/** Puts everything that `from` holds on a memory of the same size. */
export function copyDevice(from: UntimedMemory, to: Memory): void {
  const bytes = new Uint8Array(4096);
  for (const page of from.touchedPages()) {
    from.peekBytes(page * 4096, bytes, 0, 4096);
    to.pokeBytes(page * 4096, bytes, 0, 4096);
  }
}
