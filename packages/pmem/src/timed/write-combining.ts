/**
 * Write-combining buffers: where ntstores of a part of a line wait for the rest of it.
 *
 *   ntstore, part of a line ─▶ open buffer ◀─ ntstores to the same line
 *                               │ full, one more is needed, fence, locked operation, any other
 *                               ▼ access of the core to the line
 *                               controller: a whole line, or the 8-byte pieces that were written
 *
 * They are fill buffers of the core; at most `size` of them are kept open, the oldest goes when one
 * more is needed. Stores that were combined are accepted together; an observer is told of all but
 * the last when the next one joins it, without a time.
 *
 * Left out: other cores do not look here, and nothing goes because time passes.
 */
import { NEVER, defineStats, type StatsOf } from '@daxsim/sim';
import { LineOp, type LineRequest, type MemoryObserver } from '../memory.js';
import type { Requests } from './requests.js';
import type { SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { NtStore: NT_STORE, Atomic: ATOMIC, Sfence: SFENCE, Mfence: MFENCE } = LineOp;
const never: number = NEVER;
const FULL = -1;
const HALF = 32;

const declarations = {
  combined: ['count', 'Ntstores that joined an open buffer.'],
  fullBuffers: ['count', 'Buffers that left as a whole line.'],
  partialBuffers: ['count', 'Buffers that left in pieces.'],
} as const;
export const writeCombiningStats = defineStats(declarations);

/** The cores' side, as far as write-combining buffers need it. */
export interface CombiningSide {
  readonly requests: Requests;
  readonly sources: SourceTable;
  readonly observer: MemoryObserver | null;
  sendWrite(s: number, record: number): void;
}

export class WriteCombining {
  readonly stats: StatsOf<typeof declarations> = writeCombiningStats.create();
  /** Of each source its open buffers: records, the oldest first. */
  private readonly records: Int32Array;
  private readonly counts: Int32Array;
  /** Of each record: the bytes that were written, one bit each. */
  private readonly low: Int32Array;
  private readonly high: Int32Array;

  constructor(
    private readonly side: CombiningSide,
    private readonly size: number,
  ) {
    const { count } = side.sources;
    this.records = new Int32Array(count * size);
    this.counts = new Int32Array(count);
    this.low = new Int32Array(side.requests.length);
    this.high = new Int32Array(side.requests.length);
  }

  /** Closes what the source's request does not leave open, at its clock. */
  before(s: number, { op, line }: LineRequest): void {
    if (this.counts[s] === 0 || op === NT_STORE) return;
    if (op === SFENCE || op === MFENCE || op === ATOMIC) {
      while (this.counts[s] > 0) this.close(s, 0);
      return;
    }
    const place = this.find(s, line);
    if (place >= 0) this.close(s, place);
  }

  /** Puts the source's ntstore into the open buffer of its line; false if there is none. */
  joins(s: number, request: LineRequest, departsAt: number): boolean {
    const place = this.find(s, request.line);
    if (place < 0) return false;
    const { requests, sources, observer } = this.side;
    const record = this.records[s * this.size + place];
    if (observer !== null) {
      const { sequence, departedAt } = requests;
      const left = departedAt[record];
      observer.lineDone(s, sequence[record], NT_STORE, request.line, left, never);
    }
    requests.sequence[record] = request.sequence;
    requests.departedAt[record] = departsAt;
    requests.rank[record] = sources.rank[s] + 1;
    requests.token[record] = sources.token[s];
    requests.slot[record] = sources.slot[s];
    this.stats.combined += 1;
    this.cover(record, request);
    if (this.low[record] === FULL && this.high[record] === FULL) this.close(s, place);
    return true;
  }

  /** Makes sure that one more may be open. */
  makeRoom(s: number): void {
    if (this.counts[s] === this.size) this.close(s, 0);
  }

  /** The source's ntstore has taken `record`, and stays there. */
  open(s: number, record: number, request: LineRequest): void {
    this.low[record] = 0;
    this.high[record] = 0;
    this.cover(record, request);
    this.records[s * this.size + this.counts[s]] = record;
    this.counts[s] += 1;
  }

  private find(s: number, line: number): number {
    for (let place = 0; place < this.counts[s]; place += 1) {
      if (this.side.requests.line[this.records[s * this.size + place]] === line) return place;
    }
    return -1;
  }

  private cover(record: number, { fromByte, toByte }: LineRequest): void {
    this.low[record] |= bits(fromByte, toByte < HALF ? toByte : HALF);
    this.high[record] |= bits(fromByte > HALF ? fromByte - HALF : 0, toByte - HALF);
  }

  private close(s: number, place: number): void {
    const { requests, sources } = this.side;
    const first = s * this.size;
    const record = this.records[first + place];
    this.counts[s] -= 1;
    for (let i = place; i < this.counts[s]; i += 1) {
      this.records[first + i] = this.records[first + i + 1];
    }
    const isFull = this.low[record] === FULL && this.high[record] === FULL;
    if (isFull) this.stats.fullBuffers += 1;
    else this.stats.partialBuffers += 1;
    requests.pieces[record] = isFull ? 0 : pieces(this.low[record]) + pieces(this.high[record]);
    requests.arriveAt[record] = sources.clock[s];
    this.side.sendWrite(s, record);
  }
}

/** Bits [from, to) of 32; none if that is empty. */
function bits(from: number, to: number): number {
  if (from >= to) return 0;
  const below = to === HALF ? FULL : (1 << to) - 1;
  return below & (FULL << from);
}

/** How many of four bytes of bits have one set. */
function pieces(mask: number): number {
  let count = 0;
  for (let byte = 0; byte < HALF; byte += 8) if (((mask >>> byte) & 255) !== 0) count += 1;
  return count;
}
