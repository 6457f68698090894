/**
 * What the streamer of one core knows: the pages of 4 KiB that were asked for last, and in each how
 * far and which way it went.
 *
 *   page    0 ····· last ─── asked for already ─── ahead ··········· 63
 *                     └──────── distance at most ────────┘
 *
 * A step is another line of the page than the one before. Enough steps one way make a stream; the
 * next lines of it are those behind `ahead`, and it ends with the page. A step the other way begins
 * anew. A page that is not known takes the place of the one that was asked for least recently.
 */
const LINES_PER_PAGE = 64;

export class StreamTable {
  private readonly page: Int32Array;
  private readonly last: Int32Array;
  /** Steps one way, less than 0 downwards. */
  private readonly steps: Int32Array;
  private readonly ahead: Int32Array;
  private readonly usedAt: Float64Array;
  private uses = 0;
  private current = -1;

  constructor(
    streams: number,
    private readonly startSteps: number,
    private readonly distanceLines: number,
  ) {
    this.page = new Int32Array(streams).fill(-1);
    this.last = new Int32Array(streams);
    this.steps = new Int32Array(streams);
    this.ahead = new Int32Array(streams);
    this.usedAt = new Float64Array(streams);
  }

  /** A line is asked for; `next` then speaks of its page. */
  observe(line: number): void {
    const page = Math.floor(line / LINES_PER_PAGE);
    const offset = line % LINES_PER_PAGE;
    this.uses += 1;
    const at = this.find(page);
    this.current = at;
    this.usedAt[at] = this.uses;
    const step = offset - this.last[at];
    if (this.page[at] !== page) {
      this.page[at] = page;
      this.steps[at] = 0;
      this.ahead[at] = offset;
    } else if (step !== 0) this.step(at, offset, step > 0 ? 1 : -1);
    this.last[at] = offset;
  }

  /** The next line to bring, or −1: no stream, far enough ahead, or the end of the page. */
  next(): number {
    const at = this.current;
    const steps = this.steps[at];
    if (Math.abs(steps) < this.startSteps) return -1;
    const way = steps > 0 ? 1 : -1;
    const offset = this.ahead[at] + way;
    if (offset < 0 || offset >= LINES_PER_PAGE) return -1;
    if ((offset - this.last[at]) * way > this.distanceLines) return -1;
    return this.page[at] * LINES_PER_PAGE + offset;
  }

  /** The line that `next` named was asked for. */
  advance(): void {
    this.ahead[this.current] += this.steps[this.current] > 0 ? 1 : -1;
  }

  private step(at: number, offset: number, way: number): void {
    const goesOn = this.steps[at] * way > 0;
    this.steps[at] = goesOn ? this.steps[at] + way : way;
    // Who runs past what was brought, or turns round, starts from where he is.
    if (!goesOn || (offset - this.ahead[at]) * way > 0) this.ahead[at] = offset;
  }

  /** Where the page is, or the place that it takes. */
  private find(page: number): number {
    const { usedAt } = this;
    let oldest = 0;
    for (let at = 0; at < usedAt.length; at += 1) {
      if (this.page[at] === page) return at;
      if (usedAt[at] < usedAt[oldest]) oldest = at;
    }
    return oldest;
  }
}
