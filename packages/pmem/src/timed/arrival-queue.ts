/** Requests that have not been decided, by (arrival, rank); almost sorted input, so O(1) mostly. */
import type { Requests } from './requests.js';

export class ArrivalQueue {
  count = 0;
  private readonly ring: Int32Array;
  private readonly mask: number;
  private headAt = 0;

  constructor(private readonly requests: Requests) {
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

  /** How many of the first `most` have arrived by `at`. */
  arrived(at: number, most: number): number {
    const { ring, mask } = this;
    const { arriveAt } = this.requests;
    const end = this.count < most ? this.count : most;
    let count = 0;
    while (count < end && arriveAt[ring[(this.headAt + count) & mask]] <= at) count += 1;
    return count;
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
