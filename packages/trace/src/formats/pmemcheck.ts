/**
 * Store log of pmemcheck (`--log-stores=yes`), which pmreorder reads.
 *
 *   ==PID== START|rec|rec|…|rec
 *   ==PID== |STOP
 *
 *   STORE;ADDR;VALUE;SIZE   FLUSH;ADDR;SIZE   DEEP_SYNC;ADDR;SIZE   FENCE      numbers with 0x
 *   REGISTER_FILE;PATH;BASE;SIZE;OFFSET       any other word: a mark of the program
 *
 * All records are one line of text, of megabytes; so a "line" here ends with a bar, and only what
 * stands on the last text line between two bars is a record: valgrind puts its own messages, each
 * behind `==PID==`, anywhere. Stack traces (further fields) are passed over.
 *
 * A registered file is a mapping: an implied Open for each name, then an Mmap that takes away what
 * was registered at those addresses before. The log does not say when a file is unmapped, has no
 * loads, no times and no threads. Source: pmemcheck's pmc_main.c, pmreorder's loggingfacility and
 * operationfactory; PMDK's manual page of pmreorder.
 */
import type { LineParser } from '../line-reader.js';
import { RegionFinder } from '../memory/region-finder.js';
import { placeIn } from '../memory/placed.js';
import { TextScan } from '../memory/text-scan.js';
import { MapFlag, OpKind, OpenFlag } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import type { TraceRecord } from '../record.js';
import { AddressSpace } from '../strace/address-space.js';
import { lineFormat } from './format.js';

const bar = 124;
const semicolon = 59;
const lineFeed = 10;
const equals = 61;
const space = 32;
const letterF = 70;
const letterS = 83;

const openFlags = OpenFlag.Read | OpenFlag.Write | OpenFlag.Create;
const mapFlags = MapFlag.Read | MapFlag.Write | MapFlag.Shared;

export class PmemcheckParser implements LineParser {
  private readonly scan = new TextScan();
  private readonly space = new AddressSpace();
  private readonly finder = new RegionFinder();
  private readonly storeCall: number;
  private readonly flushCall: number;
  private readonly fenceCall: number;
  private readonly handleOf = new Map<number, number>();
  private mappings = 0;
  private stores = 0;
  private flushes = 0;
  private fences = 0;
  private hasStart = false;
  private hasStop = false;

  constructor(private readonly context: ParseContext) {
    this.storeCall = context.calls.intern('STORE');
    this.flushCall = context.calls.intern('FLUSH');
    this.fenceCall = context.calls.intern('FENCE');
    context.taskIds.push(0);
  }

  parse(bytes: Uint8Array, start: number, line: number): number {
    // The common records have their first bytes for themselves, and no message among them.
    if (bytes[start] === letterS && bytes[start + 1] === 84) {
      if (this.store(bytes, start, line)) return this.scan.at + 1;
    } else if (bytes[start] === letterF && this.flushOrFence(bytes, start, line)) {
      return this.scan.at + 1;
    }
    const end = bytes.indexOf(bar, start);
    this.other(bytes, start, end, line);
    return end + 1;
  }

  finish(): void {
    const { tallies } = this.context;
    const count = (name: string, amount: number): void => {
      if (amount > 0) tallies.set(`records.${name}`, amount);
    };
    count('STORE', this.stores);
    count('FLUSH', this.flushes);
    count('FENCE', this.fences);
    if (!this.hasStart) this.context.notes.push('the log has no START');
    if (!this.hasStop) this.context.notes.push('the log has no STOP: its program may have died');
  }

  /** STORE at `start`; false, and nothing done, if it has not that form. */
  private store(bytes: Uint8Array, start: number, line: number): boolean {
    const { scan } = this;
    scan.begin(bytes, start + 5);
    // The whole word, since a bar within it would end the record, and no bar might follow.
    if (!scan.is(start, 'STORE') || !scan.pass(semicolon)) return false;
    const address = scan.hex();
    if (address < 0 || !scan.pass(semicolon)) return false;
    const digits = scan.hex64();
    const { low, high } = scan;
    if (digits === 0 || digits > 16 || !scan.pass(semicolon)) return false;
    const size = scan.hex();
    if (size <= 0 || !this.toBar()) return false;
    const record = this.access(OpKind.Store, this.storeCall, address, size, line);
    record.hasResult = 1;
    record.valueLow = low;
    record.valueHigh = high;
    this.stores += 1;
    return true;
  }

  private flushOrFence(bytes: Uint8Array, start: number, line: number): boolean {
    const { scan } = this;
    scan.begin(bytes, start + 5);
    if (bytes[start + 1] === 69 && scan.is(start, 'FENCE')) {
      if (!this.toBar()) return false;
      const record = this.context.queue.add(line);
      record.kind = OpKind.Fence;
      record.call = this.fenceCall;
      this.fences += 1;
      return true;
    }
    if (!scan.is(start, 'FLUSH') || !this.range()) return false;
    this.access(OpKind.FlushRange, this.flushCall, this.address, this.size, line);
    this.flushes += 1;
    return true;
  }

  private address = 0;
  private size = 0;

  /** `;ADDR;SIZE` at the scan's place. */
  private range(): boolean {
    const { scan } = this;
    if (!scan.pass(semicolon)) return false;
    this.address = scan.hex();
    if (this.address < 0 || !scan.pass(semicolon)) return false;
    this.size = scan.hex();
    return this.size >= 0 && this.toBar();
  }

  /** Goes to the bar behind the record, over further fields; false if a text line ends before. */
  private toBar(): boolean {
    const { scan } = this;
    if (scan.peek() === bar) return true;
    if (scan.peek() !== semicolon) return false;
    while (scan.peek() !== bar) {
      if (scan.peek() === lineFeed) return false;
      scan.at += 1;
    }
    return true;
  }

  private access(
    kind: OpKind,
    call: number,
    address: number,
    size: number,
    line: number,
  ): TraceRecord {
    const record = this.context.queue.add(line);
    record.kind = kind;
    record.call = call;
    record.address = address;
    record.length = size;
    const region = this.finder.find(address);
    if (region !== undefined) placeIn(record, region, address);
    return record;
  }

  /** What is between two bars and not a plain record: messages, START, rare records, marks. */
  private other(bytes: Uint8Array, start: number, end: number, line: number): void {
    let from = start;
    for (let at = start; at < end; at += 1) {
      if (bytes[at] !== lineFeed) continue;
      this.textLine(bytes, from, at, line);
      from = at + 1;
    }
    this.textLine(bytes, from, end, line);
  }

  private textLine(bytes: Uint8Array, start: number, end: number, line: number): void {
    const from = messageStart(bytes, start, end);
    let to = end;
    while (to > from && (bytes[to - 1] as number) <= space) to -= 1;
    if (to === from) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
    if (this.record(text, line)) return;
    // Valgrind's own words have a prefix or come before the log.
    if (from > start || !this.hasStart) return;
    this.context.bad(line, bytes, start, end);
  }

  /** A record as text; false if it is none. */
  private record(text: string, line: number): boolean {
    const [name = '', ...fields] = text.split(';');
    if (name === 'START' || name === 'STOP') {
      if (name === 'START') this.context.tally('records.START', 1);
      this.hasStart ||= name === 'START';
      this.hasStop ||= name === 'STOP';
      return true;
    }
    if (!this.hasStart || !/^[\w.:-]{1,200}$/.test(name)) return false;
    const bytes = Buffer.from(`${text}|`);
    if (name === 'STORE') return this.store(bytes, 0, line);
    if (name === 'FLUSH' || name === 'FENCE') return this.flushOrFence(bytes, 0, line);
    if (name === 'REGISTER_FILE') return this.register(fields, line);
    if (name === 'DEEP_SYNC') return this.deepSync(bytes, line);
    if (fields.length > 0) return false;
    const record = this.context.queue.add(line);
    record.kind = OpKind.Mark;
    record.call = this.context.calls.intern(name);
    record.inScope = false;
    this.context.tally(`records.${name}`, 1);
    return true;
  }

  private deepSync(bytes: Uint8Array, line: number): boolean {
    this.scan.begin(bytes, 'DEEP_SYNC'.length);
    if (!this.range()) return false;
    const call = this.context.calls.intern('DEEP_SYNC');
    this.access(OpKind.FlushRange, call, this.address, this.size, line);
    this.context.tally('records.DEEP_SYNC', 1);
    return true;
  }

  private register(fields: readonly string[], line: number): boolean {
    // The name comes first and may hold semicolons of its own.
    const [base = NaN, size = NaN, offset = NaN] = fields.slice(-3).map(Number);
    const isWhole = fields.length >= 4 && Number.isSafeInteger(base + size) && size > 0;
    if (!isWhole || !Number.isSafeInteger(offset)) return false;
    const { context } = this;
    const path = context.names.intern(fields.slice(0, -3).join(';'));
    const handle = this.opened(path, line);
    this.unmap(base, base + size, line);
    const mapping = this.mappings;
    this.mappings += 1;
    const source = { handle, path, fileOffset: offset, flags: mapFlags };
    this.space.add({ start: base, end: base + size, mapping, base, source });
    this.finder.reset(this.space);
    const record = context.queue.add(line);
    record.kind = OpKind.Mmap;
    record.call = context.calls.intern('REGISTER_FILE');
    Object.assign(record, { handle, path, mapping, offset, flags: mapFlags, address: base });
    record.length = size;
    context.tally('records.REGISTER_FILE', 1);
    return true;
  }

  private opened(path: number, line: number): number {
    const known = this.handleOf.get(path);
    if (known !== undefined) return known;
    const handle = this.handleOf.size;
    this.handleOf.set(path, handle);
    const record = this.implied(OpKind.Open, line);
    record.handle = handle;
    record.path = path;
    record.flags = openFlags;
    return handle;
  }

  private unmap(start: number, end: number, line: number): void {
    for (const piece of this.space.pieces(start, end)) {
      const record = this.implied(OpKind.Munmap, line);
      record.mapping = piece.mapping;
      record.offset = piece.offset;
      record.length = piece.length;
    }
    this.space.remove(start, end);
  }

  private implied(kind: OpKind, line: number): TraceRecord {
    const record = this.context.queue.add(line);
    record.kind = kind;
    record.inScope = false;
    record.isImplied = true;
    return record;
  }
}

/** Behind `==PID== `, if it is at `start`. */
function messageStart(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== equals || bytes[start + 1] !== equals) return start;
  let at = start + 2;
  while (at < end && bytes[at] !== equals) at += 1;
  while (at < end && bytes[at] === equals) at += 1;
  while (at < end && bytes[at] === space) at += 1;
  return at;
}

export const pmemcheck = lineFormat({
  name: 'pmemcheck-store-log',
  describe: 'store log of pmemcheck (valgrind --tool=pmemcheck --log-stores=yes)',
  family: 'memory',
  lineEnd: bar,
  detect: (sample) => {
    const text = Buffer.from(sample.buffer, sample.byteOffset, sample.length).toString('latin1');
    return /^(?:==\d+== )?START\|/m.test(text);
  },
  parser: (context) => new PmemcheckParser(context),
});
