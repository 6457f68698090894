/**
 * Carries the records of a memory trace out on a timed device: one core, one access after another.
 *
 *   record ─▶ gap (the core computes) ─▶ line ─▶ line ─▶ … ─▶ the core goes on
 *
 * A load waits for each of its lines; stores and flushes are posted and wait for room; a fence
 * waits for what was posted. The trace says in which order a program asked, so nothing here
 * reorders or overlaps loads: what a core would hide behind others is not hidden. Files lie on the
 * device as `DevicePlaces` says; addresses beyond its end wrap around.
 *
 * Bytes stored are those recorded, or a count where none were. Calls of the operating system have
 * no device to go to and are counted.
 */
import { IssueStatus, LineOp, LineStatus, createLineRequest } from '@daxsim/pmem';
import type { LineRequest, TimedMemory } from '@daxsim/pmem';
import { NEVER, assert } from '@daxsim/sim';
import { DevicePlaces, OpKind, type TraceRecord } from '@daxsim/trace';
import type { OperationFigures } from '../results/operation-figures.js';
import type { MemoryFaults } from './memory-faults.js';

const LINE_BYTES = 64;

export interface DriverOptions {
  readonly memory: TimedMemory;
  readonly figures: OperationFigures;
  /** What a unit of a record's gap takes the core, ticks; 0: gaps are passed over. */
  readonly gapTicks: number;
  /** The instruction that flushes a line: `LineOp.Clwb` or `LineOp.ClFlushOpt`. */
  readonly flushOp: number;
  /** What is laid on the memory; absent: nothing. */
  readonly faults?: MemoryFaults | undefined;
}

export class MemoryDriver {
  replayed = 0;
  /** Accesses that lay beyond the device's end. */
  wrapped = 0;
  readonly skipped = new Map<string, number>();
  private readonly places = new DevicePlaces();
  private readonly request: LineRequest = createLineRequest(0);
  private readonly capacityBytes: number;
  private stores = 0;
  private hasFailed = false;
  /** Whether an access will never end; nothing can be run after it. */
  isHung = false;

  constructor(private readonly options: DriverOptions) {
    options.memory.horizon = NEVER;
    this.capacityBytes = options.memory.capacityBytes;
  }

  /** When the core is done with all that it was given, ticks. */
  get now(): number {
    return this.request.at;
  }

  /** Carries one record out. */
  run(record: TraceRecord): void {
    const { kind, gap } = record;
    if (gap > 0) this.request.at += gap * this.options.gapTicks;
    if (kind === OpKind.Mmap && record.errno === 0) this.places.addMapping(record);
    const startedAt = this.request.at;
    this.hasFailed = false;
    this.options.faults?.begin(record);
    switch (kind) {
      case OpKind.Load:
        this.lines(record, LineOp.Load);
        break;
      case OpKind.Store:
        this.lines(record, LineOp.Store);
        break;
      case OpKind.Modify:
        this.lines(record, LineOp.Load);
        if (!this.isEnded) this.lines(record, LineOp.Store);
        break;
      case OpKind.FlushRange:
        this.lines(record, this.options.flushOp);
        break;
      case OpKind.Fence:
        this.ask(record, LineOp.Sfence, 0);
        break;
      default:
        this.leaveOut(record);
        return;
    }
    if (this.isHung) return;
    this.replayed += 1;
    const bytes = this.hasFailed ? 0 : record.length;
    this.options.figures.add(kind, this.hasFailed, this.request.at - startedAt, bytes);
  }

  private leaveOut({ kind, inScope, isImplied }: TraceRecord): void {
    if (!inScope || isImplied) return;
    const reason = kind === OpKind.Mmap || kind === OpKind.Munmap ? 'mappings' : 'system calls';
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  private lines(record: TraceRecord, op: number): void {
    const { request } = this;
    const { length } = record;
    let ahead = 0;
    do {
      const place = this.placeOf(record, ahead);
      const inLine = place % LINE_BYTES;
      const count = Math.min(LINE_BYTES - inLine, length - ahead);
      request.fromByte = inLine;
      request.toByte = inLine + Math.max(1, count);
      if (op === LineOp.Store) this.stageBytes(record, ahead, inLine, count);
      this.ask(record, op, (place - inLine) / LINE_BYTES);
      ahead += LINE_BYTES - inLine;
    } while (ahead < length && !this.isEnded);
  }

  private placeOf(record: TraceRecord, ahead: number): number {
    const place = this.places.at(record, ahead);
    if (place < this.capacityBytes) return place;
    if (ahead === 0) this.wrapped += 1;
    return place % this.capacityBytes;
  }

  /** The recorded value, little-endian, for its first eight bytes; else which store it is. */
  private stageBytes(record: TraceRecord, ahead: number, inLine: number, count: number): void {
    const { lineBytes } = this.options.memory;
    const isTold = record.hasResult === 1;
    if (ahead === 0) this.stores += 1;
    for (let i = 0; i < count; i += 1) {
      const at = ahead + i;
      let byte = at < 8 && isTold ? (at < 4 ? record.valueLow : record.valueHigh) : 0;
      if (!isTold) byte = at % 8 < 4 ? this.stores : 0;
      lineBytes[inLine + i] = (byte >>> ((at % 4) * 8)) & 255;
    }
  }

  /** Whether the operation is over before its end. */
  private get isEnded(): boolean {
    return this.hasFailed || this.isHung;
  }

  private ask(record: TraceRecord, op: number, line: number): void {
    const { request } = this;
    const { faults } = this.options;
    request.op = op;
    request.line = line;
    request.sequence += 1;
    if (faults === undefined) {
      const answer = this.options.memory.access(request);
      assert(answer === IssueStatus.Done, 'MemoryDriver: the only source was left waiting');
      return;
    }
    this.isHung = faults.overlay.access(request) !== IssueStatus.Done;
    assert(!this.isHung || faults.hangs(record), 'MemoryDriver: the only source was left waiting');
    if (this.isHung || request.status === LineStatus.Ok) return;
    this.hasFailed = true;
    faults.failed(record, request);
  }
}
