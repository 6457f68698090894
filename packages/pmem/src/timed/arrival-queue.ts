/** Requests that have not been decided, by (arrival, rank); almost sorted input, so O(1) mostly. */
import type { Requests } from './requests.js';

export class ArrivalQueue {
  count = 0;
  /** For `nextInTurn`: the time of the decision. A field, because a double argument is boxed. */
  decisionAt = 0.5;
  private readonly ring: Int32Array;
  private readonly mask: number;
  private readonly sources: number;
  private headAt = 0;

  constructor(private readonly requests: Requests) {
    this.sources = requests.length / requests.perSource;
    let size = 2;
    while (size < requests.length) size *= 2;
    this.ring = new Int32Array(size);
    this.mask = size - 1;
  }

  /** The earliest; only while `count` > 0. */
  head(): number {
    return this.ring[this.headAt];
  }

  push(record: number): void {
    const { ring, mask } = this;
    const { arriveAt, rank } = this.requests;
    const arrival = arriveAt[record];
    let at = (this.headAt + this.count) & mask;
    while (at !== this.headAt) {
      const before = ring[(at - 1) & mask];
      if (arriveAt[before] < arrival) break;
      if (arriveAt[before] === arrival && rank[before] < rank[record]) break;
      ring[at] = before;
      at = (at - 1) & mask;
    }
    ring[at] = record;
    this.count += 1;
  }

  /**
   * Of the first `most` that have arrived by `decisionAt`, the place of one whose source comes next
   * after `source` in a round of all; of that source, its earliest.
   */
  nextInTurn(most: number, source: number): number {
    const { ring, mask, headAt } = this;
    const { arriveAt, sourceOf } = this.requests;
    const end = this.count < most ? this.count : most;
    let place = 0;
    let least = this.turn(sourceOf[ring[headAt]], source);
    for (let i = 1; i < end; i += 1) {
      const record = ring[(headAt + i) & mask];
      if (arriveAt[record] > this.decisionAt) break;
      const turn = this.turn(sourceOf[record], source);
      if (turn >= least) continue;
      least = turn;
      place = i;
    }
    return place;
  }

  /** How many sources come before `s` in a round that starts behind `source`. */
  private turn(s: number, source: number): number {
    return s > source ? s - source : s - source + this.sources;
  }

  /** Takes the one at `place`; 0 is the earliest. */
  popAt(place: number): number {
    const { ring, mask } = this;
    let at = (this.headAt + place) & mask;
    const record = ring[at];
    while (at !== this.headAt) {
      const before = (at - 1) & mask;
      ring[at] = ring[before];
      at = before;
    }
    this.headAt = (this.headAt + 1) & mask;
    this.count -= 1;
    return record;
  }

  pop(): number {
    const record = this.ring[this.headAt];
    this.headAt = (this.headAt + 1) & this.mask;
    this.count -= 1;
    return record;
  }
}
