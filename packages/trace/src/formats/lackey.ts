/**
 * Memory trace of valgrind's lackey (`--trace-mem=yes --trace-syscalls=yes`).
 *
 *   I  004014f0,2          an instruction: address, bytes         all numbers hexadecimal, but the
 *    L 1fff0006e0,8        a load                                  size
 *    S 1fff0006d8,8        a store
 *    M 04800018,1          a load and a store by one instruction
 *   SYSCALL[PID,TID](9) sys_mmap ( … )     see lackey/call-lines.ts
 *   ==PID== …              valgrind's own words
 *
 * Instructions become the `gap` of the next record: how many were begun since the one before.
 * Accesses outside of mapped files are left out and counted, unless `memory` is `all`: of a program
 * that is not linked statically they are nearly everything. There are no times, and no thread is
 * named with an access. Source: valgrind 3.19, lackey/lk_main.c.
 */
import { CallLines } from '../lackey/call-lines.js';
import type { LineParser } from '../line-reader.js';
import { mostMatch } from '../memory/access-lines.js';
import { placeIn } from '../memory/placed.js';
import { RegionFinder } from '../memory/region-finder.js';
import { TextScan } from '../memory/text-scan.js';
import { OpKind } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import { AddressSpace } from '../strace/address-space.js';
import { firstLines, lineFormat } from './format.js';

const lineFeed = 10;
const space = 32;
const comma = 44;
const letterI = 73;
const equals = 61;

const letters = [76, 83, 77] as const; // L, S, M
const kinds = [OpKind.Load, OpKind.Store, OpKind.Modify] as const;

export class LackeyParser implements LineParser {
  private readonly scan = new TextScan();
  private readonly callLines: CallLines;
  private readonly finder = new RegionFinder();
  private readonly calls: readonly number[];
  private readonly counts = new Float64Array(3);
  private readonly keepsAll: boolean;
  private instructions = 0;
  private toldInstructions = 0;
  private outside = 0;
  private task = 0;
  private hasMapping = false;

  constructor(private readonly context: ParseContext) {
    this.callLines = new CallLines(context);
    this.calls = ['L', 'S', 'M'].map((word) => context.calls.intern(word));
    this.keepsAll = context.options.memory === 'all';
  }

  parse(bytes: Uint8Array, start: number, line: number): number {
    const first = bytes[start];
    if (first === letterI) {
      if (this.addressAndSize(bytes, start + 1)) {
        this.instructions += 1;
        return this.scan.at + 1;
      }
    } else if (first === space) {
      const which = letters.indexOf(bytes[start + 1] as (typeof letters)[number]);
      if (which >= 0 && this.addressAndSize(bytes, start + 2)) {
        this.access(which, line);
        return this.scan.at + 1;
      }
    }
    const end = bytes.indexOf(lineFeed, start);
    this.other(bytes, start, end, line);
    return end + 1;
  }

  finish(): void {
    const { tallies, taskIds, notes, skipped } = this.context;
    this.callLines.finish();
    tallies.set('records.I', this.instructions);
    ['L', 'S', 'M'].forEach((name, i) => {
      if ((this.counts[i] as number) > 0) tallies.set(`records.${name}`, this.counts[i] as number);
    });
    if (this.outside > 0) skipped.set('accesses outside of mapped files', this.outside);
    if (!this.hasMapping && !this.keepsAll) {
      notes.push('no file was mapped, or SYSCALL lines are missing (--trace-syscalls=yes)');
    }
    if (taskIds.length === 0) taskIds.push(0);
  }

  private address = 0;
  private size = 0;

  /** ` ADDRESS,SIZE` up to the line's end. */
  private addressAndSize(bytes: Uint8Array, from: number): boolean {
    const { scan } = this;
    scan.begin(bytes, from);
    if (scan.peek() !== space) return false;
    scan.blanks();
    this.address = scan.hex();
    if (this.address < 0 || !scan.pass(comma)) return false;
    this.size = scan.decimal();
    scan.blanks();
    return this.size > 0 && scan.peek() === lineFeed;
  }

  private access(which: number, line: number): void {
    this.counts[which] = (this.counts[which] as number) + 1;
    const { address } = this;
    const region = this.finder.find(address);
    if (region === undefined && !this.keepsAll) {
      this.outside += 1;
      return;
    }
    const record = this.context.queue.add(line);
    record.kind = kinds[which] as OpKind;
    record.call = this.calls[which] as number;
    record.task = this.task;
    record.address = address;
    record.length = this.size;
    record.gap = this.gap();
    if (region !== undefined) placeIn(record, region, address);
  }

  /** Instructions since the record before. */
  private gap(): number {
    const gap = this.instructions - this.toldInstructions;
    this.toldInstructions = this.instructions;
    return gap;
  }

  private other(bytes: Uint8Array, start: number, end: number, line: number): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      .toString('latin1')
      .trimEnd();
    if (text.startsWith('SYSCALL[')) this.call(text, bytes, start, end, line);
    else if (bytes[start] !== equals && !isRemark(text)) this.context.bad(line, bytes, start, end);
  }

  private call(text: string, bytes: Uint8Array, start: number, end: number, line: number): void {
    const { queue } = this.context;
    const before = queue.length;
    if (!this.callLines.take(text, line)) this.context.bad(line, bytes, start, end);
    const first = queue.at(before);
    if (first !== undefined) first.gap = this.gap();
    const { task } = this.callLines;
    this.task = task?.index ?? 0;
    this.finder.reset(task?.space ?? nothing);
    for (let i = before; i < queue.length; i += 1) {
      const record = queue.at(i);
      if (record?.kind !== OpKind.Mmap) continue;
      const region = task?.space.all.find(({ mapping }) => mapping === record.mapping);
      if (region !== undefined) record.address = region.start;
    }
    if (task !== undefined && task.space.all.length > 0) this.hasMapping = true;
  }
}

const nothing = new AddressSpace();

/** Lines that are neither access nor call; a call's result may stand on a line of its own. */
function isRemark(text: string): boolean {
  return text === '' || /^ ?-->|^--\d+--|^\*\*\d+\*\*/.test(text);
}

const traceLine = /^(?:I {2}| [LSM] )[0-9a-f]{4,16},\d{1,4}\s*$/;

export const lackey = lineFormat({
  name: 'valgrind-lackey',
  describe: 'memory trace of valgrind (--tool=lackey --trace-mem=yes --trace-syscalls=yes)',
  family: 'memory',
  detect: (sample) =>
    mostMatch(
      firstLines(sample, 200),
      traceLine,
      (text) => text.startsWith('==') || text.startsWith('SYSCALL[') || isRemark(text),
    ),
  parser: (context) => new LackeyParser(context),
});
