/**
 * Repeatable random whole numbers: sfc32 (Doty-Humphrey's small fast counting generator, 128 bits
 * of state, period at least 2^32 per seed), the same on every machine because it only adds, shifts
 * and xors 32-bit integers.
 *
 * Only deciders and workloads own one; a component that drew for itself would make choices that no
 * choice list records.
 */
import { assert } from './errors.js';
import type { Ratio } from './ratio.js';

/** Rounds that separate the streams of neighbouring seeds. */
const WARM_UP_ROUNDS = 16;

export class Prng {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  /** `seed` and `stream` are whole numbers 0 … 2^53 − 1; streams of one seed are independent. */
  constructor(seed: number, stream = 0) {
    assert(Number.isSafeInteger(seed) && seed >= 0, 'Prng: seed outside 0 … 2^53 - 1');
    assert(Number.isSafeInteger(stream) && stream >= 0, 'Prng: stream outside 0 … 2^53 - 1');
    this.a = seed | 0;
    this.b = (seed / 4294967296) | 0;
    this.c = stream | 0;
    this.counter = ((stream / 4294967296) | 0) + 1;
    for (let i = 0; i < WARM_UP_ROUNDS; i += 1) this.word();
  }

  /** The next 32 random bits, as a whole number 0 … 2^32 − 1. */
  next32(): number {
    return this.word() >>> 0;
  }

  /** A whole number 0 … `limit` − 1, each equally likely; 1 <= `limit` <= 2^53. */
  below(limit: number): number {
    assert(limit >= 1 && limit <= 9007199254740992, 'Prng: limit outside 1 … 2^53');
    if (limit > 4294967296) return this.belowWide(limit);
    // The last, incomplete copy of 0 … limit-1 is refused, or small answers would come more often.
    const usable = 4294967296 - (4294967296 % limit);
    for (;;) {
      const drawn = this.word() >>> 0;
      if (drawn < usable) return drawn % limit;
    }
  }

  /** A whole number `least` … `most`, both possible. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with exactly the chance given. */
  chance(of: Ratio): boolean {
    return this.below(of.whole) < of.parts;
  }

  /** The generator's whole state, for `restore`. */
  save(): readonly number[] {
    return [this.a, this.b, this.c, this.counter];
  }

  restore(saved: readonly number[]): void {
    assert(saved.length === 4, 'Prng: not a saved state');
    [this.a, this.b, this.c, this.counter] = saved as [number, number, number, number];
  }

  private belowWide(limit: number): number {
    const copies = Math.floor(9007199254740992 / limit);
    for (;;) {
      const drawn = (this.word() >>> 11) * 4294967296 + (this.word() >>> 0);
      if (drawn < copies * limit) return drawn % limit;
    }
  }

  private word(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum;
  }
}
