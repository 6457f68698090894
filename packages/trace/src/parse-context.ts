/**
 * What every parser shares with its reader: the tables that it fills, the queue that it adds to,
 * and the ledger of what it could not read. One place decides what a bad line means: counted with
 * its number, the first five kept as text, or, if the user asked to be strict, a TraceError.
 */
import { TraceError } from '@daxsim/sim';
import { NameTable } from './name-table.js';
import { RecordQueue } from './record-queue.js';
import { badLinesKept, type BadLine, type TraceOptions } from './reader.js';

const shownBadLines = 5;
const shownChars = 120;

export class ParseContext {
  readonly names = new NameTable();
  readonly calls = new NameTable();
  readonly taskIds: number[] = [];
  readonly queue = new RecordQueue();
  readonly badLineNumbers: number[] = [];
  readonly badLines: BadLine[] = [];
  readonly skipped = new Map<string, number>();
  readonly tallies = new Map<string, number>();
  readonly notes: string[] = [];
  badLineCount = 0;

  constructor(
    readonly path: string,
    readonly options: TraceOptions,
  ) {}

  /** Counts a line that does not parse. `bytes[from … to)` is the line. */
  bad(line: number, bytes: Uint8Array, from: number, to: number): void {
    const end = Math.min(to, from + shownChars);
    const isShown = this.badLines.length < shownBadLines || this.options.strict === true;
    const text = isShown ? printable(bytes.subarray(from, end)) : '';
    if (this.options.strict === true) {
      const found = `a line that does not parse: "${text}"`;
      throw new TraceError({ where: `${this.path}:${line}`, found });
    }
    this.badLineCount += 1;
    if (this.badLineNumbers.length < badLinesKept) this.badLineNumbers.push(line);
    if (isShown) this.badLines.push({ line, text });
  }

  /** Counts a call that is in the trace and will not be in the stream. */
  skip(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  /** Adds to a count that the format keeps in its own terms. */
  tally(key: string, amount: number): void {
    this.tallies.set(key, (this.tallies.get(key) ?? 0) + amount);
  }
}

/** Text of bytes with everything that could disturb a terminal replaced. */
function printable(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·';
  return text;
}
