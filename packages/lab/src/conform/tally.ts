/** Counts of agreement per field, and what disagreed. */
import { FIELDS } from './compare-op.js';
import type { Field, FieldResult } from './compare-op.js';

export interface FieldCount {
  compared: number;
  agreed: number;
}

export type FieldCounts = { readonly [F in Field]: FieldCount };

/** One field of one operation; `unsupported` when the operation or all of a config is. */
export interface Disagreement {
  readonly kernel: string;
  readonly config: string;
  readonly workload: string;
  readonly n: number;
  readonly op: string;
  readonly field: Field | 'unsupported';
  readonly expected: unknown;
  readonly got: unknown;
}

/** The figures of some workloads. */
export interface Tally {
  ops: number;
  agreed_ops: number;
  readonly fields: FieldCounts;
}

export function emptyTally(): Tally {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, { compared: 0, agreed: 0 }]));
  return { ops: 0, agreed_ops: 0, fields: fields as FieldCounts };
}

/** Adds an operation; `isDone` false means that none of its fields can agree. */
export function addOp(tally: Tally, results: readonly FieldResult[], isDone: boolean): void {
  tally.ops += 1;
  if (isDone && results.every(({ agrees }) => agrees)) tally.agreed_ops += 1;
  for (const { field, agrees } of results) {
    tally.fields[field].compared += 1;
    if (isDone && agrees) tally.fields[field].agreed += 1;
  }
}

/** Adds all of another tally. */
export function addTally(tally: Tally, other: Tally): void {
  tally.ops += other.ops;
  tally.agreed_ops += other.agreed_ops;
  for (const field of FIELDS) {
    tally.fields[field].compared += other.fields[field].compared;
    tally.fields[field].agreed += other.fields[field].agreed;
  }
}
