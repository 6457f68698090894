/**
 * A device as a file: what was ever written to it, by blocks of 4 KiB. The bytes are told in
 * `packages/lab/SPEC.md`.
 *
 *     head (64 bytes): magic, version, capacity, fill byte, blocks, checksum of the head
 *     for each block that differs from the fill, ascending: its number, a checksum, 4096 bytes
 *
 * What the memory holds is saved as programs see it: stores that power loss could still take are
 * taken for done. The head is written last, so that a file whose writing was interrupted is no
 * image. Whatever is wrong with a file is the user's error, with the byte where it is wrong.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { createUntimedMemory } from '@daxsim/pmem';
import { BLOCK_BYTES, ConfigError, StateSpace } from '@daxsim/sim';
import type { Memory, UntimedMemory } from '@daxsim/pmem';

/** Raised when a reader of the last version would read a new image wrong. */
export const IMAGE_VERSION = 1;
const MAGIC = 'DAXSIMIM';
const HEAD_BYTES = 64;
const PREFIX_BYTES = 8;
const ENTRY_BYTES = PREFIX_BYTES + BLOCK_BYTES;
const CAPACITY_MOST = 137_438_953_472;
const Head = { version: 8, capacityLow: 12, capacityHigh: 16, fill: 20, blocks: 24, sum: 60 };
const HIGH = 4_294_967_296;

/** What was saved, or is in a file. */
export interface ImageFacts {
  readonly version: number;
  readonly capacityBytes: number;
  readonly fillByte: number;
  /** Blocks that the file holds. */
  readonly blocks: number;
  readonly fileBytes: number;
}

/** A device read from a file. */
export interface OpenedImage {
  readonly memory: UntimedMemory;
  readonly facts: ImageFacts;
}

/** Saves a memory. Throws ConfigError when the file cannot be written. */
export function saveImage(memory: Memory, path: string, fillByte: number): ImageFacts {
  const file = opened(path, 'w');
  try {
    const { capacityBytes } = memory;
    const entry = new Uint8Array(ENTRY_BYTES);
    const view = new DataView(entry.buffer);
    const bytes = entry.subarray(PREFIX_BYTES);
    let blocks = 0;
    let at = HEAD_BYTES;
    for (const block of pagesOf(memory)) {
      memory.peekBytes(block * BLOCK_BYTES, bytes, 0, BLOCK_BYTES);
      if (bytes.every((byte) => byte === fillByte)) continue;
      view.setUint32(0, block, true);
      view.setUint32(4, sumOf(bytes, block), true);
      writeSync(file, entry, 0, ENTRY_BYTES, at);
      blocks += 1;
      at += ENTRY_BYTES;
    }
    const facts = { version: IMAGE_VERSION, capacityBytes, fillByte, blocks, fileBytes: at };
    writeSync(file, headOf(facts), 0, HEAD_BYTES, 0);
    return facts;
  } finally {
    closeSync(file);
  }
}

/** Blocks that may hold something, ascending. */
function pagesOf(memory: Memory): readonly number[] {
  const touched = memory.touchedPages?.();
  if (touched !== undefined) return touched;
  return Array.from({ length: memory.capacityBytes / BLOCK_BYTES }, (_, block) => block);
}

/** Reads an image into a memory of its own. Throws ConfigError when it is none, or damaged. */
export function openImage(path: string): OpenedImage {
  const file = opened(path, 'r');
  try {
    const facts = readHead(path, file);
    const { capacityBytes, fillByte, blocks } = facts;
    const memory = createUntimedMemory(new StateSpace(), capacityBytes, 'adr', { fillByte });
    const entry = new Uint8Array(ENTRY_BYTES);
    let last = -1;
    for (let i = 0; i < blocks; i += 1) {
      const at = HEAD_BYTES + i * ENTRY_BYTES;
      const read = readSync(file, entry, 0, ENTRY_BYTES, at);
      const where = `${path}, byte ${at}`;
      if (read < ENTRY_BYTES) throw damaged(where, `the end, after ${i} of ${blocks} blocks`);
      last = takeEntry(where, entry, last, memory);
    }
    return { memory, facts };
  } finally {
    closeSync(file);
  }
}

/** Puts one block into the memory; answers its number. */
function takeEntry(where: string, entry: Uint8Array, last: number, memory: Memory): number {
  const view = new DataView(entry.buffer);
  const bytes = entry.subarray(PREFIX_BYTES);
  const block = view.getUint32(0, true);
  if (view.getUint32(4, true) !== sumOf(bytes, block)) {
    throw damaged(where, `block ${block} with a wrong checksum`);
  }
  if (block <= last || (block + 1) * BLOCK_BYTES > memory.capacityBytes) {
    throw damaged(where, `block ${block} behind block ${last}`);
  }
  memory.pokeBytes(block * BLOCK_BYTES, bytes, 0, BLOCK_BYTES);
  return block;
}

function headOf({ capacityBytes, fillByte, blocks }: ImageFacts): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer);
  head.set(new TextEncoder().encode(MAGIC));
  view.setUint32(Head.version, IMAGE_VERSION, true);
  view.setUint32(Head.capacityLow, capacityBytes >>> 0, true);
  view.setUint32(Head.capacityHigh, Math.floor(capacityBytes / HIGH), true);
  view.setUint32(Head.fill, fillByte, true);
  view.setUint32(Head.blocks, blocks, true);
  view.setUint32(Head.sum, sumOf(head.subarray(0, Head.sum), 0), true);
  return head;
}

function readHead(path: string, file: number): ImageFacts {
  const head = new Uint8Array(HEAD_BYTES);
  const count = readSync(file, head, 0, HEAD_BYTES, 0);
  const view = new DataView(head.buffer);
  const magic = new TextDecoder('latin1').decode(head.subarray(0, MAGIC.length));
  if (count < HEAD_BYTES || magic !== MAGIC) throw damaged(`${path}, byte 0`, 'no image of daxsim');
  const version = view.getUint32(Head.version, true);
  if (version !== IMAGE_VERSION) {
    const allowed = `version ${IMAGE_VERSION}; make the image again with this version of daxsim`;
    throw new ConfigError({ where: path, found: `an image of version ${version}`, allowed });
  }
  if (view.getUint32(Head.sum, true) !== sumOf(head.subarray(0, Head.sum), 0)) {
    throw damaged(`${path}, byte ${Head.sum}`, 'a head with a wrong checksum');
  }
  const high = view.getUint32(Head.capacityHigh, true);
  const capacityBytes = high * HIGH + view.getUint32(Head.capacityLow, true);
  const fillByte = view.getUint32(Head.fill, true);
  const blocks = view.getUint32(Head.blocks, true);
  const isSensible = capacityBytes > 0 && capacityBytes % BLOCK_BYTES === 0 && fillByte < 256;
  if (!isSensible || capacityBytes > CAPACITY_MOST) {
    throw damaged(`${path}, byte ${Head.capacityLow}`, `a device of ${capacityBytes} bytes`);
  }
  const fileBytes = HEAD_BYTES + blocks * ENTRY_BYTES;
  const { size } = fstatSync(file);
  if (size > fileBytes)
    throw damaged(`${path}, byte ${fileBytes}`, `${size - fileBytes} bytes more`);
  return { version, capacityBytes, fillByte, blocks, fileBytes };
}

function damaged(where: string, found: string): ConfigError {
  return new ConfigError({ where, found, allowed: 'an undamaged image, made by image save' });
}

function opened(path: string, flags: 'r' | 'w'): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    const found = error instanceof Error ? error.message : 'it cannot be opened';
    throw new ConfigError({ where: path, found });
  }
}

/** FNV-1a, 32 bits, over the bytes and then the four bytes of a number. */
function sumOf(bytes: Uint8Array, block: number): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  for (let shift = 0; shift < 32; shift += 8) {
    sum = Math.imul(sum ^ ((block >>> shift) & 0xff), 0x01000193);
  }
  return sum >>> 0;
}
