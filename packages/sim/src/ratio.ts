/**
 * Exact fractions for chances and scale factors. A decision such as "one fault in eight" must not
 * depend on how a double rounds, so it is kept as whole numbers and drawn without rounding.
 */
import { ConfigError } from './errors.js';

/** A fraction 0 … 1 in lowest terms: `parts` of `whole`. */
export interface Ratio {
  readonly parts: number;
  readonly whole: number;
}

/** The largest denominator: a draw from it still fits 32 bits. */
export const RATIO_WHOLE_MAX = 4294967295;

/** The fraction parts/whole; both whole numbers, 0 <= parts <= whole, 1 <= whole < 2^32. */
export function ratio(parts: number, whole: number, where = 'ratio'): Ratio {
  const valid = Number.isInteger(parts) && Number.isInteger(whole) && parts >= 0 && parts <= whole;
  if (!valid || whole < 1 || whole > RATIO_WHOLE_MAX) {
    throw new ConfigError({
      where,
      found: `${parts}/${whole} is not a fraction between 0 and 1`,
      allowed: 'whole numbers, 0 <= parts <= whole, 1 <= whole < 2^32',
    });
  }
  const divisor = greatestDivisor(parts, whole);
  return { parts: parts / divisor, whole: whole / divisor };
}

/**
 * Reads `3/8`, `12.5%`, `0.125`, `0` or `1`. `where` names the place in messages. Throws a
 * `ConfigError` for anything else, and for more digits than can be kept exactly.
 */
export function parseRatio(text: string, where: string): Ratio {
  const fraction = /^\s*(\d{1,10})\s*\/\s*(\d{1,10})\s*$/.exec(text);
  if (fraction !== null) return ratio(Number(fraction[1]), Number(fraction[2]), where);
  const decimal = /^\s*(\d{1,3})(?:\.(\d{1,7}))?\s*(%?)\s*$/.exec(text);
  if (decimal === null) {
    throw new ConfigError({
      where,
      found: `"${text}" is not a fraction`,
      allowed: 'a fraction such as 3/8, a percentage such as 12.5%, or a decimal such as 0.125',
    });
  }
  const digits = decimal[2] ?? '';
  let scale = decimal[3] === '%' ? 100 : 1;
  for (let i = 0; i < digits.length; i += 1) scale *= 10;
  return ratio(Number(`${decimal[1]}${digits}`), scale, where);
}

/** `count` × `of`, rounded down, exactly; `count` is a whole number < 2^53. */
export function scale(count: number, of: Ratio): number {
  return Number((BigInt(count) * BigInt(of.parts)) / BigInt(of.whole));
}

function greatestDivisor(a: number, b: number): number {
  let [larger, smaller] = [b, a];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
