/**
 * Makes an empty file system: superblock, empty log, bitmaps, root directory, no reference counts;
 * all else stays as it was, whatever it was. Inode slots, tree pages and directory blocks are given
 * meaning when they are first written, so a large device is not touched as a whole.
 */
import type { Memory } from '@daxsim/pmem';
import {
  BYTES_PER_BLOCK,
  INODE_BYTES,
  LOG_HEAD_BLOCK,
  ROOT_INODE,
  SHARE_INODE,
  planGeometry,
} from './layout.js';
import type { Geometry, MkfsOptions } from './layout.js';
import { InodeWord } from './inode-table.js';
import { sequenceLow, sequenceOf, tailHighWord } from './log-record.js';
import { readGeometry, writeSuperblock } from './superblock.js';

const ROOT_MODE = 0o040755;
const HEAD_WORDS = 20;

/**
 * Writes it, durable at once. Throws `ConfigError` when it does not fit.
 */
export function mkfs(memory: Memory, options: MkfsOptions): Geometry {
  const geometry = planGeometry(options);
  const first = firstSequence(memory);
  memory.poke32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK, sequenceLow(first));
  memory.poke32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK + 4, tailHighWord(0, first));
  writeInodeBitmap(memory, geometry);
  writeBlockBitmap(memory, geometry);
  writeInode(memory, geometry, SHARE_INODE, new Int32Array(HEAD_WORDS));
  writeInode(memory, geometry, ROOT_INODE, rootWords());
  writeSuperblock(memory, geometry, options);
  return geometry;
}

/** Above every sequence in the ring of a file system that was here before. */
function firstSequence(memory: Memory): number {
  const old = readGeometry(memory);
  if (old === null) return 1;
  const low = memory.peek32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK);
  const high = memory.peek32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK + 4);
  return sequenceOf(low, high) + old.logLines;
}

function writeInodeBitmap(memory: Memory, geometry: Geometry): void {
  const zeros = new Uint8Array(BYTES_PER_BLOCK);
  for (let i = 0; i < geometry.inodeBitmapBlocks; i += 1) {
    memory.pokeBytes(addressOf(geometry.inodeBitmapFirstBlock + i), zeros, 0, BYTES_PER_BLOCK);
  }
  // Inode 0 is no file, and never free.
  memory.poke32(addressOf(geometry.inodeBitmapFirstBlock), 1 | (1 << ROOT_INODE));
}

/** Allocated: everything before the first file block, and what lies beyond the device. */
function writeBlockBitmap(memory: Memory, geometry: Geometry): void {
  const words = new Int32Array(BYTES_PER_BLOCK / 4);
  const bytes = new Uint8Array(words.buffer);
  for (let i = 0; i < geometry.blockBitmapBlocks; i += 1) {
    for (let word = 0; word < words.length; word += 1) {
      const first = (i * words.length + word) * 32;
      words[word] = wordOfBits(first, geometry);
    }
    memory.pokeBytes(addressOf(geometry.blockBitmapFirstBlock + i), bytes, 0, BYTES_PER_BLOCK);
  }
}

function wordOfBits(first: number, geometry: Geometry): number {
  if (first >= geometry.firstFileBlock && first + 32 <= geometry.blocks) return 0;
  let bits = 0;
  for (let bit = 0; bit < 32; bit += 1) {
    const block = first + bit;
    if (block < geometry.firstFileBlock || block >= geometry.blocks) bits |= 1 << bit;
  }
  return bits;
}

function rootWords(): Int32Array {
  const words = new Int32Array(HEAD_WORDS);
  words[InodeWord.mode] = ROOT_MODE;
  words[InodeWord.links] = 2;
  words[InodeWord.parent] = ROOT_INODE;
  return words;
}

function writeInode(memory: Memory, geometry: Geometry, inode: number, words: Int32Array): void {
  const address = addressOf(geometry.inodeFirstBlock) + inode * INODE_BYTES;
  memory.pokeBytes(address, new Uint8Array(words.buffer), 0, words.length * 4);
}

function addressOf(block: number): number {
  return block * BYTES_PER_BLOCK;
}
