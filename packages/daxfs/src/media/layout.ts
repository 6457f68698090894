/**
 * Where everything lies on the media. `SPEC.md` tells it byte by byte.
 *
 *   block 0     superblock
 *   block 1     log head: the tail unit, 8 bytes that change in one store
 *   2 …         log ring
 *   …           inode bitmap, inode table, block bitmap
 *   … end       blocks: files, directories, pages of extent trees
 *
 * A block is 4 KiB, a unit 8 bytes (what the device stores whole), a word 4 bytes, little endian.
 */
import { ConfigError } from '@daxsim/sim';

export const BLOCK_WORDS = 1024;
export const BLOCK_UNITS = 512;
export const UNIT_BYTES = 8;
export const BYTES_PER_BLOCK = 4096;
export const WORDS_PER_LINE = 16;
export const LINES_PER_BLOCK = 64;

export const INODE_BYTES = 512;
export const INODE_WORDS = 128;
export const INODES_PER_BLOCK = 8;
/** The root directory's inode; inode 0 is no file. */
export const ROOT_INODE = 1;
/** No file's inode: its slot holds the root of the reference counts. */
export const SHARE_INODE = 0;

/** What a block of names begins with, and the words of its head. */
export const DIRECTORY_MAGIC = 0x44584144; // "DAXD"
export const DirectoryWord = { magic: 0, usedUnits: 1, owner: 2 } as const;
export const DIRECTORY_HEAD_UNITS = 2;

export const SUPERBLOCK = 0;
export const LOG_HEAD_BLOCK = 1;
export const LOG_FIRST_BLOCK = 2;

/** Smallest ring: four transactions of the largest kind. */
export const LOG_BYTES_MIN = 256 * 1024;
const LOG_BYTES_MAX = 1024 * 1024 * 1024;
const BITS_PER_BLOCK = 32768;
/** Block numbers stay below 2^31, so that a word holds one with its sign. */
const BLOCKS_MAX = 2147483647;

/** What a caller of mkfs chooses. */
export interface MkfsOptions {
  /** Bytes of the device to use, below 2^43; the last partial block is left out. */
  readonly capacityBytes: number;
  /** Size of the log ring, a multiple of 4096, 256 KiB … 1 GiB. */
  readonly logBytes: number;
  /** Inodes, rounded up to fill blocks. */
  readonly inodes: number;
  /** Stripe unit in blocks that allocation may align to; 0 is none. */
  readonly stripeBlocks: number;
  /** Stored as the volume's identity, and nothing else: 0 … 2^53. */
  readonly seed: number;
  /** Up to 16 bytes of text. */
  readonly label: string;
}

/** Places and sizes, in blocks unless named otherwise. */
export interface Geometry {
  readonly blocks: number;
  readonly logFirstBlock: number;
  readonly logBlocks: number;
  /** Lines in the ring. */
  readonly logLines: number;
  readonly inodeBitmapFirstBlock: number;
  readonly inodeBitmapBlocks: number;
  readonly inodeFirstBlock: number;
  readonly inodeBlocks: number;
  readonly inodes: number;
  readonly blockBitmapFirstBlock: number;
  readonly blockBitmapBlocks: number;
  /** First block that may belong to a file. */
  readonly firstFileBlock: number;
  readonly stripeBlocks: number;
}

/** Computes the places. Throws `ConfigError` when the device is too small or a figure is off. */
export function planGeometry(options: MkfsOptions): Geometry {
  check('capacityBytes', options.capacityBytes, 0, BLOCKS_MAX * BYTES_PER_BLOCK);
  check('logBytes', options.logBytes, LOG_BYTES_MIN, LOG_BYTES_MAX);
  check('inodes', options.inodes, INODES_PER_BLOCK, 1 << 28);
  check('stripeBlocks', options.stripeBlocks, 0, 1 << 20);
  const geometry = placesOf(
    Math.floor(options.capacityBytes / BYTES_PER_BLOCK),
    Math.ceil(options.logBytes / BYTES_PER_BLOCK),
    Math.ceil(options.inodes / INODES_PER_BLOCK),
    options.stripeBlocks,
  );
  if (geometry.firstFileBlock + 16 > geometry.blocks) {
    const leastBytes = (geometry.firstFileBlock + 16) * BYTES_PER_BLOCK;
    throw new ConfigError({
      where: 'mkfs',
      found: `a device of ${String(options.capacityBytes)} bytes`,
      allowed: `at least ${String(leastBytes)} bytes with this log and these inodes`,
    });
  }
  return geometry;
}

/** The places that follow from the four sizes; the superblock stores these and no place. */
export function placesOf(
  blocks: number,
  logBlocks: number,
  inodeBlocks: number,
  stripeBlocks: number,
): Geometry {
  const inodes = inodeBlocks * INODES_PER_BLOCK;
  const inodeBitmapFirstBlock = LOG_FIRST_BLOCK + logBlocks;
  const inodeBitmapBlocks = Math.ceil(inodes / BITS_PER_BLOCK);
  const inodeFirstBlock = inodeBitmapFirstBlock + inodeBitmapBlocks;
  const blockBitmapFirstBlock = inodeFirstBlock + inodeBlocks;
  const blockBitmapBlocks = Math.ceil(blocks / BITS_PER_BLOCK);
  return Object.freeze({
    blocks,
    logFirstBlock: LOG_FIRST_BLOCK,
    logBlocks,
    logLines: logBlocks * LINES_PER_BLOCK,
    inodeBitmapFirstBlock,
    inodeBitmapBlocks,
    inodeFirstBlock,
    inodeBlocks,
    inodes,
    blockBitmapFirstBlock,
    blockBitmapBlocks,
    firstFileBlock: blockBitmapFirstBlock + blockBitmapBlocks,
    stripeBlocks,
  });
}

function check(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new ConfigError({
    where: `mkfs ${name}`,
    found: String(value),
    allowed: `a whole number from ${String(least)} to ${String(most)}`,
  });
}
