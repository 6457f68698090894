/**
 * Branded units. A number that could be mistaken for another unit carries a brand; brands are put
 * on at the edge (parsing, configuration) and never cast in the middle. They cost nothing at run
 * time.
 *
 * Simulated time is a count of picoseconds in a double: 2^53 ps is two and a half hours, and adding
 * doubles is several times faster than adding bigints.
 */
import { assert } from './errors.js';

declare const unit: unique symbol;

/** Simulated time or a span of it: integer picoseconds, 0 … 2^52. */
export type Ticks = number & { readonly [unit]: 'ticks' };
/** A count of bytes, integer, 0 … 2^53. */
export type Bytes = number & { readonly [unit]: 'bytes' };
/** Index of a 64-byte line of the device. */
export type LineIndex = number & { readonly [unit]: 'line' };
/** Index of a 4096-byte block of the device or of a file. */
export type BlockIndex = number & { readonly [unit]: 'block' };

/** A time that never comes: later than every tick. */
export const NEVER = Number.POSITIVE_INFINITY as Ticks;
/** Ticks in one nanosecond. */
export const TICKS_PER_NS = 1000;
/** No interval may be longer than this, so that sums stay exact integers. */
export const TICKS_MAX_INTERVAL = 2251799813685248; // 2^51
/** Bytes in one line. */
export const LINE_BYTES = 64;
/** Bytes in one block, and in one base page. */
export const BLOCK_BYTES = 4096;

/** Puts the brand on a count of picoseconds; it must be an integer ≥ 0, or `NEVER`. */
export function ticks(picoseconds: number): Ticks {
  return picoseconds as Ticks;
}

/** Like `ticks`, for values from outside: refuses fractions, negatives and over-long spans. */
export function checkedTicks(picoseconds: number): Ticks {
  assert(Number.isInteger(picoseconds) && picoseconds >= 0, 'ticks: not a whole number >= 0');
  assert(picoseconds <= TICKS_MAX_INTERVAL, 'ticks: interval longer than 2^51 ps');
  return picoseconds as Ticks;
}

/** The sum of a time and a span. */
export function add(a: Ticks, b: Ticks): Ticks {
  return (a + b) as Ticks;
}

/** The later of two times. */
export function later(a: Ticks, b: Ticks): Ticks {
  return a > b ? a : b;
}

/** Nanoseconds to ticks, rounded to the nearest picosecond. */
export function ticksFromNs(nanoseconds: number): Ticks {
  return checkedTicks(Math.round(nanoseconds * TICKS_PER_NS));
}

/** Ticks to nanoseconds, for reports. */
export function nsFromTicks(span: number): number {
  return span / TICKS_PER_NS;
}

/** Puts the brand on a line index. */
export function lineIndex(index: number): LineIndex {
  return index as LineIndex;
}

/** Puts the brand on a block index. */
export function blockIndex(index: number): BlockIndex {
  return index as BlockIndex;
}

/** Puts the brand on a count of bytes. */
export function bytes(count: number): Bytes {
  return count as Bytes;
}
