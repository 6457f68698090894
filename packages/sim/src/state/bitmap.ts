/**
 * A set of small whole numbers as an arena of bits, with fast search for runs: free blocks, dirty
 * pages, used ids.
 *
 *      word     ▒▒▒▒ ▒▒▒▒ ░░░░ ░░░░ ▒▒░░ …      32 bits per word
 *      summary   1    1    0    0    1   …      one bit per word that is not 0: skips 1024 bits
 *
 * Undo and hash work on whole words: a key of this arena is a word's index. The summary follows
 * from the words and is neither logged nor hashed. Bits that were never set read as clear, at any
 * index.
 */
import { assert } from '../errors.js';
import type { Arena, StateSpace } from './space.js';

// See space.ts: looking up a global costs much in the contexts in which tests run.
const { clz32, imul, min } = Math;

const FIRST_WORDS = 32;
/** Stands for the number of set bits when accesses are watched: behind the last word. */
const COUNT_KEY = 67108864;

/** Answered when no bit or run was found. */
export const NO_BIT = -1;

export class Bitmap implements Arena {
  readonly id: number;
  private ones = 0;
  private words = new Int32Array(FIRST_WORDS);
  private summary = new Int32Array(FIRST_WORDS >> 5);

  constructor(
    private readonly space: StateSpace,
    readonly name: string,
  ) {
    this.id = space.register(this);
  }

  /** How many bits are set. */
  get count(): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, COUNT_KEY);
    return this.ones;
  }

  /** Whether bit `index` (0 … 2^31 − 1) is set. */
  get(index: number): boolean {
    return ((this.word(index >>> 5) >>> (index & 31)) & 1) !== 0;
  }

  set(index: number): void {
    this.write(index >>> 5, this.word(index >>> 5) | (1 << (index & 31)));
  }

  clear(index: number): void {
    this.write(index >>> 5, this.word(index >>> 5) & ~(1 << (index & 31)));
  }

  /** Sets bits `from` … `from + length − 1`, a word at a time. */
  setRange(from: number, length: number): void {
    this.changeRange(from, length, true);
  }

  /** Clears bits `from` … `from + length − 1`, a word at a time. */
  clearRange(from: number, length: number): void {
    this.changeRange(from, length, false);
  }

  /** The first set bit in `from` … `limit − 1`, or NO_BIT. */
  nextSet(from: number, limit: number): number {
    const found = this.findSet(from, limit);
    if (this.space.watch !== null) this.watchRead(from, found === NO_BIT ? limit : found + 1);
    return found;
  }

  /** The first clear bit in `from` … `limit − 1`, or NO_BIT. */
  nextClear(from: number, limit: number): number {
    const found = this.findClear(from, limit);
    if (this.space.watch !== null) this.watchRead(from, found === NO_BIT ? limit : found + 1);
    return found;
  }

  private findSet(from: number, limit: number): number {
    if (from >= limit) return NO_BIT;
    let word = from >>> 5;
    let bits = word < this.words.length ? this.words[word] & (-1 << (from & 31)) : 0;
    while (bits === 0) {
      word = this.nextBusyWord(word + 1);
      if (word < 0 || word * 32 >= limit) return NO_BIT;
      bits = this.words[word];
    }
    const found = word * 32 + lowestBit(bits);
    return found < limit ? found : NO_BIT;
  }

  private findClear(from: number, limit: number): number {
    let word = from >>> 5;
    let bits =
      word < this.words.length ? ~this.words[word] & (-1 << (from & 31)) : -1 << (from & 31);
    while (bits === 0) {
      word += 1;
      if (word * 32 >= limit) return NO_BIT;
      bits = word < this.words.length ? ~this.words[word] : -1;
    }
    const found = word * 32 + lowestBit(bits);
    return found < limit ? found : NO_BIT;
  }

  /**
   * The start of the next run of set bits at or after `from` and below `limit`, or NO_BIT. The run
   * is the first of at least `wanted` bits; when there is none that long, the longest (of equals,
   * the first). `runLength` then tells how many of its bits may be used, `wanted` at most.
   */
  findRun(from: number, wanted: number, limit: number): number {
    let best = NO_BIT;
    this.runLength = 0;
    let start = this.nextSet(from, limit);
    while (start !== NO_BIT) {
      // No need to look beyond what was asked for.
      const cap = min(limit, start + wanted);
      const end = this.nextClear(start, cap);
      const length = (end === NO_BIT ? cap : end) - start;
      if (length > this.runLength) {
        best = start;
        this.runLength = length;
      }
      if (length >= wanted) break;
      start = this.nextSet(start + length, limit);
    }
    return best;
  }

  /** Length of the run that `findRun` answered last. */
  runLength = 0;

  restore(word: number, value: number): void {
    this.put(word, value);
  }

  private word(word: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, word);
    return word < this.words.length ? this.words[word] : 0;
  }

  private write(word: number, value: number): void {
    const old = word < this.words.length ? this.words[word] : 0;
    if (this.space.tracking) this.space.wrote(this.id, word, old, value);
    if (old === value) return;
    if (this.space.watch !== null) this.space.watch.wrote(this.id, COUNT_KEY);
    this.put(word, value);
  }

  private put(word: number, value: number): void {
    if (word >= this.words.length) this.growTo(word);
    this.ones += onesIn(value) - onesIn(this.words[word]);
    this.words[word] = value;
    if (value === 0) this.summary[word >>> 5] &= ~(1 << (word & 31));
    else this.summary[word >>> 5] |= 1 << (word & 31);
  }

  private changeRange(from: number, length: number, on: boolean): void {
    let at = from;
    const end = from + length;
    while (at < end) {
      const low = at & 31;
      const bits = min(32 - low, end - at);
      const mask = (bits === 32 ? -1 : (1 << bits) - 1) << low;
      const old = this.word(at >>> 5);
      this.write(at >>> 5, on ? old | mask : old & ~mask);
      at += bits;
    }
  }

  /** The first word at or after `from` that is not 0, or -1. */
  private nextBusyWord(from: number): number {
    let group = from >>> 5;
    if (group >= this.summary.length) return -1;
    let busy = this.summary[group] & (-1 << (from & 31));
    while (busy === 0) {
      group += 1;
      if (group >= this.summary.length) return -1;
      busy = this.summary[group];
    }
    return group * 32 + lowestBit(busy);
  }

  private watchRead(from: number, limit: number): void {
    const last = (limit - 1) >>> 5;
    for (let word = from >>> 5; word <= last; word += 1) this.space.watch?.read(this.id, word);
  }

  private growTo(word: number): void {
    assert(word >= 0 && word < 67108864, 'Bitmap: index outside 0 … 2^31 - 1');
    let length = this.words.length;
    while (length <= word) length *= 2;
    const words = new Int32Array(length);
    words.set(this.words);
    this.words = words;
    const summary = new Int32Array(length >> 5);
    summary.set(this.summary);
    this.summary = summary;
  }
}

function lowestBit(bits: number): number {
  return 31 - clz32(bits & -bits);
}

function onesIn(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
