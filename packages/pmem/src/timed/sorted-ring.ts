/**
 * A pool of slots that come back out of order: who wants one waits for the earliest.
 *
 *   times   [ 3 | 5 | 5 | 9 ]   head = the earliest; taking it puts a new return time in
 *
 * Return times are almost monotone, so a new one is inserted from the tail in 0–2 steps, where a
 * scan for the least costs the whole ring. The head is read as `times[head]`, without a call.
 */
export class SortedRing {
  readonly times: Float64Array;
  head = 0;
  /** For `replaceHead`: a field, because a double argument is boxed unless inlined. */
  backAt = 0.5;

  constructor(slots: number) {
    this.times = new Float64Array(slots);
    this.backAt = 0;
  }

  /** Takes the slot at the head; it comes back at `backAt`. */
  replaceHead(): void {
    const { times, backAt } = this;
    const last = times.length - 1;
    // The vacated head becomes the tail of the ring; later returns move up into it.
    let at = this.head;
    this.head = at === last ? 0 : at + 1;
    const first = this.head;
    while (at !== first) {
      const before = at === 0 ? last : at - 1;
      if (times[before] <= backAt) break;
      times[at] = times[before];
      at = before;
    }
    times[at] = backAt;
  }
}
