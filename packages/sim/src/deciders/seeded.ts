import { Prng } from '../prng.js';
import { POINT_NAMES, type Decider, type Point } from './decider.js';

/**
 * Decides at random, repeatably. Each kind of decision has a stream of its own, so that a run with
 * more faults to decide still schedules as the one without.
 */
export class SeededDecider implements Decider {
  private readonly streams: readonly Prng[];

  /** `seed` is a whole number 0 … 2^53 − 1. */
  constructor(seed: number) {
    this.streams = POINT_NAMES.map((_, point) => new Prng(seed, point));
  }

  decide(point: Point, count: number): number {
    return count === 1 ? 0 : this.streams[point].below(count);
  }
}
