/**
 * From the price table of a file-system config to what `compile` wants: ticks per step.
 */
import { ConfigError } from '@daxsim/sim';
import type { StepPrice } from '@daxsim/sim';

/** A step's price as the config has it; times are text with a unit. */
export interface PriceEntry {
  /** Charged each time the step runs. */
  readonly fixed: string;
  /** Charged per unit of `per`. */
  readonly each?: string | undefined;
  /** Register that counts the units; must be the one the step declares. */
  readonly per?: string | undefined;
  readonly source: string;
  readonly basis: 'measured' | 'published' | 'derived' | 'recalled' | 'fitted';
}

/** Converts a table of prices. Throws `ConfigError` for a text that is no time. */
export function priceTable(
  where: string,
  entries: { readonly [step: string]: PriceEntry },
): Map<string, StepPrice> {
  const prices = new Map<string, StepPrice>();
  for (const [step, entry] of Object.entries(entries)) {
    if ((entry.each === undefined) !== (entry.per === undefined)) {
      throw new ConfigError({
        where: `${where}, price of ${step}`,
        found: entry.each === undefined ? '"per" without "each"' : '"each" without "per"',
        allowed: 'both or neither',
      });
    }
    prices.set(step, {
      fixedTicks: timeTicks(where, entry.fixed),
      eachTicks: entry.each === undefined ? 0 : timeTicks(where, entry.each),
    });
  }
  return prices;
}

const TICKS_PER: ReadonlyMap<string, number> = new Map([
  ['ps', 1],
  ['ns', 1000],
  ['us', 1000000],
  ['ms', 1000000000],
]);

/** Ticks of a time as text, such as "120ns" or "1.2us"; rounded to whole ticks. */
export function timeTicks(where: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ps|ns|us|ms)$/.exec(text);
  const unit = match === null ? undefined : TICKS_PER.get(match[2]);
  if (match === null || unit === undefined) {
    throw new ConfigError({
      where,
      found: `"${text}" as a time`,
      allowed: 'a number with ps, ns, us or ms, such as "120ns"',
    });
  }
  return Math.round(Number(match[1]) * unit);
}
