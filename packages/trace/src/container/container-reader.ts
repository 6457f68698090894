/**
 * Reads a container back: the same records in the same order, with the same ids, as the reader
 * that it was written from gave. `fill` takes one frame, checks its sum and spreads its columns;
 * `next` copies a row. A file that ends before its footer is partial, with the number of the last
 * record; a frame that is damaged is a TraceError, because what follows it cannot be trusted
 * either.
 */
import { crc32 } from 'node:zlib';
import { TraceError } from '@daxsim/sim';
import type { ByteSource } from '../byte-source.js';
import { NameTable } from '../name-table.js';
import { opKindNames } from '../op-kind.js';
import type { BadLine, TraceReader } from '../reader.js';
import { TraceRecord } from '../record.js';
import { RecordBlock } from './columns.js';
import { FrameType, containerVersion, frameHeadBytes, magic, maxPayloadBytes } from './frame.js';
import { counts, isNumber, isText, listOf, unframe } from './frame.js';

export class ContainerReader implements TraceReader {
  readonly format = 'daxsim-container';
  readonly record = new TraceRecord();
  readonly names = new NameTable();
  readonly calls = new NameTable();
  readonly taskIds: number[] = [];
  readonly skipped = new Map<string, number>();
  readonly tallies = new Map<string, number>();
  readonly badLineNumbers: number[] = [];
  readonly badLines: readonly BadLine[] = [];
  readonly notes: string[] = [];
  origin = '';
  lines = 0;
  badLineCount = 0;
  partial: string | undefined = undefined;
  private readonly block = new RecordBlock();
  private row = 0;
  private records = 0;
  private frames = 0;
  private isEnded = false;
  private readonly head = new Uint8Array(frameHeadBytes);

  constructor(
    readonly path: string,
    private readonly source: ByteSource,
  ) {}

  /** Reads magic and header. */
  async begin(): Promise<void> {
    const start = new Uint8Array(magic.length);
    await this.readFully(start);
    if (!magic.every((byte, i) => start[i] === byte)) this.fail('not a daxsim container');
    const content = await this.frame(FrameType.Header);
    if (content === undefined) {
      this.cut();
      return;
    }
    const { version, origin } = content;
    const isKnown = version === containerVersion || version === firstVersion;
    if (!isKnown || !isText(origin)) {
      this.fail(
        `a container of version ${String(version)}; this program reads ${containerVersion}`,
      );
    }
    this.origin = origin;
  }

  next(): boolean {
    if (this.row >= this.block.count) return false;
    this.block.load(this.row, this.record);
    this.record.sequence = this.records;
    this.row += 1;
    this.records += 1;
    return true;
  }

  async fill(): Promise<boolean> {
    if (this.isEnded) return false;
    const content = await this.frame(FrameType.Block);
    if (content === undefined) this.cut();
    return true;
  }

  /** The next frame, taken in; its content, or undefined if the file ends before its end. */
  private async frame(expected: number): Promise<Record<string, unknown> | undefined> {
    if (!(await this.readFully(this.head))) return undefined;
    const view = new DataView(this.head.buffer);
    const length = view.getUint32(0, true);
    const count = view.getUint32(4, true);
    if (length > maxPayloadBytes) this.fail(`frame ${this.frames} claims ${length} bytes`);
    const payload = await this.readPayload(length);
    if (payload === undefined) return undefined;
    if (crc32(payload) !== view.getUint32(8, true)) {
      this.fail(`frame ${this.frames} is damaged: its checksum (CRC-32) does not match`);
    }
    const decoded = unframe(payload);
    if (decoded === undefined) this.fail(`frame ${this.frames} is not what a container holds`);
    const [type, content] = decoded;
    this.frames += 1;
    if (type === FrameType.Block) this.takeBlock(count, content);
    else if (type === FrameType.Footer) this.takeFooter(content);
    if (type !== expected && type !== FrameType.Footer) this.fail('frames are out of order');
    return content;
  }

  private takeBlock(count: number, content: Record<string, unknown>): void {
    const names = listOf(content['names'], isText);
    const calls = listOf(content['calls'], isText);
    const taskIds = listOf(content['taskIds'], isNumber);
    const { columns } = content;
    const isWhole = names !== undefined && calls !== undefined && taskIds !== undefined;
    if (!isWhole || !Array.isArray(columns) || !this.block.restore(count, columns)) {
      this.fail(`frame ${this.frames} has columns of the wrong form`);
    }
    const kinds = this.block.columns[1] as Float64Array;
    for (let i = 0; i < count; i += 1) {
      if (opKindNames[kinds[i] as number] === undefined) this.fail('a record of unknown kind');
    }
    for (const name of names) this.names.append(name);
    for (const call of calls) this.calls.append(call);
    this.taskIds.push(...taskIds);
    this.row = 0;
  }

  private takeFooter(content: Record<string, unknown>): void {
    this.isEnded = true;
    this.block.count = 0;
    const { records, lines, badLineCount, partial } = content;
    if (records !== this.records) {
      this.fail(`the footer tells of ${String(records)} records; there are ${this.records}`);
    }
    if (isNumber(lines)) this.lines = lines;
    if (isNumber(badLineCount)) this.badLineCount = badLineCount;
    this.badLineNumbers.push(...(listOf(content['badLineNumbers'], isNumber) ?? []));
    for (const [reason, count] of counts(content['skipped'])) this.skipped.set(reason, count);
    for (const [key, count] of counts(content['tallies'])) this.tallies.set(key, count);
    this.notes.push(...(listOf(content['notes'], isText) ?? []));
    if (isText(partial) && partial !== '') this.partial = `made from a partial trace: ${partial}`;
  }

  private cut(): void {
    this.isEnded = true;
    this.block.count = 0;
    const why = this.source.partial === undefined ? '' : ` (${this.source.partial})`;
    this.partial = `container truncated after record ${this.records}${why}`;
  }

  /** Memory for a payload grows with what is there, not with what a damaged length claims. */
  private async readPayload(length: number): Promise<Uint8Array | undefined> {
    let payload = new Uint8Array(Math.min(length, firstPayloadBytes));
    let have = 0;
    while (have < length) {
      if (have === payload.length) {
        const grown = new Uint8Array(Math.min(length, payload.length * 2));
        grown.set(payload);
        payload = grown;
      }
      const count = await this.source.read(payload, have);
      if (count === 0) return undefined;
      have += count;
    }
    return payload;
  }

  private async readFully(into: Uint8Array): Promise<boolean> {
    let have = 0;
    while (have < into.length) {
      const count = await this.source.read(into, have);
      if (count === 0) return false;
      have += count;
    }
    return true;
  }

  private fail(found: string): never {
    throw new TraceError({ where: `${this.path}: after record ${this.records}`, found });
  }

  close(): Promise<void> {
    return this.source.close();
  }
  get bytesRead(): number {
    return this.source.bytesRead;
  }
  get bytesTotal(): number {
    return this.source.bytesTotal;
  }
}

/** Differs in the columns that it lacks; see columns.ts. */
const firstVersion = 1;
const firstPayloadBytes = 1024 * 1024;
