/**
 * What a trace holds, counted while its records pass: for `trace info`, and for a replay that
 * wants to say the same of the trace that it ran. Nothing is kept per record; latencies are counts
 * by microsecond, so their percentiles are exact and their memory is that of the different values.
 *
 * `as_recorded` says it in the trace's own terms, with the key names that its family of formats
 * has always been counted in (call names, bytes, sectors), so that it can be checked against other
 * tools.
 */
import { TraceError } from '@daxsim/sim';
import { familyOf } from './formats/catalog.js';
import { MemorySummary, isMemoryKind } from './memory/memory-summary.js';
import { FallocateMode, OpKind, OpenFlag, opKindNames } from './op-kind.js';
import type { TraceReader } from './reader.js';
import type { TraceRecord } from './record.js';

/** Counts in the trace's own terms. */
export type AsRecorded = Readonly<Record<string, unknown>>;

/** One trace in the JSON of `trace info`. */
export interface TraceInfo {
  readonly path: string;
  readonly format: string;
  /** Operations that a replay sees, by kind. */
  readonly operations: Readonly<Record<string, number>>;
  readonly bytes_read: number;
  readonly bytes_written: number;
  readonly files: number;
  readonly threads: number;
  readonly max_file_bytes: number;
  readonly duration_ns: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly bad_lines: number;
  readonly partial: string | null;
  readonly notes: readonly string[];
  readonly as_recorded: AsRecorded;
}

interface Latencies {
  count: number;
  sumUs: number;
  readonly byUs: Map<number, number>;
}

/** Calls whose latency `as_recorded` tells, as far as the trace has it. */
const timedCalls = new Set([
  ...['read', 'write', 'pread64', 'pwrite64', 'readv', 'writev', 'preadv', 'pwritev'],
  ...['openat', 'fsync', 'fdatasync', 'msync', 'mmap', 'fallocate', 'ftruncate'],
  'copy_file_range',
]);

export class TraceSummary {
  private readonly byKind = new Float64Array(opKindNames.length);
  private readonly succeeded: number[] = [];
  private readonly failed: number[] = [];
  private readonly latencies = new Map<number, Latencies | undefined>();
  private readonly tasks = new Set<number>();
  private readonly filesNamed = new Set<number>();
  private readonly filesOpened = new Set<number>();
  private readonly filesWithData = new Set<number>();
  /** Records of any kind, counted or not. */
  private records = 0;
  private bytesRead = 0;
  private bytesWritten = 0;
  private bytesTrimmed = 0;
  private bytesCopied = 0;
  private fallocateBytes = 0;
  private mmapBytes = 0;
  private msyncBytes = 0;
  private maxFileEnd = 0;
  private firstNs = Infinity;
  private lastNs = 0;
  private lastTask = -1;
  private lastPath = -1;
  private lastDataPath = -1;

  private readonly memory: MemorySummary;

  constructor(private readonly reader: TraceReader) {
    this.memory = new MemorySummary(reader);
  }

  /** Counts the reader's record; implied ones and those out of scope count nothing. */
  add(record: TraceRecord): void {
    this.records += 1;
    if (!record.inScope || record.isImplied) return;
    const { kind, call, path, startNs } = record;
    this.byKind[kind] = (this.byKind[kind] as number) + 1;
    if (this.lastTask !== record.task) {
      this.lastTask = record.task;
      this.tasks.add(record.task);
    }
    if (path >= 0 && this.lastPath !== path) {
      this.lastPath = path;
      this.filesNamed.add(path);
    }
    if (startNs >= 0 && startNs < this.firstNs) this.firstNs = startNs;
    if (startNs > this.lastNs) this.lastNs = startNs;
    if (isMemoryKind(kind)) {
      this.touch(record);
      return;
    }
    if (record.errno !== 0) {
      this.failed[call] = (this.failed[call] ?? 0) + 1;
      return;
    }
    this.succeeded[call] = (this.succeeded[call] ?? 0) + 1;
    if (record.endNs >= 0) this.time(record);
    this.measure(record);
  }

  /** An access to memory; loads are reads and stores are writes in the common terms. */
  private touch(record: TraceRecord): void {
    const { kind, length, path, mapping, fileOffset } = record;
    this.memory.add(record);
    if (kind === OpKind.Load || kind === OpKind.Modify) this.bytesRead += length;
    if (kind === OpKind.Store || kind === OpKind.Modify) this.bytesWritten += length;
    const isData = kind === OpKind.Load || kind === OpKind.Store || kind === OpKind.Modify;
    if (isData && mapping >= 0) this.reached(path, fileOffset, length);
  }

  private measure(record: TraceRecord): void {
    const { kind, length, result, path } = record;
    if (kind === OpKind.Read) {
      this.bytesRead += result;
      this.reached(path, record.fileOffset, result);
    } else if (kind === OpKind.Write) {
      this.bytesWritten += result;
      this.reached(path, record.fileOffset, result);
    } else if (kind === OpKind.Trim) {
      this.bytesTrimmed += length;
      this.reached(path, record.fileOffset, length);
    } else if (kind === OpKind.Open) {
      if ((record.flags & OpenFlag.Directory) === 0) this.filesOpened.add(path);
    } else if (kind === OpKind.Ftruncate || kind === OpKind.Truncate) {
      this.maxFileEnd = Math.max(this.maxFileEnd, length);
    } else if (kind === OpKind.Mmap) {
      this.mmapBytes += length;
      this.memory.addMapping(record);
      this.filesWithData.add(path);
    } else if (kind === OpKind.Msync) this.msyncBytes += length;
    else this.measureRare(record);
  }

  private measureRare(record: TraceRecord): void {
    const { kind, length, result, path2 } = record;
    if (kind === OpKind.Fallocate) {
      this.fallocateBytes += length;
      const isGrowth = (record.flags & fixedSizeModes) === 0;
      const isInsert = (record.flags & FallocateMode.InsertRange) !== 0;
      const end = (isInsert ? record.fileOffset : record.offset) + length;
      if (isGrowth || isInsert) this.maxFileEnd = Math.max(this.maxFileEnd, end);
    } else if (kind === OpKind.CopyRange || kind === OpKind.Sendfile) {
      this.bytesCopied += result;
      this.reached(path2, record.fileOffset, result);
    } else if (kind === OpKind.CloneRange || kind === OpKind.CloneFile) {
      // A length of 0 is "to the end", which the reader has worked out. No bytes move, so the file
      // gains an end but does not count as one with data.
      const end = record.fileOffset + Math.max(length, record.statSize);
      this.maxFileEnd = Math.max(this.maxFileEnd, end);
    }
  }

  private reached(path: number, offset: number, bytes: number): void {
    if (bytes <= 0) return;
    if (path >= 0 && path !== this.lastDataPath) {
      this.lastDataPath = path;
      this.filesWithData.add(path);
    }
    const end = offset + bytes;
    if (end > this.maxFileEnd) this.maxFileEnd = end;
  }

  private time(record: TraceRecord): void {
    let latencies = this.latencies.get(record.call);
    if (latencies === undefined) {
      if (this.latencies.has(record.call)) return;
      const isTimed = timedCalls.has(this.reader.calls.text(record.call));
      latencies = isTimed ? { count: 0, sumUs: 0, byUs: new Map() } : undefined;
      this.latencies.set(record.call, latencies);
      if (latencies === undefined) return;
    }
    const us = Math.round((record.endNs - record.startNs) / 1000);
    latencies.count += 1;
    latencies.sumUs += us;
    latencies.byUs.set(us, (latencies.byUs.get(us) ?? 0) + 1);
  }

  /** What has been counted; to be called when the reader has come to its end. */
  finish(): TraceInfo {
    const { reader } = this;
    this.refuseNothing();
    const family = familyOf(reader.origin);
    const isFio = family === 'fio';
    const span = this.lastNs - Math.min(this.firstNs, this.lastNs);
    return {
      path: reader.path,
      format: reader.format,
      operations: this.operations(),
      bytes_read: this.bytesRead,
      bytes_written: this.bytesWritten,
      files: isFio ? this.filesNamed.size : this.filesWithData.size,
      threads: this.tasks.size,
      max_file_bytes: this.maxFileEnd,
      duration_ns: reader.tallies.get('durationNs') ?? span,
      skipped: Object.fromEntries(reader.skipped),
      bad_lines: reader.badLineCount,
      partial: reader.partial ?? null,
      notes: [...reader.notes],
      as_recorded: this.asRecorded(family),
    };
  }

  /** A file in which no line parses is not a trace with bad lines but something else. */
  private refuseNothing(): void {
    const { reader } = this;
    if (this.records > 0 || reader.bytesTotal === 0) return;
    // Block traces pass over text around their records without calling it bad.
    // pmemcheck's log begins where it says START; what is before is valgrind's.
    const { origin, tallies } = reader;
    const isUnknown =
      (familyOf(origin) === 'blkparse' && !hasActions(tallies)) ||
      (origin === 'pmemcheck-store-log' && !tallies.has('records.START'));
    // lackey's accesses outside of mapped files are lines that parse, and no records.
    const isLackey = origin === 'valgrind-lackey' && hasAccesses(tallies);
    if ((reader.badLineCount === 0 && !isUnknown) || isLackey) return;
    const first = reader.badLines[0];
    throw new TraceError({
      where: `${reader.path}:${String(first?.line ?? 1)}`,
      found: `no line parses as ${reader.format}`,
      allowed: 'a trace of that format, or --format auto to have it found',
    });
  }

  private operations(): Record<string, number> {
    const operations: Record<string, number> = {};
    for (const [kind, name] of opKindNames.entries()) {
      const count = this.byKind[kind] as number;
      if (count > 0) operations[name] = count;
    }
    return operations;
  }

  private asRecorded(family: string): AsRecorded {
    if (family === 'fio') return this.fioTerms();
    if (family === 'blkparse') return this.blockTerms();
    if (family === 'memory') return this.memory.asRecorded();
    return this.callTerms();
  }

  private fioTerms(): AsRecorded {
    const { reader } = this;
    const waitUs = reader.tallies.get('waitUs');
    return {
      ops: this.named(this.succeeded),
      bytesRead: this.bytesRead,
      bytesWritten: this.bytesWritten,
      bytesTrimmed: this.bytesTrimmed,
      files: this.filesNamed.size,
      filesWithData: this.filesWithData.size,
      maxFileEnd: this.maxFileEnd,
      threads: this.tasks.size,
      ...(reader.badLineCount === 0
        ? {}
        : { badLines: reader.badLineCount, badLineNumbers: [...reader.badLineNumbers] }),
      ...(waitUs === undefined ? {} : { waitUs }),
    };
  }

  private callTerms(): AsRecorded {
    const latencyUs: Record<string, unknown> = {};
    for (const [call, latencies] of this.latencies) {
      if (latencies !== undefined) latencyUs[this.reader.calls.text(call)] = spread(latencies);
    }
    return {
      ops: this.named(this.succeeded),
      failed: this.named(this.failed),
      bytesRead: this.bytesRead,
      bytesWritten: this.bytesWritten,
      bytesCopied: this.bytesCopied,
      fallocateBytes: this.fallocateBytes,
      mmapBytes: this.mmapBytes,
      msyncBytes: this.msyncBytes,
      filesOpened: this.filesOpened.size,
      filesWithData: this.filesWithData.size,
      maxFileEnd: this.maxFileEnd,
      threads: this.tasks.size,
      durationUs: Math.round((this.reader.tallies.get('durationNs') ?? 0) / 1000),
      latencyUs: sortedByKey(latencyUs),
    };
  }

  private blockTerms(): AsRecorded {
    const under = (prefix: string): Record<string, number> => {
      const found: Record<string, number> = {};
      for (const [key, count] of this.reader.tallies) {
        if (key.startsWith(prefix)) found[key.slice(prefix.length)] = count;
      }
      return sortedByKey(found);
    };
    return {
      actions: under('action.'),
      requests: under('requests.'),
      sectors: under('sectors.'),
      maxEndSector: this.reader.tallies.get('maxEndSector') ?? 0,
    };
  }

  private named(counts: readonly number[]): Record<string, number> {
    const named: Record<string, number> = {};
    for (const [call, count] of counts.entries()) {
      if (count > 0) named[this.reader.calls.text(call)] = count;
    }
    return sortedByKey(named);
  }
}

const fixedSizeModes =
  FallocateMode.KeepSize |
  FallocateMode.PunchHole |
  FallocateMode.CollapseRange |
  FallocateMode.InsertRange;

function sortedByKey<T>(object: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Count, sum, nearest-rank percentiles and largest, in microseconds. */
function spread({ count, sumUs, byUs }: Latencies): Record<string, number> {
  const values = [...byUs].sort(([a], [b]) => a - b);
  const rank = (percent: number): number => {
    const wanted = Math.ceil((percent * count) / 100);
    let seen = 0;
    for (const [us, times] of values) {
      seen += times;
      if (seen >= wanted) return us;
    }
    return 0;
  };
  return { n: count, sum: sumUs, p50: rank(50), p99: rank(99), max: rank(100) };
}

function hasAccesses(tallies: ReadonlyMap<string, number>): boolean {
  return ['I', 'L', 'S', 'M'].some((kind) => (tallies.get(`records.${kind}`) ?? 0) > 0);
}

function hasActions(tallies: ReadonlyMap<string, number>): boolean {
  return [...tallies.keys()].some((key) => key.startsWith('action.'));
}
