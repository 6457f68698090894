/**
 * Storage for 64-byte lines, handed out one after the other and never given back; what they are for
 * may change (`VisibleBytes`, `PendingSlots`).
 *
 * Slabs double in size (16 KiB, 16 KiB, 32 KiB …): a few typed arrays however much is kept, so
 * that their headers stay in the host's caches. A line's index says which slab and where.
 */
import { copyWide } from './line-buffer.js';

const WORDS = 16;
const FIRST_SLAB_LINES = 256;
const FIRST_SLAB_SHIFT = 8;

export class LinePool {
  private readonly slabs: Int32Array[] = [];
  /** The same bytes by eight, which halves what a copy takes; nobody computes with them. */
  private readonly wide: BigInt64Array[] = [];
  private used = 0;

  /** Index of a fresh line; its content is anything. */
  take(): number {
    const line = this.used;
    this.used = line + 1;
    if (slabOf(line) === this.slabs.length) {
      const lines = FIRST_SLAB_LINES << Math.max(0, this.slabs.length - 1);
      const slab = new Int32Array(lines * WORDS);
      this.slabs.push(slab);
      this.wide.push(new BigInt64Array(slab.buffer));
    }
    return line;
  }

  word(line: number, word: number): number {
    return this.slabs[slabOf(line)][startOf(line) + word];
  }

  setWord(line: number, word: number, value: number): void {
    this.slabs[slabOf(line)][startOf(line) + word] = value;
  }

  fill(line: number, value: number): void {
    const slab = this.slabs[slabOf(line)];
    const start = startOf(line);
    for (let i = 0; i < WORDS; i += 1) slab[start + i] = value;
  }

  copyIn(line: number, fromWord: number, toWord: number, words: Int32Array): void {
    const slab = this.slabs[slabOf(line)];
    const start = startOf(line);
    for (let i = fromWord; i < toWord; i += 1) slab[start + i] = words[i];
  }

  /** Puts the eight of `words` in the line's place. */
  replace(line: number, words: BigInt64Array): void {
    copyWide(words, 0, this.wide[slabOf(line)], startOf(line) >>> 1);
  }

  /** Copies the line to `into[at…]`, by eight bytes. */
  copyWideOut(line: number, into: BigInt64Array, at: number): void {
    copyWide(this.wide[slabOf(line)], startOf(line) >>> 1, into, at);
  }

  /** Puts the eight of `words` in the line's place, and what was there at `old`. */
  exchange(line: number, words: BigInt64Array, old: number): void {
    const slab = this.wide[slabOf(line)];
    const at = startOf(line) >>> 1;
    copyWide(slab, at, this.wide[slabOf(old)], startOf(old) >>> 1);
    copyWide(words, 0, slab, at);
  }

  copyOut(line: number, into: Int32Array, at: number): void {
    const slab = this.slabs[slabOf(line)];
    const from = startOf(line);
    // Unrolled: three times the speed of a loop or of `set` for sixteen words.
    into[at] = slab[from];
    into[at + 1] = slab[from + 1];
    into[at + 2] = slab[from + 2];
    into[at + 3] = slab[from + 3];
    into[at + 4] = slab[from + 4];
    into[at + 5] = slab[from + 5];
    into[at + 6] = slab[from + 6];
    into[at + 7] = slab[from + 7];
    into[at + 8] = slab[from + 8];
    into[at + 9] = slab[from + 9];
    into[at + 10] = slab[from + 10];
    into[at + 11] = slab[from + 11];
    into[at + 12] = slab[from + 12];
    into[at + 13] = slab[from + 13];
    into[at + 14] = slab[from + 14];
    into[at + 15] = slab[from + 15];
  }
}

function slabOf(line: number): number {
  return line < FIRST_SLAB_LINES ? 0 : 32 - FIRST_SLAB_SHIFT - Math.clz32(line);
}

/** Where a line's words begin in its slab. */
function startOf(line: number): number {
  return (line < FIRST_SLAB_LINES ? line : line - (1 << (31 - Math.clz32(line)))) << 4;
}
