/**
 * What a replay through a mapped file tells of its files: the counts of the kernel's tracepoints,
 * simulated and, where a recording was given, recorded; and why they may differ.
 */
import { DAX_COUNT_NAMES, noCounts, type DaxCounts } from './dax-counts.js';
import { countText, table } from '../report/tables.js';
import type { CallMerge } from './call-merge.js';
import type { Through } from './through.js';

/** A mapped file of a run. */
export interface MappedFileJson {
  readonly path: string;
  /** Faults and write-backs by kind and result. */
  readonly faults: {
    readonly pmd: { readonly tried: number };
    readonly pte: { readonly read: number; readonly write: number };
    readonly read_hole: number;
    readonly write_synced: number;
  };
  readonly write_back: { readonly calls: number; readonly pages: number };
  /** The same under the names that recordings are counted by. */
  readonly as_recorded: DaxCounts;
}

export interface ThroughJson {
  readonly file: string;
  readonly msync_from: string | null;
  readonly map_sync: boolean;
  /** Calls and loads of the recording that were carried out; null without one. */
  readonly merged: {
    readonly msync: number;
    readonly munmap: number;
    readonly loads: number;
    readonly metadata_changes: number;
    readonly store_faults_unexplained: number;
  } | null;
  readonly mapped_files: readonly MappedFileJson[];
  /** Counts of the recording, and whether those of the simulation are the same. */
  readonly recorded: (DaxCounts & { readonly agrees: boolean }) | null;
  readonly explanation: readonly string[];
}

/** A file with its counts, as the run left them. */
export interface CountedFile {
  readonly path: string;
  readonly counts: DaxCounts;
}

/** Puts it into its JSON form. */
export function throughJson(through: Through, files: readonly CountedFile[]): ThroughJson {
  const { options, merge } = through;
  const recorded = recordedCounts(through);
  const simulated = sum(files.map(({ counts }) => counts));
  const agrees =
    recorded !== undefined && DAX_COUNT_NAMES.every((n) => recorded[n] === simulated[n]);
  return {
    file: options.file,
    msync_from: options.msyncFrom ?? null,
    map_sync: options.mapsSync ?? true,
    merged: merge === undefined ? null : mergedJson(merge),
    mapped_files: files.map(fileJson),
    recorded: recorded === undefined ? null : { ...recorded, agrees },
    explanation: explain(through),
  };
}

/** The lines of the summary. */
export function throughLines(json: ThroughJson): string[] {
  const { mapped_files: files, recorded } = json;
  const columns = [
    { title: 'mapped file' },
    ...DAX_COUNT_NAMES.map((title) => ({ title, isRight: true })),
  ];
  const row = (title: string, counts: DaxCounts): string[] => [
    title,
    ...DAX_COUNT_NAMES.map((name) => countText(counts[name])),
  ];
  const rows = files.map(({ path, as_recorded: counts }) => row(path, counts));
  if (recorded !== null) {
    rows.push(row(recorded.agrees ? 'recorded: the same' : 'recorded: NOT the same', recorded));
  }
  return ['', ...table(columns, rows), ...json.explanation.map((line) => `note: ${line}`)];
}

function fileJson({ path, counts }: CountedFile): MappedFileJson {
  return {
    path,
    faults: {
      pmd: { tried: counts.pmdFaultsTried },
      pte: { read: counts.pteReadFaults, write: counts.pteWriteFaults },
      read_hole: counts.holeLoads,
      write_synced: counts.syncWriteFaults,
    },
    write_back: { calls: counts.writebackRanges, pages: counts.writebackPages },
    as_recorded: counts,
  };
}

function mergedJson({ done, unexplained }: CallMerge): NonNullable<ThroughJson['merged']> {
  const { msync, munmap, load, change } = done;
  const changes = { metadata_changes: change };
  return { msync, munmap, loads: load, ...changes, store_faults_unexplained: unexplained };
}

function recordedCounts({ recording, recordedInodes }: Through): DaxCounts | undefined {
  if (recording === undefined) return undefined;
  return sum([...recordedInodes].map((inode) => recording.counts.get(inode) ?? noCounts()));
}

function sum(all: readonly DaxCounts[]): DaxCounts {
  const total = noCounts();
  for (const counts of all) for (const name of DAX_COUNT_NAMES) total[name] += counts[name];
  return total;
}

/** Why counts of a real run may differ, as far as the trace tells. */
function explain({ merge, rangeFlushes, ownSyncs, info }: Through): string[] {
  const isStoreLog = info.format === 'pmemcheck-store-log';
  if (merge !== undefined) {
    const { msync, munmap, load, change } = merge.done;
    const lines = [
      `${msync} msync and ${munmap} munmap calls and ${load} loads that faulted came from the ` +
        'recording: a store log has none of these',
    ];
    if (change > 0) {
      lines.push(
        `${change} times the recording forced the log in a fault that allocated nothing: a call ` +
          'that it does not hold had changed the file, and a chmod stands for it here',
      );
    }
    if (merge.unexplained > 0) {
      lines.push(`${merge.unexplained} faults of the recording belong to no store of the log`);
    }
    return lines;
  }
  if (!isStoreLog || ownSyncs > 0) return [];
  const lines = [
    'a store log has no loads: pages that the program only read, or read first, take no read fault',
  ];
  if (rangeFlushes > 0) {
    lines.push(
      `a store log has no msync: ${countText(rangeFlushes)} flushes of more than a line from the ` +
        'beginning of a page, may each stand behind one; it would write its pages back and ' +
        'protect them, so that the next store to each faults again (--msync-from RECORDING)',
    );
  }
  return lines;
}
