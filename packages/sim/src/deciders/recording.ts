import type { Decider, Point } from './decider.js';

/** Passes every decision on and keeps the answers that were not forced. */
export class RecordingDecider implements Decider {
  /** The answers so far, in order: a choice list for `ReplayDecider`. */
  readonly choices: number[] = [];
  /** The point of each answer. */
  readonly points: Point[] = [];

  constructor(private readonly inner: Decider) {}

  decide(point: Point, count: number): number {
    const choice = this.inner.decide(point, count);
    if (count > 1) {
      this.choices.push(choice);
      this.points.push(point);
    }
    return choice;
  }
}
