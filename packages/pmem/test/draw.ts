/** Draws figures of made-up machines. */
import type { Prng } from '@daxsim/sim';

/** A number in [least, most]. */
export function within(prng: Prng, least: number, most: number): number {
  return least + prng.below(most - least + 1);
}

export function made<T>(value: T): { value: T; source: string; basis: 'recalled' } {
  return { value, source: 'made up for a test', basis: 'recalled' };
}

/** Draws figures of a machine. */
export class Draw {
  constructor(readonly prng: Prng) {}

  /** A whole number. */
  n(least: number, most: number) {
    return made(within(this.prng, least, most));
  }

  /** Nanoseconds in quarters, from 0. */
  ns(most: number) {
    return made(within(this.prng, 0, most * 4) / 4);
  }

  /** Nanoseconds in quarters, above 0. */
  some(most: number) {
    return made((1 + this.prng.below(most * 4)) / 4);
  }

  /** A cache of sixteen sets. */
  cache(mostCycles: number) {
    const ways = within(this.prng, 1, 4);
    return { capacityKib: made(ways), ways: made(ways), hitCycles: this.n(1, mostCycles) };
  }

  pick<T>(values: readonly T[]): T {
    return values[this.prng.below(values.length)];
  }
}
