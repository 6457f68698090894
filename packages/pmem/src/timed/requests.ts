/**
 * What is on its way between sources and controllers: a fixed set of records, no allocation.
 *
 *   source s:  [ slot 0 | slot 1 | … | slot n−1 | slot n | … | blocking load ]
 *               fill buffers                      prefetches
 *
 * A record is reused when its time `doneAt` is decided and has come.
 */
import { NEVER } from '@daxsim/sim';
import type { LineRequest } from '../memory.js';

/** What a record is for. */
export const RecordKind = {
  /** The source waits for the line. */
  Load: 0,
  /** A streaming load; no fence but Mfence waits for it. */
  StreamFill: 1,
  /** A store's line comes in; fences wait. */
  StoreFill: 2,
  /** A line that nobody asked for yet comes in; no fence waits. */
  Prefetch: 3,
  /** A flush or ntstore goes out; fences wait. */
  Write: 4,
  /** A write-back that nobody asked for; no fence waits. */
  Eviction: 5,
} as const;

/** `after` of a record that waits for no other. */
export const NO_RECORD = -1;

// Copies: what is exported or imported is looked up at each use, a constant of the module is not.
const NONE = NO_RECORD;
const never: number = NEVER;

export class Requests {
  /** Fill buffers of one source: its first records. */
  readonly fillBuffers: number;
  /** Records of one source. */
  readonly perSource: number;
  /** The source a record belongs to. */
  readonly sourceOf: Int32Array;
  readonly kind: Uint8Array;
  /** A `LineOp` or `EVICTION_OP`, for the observer. */
  readonly op: Uint8Array;
  /** Of a write of a part of the line: in how many of its 8-byte pieces; else 0. */
  readonly pieces: Uint8Array;
  readonly line: Int32Array;
  /** The line as its channel counts. */
  readonly localLine: Int32Array;
  /** When it reaches the controller. */
  readonly arriveAt: Float64Array;
  /** Orders equal arrivals: the order of accesses, evictions first. */
  readonly rank: Float64Array;
  /** The caller's sequence number. */
  readonly sequence: Float64Array;
  /** When the source went on. */
  readonly departedAt: Float64Array;
  /** Set by the controller: data at the controller, or acceptance. */
  readonly decidedAt: Float64Array;
  /** When it is over at the source; NEVER while undecided. */
  readonly doneAt: Float64Array;
  /** Names the pending stores that a write carries. */
  readonly token: Float64Array;
  /** Where they are, or −1; a hint. */
  readonly slot: Int32Array;
  /** The fill or prefetch that a write-back or fill must wait for, or `NONE`. */
  readonly after: Int32Array;

  constructor(sources: number, fillBuffers: number, prefetches = 0) {
    this.fillBuffers = fillBuffers;
    this.perSource = fillBuffers + prefetches + 1;
    const records = sources * this.perSource;
    this.sourceOf = new Int32Array(records);
    for (let i = 0; i < records; i += 1) this.sourceOf[i] = Math.floor(i / this.perSource);
    this.kind = new Uint8Array(records);
    this.op = new Uint8Array(records);
    this.pieces = new Uint8Array(records);
    this.line = new Int32Array(records).fill(-1);
    this.localLine = new Int32Array(records);
    this.arriveAt = new Float64Array(records);
    this.rank = new Float64Array(records);
    this.sequence = new Float64Array(records);
    this.departedAt = new Float64Array(records);
    this.decidedAt = new Float64Array(records);
    this.doneAt = new Float64Array(records);
    this.token = new Float64Array(records);
    this.slot = new Int32Array(records);
    this.after = new Int32Array(records).fill(NONE);
  }

  get length(): number {
    return this.kind.length;
  }

  /** A record is put to use for `request`, whose rank among all accesses is `rank`. */
  enter(record: number, kind: number, request: LineRequest, rank: number): void {
    this.kind[record] = kind;
    this.op[record] = request.op;
    this.pieces[record] = 0;
    this.line[record] = request.line;
    this.rank[record] = rank + 1;
    this.sequence[record] = request.sequence;
    this.doneAt[record] = never;
    this.token[record] = 0;
    this.after[record] = NONE;
  }

  /** Whether sources may wait for the record to be free. */
  isFillBuffer(record: number): boolean {
    return record - this.sourceOf[record] * this.perSource < this.fillBuffers;
  }

  isDecided(record: number): boolean {
    return this.doneAt[record] !== never;
  }
}

/** Of bytes [from, to) of a line: in how many 8-byte pieces they lie, or 0 if they are all. */
export function piecesOf(fromByte: number, toByte: number): number {
  return toByte - fromByte < 64 ? unitsOf(fromByte, toByte) : 0;
}

/** Of bytes [from, to) of a line: in how many 8-byte pieces they lie, 8 if they are all. */
export function unitsOf(fromByte: number, toByte: number): number {
  return ((toByte + 7) >>> 3) - (fromByte >>> 3);
}
