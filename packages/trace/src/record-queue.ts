/**
 * Records that a parser has made and nobody has taken yet. A line makes none, one, or (rarely) one
 * and some implied ones; the queue reuses its records, so it grows to the largest such number
 * once.
 */
import { TraceRecord, clearRecord } from './record.js';

export class RecordQueue {
  private readonly pool: TraceRecord[] = [new TraceRecord()];
  private head = 0;
  private tail = 0;
  private sequence = 0;

  /** A cleared record at the end of the queue, for the caller to fill. */
  add(line: number): TraceRecord {
    let record = this.pool[this.tail];
    if (record === undefined) {
      record = new TraceRecord();
      this.pool.push(record);
    }
    clearRecord(record);
    record.line = line;
    this.tail += 1;
    return record;
  }

  /** How many records have been added and not all taken. */
  get length(): number {
    return this.tail;
  }

  /** The record that was added as number `index` of those, or undefined. */
  at(index: number): TraceRecord | undefined {
    return index < this.tail ? this.pool[index] : undefined;
  }

  /** The next record, valid until the one after it is taken; undefined if there is none. */
  take(): TraceRecord | undefined {
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
      return undefined;
    }
    const record = this.pool[this.head];
    this.head += 1;
    if (record !== undefined) {
      record.sequence = this.sequence;
      this.sequence += 1;
    }
    return record;
  }
}
