/**
 * Reads the log from media: from the tail on, record after record, until one is not valid.
 *
 * A record is read line by line and only as far as its head says, so that a crash test which
 * decides a line's fate when it is first read decides few.
 */
import {
  BLOCK_UNITS,
  BYTES_PER_BLOCK,
  LOG_HEAD_BLOCK,
  UNIT_BYTES,
  WORDS_PER_LINE,
} from './layout.js';
import type { Geometry } from './layout.js';
import {
  RECORD_HEAD_WORDS,
  RECORD_MAGIC,
  RUN_HEAD_WORDS,
  checksumEnd,
  checksumStart,
  checksumStep,
  recordLines,
  sequenceHigh,
  sequenceLow,
  sequenceOf,
  tailRingLine,
} from './log-record.js';
import type { MediaMemory } from './media-memory.js';

/** Given each unit of a record: its address on the device and its two words. */
export type UnitSink = (address: number, low: number, high: number) => void;

export class LogScan {
  /** Sequence of the next record, when it is valid. */
  sequence: number;
  /** Ring line where the next record begins. */
  ringLine: number;

  /** As a defect false: a record over the end of the ring is read on behind it. */
  wraps = true;

  private readonly ringAddress: number;
  private readonly ringLines: number;
  private record = new Int32Array(256);
  private runWords = 0;

  constructor(
    private readonly memory: MediaMemory,
    geometry: Geometry,
  ) {
    this.ringAddress = geometry.logFirstBlock * BYTES_PER_BLOCK;
    this.ringLines = geometry.logLines;
    this.sequence = 0;
    this.ringLine = 0;
    this.restart();
  }

  /** Goes back to the tail, which is read again. */
  restart(): void {
    const low = this.memory.peek32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK);
    const high = this.memory.peek32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK + 4);
    this.sequence = sequenceOf(low, high);
    this.ringLine = tailRingLine(high);
  }

  /** Goes to where a record begins that has this sequence if it is valid. */
  resume(sequence: number, ringLine: number): void {
    this.sequence = sequence;
    this.ringLine = ringLine;
  }

  /** Takes the next record if it is valid. */
  next(): boolean {
    if (!this.readLine(this.ringLine, 0)) return false;
    const head = this.record;
    if (head[0] !== RECORD_MAGIC || head[1] !== sequenceLow(this.sequence)) return false;
    if ((head[2] & 0xff) !== sequenceHigh(this.sequence)) return false;
    const runWords = head[2] >>> 8;
    const lines = recordLines(runWords);
    if (lines > this.ringLines) return false;
    if (!this.readRest(lines)) return false;
    const { record } = this;
    let expected = checksumStart();
    for (let word = 0; word < 3; word += 1) expected = checksumStep(expected, record[word]);
    const end = RECORD_HEAD_WORDS + runWords;
    for (let word = RECORD_HEAD_WORDS; word < end; word += 1) {
      expected = checksumStep(expected, record[word]);
    }
    if (checksumEnd(expected) !== record[3]) return false;
    this.runWords = runWords;
    this.sequence += 1;
    this.ringLine = (this.ringLine + lines) % this.ringLines;
    return true;
  }

  /** Gives the units of the record that `next` took. */
  forEachUnit(sink: UnitSink): void {
    const end = RECORD_HEAD_WORDS + this.runWords;
    for (let at = RECORD_HEAD_WORDS; at < end;) {
      const block = this.record[at];
      const run = this.record[at + 1];
      at += RUN_HEAD_WORDS;
      const first = (block * BLOCK_UNITS + (run & 0xffff)) * UNIT_BYTES;
      for (let i = 0; i < run >>> 16; i += 1, at += 2) {
        sink(first + i * UNIT_BYTES, this.record[at], this.record[at + 1]);
      }
    }
  }

  /** The record's other lines behind its first. */
  private readRest(lines: number): boolean {
    if (lines * WORDS_PER_LINE > this.record.length) {
      const longer = new Int32Array(lines * WORDS_PER_LINE);
      longer.set(this.record.subarray(0, WORDS_PER_LINE));
      this.record = longer;
    }
    for (let line = 1; line < lines; line += 1) {
      const at = this.ringLine + line;
      if (!this.readLine(this.wraps ? at % this.ringLines : at, line)) return false;
    }
    return true;
  }

  private readLine(ringLine: number, at: number): boolean {
    if (ringLine >= this.ringLines) return false;
    const address = this.ringAddress + ringLine * WORDS_PER_LINE * 4;
    this.memory.peekWords(address, this.record, at * WORDS_PER_LINE, WORDS_PER_LINE);
    return true;
  }
}
