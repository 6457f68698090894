/**
 * Operations of a replay that have begun and not ended, by who makes the requests: for reports that
 * say in what a fault struck, and which operations it ended.
 */
import { NONE, opKindNames, type TraceRecord } from '@daxsim/trace';
import type { RunParts } from '../replay/run-parts.js';

/** An operation, as a report names it. */
export interface OperationPlace {
  readonly operation: string;
  /** Line of the trace. */
  readonly record: number;
  readonly file: string | null;
  /** Bytes that it asks for; null: it asks for none. */
  readonly offset: number | null;
  readonly length: number | null;
}

export class RunningOperations {
  private readonly records = new Map<number, TraceRecord>();

  constructor(private readonly parts: RunParts) {
    parts.source.listeners.push({
      began: (task, record) => {
        this.records.set(task, record);
      },
      ended: (task) => {
        this.records.delete(task);
      },
    });
  }

  /** The task whose requests have this source; −1: none. */
  taskOn(source: number): number {
    return this.parts.machine.cpuOf.indexOf(source);
  }

  /** What a task is doing. */
  placeOf(task: number): OperationPlace | null {
    const record = this.records.get(task);
    if (record === undefined) return null;
    const { source } = this.parts;
    const named = source.placeOf(task, record.path);
    const file = named ?? source.mappedFiles.get(source.inodeOf(task, record)) ?? null;
    return operationPlace(record, file);
  }

  /** Tasks other than this one that are in an operation. */
  besides(task: number): number {
    return [...this.records.keys()].filter((other) => other !== task).length;
  }
}

export function operationPlace(record: TraceRecord, file: string | null): OperationPlace {
  const offset = record.fileOffset !== NONE ? record.fileOffset : record.offset;
  const hasBytes = offset !== NONE && record.length > 0;
  return {
    operation: opKindNames[record.kind] ?? 'other',
    record: record.line,
    file,
    offset: hasBytes ? offset : null,
    length: hasBytes ? record.length : null,
  };
}

/** As in `read of /data 8192+4096 (record 17)`. */
export function operationText(place: OperationPlace): string {
  const { operation, record, file, offset, length } = place;
  const bytes = offset === null || file === null ? '' : ` ${offset}+${length ?? 0}`;
  return `${operation}${file === null ? '' : ` of ${file}`}${bytes} (record ${record})`;
}
