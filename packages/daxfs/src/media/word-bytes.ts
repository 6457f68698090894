/** Bytes of names and values in words of metadata blocks, lowest byte of a word first. */
import type { MetadataBlocks } from './metadata-blocks.js';

/** Copies `length` bytes from word `word` of a block to `target` from `to` on. */
export function bytesOut(
  metadata: MetadataBlocks,
  handle: number,
  word: number,
  to: number,
  length: number,
  target: Uint8Array,
): void {
  for (let i = 0; i < length; i += 1) {
    target[to + i] = metadata.get(handle, word + (i >>> 2)) >>> ((i & 3) * 8);
  }
}

/** Sets whole units: what is left of the last one is zero. Needs a transaction. */
export function bytesIn(
  metadata: MetadataBlocks,
  handle: number,
  word: number,
  bytes: Uint8Array,
  from: number,
  length: number,
): void {
  for (let i = 0; i < Math.ceil(length / 8) * 8; i += 4) {
    let packed = 0;
    for (let j = Math.min(3, length - i - 1); j >= 0; j -= 1) {
      packed = (packed << 8) | bytes[from + i + j];
    }
    metadata.set(handle, word + (i >>> 2), packed);
  }
}
