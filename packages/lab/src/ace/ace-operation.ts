/**
 * The alphabet of generated crash workloads: what an operation of the bounded space is, before the
 * dependencies that it needs are known, and what is carried out in the end.
 *
 * The space, its bounds and its counts follow ACE (Mohan et al., OSDI 2018) and, for persistent
 * memory, Chipmunk (LeBlanc et al., EuroSys 2023). The operations on mappings are ours.
 */

/** Where an operation that writes a range begins and ends; resolved against the file's size. */
export const RangeKind = {
  /** From the tracked end on; the end moves. */
  Append: 'append',
  /** From 0, not a whole number of blocks. */
  OverlapStart: 'overlap-start',
  /** Across the tracked end. */
  OverlapExtend: 'overlap-extend',
} as const;
export type RangeKind = (typeof RangeKind)[keyof typeof RangeKind];

/** How fallocate(2) is called. */
export type FallocKind = 'alloc' | 'keep' | 'zero' | 'zero-keep' | 'punch' | 'collapse' | 'insert';

/** One operation with its parameters, as the bounds list them. */
export type AceOperation =
  | { readonly op: 'creat' | 'mkdir' | 'rmdir' | 'unlink' | 'remove'; readonly path: string }
  | { readonly op: 'setxattr' | 'removexattr'; readonly path: string }
  | { readonly op: 'link' | 'rename'; readonly path: string; readonly to: string }
  | {
      readonly op: 'falloc';
      readonly path: string;
      readonly mode: FallocKind;
      readonly range: RangeKind;
    }
  | {
      readonly op: 'write' | 'dwrite' | 'mmapwrite' | RangedMapped;
      readonly path: string;
      readonly range: RangeKind;
    }
  | { readonly op: 'truncate'; readonly path: string; readonly aligned: boolean };

/** Operations on a mapping of the file that end without a sync of their own (msync excepted). */
export type RangedMapped =
  'store' | 'msync' | 'load-store' | 'dio-read-to-map' | 'dio-write-from-map';

/** What stands between two operations. */
export type PersistPoint =
  { readonly kind: 'none' | 'sync' } | { readonly kind: 'fsync'; readonly path: string };

/** A workload of the space: operations, each followed by a persistence point. */
export interface AceWorkload {
  /** Number in the space, from 0, duplicates counted. */
  readonly number: number;
  readonly operations: readonly AceOperation[];
  readonly persist: readonly PersistPoint[];
}

/** One call to carry out. Offsets and lengths are bytes. */
export type AceCall =
  | { readonly call: 'mkdir' | 'rmdir' | 'unlink' | 'open' | 'close'; readonly path: string }
  | { readonly call: 'setxattr' | 'removexattr' | 'fsync'; readonly path: string }
  | { readonly call: 'link' | 'rename'; readonly path: string; readonly to: string }
  | {
      readonly call: 'write' | 'dwrite' | 'mmapwrite' | RangedMapped;
      readonly path: string;
      readonly offset: number;
      readonly length: number;
    }
  | {
      readonly call: 'falloc';
      readonly path: string;
      readonly mode: FallocKind;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly call: 'truncate'; readonly path: string; readonly length: number }
  | { readonly call: 'sync' }
  | UnlistedCall;

/**
 * Calls that no generated space has: a write with RWF_SYNC, and a file that shares all of another.
 */
export type UnlistedCall =
  | {
      readonly call: 'swrite';
      readonly path: string;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly call: 'clone'; readonly path: string; readonly to: string };

/** Calls in order; those from `mark` on belong to the last operation and what persists it. */
export interface AceProgram {
  readonly calls: readonly AceCall[];
  readonly mark: number;
}

/** A workload on one line: `creat foo; fsync foo; rename A B; sync`. */
export function describeWorkload(workload: AceWorkload): string {
  const words: string[] = [];
  workload.operations.forEach((operation, i) => {
    words.push(describeOperation(operation));
    const point = workload.persist[i];
    if (point === undefined || point.kind === 'none') return;
    words.push('path' in point ? `fsync ${point.path}` : 'sync');
  });
  return words.join('; ');
}

/** One operation in words: `falloc A/foo punch append`. */
export function describeOperation(operation: AceOperation): string {
  const words: string[] = [operation.op, operation.path];
  if ('to' in operation) words.push(operation.to);
  if ('mode' in operation) words.push(operation.mode);
  if ('range' in operation) words.push(operation.range);
  if ('aligned' in operation) words.push(operation.aligned ? 'to-zero' : 'unaligned');
  return words.join(' ');
}
