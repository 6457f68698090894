/**
 * A histogram of whole numbers with logarithmic buckets: 64 equal buckets per power of two.
 *
 *      0 … 127: one bucket per value   128 … 255: 64 of width 2   256 … 511: 64 of width 4   …
 *
 * Count, least, greatest, sum and mean are exact; a percentile is the middle of its bucket, wrong
 * by 0.8 % at most. All histograms have the same buckets, so merging is adding, in any order, with
 * the same result. Memory follows the largest value recorded: 8 bytes × 64 per power of two.
 */
import { assert } from './errors.js';

// See space.ts: looking up a global costs much in the contexts in which tests run.
const { clz32, floor, max, min } = Math;

const PARTS_BITS = 6;
const PARTS = 1 << PARTS_BITS;
const FIRST_BUCKETS = PARTS * 8;

export class Histogram {
  /** How many values were recorded. */
  count = 0;
  /** The least value recorded; infinity when none was. */
  min = Number.POSITIVE_INFINITY;
  /** The greatest value recorded; 0 when none was. */
  max = 0;
  /** Sum of all values: exact below 2^53, then rounded as doubles are. */
  sum = 0;
  private buckets = new Float64Array(FIRST_BUCKETS);

  /** Records `value`, a whole number 0 … 2^53 − 1, `times` times. */
  record(value: number, times = 1): void {
    assert(value >= 0 && value <= Number.MAX_SAFE_INTEGER, 'Histogram: value outside 0 … 2^53 - 1');
    const bucket = bucketOf(value);
    if (bucket >= this.buckets.length) this.growTo(bucket);
    this.buckets[bucket] += times;
    this.count += times;
    this.sum += value * times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** The mean, or 0 when nothing was recorded. */
  mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /**
   * The value that `percent` (0 … 100, to three decimals) of the records do not exceed: the record
   * of rank ceil(percent × count / 100). 0 when nothing was recorded.
   */
  percentile(percent: number): number {
    if (this.count === 0) return 0;
    // In whole thousandths, so that 99.9 % of 1000 is rank 999 and not a rounding error above it.
    const rank = max(1, Math.ceil((Math.round(percent * 1000) * this.count) / 100000));
    let seen = 0;
    for (let bucket = 0; bucket < this.buckets.length; bucket += 1) {
      seen += this.buckets[bucket];
      if (seen >= rank) return this.clamp(middleOf(bucket));
    }
    return this.max;
  }

  /** Adds all records of `other`. */
  merge(other: Histogram): void {
    if (other.buckets.length > this.buckets.length) this.growTo(other.buckets.length - 1);
    for (let bucket = 0; bucket < other.buckets.length; bucket += 1) {
      this.buckets[bucket] += other.buckets[bucket];
    }
    this.count += other.count;
    this.sum += other.sum;
    if (other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
  }

  /** Forgets all records but keeps the memory. */
  reset(): void {
    this.buckets.fill(0);
    this.count = 0;
    this.sum = 0;
    this.max = 0;
    this.min = Number.POSITIVE_INFINITY;
  }

  /** Non-empty buckets in ascending order, each with its least and greatest value. */
  filled(): { readonly from: number; readonly to: number; readonly count: number }[] {
    const found: { from: number; to: number; count: number }[] = [];
    for (let bucket = 0; bucket < this.buckets.length; bucket += 1) {
      const count = this.buckets[bucket];
      if (count === 0) continue;
      found.push({ from: leastOf(bucket), to: leastOf(bucket + 1) - 1, count });
    }
    return found;
  }

  private clamp(value: number): number {
    return min(this.max, max(this.min, value));
  }

  private growTo(bucket: number): void {
    let length = this.buckets.length;
    while (length <= bucket) length += FIRST_BUCKETS;
    const buckets = new Float64Array(length);
    buckets.set(this.buckets);
    this.buckets = buckets;
  }
}

/** Index of the top bit of `value` >= 1. */
function topBit(value: number): number {
  if (value < 4294967296) return 31 - clz32(value);
  return 63 - clz32(value / 4294967296);
}

function bucketOf(value: number): number {
  if (value < PARTS * 2) return value | 0;
  const shift = topBit(value) - PARTS_BITS;
  // value >> shift is PARTS … 2 PARTS - 1; each further power of two owns PARTS buckets.
  const part = shift < 25 ? value / (1 << shift) : value / (33554432 * (1 << (shift - 25)));
  return shift * PARTS + (part | 0);
}

/** The least value of a bucket. */
function leastOf(bucket: number): number {
  if (bucket < PARTS * 2) return bucket;
  const shift = (bucket >>> PARTS_BITS) - 1;
  const width = shift < 31 ? 1 << shift : 1073741824 * (1 << (shift - 30));
  return (PARTS + (bucket & (PARTS - 1))) * width;
}

function middleOf(bucket: number): number {
  const least = leastOf(bucket);
  return least + floor((leastOf(bucket + 1) - 1 - least) / 2);
}
