/** What several traces hold together: the concurrent jobs of one run. */
import type { TraceInfo } from '@daxsim/trace';

/**
 * Counts added up, sizes and durations the largest. A file that two jobs share counts for each;
 * `as_recorded` is told per trace only.
 */
export function mergedInfo(traces: readonly TraceInfo[]): TraceInfo {
  if (traces.length === 1) return traces[0]!;
  const sum = (of: (info: TraceInfo) => number): number =>
    traces.reduce((total, info) => total + of(info), 0);
  const most = (of: (info: TraceInfo) => number): number => Math.max(...traces.map(of));
  return {
    path: traces.map(({ path }) => path).join(' '),
    format: [...new Set(traces.map(({ format }) => format))].join(' '),
    operations: summedCounts(traces.map(({ operations }) => operations)),
    bytes_read: sum((info) => info.bytes_read),
    bytes_written: sum((info) => info.bytes_written),
    files: sum((info) => info.files),
    threads: sum((info) => info.threads),
    max_file_bytes: most((info) => info.max_file_bytes),
    duration_ns: most((info) => info.duration_ns),
    skipped: summedCounts(traces.map(({ skipped }) => skipped)),
    bad_lines: sum((info) => info.bad_lines),
    partial: traces.find(({ partial }) => partial !== null)?.partial ?? null,
    notes: traces.flatMap(({ notes }) => notes),
    as_recorded: {},
  };
}

function summedCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const counts of all) {
    for (const [key, count] of Object.entries(counts)) total[key] = (total[key] ?? 0) + count;
  }
  return total;
}
