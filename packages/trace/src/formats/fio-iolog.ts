/**
 * fio's I/O log, versions 2 and 3.
 *
 *   fio version 3 iolog              first line, exact
 *   USEC FILE add|open|close         version 2 has no USEC
 *   USEC FILE read|write|sync|datasync|sync_file_range|trim OFFSET LENGTH
 *   FILE wait NUMBER 0               version 2 only
 *
 * Source: fio iolog.c (3.30, 3.33) and its manual. Traps: the offset and length of `sync` and
 * `datasync` are left over from another operation and are ignored. `wait` is a gap in microseconds
 * since the previous wait in the manual and milliseconds since the start in the code; the option
 * `fioWait` chooses, and the reader notes which. Several jobs that share one log tear its lines in
 * the middle: a line must match the grammar completely, to its last field, or it is a bad line.
 *
 * A log is one job, hence one task. It does not say what came of an operation. A file that is used
 * without `open` (torn logs) gets an implied one, so that every handle has been opened.
 */
import type { LineParser } from '../line-reader.js';
import { NameTable } from '../name-table.js';
import { OpKind, OpenFlag } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import { NONE, type TraceRecord } from '../record.js';
import { lineFormat } from './format.js';

const space = 32;
const slash = 47;
const lineFeed = 10;
const digit0 = 48;
const digit9 = 57;

const actions: readonly (readonly [string, OpKind])[] = [
  ['add', OpKind.Create],
  ['open', OpKind.Open],
  ['close', OpKind.Close],
  ['read', OpKind.Read],
  ['write', OpKind.Write],
  ['sync', OpKind.Fsync],
  ['datasync', OpKind.Fdatasync],
  ['trim', OpKind.Trim],
  ['wait', OpKind.Wait],
  ['sync_file_range', OpKind.SyncRange],
];

export class FioIologParser implements LineParser {
  /** Action id by (length, first letter): `length * 128 + letter`. */
  private readonly actionByShape = new Int16Array(17 * 128).fill(NONE);
  private readonly kinds: readonly OpKind[] = actions.map(([, kind]) => kind);
  private readonly handleOf: number[] = [];
  private handles = 0;
  private lastName = NONE;
  /** Whether names are relative; undefined before the first. */
  private isRelative: boolean | undefined;
  /** Names as they are written, and what they are in the trace's table. */
  private readonly written = new NameTable();
  private readonly nameOfWritten: number[] = [];
  private waitedNs = 0;
  private hasWaits = false;
  /** Where the scan stands; `number` and `word` leave their end here. */
  private at = 0;
  private action = NONE;
  private name = NONE;
  private offset = 0;
  private length = 0;

  constructor(
    private readonly context: ParseContext,
    private readonly version: 2 | 3,
  ) {
    context.taskIds.push(0);
    for (const [word] of actions) {
      const id = context.calls.intern(word);
      this.actionByShape[word.length * 128 + word.charCodeAt(0)] = id;
    }
  }

  parse(bytes: Uint8Array, start: number, line: number): number {
    this.at = start;
    const usec = this.version === 3 ? this.number(bytes) : 0;
    const isWhole = usec >= 0 && this.nameAndAction(bytes) && this.operands(bytes);
    const isAtEnd = bytes[this.at] === lineFeed;
    if (!isWhole || !isAtEnd) return this.unparsed(bytes, start, line);
    const timeNs = this.version === 3 ? usec * 1000 : this.hasWaits ? this.waitedNs : NONE;
    this.emit(timeNs, line);
    return this.at + 1;
  }

  finish(): void {
    if (!this.hasWaits) return;
    const meaning = this.context.options.fioWait ?? 'gap-us';
    const said = meaning === 'gap-us' ? 'microseconds since the previous' : 'milliseconds of time';
    this.context.notes.push(`wait lines were read as ${said} (${meaning})`);
  }

  /** Decimal number at the scan's place and the blanks behind it; −1 if there is none. */
  private number(bytes: Uint8Array): number {
    let at = this.at;
    let byte = bytes[at] as number;
    if (byte < digit0 || byte > digit9) return NONE;
    let value = 0;
    do {
      value = value * 10 + (byte - digit0);
      at += 1;
      byte = bytes[at] as number;
    } while (byte >= digit0 && byte <= digit9);
    if (byte !== lineFeed && byte > space) return NONE;
    this.at = skipBlanks(bytes, at);
    return value <= Number.MAX_SAFE_INTEGER ? value : NONE;
  }

  private nameAndAction(bytes: Uint8Array): boolean {
    const { calls, names } = this.context;
    const from = this.at;
    const to = wordEnd(bytes, from);
    if (to === from) return false;
    const actionFrom = skipBlanks(bytes, to);
    const actionTo = wordEnd(bytes, actionFrom);
    const size = actionTo - actionFrom;
    if (size < 3 || size > 16) return false;
    const action = this.actionByShape[size * 128 + ((bytes[actionFrom] as number) & 127)] as number;
    if (action < 0 || !calls.isSame(action, bytes, actionFrom, actionTo)) return false;
    this.at = skipBlanks(bytes, actionTo);
    this.action = action;
    // A log names its files all in one way: behind an absolute name a relative one was torn.
    this.isRelative ??= bytes[from] !== slash;
    if (this.isRelative) this.lastName = this.relative(bytes, from, to);
    else if (this.lastName < 0 || !names.isSame(this.lastName, bytes, from, to)) {
      this.lastName = names.internBytes(bytes, from, to);
    }
    this.name = this.lastName;
    return true;
  }

  /** A name as fio was given it, without a directory: it lies where fio was started. */
  private relative(bytes: Uint8Array, from: number, to: number): number {
    const id = this.written.internBytes(bytes, from, to);
    const known = this.nameOfWritten[id];
    if (known !== undefined) return known;
    const { names, options } = this.context;
    const cwd = (options.cwd ?? '').replace(/\/+$/, '');
    const text = this.written.text(id).replace(/^(?:\.\/+)+/, '');
    const name = names.intern(text.startsWith('/') ? text : `${cwd}/${text}`);
    this.nameOfWritten[id] = name;
    return name;
  }

  /** Offset and length, which the first three actions do not have and all others must have. */
  private operands(bytes: Uint8Array): boolean {
    this.offset = NONE;
    this.length = 0;
    if (this.action <= 2) return true;
    this.offset = this.number(bytes);
    if (this.offset < 0) return false;
    this.length = this.number(bytes);
    return this.length >= 0;
  }

  private unparsed(bytes: Uint8Array, start: number, line: number): number {
    let end = start;
    while (bytes[end] !== lineFeed) end += 1;
    if (isHeader(bytes, start, end)) {
      if (line > 1) this.context.tally('extraHeaders', 1);
    } else if (skipBlanks(bytes, start) !== end) this.context.bad(line, bytes, start, end);
    return end + 1;
  }

  private emit(timeNs: number, line: number): void {
    const kind = this.kinds[this.action] as OpKind;
    if (kind === OpKind.Wait) {
      this.wait(line);
      return;
    }
    if (kind !== OpKind.Create) this.openForUse(kind, timeNs, line);
    const record = this.context.queue.add(line);
    record.kind = kind;
    record.call = this.action;
    record.path = this.name;
    record.startNs = timeNs;
    record.handle = this.handleOf[this.name] ?? NONE;
    if (kind === OpKind.Create) record.flags = OpenFlag.Create;
    else if (kind === OpKind.Open) record.flags = OpenFlag.Read | OpenFlag.Write;
    else if (kind === OpKind.Close) this.closed(record);
    else if (kind !== OpKind.Fsync && kind !== OpKind.Fdatasync) {
      record.offset = this.offset;
      record.length = this.length;
      record.fileOffset = this.offset;
      record.result = this.length;
    }
  }

  private closed(record: TraceRecord): void {
    record.flags = 1;
    this.handleOf[this.name] = NONE;
  }

  /** Gives the file a handle; says so in an implied record if the log does not. */
  private openForUse(kind: OpKind, timeNs: number, line: number): void {
    const known = this.handleOf[this.name] ?? NONE;
    while (this.handleOf.length < this.context.names.size) this.handleOf.push(NONE);
    if (kind === OpKind.Open) {
      if (known >= 0) this.implied(OpKind.Close, known, timeNs, line).flags = 1;
      this.handleOf[this.name] = this.handles;
      this.handles += 1;
    } else if (known < 0) {
      this.handleOf[this.name] = this.handles;
      const record = this.implied(OpKind.Open, this.handles, timeNs, line);
      record.flags = OpenFlag.Read | OpenFlag.Write | OpenFlag.Create;
      this.handles += 1;
    }
  }

  private implied(kind: OpKind, handle: number, timeNs: number, line: number): TraceRecord {
    const record = this.context.queue.add(line);
    record.kind = kind;
    record.handle = handle;
    record.path = this.name;
    record.startNs = timeNs;
    record.inScope = false;
    record.isImplied = true;
    return record;
  }

  /** A wait is an operation of the log; its length is how long there was nothing to do. */
  private wait(line: number): void {
    const isGap = (this.context.options.fioWait ?? 'gap-us') === 'gap-us';
    const untilNs = isGap ? this.waitedNs + this.offset * 1000 : this.offset * 1_000_000;
    const record = this.context.queue.add(line);
    record.kind = OpKind.Wait;
    record.call = this.action;
    record.path = this.name;
    record.startNs = this.waitedNs;
    record.length = Math.max(0, untilNs - this.waitedNs);
    this.waitedNs = Math.max(this.waitedNs, untilNs);
    this.hasWaits = true;
    this.context.tally('waitUs', this.offset);
  }
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  let byte = bytes[at] as number;
  while (byte <= space && byte > 0 && byte !== lineFeed) {
    at += 1;
    byte = bytes[at] as number;
  }
  return at;
}

function wordEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] as number) > space) at += 1;
  return at;
}

const headerPattern = /^fio version [23] iolog\r?$/;

function isHeader(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > 32) return false;
  return headerPattern.test(String.fromCharCode(...bytes.subarray(from, to)));
}

/** The version that the first line names, or 0. */
function headerVersion(sample: Uint8Array): number {
  const end = sample.indexOf(lineFeed);
  const to = end < 0 ? sample.length : end;
  return isHeader(sample, 0, to) ? (sample[12] as number) - digit0 : 0;
}

export const fioIologV2 = lineFormat({
  name: 'fio-iolog-v2',
  describe: 'fio I/O log, version 2 (fio < 3.31, --write_iolog)',
  family: 'fio',
  detect: (sample) => headerVersion(sample) === 2,
  parser: (context) => new FioIologParser(context, 2),
});

export const fioIologV3 = lineFormat({
  name: 'fio-iolog-v3',
  describe: 'fio I/O log, version 3 (fio >= 3.31, --write_iolog)',
  family: 'fio',
  detect: (sample) => headerVersion(sample) === 3,
  parser: (context) => new FioIologParser(context, 3),
});
