/**
 * Requests that have not been decided, by (arrival, rank); almost sorted input, so O(1) mostly.
 *
 * Where several wait, sources take turns, or the slices of the shared cache that lines go through.
 * Consecutive lines lie on consecutive slices; where a run of 32 lines starts is scattered.
 */
import type { Requests } from './requests.js';

export class ArrivalQueue {
  count = 0;
  /** For `nextInTurn`: the time of the decision. A field, because a double argument is boxed. */
  decisionAt = 0.5;
  private readonly ring: Int32Array;
  private readonly mask: number;
  private readonly groups: number;
  private headAt = 0;
  /** Whose turn it was last: of which source, and of which line of the channel. */
  private lastSource = -1;
  private lastLine = 0;

  /** `slices`: what takes turns is a slice of lines, of so many; 0: a source. */
  constructor(
    private readonly requests: Requests,
    private readonly slices: number,
  ) {
    this.groups = slices === 0 ? requests.length / requests.perSource : slices;
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
   * Of the first `most` that have arrived by `decisionAt`, the place of one whose group comes next
   * in a round of all, after the group of whom `tookTurn` named last; of that group, its earliest.
   */
  nextInTurn(most: number): number {
    const { ring, mask, headAt } = this;
    const group = this.lastSource < 0 ? -1 : this.group(this.lastSource, this.lastLine);
    const { arriveAt } = this.requests;
    const end = this.count < most ? this.count : most;
    let place = 0;
    let least = this.turn(this.groupOf(ring[headAt]), group);
    for (let i = 1; i < end; i += 1) {
      const record = ring[(headAt + i) & mask];
      if (arriveAt[record] > this.decisionAt) break;
      const turn = this.turn(this.groupOf(record), group);
      if (turn >= least) continue;
      least = turn;
      place = i;
    }
    return place;
  }

  /** It was the turn of a request of this source for this line of the channel. */
  tookTurn(source: number, line: number): void {
    this.lastSource = source;
    this.lastLine = line;
  }

  private groupOf(record: number): number {
    const { sourceOf, localLine } = this.requests;
    return this.group(sourceOf[record], localLine[record]);
  }

  /** Who takes turns: the source, or the slice that its line is of. */
  private group(source: number, line: number): number {
    const { slices } = this;
    if (slices === 0) return source;
    const first = Math.imul((line >>> 5) ^ (line >>> 20), 0x2c1b3c6d);
    return ((Math.imul(first ^ (first >>> 12), 0x297a2d39) >>> 16) + line) % slices;
  }

  /** How many groups come before `one` in a round that starts behind `group`. */
  private turn(one: number, group: number): number {
    return one > group ? one - group : one - group + this.groups;
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
