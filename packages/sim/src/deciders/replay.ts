/**
 * Repeats a choice list.
 *
 * A list that ends early is continued with 0, the undisturbed choice, and `hasEnded` tells. A
 * choice that is out of range means that the list belongs to another configuration or another
 * version: that is the user's error, naming the position, unless `lenient` asks for 0 instead, as
 * shrinking does.
 */
import { ConfigError } from '../errors.js';
import { POINT_NAMES, type Decider, type Point } from './decider.js';

export interface ReplayOptions {
  /** Where the list comes from, for messages; default `choices`. */
  readonly where?: string;
  /** Answer 0 instead of failing when a choice is out of range; default false. */
  readonly lenient?: boolean;
}

export class ReplayDecider implements Decider {
  /** How many choices of the list were used. */
  position = 0;
  /** True once something was decided beyond the end of the list. */
  hasEnded = false;
  /** Position of the first choice out of range (lenient only), or -1. */
  strayedAt = -1;

  constructor(
    private readonly choices: readonly number[],
    private readonly options: ReplayOptions = {},
  ) {}

  decide(point: Point, count: number): number {
    if (count === 1) return 0;
    if (this.position >= this.choices.length) {
      this.hasEnded = true;
      return 0;
    }
    const choice = this.choices[this.position];
    if (!(Number.isInteger(choice) && choice >= 0 && choice < count)) {
      return this.stray(point, choice, count);
    }
    this.position += 1;
    return choice;
  }

  private stray(point: Point, choice: number, count: number): number {
    if (this.options.lenient !== true) {
      throw new ConfigError({
        where: `${this.options.where ?? 'choices'}[${this.position}]`,
        found: `choice ${choice} of ${count} (${POINT_NAMES[point]})`,
        allowed: `0 … ${count - 1}; the list may be from another configuration or version`,
      });
    }
    if (this.strayedAt < 0) this.strayedAt = this.position;
    this.position += 1;
    return 0;
  }
}
