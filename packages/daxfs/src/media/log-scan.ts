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

  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
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
    this.words = new Int32Array(WORDS_PER_LINE);
    this.bytes = new Uint8Array(this.words.buffer);
    const low = memory.peek32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK);
    const high = memory.peek32(LOG_HEAD_BLOCK * BYTES_PER_BLOCK + 4);
    this.sequence = sequenceOf(low, high);
    this.ringLine = tailRingLine(high);
  }

  /** Takes the next record if it is valid. */
  next(): boolean {
    if (!this.readLine(this.ringLine)) return false;
    const head = this.words;
    if (head[0] !== RECORD_MAGIC || head[1] !== sequenceLow(this.sequence)) return false;
    if ((head[2] & 0xff) !== sequenceHigh(this.sequence)) return false;
    this.runWords = head[2] >>> 8;
    const lines = recordLines(this.runWords);
    if (lines > this.ringLines) return false;
    const sum = head[3];
    if (!this.readRecord(lines)) return false;
    let expected = checksumStart();
    for (let word = 0; word < 3; word += 1) expected = checksumStep(expected, this.record[word]);
    for (let word = 0; word < this.runWords; word += 1) {
      expected = checksumStep(expected, this.record[RECORD_HEAD_WORDS + word]);
    }
    if (checksumEnd(expected) !== sum) return false;
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

  private readRecord(lines: number): boolean {
    if (lines * WORDS_PER_LINE > this.record.length) {
      this.record = new Int32Array(lines * WORDS_PER_LINE);
    }
    for (let line = 0; line < lines; line += 1) {
      if (!this.readLine((this.ringLine + line) % this.ringLines)) return false;
      this.record.set(this.words, line * WORDS_PER_LINE);
    }
    return true;
  }

  private readLine(ringLine: number): boolean {
    if (ringLine >= this.ringLines) return false;
    const lineBytes = WORDS_PER_LINE * 4;
    this.memory.peekBytes(this.ringAddress + ringLine * lineBytes, this.bytes, 0, lineBytes);
    return true;
  }
}
