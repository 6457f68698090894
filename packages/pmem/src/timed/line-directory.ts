/**
 * What the home of the memory keeps with each line: whether the other socket may hold it.
 *
 *   read from the other socket   own ─▶ lent     the line is written back, with the mark
 *   asked to be owned from there own ─▶ lent     the same
 *                                lent            nothing
 *   write from there or here     lent ─▶ own     with the data
 *   read from here               lent            asks the other socket
 *
 * The mark lies beside the line's check bits, so it costs a write of the whole line (McCalpin,
 * "Memory directories in Intel processors", 2023). Lines that nobody touched are own (`fresh`), or
 * in the state in which the traffic of their channel so far leaves lines: after a write own, after
 * a read lent (`steady`, as if the region had been gone through before). Each channel is a home and
 * knows only of its own traffic.
 */
const LINES_PER_PAGE = 4096;
const LENT = 1;
const OWN = 2;

export class LineDirectory {
  private readonly pages: (Uint8Array | undefined)[] = [];
  /** By channel. */
  private readonly reads: Float64Array;
  private readonly writes: Float64Array;

  constructor(
    private readonly isSteady: boolean,
    channels: number,
  ) {
    this.reads = new Float64Array(channels);
    this.writes = new Float64Array(channels);
  }

  /** A line is read from the other socket; true if it has to be written with its mark. */
  lend(line: number, channel: number): boolean {
    this.reads[channel] += 1;
    return this.own(line, channel);
  }

  /** The same for a line that will be written from there. */
  own(line: number, channel: number): boolean {
    const page = this.page(line);
    const state = page[line % LINES_PER_PAGE];
    page[line % LINES_PER_PAGE] = LENT;
    return state === OWN || (state === 0 && this.startsOwn(line, channel));
  }

  /** Whether the other socket may hold a line that is read here. */
  isLent(line: number, channel: number): boolean {
    const state = this.page(line)[line % LINES_PER_PAGE];
    return state === LENT || (state === 0 && this.isSteady && !this.startsOwn(line, channel));
  }

  /** It is written, with the mark that it is at home. */
  takeBack(line: number, channel: number): void {
    this.writes[channel] += 1;
    this.page(line)[line % LINES_PER_PAGE] = OWN;
  }

  /** Lines are spread over the shares of reads and writes by a mix of their number. */
  private startsOwn(line: number, channel: number): boolean {
    if (!this.isSteady) return true;
    const writes = this.writes[channel];
    const drawn = Math.imul(line ^ (line >>> 15), 0x2c1b3c6d) >>> 8;
    return drawn * (this.reads[channel] + writes) < writes * 0x1000000;
  }

  private page(line: number): Uint8Array {
    const number = Math.floor(line / LINES_PER_PAGE);
    let page = this.pages[number];
    if (page === undefined) {
      page = new Uint8Array(LINES_PER_PAGE);
      this.pages[number] = page;
    }
    return page;
  }
}
