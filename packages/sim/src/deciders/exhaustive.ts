/**
 * Every combination of choices, one run after another, like an odometer: the last decision of a run
 * counts up first, and one that was asked fewer times is no problem, because what is asked may
 * depend on what was answered.
 *
 *     do { run(decider) } while (decider.next());          0 0 0 · 0 0 1 · 0 1 · 1 0 …
 *
 * No reduction and no memory of states: the reference against which cleverer searches are checked.
 */
import { assert } from '../errors.js';
import type { Decider, Point } from './decider.js';

export class ExhaustiveDecider implements Decider {
  /** Runs completed by `next`, plus the present one. */
  runs = 1;
  private readonly choices: number[] = [];
  private readonly counts: number[] = [];
  private position = 0;

  decide(_point: Point, count: number): number {
    if (count === 1) return 0;
    const at = this.position;
    this.position = at + 1;
    if (at < this.choices.length) {
      assert(
        this.counts[at] === count,
        'ExhaustiveDecider: the same choices led to another question',
      );
      return this.choices[at];
    }
    this.choices.push(0);
    this.counts.push(count);
    return 0;
  }

  /** Choices of the present run. */
  list(): number[] {
    return [...this.choices];
  }

  /** Ends a run and prepares the next one; false when all have been done. */
  next(): boolean {
    assert(this.position === this.choices.length, 'ExhaustiveDecider: a run asked fewer questions');
    this.position = 0;
    while (this.choices.length > 0) {
      const last = this.choices.length - 1;
      if (this.choices[last] + 1 < this.counts[last]) {
        this.choices[last] += 1;
        this.runs += 1;
        return true;
      }
      this.choices.pop();
      this.counts.pop();
    }
    return false;
  }
}
