/**
 * Reads traces that are lines of text. Owns the one buffer; a LineParser owns the meaning. A line
 * ends with a line feed, or with what else the format says: pmemcheck's ends with a bar.
 *
 *   buffer  │ consumed │ whole lines, parsed by next() │ start of a line │ free │
 *           0          at                           limit               end
 *
 * `fill` moves what is left to the front, reads once, and finds the last line feed; the parser may
 * therefore scan for the end of its line without ever asking whether there is one. Text without
 * line feeds makes the buffer grow to `longestLineBytes`; a longer "line" is dropped as one bad
 * line.
 */
import type { ByteSource } from './byte-source.js';
import type { ParseContext } from './parse-context.js';
import type { BadLine, TraceReader } from './reader.js';
import { TraceRecord } from './record.js';

/** Turns one line into records. */
export interface LineParser {
  /**
   * Parses the line that begins at bytes[at]; its end is certain to follow. Adds what it makes
   * to the context's queue and returns the index behind its end.
   */
  parse(bytes: Uint8Array, at: number, line: number): number;
  /** The trace has ended; adds what was still open. */
  finish(line: number): void;
}

const lineFeed = 10;
const longestLineBytes = 16 * 1024 * 1024;
export const defaultChunkBytes = 1024 * 1024;

export class LineReader implements TraceReader {
  record = new TraceRecord();
  lines = 0;
  private bytes: Uint8Array;
  private at = 0;
  private limit = 0;
  private end = 0;
  private isEnded = false;
  private isFinished = false;
  private isDropping = false;

  constructor(
    readonly format: string,
    private readonly source: ByteSource,
    private readonly context: ParseContext,
    private readonly parser: LineParser,
    private readonly lineEnd: number = lineFeed,
  ) {
    this.bytes = new Uint8Array(Math.max(16, context.options.chunkBytes ?? defaultChunkBytes));
  }

  next(): boolean {
    for (;;) {
      const record = this.context.queue.take();
      if (record !== undefined) {
        this.record = record;
        return true;
      }
      if (this.at < this.limit) {
        this.lines += 1;
        this.at = this.parser.parse(this.bytes, this.at, this.lines);
      } else if (this.isEnded && !this.isFinished) {
        this.isFinished = true;
        this.parser.finish(this.lines);
      } else return false;
    }
  }

  async fill(): Promise<boolean> {
    if (this.isFinished) return false;
    this.makeRoom();
    const count = await this.source.read(this.bytes, this.end);
    if (count === 0) this.endLines();
    else this.takeBytes(count);
    return true;
  }

  private makeRoom(): void {
    this.bytes.copyWithin(0, this.at, this.end);
    this.end -= this.at;
    this.limit -= this.at;
    this.at = 0;
    // One byte is kept for the line feed that the last line may lack.
    if (this.end + 1 < this.bytes.length) return;
    if (this.bytes.length >= longestLineBytes) {
      this.dropLongLine();
      return;
    }
    const grown = new Uint8Array(this.bytes.length * 2);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  private dropLongLine(): void {
    this.lines += 1;
    this.context.bad(this.lines, this.bytes, 0, this.end);
    this.isDropping = true;
    this.end = 0;
  }

  private takeBytes(count: number): void {
    const { lineEnd } = this;
    const from = this.end;
    this.end += count;
    if (this.isDropping) {
      const found = this.bytes.subarray(0, this.end).indexOf(lineEnd);
      if (found < 0) {
        this.end = 0;
        return;
      }
      this.isDropping = false;
      this.at = found + 1;
      this.limit = this.at;
    }
    for (let i = this.end - 1; i >= from; i -= 1) {
      if (this.bytes[i] !== lineEnd) continue;
      this.limit = Math.max(i + 1, this.at);
      return;
    }
  }

  private endLines(): void {
    this.isEnded = true;
    if (this.end === this.limit) return;
    // What follows the last line feed of a cut-off file is half a line, and nobody's mistake.
    if (this.source.partial !== undefined) return;
    if (this.end === this.bytes.length) {
      const grown = new Uint8Array(this.end + 1);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[this.end] = this.lineEnd;
    this.end += 1;
    this.limit = this.end;
  }

  close(): Promise<void> {
    return this.source.close();
  }
  get path(): string {
    return this.context.path;
  }
  get origin(): string {
    return this.format;
  }
  get names(): ParseContext['names'] {
    return this.context.names;
  }
  get calls(): ParseContext['calls'] {
    return this.context.calls;
  }
  get taskIds(): readonly number[] {
    return this.context.taskIds;
  }
  get badLineCount(): number {
    return this.context.badLineCount;
  }
  get badLineNumbers(): readonly number[] {
    return this.context.badLineNumbers;
  }
  get badLines(): readonly BadLine[] {
    return this.context.badLines;
  }
  get skipped(): ReadonlyMap<string, number> {
    return this.context.skipped;
  }
  get tallies(): ReadonlyMap<string, number> {
    return this.context.tallies;
  }
  get notes(): readonly string[] {
    return this.context.notes;
  }
  get partial(): string | undefined {
    return this.source.partial;
  }
  get bytesRead(): number {
    return this.source.bytesRead;
  }
  get bytesTotal(): number {
    return this.source.bytesTotal;
  }
}
