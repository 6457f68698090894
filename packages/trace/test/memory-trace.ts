/** Traces in memory, for tests: a text or bytes go in, copies of the records come out. */
import { PeekedSource, type ByteSource } from '../src/byte-source.js';
import { formatCatalog } from '../src/formats/catalog.js';
import { ParseContext } from '../src/parse-context.js';
import type { TraceOptions, TraceReader } from '../src/reader.js';
import { TraceRecord, copyRecord } from '../src/record.js';

/** Bytes that come in pieces of `pieceBytes`. */
export class MemorySource implements ByteSource {
  readonly partial = undefined;
  bytesRead = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly pieceBytes = Infinity,
  ) {}

  read(into: Uint8Array, at: number): Promise<number> {
    const left = this.bytes.length - this.bytesRead;
    const count = Math.min(left, into.length - at, this.pieceBytes);
    into.set(this.bytes.subarray(this.bytesRead, this.bytesRead + count), at);
    this.bytesRead += count;
    return Promise.resolve(count);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
  get bytesTotal(): number {
    return this.bytes.length;
  }
}

/** A reader of `content` in the format of that name. */
export async function readerOf(
  format: string,
  content: string | Uint8Array,
  options: TraceOptions = {},
  pieceBytes = Infinity,
): Promise<TraceReader> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const entry = formatCatalog.find(({ name }) => name === format);
  if (entry === undefined) throw new Error(`no format ${format}`);
  const source = new PeekedSource(new MemorySource(bytes, pieceBytes));
  return entry.open(source, new ParseContext('memory', options));
}

/** All records of a reader, copied. */
export async function drain(reader: TraceReader): Promise<TraceRecord[]> {
  const records: TraceRecord[] = [];
  do {
    while (reader.next()) {
      const record = new TraceRecord();
      copyRecord(record, reader.record);
      records.push(record);
    }
  } while (await reader.fill());
  return records;
}

/** Records of a system-call trace whose files are under /d, without the time and task columns. */
export async function calls(
  lines: readonly string[],
  options: TraceOptions = { scope: '/d' },
): Promise<{ reader: TraceReader; records: TraceRecord[] }> {
  const timed = lines.map((line, i) => {
    const hasTask = /^\d+ /.test(line);
    const [task, rest] = hasTask
      ? [/^\d+/.exec(line)?.[0], line.replace(/^\d+ /, '')]
      : ['1', line];
    return `${task ?? '1'} 100.${String(i).padStart(6, '0')} ${rest}`;
  });
  const reader = await readerOf('strace-f-ttt-T', `${timed.join('\n')}\n`, options);
  return { reader, records: await drain(reader) };
}
