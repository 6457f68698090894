/**
 * The superblock: what the media must say of itself before anything else on it is believed. It is
 * written once, by mkfs.
 */
import { checksumOf } from './log-record.js';
import { BYTES_PER_BLOCK, SUPERBLOCK, placesOf } from './layout.js';
import type { Geometry, MkfsOptions } from './layout.js';
import type { MediaMemory } from './media-memory.js';

const MAGIC = 0x46584144; // "DAXF"
export const FORMAT_VERSION = 4;

const WORDS = 64;
const Word = {
  magic: 0,
  version: 1,
  blockBytes: 2,
  blocks: 3,
  logBlocks: 4,
  inodeBlocks: 5,
  stripeBlocks: 6,
  seedLow: 8,
  seedHigh: 9,
  label: 16,
  checksum: 63,
} as const;
const LABEL_BYTES = 16;

/** What the superblock says, apart from the geometry. */
export interface Identity {
  readonly seed: number;
  readonly label: string;
}

/** Writes it, durable at once. */
export function writeSuperblock(memory: MediaMemory, geometry: Geometry, of: MkfsOptions): void {
  const words = new Int32Array(WORDS);
  words[Word.magic] = MAGIC;
  words[Word.version] = FORMAT_VERSION;
  words[Word.blockBytes] = BYTES_PER_BLOCK;
  words[Word.blocks] = geometry.blocks;
  words[Word.logBlocks] = geometry.logBlocks;
  words[Word.inodeBlocks] = geometry.inodeBlocks;
  words[Word.stripeBlocks] = geometry.stripeBlocks;
  words[Word.seedLow] = of.seed | 0;
  words[Word.seedHigh] = Math.floor(of.seed / 4294967296);
  const label = new TextEncoder().encode(of.label).subarray(0, LABEL_BYTES);
  new Uint8Array(words.buffer, Word.label * 4, LABEL_BYTES).set(label);
  words[Word.checksum] = checksumOf(words, 0, Word.checksum);
  const bytes = new Uint8Array(words.buffer);
  memory.pokeBytes(SUPERBLOCK, bytes, 0, bytes.length);
}

/** The geometry of the file system on the media, or null when there is none of this version. */
export function readGeometry(memory: MediaMemory): Geometry | null {
  const words = readWords(memory);
  if (words[Word.magic] !== MAGIC || words[Word.version] !== FORMAT_VERSION) return null;
  if (words[Word.blockBytes] !== BYTES_PER_BLOCK) return null;
  if (words[Word.checksum] !== checksumOf(words, 0, Word.checksum)) return null;
  return placesOf(
    words[Word.blocks],
    words[Word.logBlocks],
    words[Word.inodeBlocks],
    words[Word.stripeBlocks],
  );
}

/** Reads superblocks again and again; one that is the last one is not worked out anew. */
export class SuperblockReader {
  private readonly words = new Int32Array(WORDS);
  private readonly last = new Int32Array(WORDS);
  private geometry: Geometry | null = null;

  /** As `readGeometry`. */
  read(memory: MediaMemory): Geometry | null {
    const { words, last } = this;
    memory.peekWords(SUPERBLOCK, words, 0, WORDS);
    if (this.geometry !== null) {
      let word = 0;
      while (word < WORDS && words[word] === last[word]) word += 1;
      if (word === WORDS) return this.geometry;
    }
    last.set(words);
    this.geometry = readGeometry(memory);
    return this.geometry;
  }
}

/** Seed and label, of a superblock that `readGeometry` accepts. */
export function readIdentity(memory: MediaMemory): Identity {
  const words = readWords(memory);
  const label = new Uint8Array(words.buffer, Word.label * 4, LABEL_BYTES);
  const end = label.indexOf(0);
  return {
    seed: words[Word.seedHigh] * 4294967296 + (words[Word.seedLow] >>> 0),
    label: new TextDecoder().decode(end < 0 ? label : label.subarray(0, end)),
  };
}

function readWords(memory: MediaMemory): Int32Array {
  const words = new Int32Array(WORDS);
  memory.peekBytes(SUPERBLOCK, new Uint8Array(words.buffer), 0, WORDS * 4);
  return words;
}
