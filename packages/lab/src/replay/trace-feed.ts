/**
 * One trace on its way into the replay: its reader, and a reservoir of records read ahead.
 *
 *     reader ── next, synchronous ──▶ [reservoir] ── take ──▶ window
 *            ◀── fill, awaited, only while the machine stands ──
 *
 * The machine never waits in the middle of an instruction. When the reservoir runs low it is
 * stopped, the reader reads on, and it goes on where it stood: what it does depends on the records
 * alone, not on how the file was cut into chunks.
 */
import { TraceRecord, copyRecord, type TraceReader } from '@daxsim/trace';

/** Records read ahead, and when to stop for more. */
const RESERVOIR = 1024;
const LOW = 64;

export class TraceFeed {
  private readonly ring: TraceRecord[] = [];
  private head = 0;
  private count = 0;
  private isAtEnd = false;
  /** The rest of the trace was left out because somebody ended the run. */
  isCut = false;

  constructor(
    readonly reader: TraceReader,
    /** Its place among the traces of the run. */
    readonly index: number,
    /** The machine's number of this trace's task 0. */
    readonly firstTask: number,
    readonly taskCount: number,
  ) {
    for (let i = 0; i < RESERVOIR; i += 1) this.ring.push(new TraceRecord());
  }

  /** No record will come any more. */
  get isDry(): boolean {
    return this.isAtEnd && this.count === 0;
  }

  /** The reservoir is low and the trace is not at its end. */
  get wantsFill(): boolean {
    return !this.isAtEnd && this.count < LOW;
  }

  /** Reads until the reservoir is full or the trace ends. */
  async fill(): Promise<void> {
    this.readOn();
    while (this.count < RESERVOIR && !this.isAtEnd) {
      this.isAtEnd = !(await this.reader.fill());
      this.readOn();
    }
  }

  /** Takes nothing more from the trace; what was read ahead is still handed out. */
  endHere(): void {
    this.isCut ||= !this.isAtEnd;
    this.isAtEnd = true;
  }

  /** Moves the next record to `into`, by exchanging `into` for it; undefined if none is there. */
  take(into: TraceRecord): TraceRecord | undefined {
    if (this.count === 0) return undefined;
    const record = this.ring[this.head]!;
    this.ring[this.head] = into;
    this.head = (this.head + 1) % RESERVOIR;
    this.count -= 1;
    return record;
  }

  /** What is outside the scope and implies nothing is not replayed. */
  private readOn(): void {
    const { reader } = this;
    while (this.count < RESERVOIR && reader.next()) {
      const { record } = reader;
      if (!record.inScope && !record.isImplied) continue;
      copyRecord(this.ring[(this.head + this.count) % RESERVOIR]!, record);
      this.count += 1;
    }
  }
}
