/**
 * How a trace is read, whatever its format.
 *
 *   const reader = await openTrace('app.strace.gz', { scope: '/mnt/pmem' });
 *   do {
 *     while (reader.next()) use(reader.record);   // synchronous: scans bytes that are in memory
 *   } while (await reader.fill());                // one read of the file; nothing runs ahead of it
 *   await reader.close();
 *
 * `next` never waits and `fill` never parses, so the promise costs one await per chunk and not one
 * per record, and a slow consumer is its own back-pressure. Memory holds one chunk, the names, and
 * the descriptors and mappings that are open; never a list of records.
 */
import type { NameTable } from './name-table.js';
import type { TraceRecord } from './record.js';

/** What fio's `wait` lines mean: a gap since the previous one (its manual) or a time (its code). */
export type FioWait = 'gap-us' | 'abs-ms';

/** Which blkparse action is the request: queued, issued to the device, or completed. */
export type BlockAction = 'Q' | 'D' | 'C';

export interface TraceOptions {
  /** Name of a format, or `auto` (the default): found by content. */
  readonly format?: string;
  /**
   * System-call traces: only files under this directory. Default: every file, except those only
   * read under /usr /lib* /bin /sbin /etc /proc /sys /dev.
   */
  readonly scope?: string;
  /** Directory in which the traced command started, for names that are relative. Default `/`. */
  readonly cwd?: string;
  /** The first line that does not parse is a TraceError. Default: it is counted. */
  readonly strict?: boolean;
  /** Default `gap-us`. */
  readonly fioWait?: FioWait;
  /** Default `Q`. */
  readonly blockAction?: BlockAction;
  /**
   * Traces of all of a program's memory (lackey): only accesses to mapped files (the default), or
   * all of them.
   */
  readonly memory?: 'mapped' | 'all';
  /** Bytes of one chunk; tests make it small. Default 1 MiB. */
  readonly chunkBytes?: number;
}

/** A line that was left out, and why. */
export interface BadLine {
  readonly line: number;
  readonly text: string;
}

export interface TraceReader {
  /** Path as given. */
  readonly path: string;
  /** Catalogue name, e.g. `fio-iolog-v3`. */
  readonly format: string;
  /** Format that the trace was recorded in; differs from `format` for containers only. */
  readonly origin: string;
  /** The record that `next` filled; written over by the following `next`. */
  readonly record: TraceRecord;
  /** File names. */
  readonly names: NameTable;
  /** Names of calls or actions. */
  readonly calls: NameTable;
  /** Recorded task numbers by dense task index. */
  readonly taskIds: readonly number[];
  /** Goes to the next record; false when the bytes in memory are used up. */
  next(): boolean;
  /** Reads more; false when there is nothing more to come. */
  fill(): Promise<boolean>;
  close(): Promise<void>;
  /** Lines seen so far; of binary traces, records. */
  readonly lines: number;
  readonly badLineCount: number;
  /** Line numbers of the first `badLinesKept` bad lines. */
  readonly badLineNumbers: readonly number[];
  /** The first five, with their text. */
  readonly badLines: readonly BadLine[];
  /** Calls that the trace holds and the stream does not, by reason. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Why the trace is incomplete (cut-off gzip or container), or undefined. */
  readonly partial: string | undefined;
  /** What the reader had to assume, for the user to know; e.g. the meaning of `wait`. */
  readonly notes: readonly string[];
  /** Counts that a format keeps beside the records, in its own terms (blkparse: `Q.write` …). */
  readonly tallies: ReadonlyMap<string, number>;
  /** Bytes of the open-ended file position that the reader has consumed, for progress. */
  readonly bytesRead: number;
  /** Size of the file on disk (compressed if it is). */
  readonly bytesTotal: number;
}

/** At most so many bad line numbers are kept, so that a wrong file cannot fill memory. */
export const badLinesKept = 10_000;
