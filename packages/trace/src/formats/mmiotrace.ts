/**
 * Linux's mmiotrace: a driver's accesses to the registers and memory of its device.
 *
 *   VERSION 20070824
 *   PCIDEV BBDD VENDEV IRQ 7×BAR 7×LENGTH DRIVER      hexadecimal; low bits of a BAR are flags
 *   MAP SEC.USEC ID PHYS VIRT LENGTH PC PID          UNMAP SEC.USEC ID PC PID
 *   R|W WIDTH SEC.USEC ID PHYS VALUE PC PID          MARK SEC.USEC TEXT
 *   UNKNOWN …, LOST …                                 what it could not decode, or had no room for
 *
 * The address of a record is the physical one. A BAR is a file, named after its device, opened by
 * implication; what is mapped outside of every known BAR is a file of its own. Virtual addresses
 * and program counters are left out. Only what was mapped with ioremap is in such a trace: write-
 * combining and memremap mappings are not. Source: Linux 6.12 Documentation/trace/mmiotrace.rst,
 * kernel/trace/trace_mmiotrace.c.
 */
import type { LineParser } from '../line-reader.js';
import { mostMatch } from '../memory/access-lines.js';
import { TextScan } from '../memory/text-scan.js';
import { MapFlag, OpKind, OpenFlag } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import { NONE, type TraceRecord } from '../record.js';
import { firstLines, lineFormat } from './format.js';

const lineFeed = 10;
const letterR = 82;
const letterW = 87;
const barCount = 7;
const flags = MapFlag.Read | MapFlag.Write | MapFlag.Shared;

interface Bar {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

interface Mapped {
  readonly mapping: number;
  readonly handle: number;
  readonly path: number;
  readonly start: number;
  readonly end: number;
  /** Where in the BAR the mapping begins. */
  readonly fileOffset: number;
}

export class MmiotraceParser implements LineParser {
  private readonly scan = new TextScan();
  private readonly readCall: number;
  private readonly writeCall: number;
  private readonly bars: Bar[] = [];
  private readonly maps = new Map<number, Mapped>();
  private readonly handleOf = new Map<number, number>();
  private readonly taskOf = new Map<number, number>();
  private mappings = 0;
  private reads = 0;
  private writes = 0;
  private lastNs = 0;

  constructor(private readonly context: ParseContext) {
    this.readCall = context.calls.intern('R');
    this.writeCall = context.calls.intern('W');
  }

  parse(bytes: Uint8Array, start: number, line: number): number {
    const first = bytes[start];
    const isAccess = (first === letterR || first === letterW) && bytes[start + 1] === 32;
    if (isAccess && this.access(bytes, start, line)) return this.scan.at + 1;
    const end = bytes.indexOf(lineFeed, start);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    const words = text.trim().split(/\s+/);
    const isKnown = !isAccess && (text.trim() === '' || this.rare(words, line));
    if (!isKnown) this.context.bad(line, bytes, start, end);
    return end + 1;
  }

  finish(): void {
    const { tallies, taskIds } = this.context;
    if (this.reads > 0) tallies.set('records.R', this.reads);
    if (this.writes > 0) tallies.set('records.W', this.writes);
    tallies.set('lastNs', this.lastNs);
    if (taskIds.length === 0) taskIds.push(0);
  }

  private access(bytes: Uint8Array, start: number, line: number): boolean {
    const { scan } = this;
    scan.begin(bytes, start + 2);
    const width = this.next(() => scan.decimal());
    const atNs = this.next(() => scan.seconds());
    const id = this.next(() => scan.decimal());
    const physical = this.next(() => scan.hex());
    if (width <= 0 || atNs < 0 || id < 0 || physical < 0 || scan.hex64() === 0) return false;
    const { low, high } = scan;
    scan.blanks();
    const counter = scan.hex64();
    scan.blanks();
    const pid = scan.decimal();
    scan.blanks();
    if (counter === 0 || pid < 0 || scan.peek() !== lineFeed) return false;
    const isRead = bytes[start] === letterR;
    const record = this.context.queue.add(line);
    record.kind = isRead ? OpKind.Load : OpKind.Store;
    record.call = isRead ? this.readCall : this.writeCall;
    record.task = this.task(pid);
    record.startNs = atNs;
    record.address = physical;
    record.length = width;
    record.hasResult = 1;
    record.valueLow = low;
    record.valueHigh = high;
    this.place(record, id);
    if (isRead) this.reads += 1;
    else this.writes += 1;
    this.lastNs = Math.max(this.lastNs, atNs);
    return true;
  }

  private next(read: () => number): number {
    const value = read();
    this.scan.blanks();
    return value;
  }

  private place(record: TraceRecord, id: number): void {
    const mapped = this.maps.get(id);
    const { address } = record;
    if (mapped === undefined || address < mapped.start || address >= mapped.end) return;
    record.mapping = mapped.mapping;
    record.handle = mapped.handle;
    record.path = mapped.path;
    record.offset = address - mapped.start;
    record.fileOffset = mapped.fileOffset + record.offset;
  }

  /** Everything but accesses; false if it is none of the forms. */
  private rare(words: readonly string[], line: number): boolean {
    const name = words[0] ?? '';
    switch (name) {
      case 'VERSION':
        break;
      case 'PCIDEV':
        this.device(words);
        break;
      case 'MAP':
        if (!this.map(words, line)) return false;
        break;
      case 'UNMAP':
        if (!this.unmap(words, line)) return false;
        break;
      case 'MARK':
        this.mark(words, line);
        break;
      case 'UNKNOWN':
        this.context.skip('accesses that mmiotrace could not decode');
        break;
      case 'LOST':
        this.context.skip('events that mmiotrace had no room for');
        break;
      default:
        return /^#/.test(name);
    }
    this.context.tally(`records.${name}`, 1);
    return true;
  }

  private device(words: readonly string[]): void {
    const number = parseInt(words[1] ?? '', 16);
    const bus = hexText(number >> 8);
    const slot = hexText((number >> 3) & 31);
    for (let i = 0; i < barCount; i += 1) {
      const bar = parseInt(words[4 + i] ?? '0', 16);
      const length = parseInt(words[4 + barCount + i] ?? '0', 16);
      const isMemory = bar % 2 === 0 && length > 0 && Number.isSafeInteger(bar + length);
      if (!isMemory) continue;
      const start = bar - (bar % 16);
      const name = `/pci/${bus}:${slot}.${number & 7}/bar${i}`;
      this.bars.push({ start, end: start + length, name });
    }
  }

  private map(words: readonly string[], line: number): boolean {
    const [, time = '', id = '', physical = '', , length = '', , pid = ''] = words;
    const start = Number(physical);
    const bytes = Number(length);
    const atNs = this.timeOf(time);
    if (!Number.isSafeInteger(start + bytes) || atNs < 0 || !/^\d+$/.test(id)) return false;
    const bar = this.bars.find((each) => start >= each.start && start < each.end);
    const name = bar?.name ?? `/mmio/0x${start.toString(16)}`;
    const path = this.context.names.intern(name);
    const fileOffset = start - (bar?.start ?? start);
    const task = this.task(Number(pid) || 0);
    const handle = this.opened(path, task, line);
    const mapping = this.mappings;
    this.mappings += 1;
    this.maps.set(Number(id), { mapping, handle, path, start, end: start + bytes, fileOffset });
    const record = this.call('MAP', OpKind.Mmap, line);
    Object.assign(record, { task, handle, path, mapping, flags, address: start });
    record.startNs = atNs;
    record.offset = fileOffset;
    record.length = bytes;
    this.context.tallies.set(`maps.${id}.phys`, start);
    this.context.tallies.set(`maps.${id}.len`, bytes);
    return true;
  }

  private unmap(words: readonly string[], line: number): boolean {
    const [, time = '', id = ''] = words;
    const mapped = this.maps.get(Number(id));
    const atNs = this.timeOf(time);
    if (atNs < 0 || !/^\d+$/.test(id)) return false;
    if (mapped === undefined) return true;
    this.maps.delete(Number(id));
    const record = this.call('UNMAP', OpKind.Munmap, line);
    record.startNs = atNs;
    record.mapping = mapped.mapping;
    record.handle = mapped.handle;
    record.path = mapped.path;
    record.offset = 0;
    record.length = mapped.end - mapped.start;
    return true;
  }

  private mark(words: readonly string[], line: number): void {
    const record = this.call(words.slice(2).join(' '), OpKind.Mark, line);
    record.startNs = this.timeOf(words[1] ?? '');
    record.inScope = false;
  }

  private call(name: string, kind: OpKind, line: number): TraceRecord {
    const record = this.context.queue.add(line);
    record.kind = kind;
    record.call = this.context.calls.intern(name);
    return record;
  }

  private opened(path: number, task: number, line: number): number {
    const known = this.handleOf.get(path);
    if (known !== undefined) return known;
    const handle = this.handleOf.size;
    this.handleOf.set(path, handle);
    const record = this.context.queue.add(line);
    record.kind = OpKind.Open;
    record.task = task;
    record.handle = handle;
    record.path = path;
    record.flags = OpenFlag.Read | OpenFlag.Write;
    record.inScope = false;
    record.isImplied = true;
    return handle;
  }

  private timeOf(text: string): number {
    this.scan.begin(Buffer.from(`${text}\n`), 0);
    const atNs = this.scan.seconds();
    return this.scan.peek() === lineFeed ? atNs : NONE;
  }

  private task(pid: number): number {
    let task = this.taskOf.get(pid);
    if (task === undefined) {
      task = this.context.taskIds.length;
      this.context.taskIds.push(pid);
      this.taskOf.set(pid, task);
    }
    return task;
  }
}

function hexText(value: number): string {
  return value.toString(16).padStart(2, '0');
}

const traceLine =
  /^(?:VERSION \d{8}|PCIDEV [0-9a-f]{4} |(?:UN)?MAP \d+\.\d+ |MARK \d+\.\d+ |[RW] \d+ \d+\.\d+ )/;

export const mmiotrace = lineFormat({
  name: 'mmiotrace',
  describe: "accesses to a device's BARs, mmiotrace of Linux",
  family: 'memory',
  detect: (sample) => mostMatch(firstLines(sample, 60), traceLine, (text) => text.startsWith('#')),
  parser: (context) => new MmiotraceParser(context),
});
