/**
 * Text of blkparse, the block layer's trace.
 *
 *   MAJ,MIN CPU SEQ SEC.NANOSEC PID ACTION RWBS [SECTOR + SECTORS] [COMMAND]
 *
 *   ACTION  Q queued · G request got · I inserted · D issued · C completed · X split · M F merged
 *           P plug · U UT unplug · A remap · R requeue · S sleep · B bounce · m message
 *   RWBS    F preflush, first · R W D N · then F forced unit access, A ahead, S sync, M metadata
 *
 * One action is the request (default Q, as fio and btreplay do: a device that splits issues more
 * than was asked for). A request of no length is a flush, one with D in its flags a discard. All
 * actions are counted; the lines before and after the events (`Input file …`, totals) are passed
 * over. A device is one large file named after its number, opened by implication. Source:
 * blktrace_api.h, blkparse(1), blkparse_fmt.c.
 *
 * Left out: what completed for what was queued, so records have a start and no end.
 */
import type { LineParser } from '../line-reader.js';
import { IoFlag, OpKind, OpenFlag } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import { NONE } from '../record.js';
import { firstLines, lineFormat } from './format.js';

const space = 32;
const lineFeed = 10;
const comma = 44;
const dot = 46;
const plus = 43;
const sectorBytes = 512;

const RequestType = { Read: 0, Write: 1, Discard: 2, Flush: 3, Other: 4 } as const;
const typeNames = ['read', 'write', 'discard', 'flush', 'other'] as const;
const typeKinds = [OpKind.Read, OpKind.Write, OpKind.Trim, OpKind.Flush, OpKind.Other] as const;
const counted = [81, 68, 67] as const; // Q, D, C

export class BlkparseParser implements LineParser {
  private at = 0;
  private readonly requestLetter: number;
  private readonly requestCall: number;
  /** Counts by action letters, first · 128 + second. */
  private readonly actions = new Float64Array(128 * 128);
  /** Counts and sectors by (Q, D, C) · 5 + type. */
  private readonly requests = new Float64Array(15);
  private readonly sectors = new Float64Array(15);
  private maxEndSector = 0;
  private readonly taskOf = new Map<number, number>();
  private readonly handleOf = new Map<number, number>();
  private readonly pathOf: number[] = [];
  private lastPid = NONE;
  private lastTask = NONE;
  private firstNs = NONE;
  private lastNs = 0;
  /** What was read last: the event's head, then its request. */
  private major = 0;
  private minor = 0;
  private timeNs = 0;
  private pid = 0;
  private sector = 0;
  private count = 0;
  private type: number = RequestType.Other;
  private flags = 0;

  constructor(private readonly context: ParseContext) {
    const action = context.options.blockAction ?? 'Q';
    this.requestLetter = action.charCodeAt(0);
    this.requestCall = context.calls.intern(action);
  }

  parse(bytes: Uint8Array, start: number, line: number): number {
    this.at = skipBlanks(bytes, start);
    this.major = this.digits(bytes);
    if (this.major < 0 || bytes[this.at] !== comma) return this.passOver(bytes, start);
    this.at += 1;
    if (!this.head(bytes) || !this.event(bytes, line)) return this.bad(bytes, start, line);
    return lineEnd(bytes, this.at) + 1;
  }

  finish(): void {
    const { tallies } = this.context;
    for (let i = 0; i < this.actions.length; i += 1) {
      const count = this.actions[i] as number;
      if (count === 0) continue;
      const second = i & 127;
      const name = String.fromCharCode(i >> 7) + (second > 0 ? String.fromCharCode(second) : '');
      tallies.set(`action.${name}`, count);
    }
    for (let i = 0; i < this.requests.length; i += 1) {
      if (this.requests[i] === 0) continue;
      const letter = String.fromCharCode(counted[Math.floor(i / 5)] as number);
      const key = `${letter}.${typeNames[i % 5] ?? ''}`;
      tallies.set(`requests.${key}`, this.requests[i] as number);
      if ((this.sectors[i] as number) > 0) tallies.set(`sectors.${key}`, this.sectors[i] as number);
    }
    tallies.set('maxEndSector', this.maxEndSector);
    tallies.set('durationNs', this.lastNs - Math.max(0, this.firstNs));
  }

  /** Minor number to task; false if one of them is missing. */
  private head(bytes: Uint8Array): boolean {
    this.minor = this.digits(bytes);
    const cpu = this.field(bytes);
    const sequence = this.field(bytes);
    const seconds = this.field(bytes);
    if (bytes[this.at] !== dot) return false;
    this.at += 1;
    const nanoseconds = this.digits(bytes);
    this.pid = this.field(bytes);
    this.timeNs = seconds * 1e9 + nanoseconds;
    const isWhole = this.minor >= 0 && cpu >= 0 && sequence >= 0 && seconds >= 0;
    return isWhole && nanoseconds >= 0 && this.pid >= 0;
  }

  /** Action, flags and range; false if the line is torn there. */
  private event(bytes: Uint8Array, line: number): boolean {
    const from = skipBlanks(bytes, this.at);
    const to = wordEnd(bytes, from);
    if (to === from || to - from > 2) return false;
    const letter = (bytes[from] as number) & 127;
    const second = to - from === 2 ? (bytes[from + 1] as number) & 127 : 0;
    this.at = to;
    if (letter === 109) return true; // A message: its text may hold anything.
    const flagsFrom = skipBlanks(bytes, to);
    const flagsTo = wordEnd(bytes, flagsFrom);
    this.at = flagsTo;
    if (flagsTo === flagsFrom) return false;
    const { timeNs } = this;
    const which = second === 0 ? requestIndex(letter) : NONE;
    if (which >= 0 && !this.request(bytes, which, flagsFrom, flagsTo)) return false;
    const cell = letter * 128 + second;
    this.actions[cell] = (this.actions[cell] as number) + 1;
    if (this.firstNs < 0) this.firstNs = timeNs;
    if (timeNs > this.lastNs) this.lastNs = timeNs;
    if (letter === this.requestLetter && which >= 0) this.emit(line);
    return true;
  }

  private request(bytes: Uint8Array, which: number, from: number, to: number): boolean {
    this.sector = this.field(bytes);
    const plusAt = skipBlanks(bytes, this.at);
    this.count = 0;
    if (this.sector >= 0 && bytes[plusAt] === plus) {
      this.at = plusAt + 1;
      this.count = this.field(bytes);
      if (this.count < 0) return false;
    }
    this.readFlags(bytes, from, to);
    const cell = which * 5 + this.type;
    this.requests[cell] = (this.requests[cell] as number) + 1;
    this.sectors[cell] = (this.sectors[cell] as number) + this.count;
    if (this.count > 0 && this.sector + this.count > this.maxEndSector) {
      this.maxEndSector = this.sector + this.count;
    }
    return true;
  }

  private readFlags(bytes: Uint8Array, from: number, to: number): void {
    let flags = 0;
    let type: number = RequestType.Other;
    for (let i = from; i < to; i += 1) {
      const letter = bytes[i];
      if (letter === 70) flags |= i === from ? IoFlag.PreFlush : IoFlag.ForceUnitAccess;
      else if (letter === 82) type = RequestType.Read;
      else if (letter === 87) type = RequestType.Write;
      else if (letter === 68) type = RequestType.Discard;
      else if (letter === 83) flags |= IoFlag.Sync;
      else if (letter === 65) flags |= IoFlag.Readahead;
      else if (letter === 77) flags |= IoFlag.Metadata;
    }
    this.type = this.count === 0 && type !== RequestType.Discard ? RequestType.Flush : type;
    this.flags = flags;
  }

  private emit(line: number): void {
    const handle = this.device(line);
    const record = this.context.queue.add(line);
    record.kind = typeKinds[this.type] ?? OpKind.Other;
    record.call = this.requestCall;
    record.task = this.task(this.pid);
    record.startNs = this.timeNs;
    record.handle = handle;
    record.path = this.pathOf[handle] ?? NONE;
    record.flags = this.flags;
    if (this.type === RequestType.Flush) return;
    record.offset = this.sector * sectorBytes;
    record.fileOffset = record.offset;
    record.length = this.count * sectorBytes;
    record.result = record.length;
  }

  private task(pid: number): number {
    if (pid === this.lastPid) return this.lastTask;
    let task = this.taskOf.get(pid);
    if (task === undefined) {
      task = this.context.taskIds.length;
      this.context.taskIds.push(pid);
      this.taskOf.set(pid, task);
    }
    this.lastPid = pid;
    this.lastTask = task;
    return task;
  }

  private device(line: number): number {
    const { major, minor } = this;
    const key = major * 1_048_576 + minor;
    const known = this.handleOf.get(key);
    if (known !== undefined) return known;
    const handle = this.handleOf.size;
    this.handleOf.set(key, handle);
    this.pathOf.push(this.context.names.intern(`/dev/block/${major}:${minor}`));
    const record = this.context.queue.add(line);
    record.kind = OpKind.Open;
    record.handle = handle;
    record.path = this.pathOf[handle] ?? NONE;
    record.flags = OpenFlag.Read | OpenFlag.Write | OpenFlag.Create;
    record.inScope = false;
    record.isImplied = true;
    return handle;
  }

  private passOver(bytes: Uint8Array, start: number): number {
    this.context.tally('otherLines', 1);
    return lineEnd(bytes, start) + 1;
  }

  private bad(bytes: Uint8Array, start: number, line: number): number {
    const end = lineEnd(bytes, start);
    this.context.bad(line, bytes, start, end);
    return end + 1;
  }

  /** Blanks and a number; −1 if there is none. */
  private field(bytes: Uint8Array): number {
    this.at = skipBlanks(bytes, this.at);
    return this.digits(bytes);
  }

  private digits(bytes: Uint8Array): number {
    let at = this.at;
    let value = 0;
    let byte = bytes[at] as number;
    while (byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48);
      at += 1;
      byte = bytes[at] as number;
    }
    if (at === this.at) return NONE;
    this.at = at;
    return value;
  }
}

function requestIndex(letter: number): number {
  if (letter === counted[0]) return 0;
  if (letter === counted[1]) return 1;
  return letter === counted[2] ? 2 : NONE;
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  let byte = bytes[at] as number;
  while (byte <= space && byte !== lineFeed) {
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

function lineEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] !== lineFeed) at += 1;
  return at;
}

const eventLine = /^ *\d+,\d+ +\d+ +\d+ +\d+\.\d{9} +\d+ +[A-Zm]{1,2} /;

export const blkparse = lineFormat({
  name: 'blkparse-text',
  describe: 'block-layer trace, text of blkparse',
  family: 'blkparse',
  detect: (sample) => {
    const lines = firstLines(sample, 60).filter((text) => !text.startsWith('Input file '));
    const good = lines.filter((text) => eventLine.test(text)).length;
    return good > 0 && good * 2 >= lines.length;
  },
  parser: (context) => new BlkparseParser(context),
});
