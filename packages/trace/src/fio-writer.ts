/**
 * Writes records as a fio log of version 3, for replaying on a real file system, and says what
 * such a log cannot hold: it knows reads, writes, syncs and trims of named files at known offsets,
 * by one job, to the microsecond, and nothing of results.
 */
import type { ByteSink } from './container/writer.js';
import { OpKind } from './op-kind.js';
import type { TraceReader } from './reader.js';
import { NONE, type TraceRecord } from './record.js';

const flushChars = 256 * 1024;

/** How many records went into the log, and how many did not, by reason. */
export interface FioLogReport {
  readonly records: number;
  readonly lost: Readonly<Record<string, number>>;
}

class FioLog {
  text = 'fio version 3 iolog\n';
  records = 0;
  readonly lost = new Map<string, number>();
  private readonly added = new Set<number>();
  private readonly opens = new Map<number, number>();
  private lastUs = 0;

  constructor(private readonly reader: TraceReader) {}

  add(record: TraceRecord): void {
    const reason = this.write(record);
    if (reason === undefined) this.records += 1;
    else if (reason !== '') this.lost.set(reason, (this.lost.get(reason) ?? 0) + 1);
  }

  /** Undefined if the record is in the log; else why not, empty for what is no operation. */
  private write(record: TraceRecord): string | undefined {
    const { kind, path } = record;
    if (record.errno !== 0) return 'failed calls';
    if (kind === OpKind.Wait) return '';
    if (kind === OpKind.Exit || kind === OpKind.Fork) return 'tasks';
    const action = actions.get(kind);
    if (action === undefined) return record.isImplied ? '' : 'kinds of operation that fio lacks';
    if (path === NONE) return 'operations without a name';
    const name = this.reader.names.text(path);
    if (/\s/.test(name) || name.length > 255) return 'names with blanks or above 255 characters';
    if (record.startNs !== NONE) {
      this.lastUs = Math.max(this.lastUs, Math.floor(record.startNs / 1000));
    }
    if (!this.added.has(path)) {
      this.added.add(path);
      this.line(name, 'add');
      if (kind === OpKind.Create) return undefined;
    }
    if (kind === OpKind.Open || kind === OpKind.Close) return this.descriptor(record, name, action);
    if (!isPlaced.has(kind)) this.line(name, `${action} 0 0`);
    else if (record.fileOffset === NONE && record.offset === NONE) return 'unknown offsets';
    else this.line(name, `${action} ${placeOf(record)} ${bytesOf(record)}`);
    return undefined;
  }

  /** A log opens a file once, however many descriptions there are. */
  private descriptor(record: TraceRecord, name: string, action: string): string | undefined {
    const before = this.opens.get(record.path) ?? 0;
    const isOpen = record.kind === OpKind.Open;
    const isLast = record.flags === 1;
    if (!isOpen && !isLast) return 'descriptors that share a description';
    const after = Math.max(0, before + (isOpen ? 1 : -1));
    this.opens.set(record.path, after);
    if ((isOpen && before === 0) || (!isOpen && before > 0 && after === 0)) this.line(name, action);
    else return 'second opens of one file';
    return undefined;
  }

  private line(name: string, rest: string): void {
    this.text += `${this.lastUs} ${name} ${rest}\n`;
  }
}

const actions: ReadonlyMap<OpKind, string> = new Map([
  [OpKind.Create, 'add'],
  [OpKind.Open, 'open'],
  [OpKind.Close, 'close'],
  [OpKind.Read, 'read'],
  [OpKind.Write, 'write'],
  [OpKind.Fsync, 'sync'],
  [OpKind.Flush, 'sync'],
  [OpKind.Fdatasync, 'datasync'],
  [OpKind.SyncRange, 'sync_file_range'],
  [OpKind.Trim, 'trim'],
]);

const isPlaced: ReadonlySet<OpKind> = new Set([
  OpKind.Read,
  OpKind.Write,
  OpKind.Trim,
  OpKind.SyncRange,
]);

function placeOf(record: TraceRecord): number {
  return record.fileOffset === NONE ? record.offset : record.fileOffset;
}

function bytesOf(record: TraceRecord): number {
  return record.hasResult === 1 && record.kind !== OpKind.SyncRange ? record.result : record.length;
}

/** Copies all records of `reader` that a fio log can hold into `sink`. */
export async function writeFioLog(reader: TraceReader, sink: ByteSink): Promise<FioLogReport> {
  const log = new FioLog(reader);
  const encoder = new TextEncoder();
  do {
    while (reader.next()) log.add(reader.record);
    if (log.text.length >= flushChars) {
      await sink.write(encoder.encode(log.text));
      log.text = '';
    }
  } while (await reader.fill());
  await sink.write(encoder.encode(log.text));
  if (reader.taskIds.length > 1) log.lost.set('tasks beyond the first', reader.taskIds.length - 1);
  return { records: log.records, lost: Object.fromEntries(log.lost) };
}
