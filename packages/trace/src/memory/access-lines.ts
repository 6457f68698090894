/**
 * What the traces of memory simulators have in common: a line is an access to one 64-byte line of
 * memory, and nothing else happens.
 *
 *   VANS         0x0001ff00 R:12          Ramulator 2   LD 0x1ff00
 *   DRAMSim3     0x1FF00 READ 37686       NVMain        37686 R 0x0001FF00 DATA THREAD
 *
 * A format says how its line is read; this file makes the record of it. There are no files, no
 * mappings and no sizes in them, so a record has an address and 64 bytes.
 */
import type { LineParser } from '../line-reader.js';
import type { OpKind } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import { NONE } from '../record.js';
import { TextScan } from './text-scan.js';

/** Bytes of an access: these simulators know only whole lines. */
export const accessBytes = 64;

const lineFeed = 10;
const hash = 35;

/** What a line told. */
export class AccessLine {
  readonly scan = new TextScan();
  /** Index into the format's words. */
  word = 0;
  address = 0;
  /** The clock of the access, NONE if the format has none. */
  clock = NONE;
  /** Clocks since the access before, where the format tells it itself. */
  gap = NONE;
  flags = 0;
  thread = 0;
  hasValue = false;
  valueLow = 0;
  valueHigh = 0;
}

/** How one format writes an access. */
export interface AccessForm {
  /** Words for kinds of access; `word` of a line is an index. */
  readonly words: readonly (readonly [string, OpKind])[];
  /** Reads the line at `line.scan`; false if it is not of this form. */
  read(line: AccessLine): boolean;
  /** Whether a line that is no access is to be passed over all the same. */
  isRemark?(text: string): boolean;
}

export class AccessLines implements LineParser {
  private readonly line = new AccessLine();
  private readonly calls: readonly number[];
  private readonly taskOf = new Map<number, number>();
  private lastClock = 0;

  constructor(
    private readonly context: ParseContext,
    private readonly form: AccessForm,
  ) {
    this.calls = form.words.map(([word]) => context.calls.intern(word));
  }

  parse(bytes: Uint8Array, start: number, number: number): number {
    const { line } = this;
    const { scan } = line;
    scan.begin(bytes, start);
    scan.blanks();
    if (scan.peek() === lineFeed) return scan.at + 1;
    const isAccess = scan.peek() !== hash && this.form.read(line);
    if (isAccess) {
      scan.blanks();
      if (scan.peek() === lineFeed) {
        this.emit(number);
        return scan.at + 1;
      }
    }
    return this.other(bytes, start, number);
  }

  finish(): void {
    if (this.context.taskIds.length === 0) this.context.taskIds.push(0);
  }

  private other(bytes: Uint8Array, start: number, number: number): number {
    const end = bytes.indexOf(lineFeed, start);
    const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 40)));
    const isRemark = text.startsWith('#') || this.form.isRemark?.(text) === true;
    if (!isRemark) this.context.bad(number, bytes, start, end);
    return end + 1;
  }

  private emit(number: number): void {
    const { line } = this;
    const word = this.form.words[line.word];
    const record = this.context.queue.add(number);
    if (word === undefined) return;
    record.kind = word[1];
    record.call = this.calls[line.word] ?? NONE;
    record.task = this.task(line.thread);
    record.address = line.address;
    record.length = accessBytes;
    record.flags = line.flags;
    record.gap = line.gap;
    if (line.clock >= 0) {
      record.gap = Math.max(0, line.clock - this.lastClock);
      this.lastClock = line.clock;
    }
    if (!line.hasValue) return;
    record.hasResult = 1;
    record.valueLow = line.valueLow;
    record.valueHigh = line.valueHigh;
  }

  private task(thread: number): number {
    let task = this.taskOf.get(thread);
    if (task === undefined) {
      task = this.context.taskIds.length;
      this.context.taskIds.push(thread);
      this.taskOf.set(thread, task);
    }
    return task;
  }
}

/** Whether most of the first lines match, for detection; `isRemark` lines do not count. */
export function mostMatch(
  lines: readonly string[],
  pattern: RegExp,
  isRemark: (text: string) => boolean = () => false,
): boolean {
  const counted = lines.filter((text) => text.trim() !== '' && !isRemark(text));
  const good = counted.filter((text) => pattern.test(text)).length;
  return good > 0 && good * 2 > counted.length;
}
