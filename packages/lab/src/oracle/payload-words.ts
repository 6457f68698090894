/**
 * The bytes that a trace does not carry. Write number w stores at each aligned 8-byte word of the
 * file a value mixed from w and the word's place; partial words at the edges take their bytes of
 * it.
 *
 *     byte at file offset o of write w  =  byte (o mod 8) of  mix(w, floor(o / 8))
 *
 * So a byte tells whose it is and where it belongs, and nothing has to be kept to check it.
 */

/** What a range of a file holds when no write filled it. */
export const ZERO = 0;
/** Never written by anybody: what the device held when it was new. */
export const BLANK = -1;

/** Low half of the word. */
function lowOf(source: number, word: number): number {
  let h = Math.imul((source | 0) ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(word | 0, 0xc2b2ae35);
  h ^= h >>> 15;
  h = Math.imul(h + ((word / 4294967296) | 0), 0x2c1b3c6d);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297a2d39);
  return h ^ (h >>> 15);
}

/** High half, made from the low one. */
function highOf(source: number, low: number): number {
  const h = Math.imul(low ^ (source | 0), 0x1b873593);
  return h ^ (h >>> 13);
}

export class PayloadWords {
  private target: Uint8Array | undefined;
  private words: Int32Array | undefined;

  constructor(
    /** Byte that the new device holds everywhere. */
    readonly blankByte: number,
  ) {}

  /** Byte of value `source` at a file offset. */
  byteAt(source: number, offset: number): number {
    if (source === ZERO) return 0;
    if (source === BLANK) return this.blankByte;
    const word = Math.floor(offset / 8);
    const low = lowOf(source, word);
    const half = (offset & 4) === 0 ? low : highOf(source, low);
    return (half >>> ((offset & 3) * 8)) & 255;
  }

  /** Bytes of value `source` for file bytes [offset, offset + length), to target[at…]. */
  fill(source: number, offset: number, length: number, target: Uint8Array, at: number): void {
    if (source === ZERO || source === BLANK) {
      target.fill(source === ZERO ? 0 : this.blankByte, at, at + length);
      return;
    }
    const words = this.wordsOf(target);
    if (words === undefined || ((offset | length | at) & 7) !== 0) {
      for (let i = 0; i < length; i += 1) target[at + i] = this.byteAt(source, offset + i);
      return;
    }
    let word = offset / 8;
    const end = (at + length) >> 2;
    for (let i = at >> 2; i < end; i += 2) {
      const low = lowOf(source, word);
      words[i] = low;
      words[i + 1] = highOf(source, low);
      word += 1;
    }
  }

  /** First byte of bytes[at … at + length) that is not of value `source`, or −1. */
  differsAt(source: number, offset: number, length: number, bytes: Uint8Array, at: number): number {
    const words = this.wordsOf(bytes);
    if (words === undefined || ((offset | length | at) & 7) !== 0) {
      return this.byteDiffersAt(source, offset, length, bytes, at);
    }
    const end = (at + length) >> 2;
    if (source <= 0) {
      const same = source === ZERO ? 0 : Math.imul(this.blankByte, 0x01010101);
      for (let i = at >> 2; i < end; i += 1) {
        if (words[i] !== same) return this.byteDiffersAt(source, offset, length, bytes, at);
      }
      return -1;
    }
    let word = offset / 8;
    for (let i = at >> 2; i < end; i += 2) {
      const low = lowOf(source, word);
      if (words[i] !== low || words[i + 1] !== highOf(source, low)) {
        return this.byteDiffersAt(source, offset, length, bytes, at);
      }
      word += 1;
    }
    return -1;
  }

  private byteDiffersAt(
    source: number,
    offset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): number {
    for (let i = 0; i < length; i += 1) {
      if (bytes[at + i] !== this.byteAt(source, offset + i)) return i;
    }
    return -1;
  }

  /** The same bytes as words; the callers have one or two buffers, so the last view is kept. */
  private wordsOf(target: Uint8Array): Int32Array | undefined {
    if (target === this.target) return this.words;
    this.target = target;
    const isAligned = (target.byteOffset & 3) === 0;
    this.words = isAligned
      ? new Int32Array(target.buffer, target.byteOffset, target.length >> 2)
      : undefined;
    return this.words;
  }
}
