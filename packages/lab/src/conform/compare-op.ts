/**
 * Compares what an operation did with its record, field by field. A field is compared when one side
 * has something of the kind; each counts once per operation, whatever the number of files.
 */
import { comparableRuns } from './run-length.js';
import {
  blocksForm,
  extentForm,
  faultForm,
  lockForm,
  mapForm,
  placementForm,
} from './normal-form.js';
import type { FileFacts, OpFacts } from './record.js';

export const FIELDS = [
  'ret',
  'err',
  'sig',
  'data',
  'size',
  'blocks512',
  'extents',
  'placement',
  'maps',
  'mtime',
  'fault_results',
  'lock_order',
] as const;
export type Field = (typeof FIELDS)[number];

/** How one field came out. */
export interface FieldResult {
  readonly field: Field;
  readonly agrees: boolean;
  /** Both sides in the form in which they were compared. */
  readonly expected: unknown;
  readonly got: unknown;
}

/** What the records of a config hold. */
export interface ComparedParts {
  /** Page faults are those of DAX. */
  readonly faults: boolean;
  /** The kernel's inode locks were traced. */
  readonly locks: boolean;
}

/** Compares all fields that apply. */
export function compareOp(expected: OpFacts, got: OpFacts, parts: ComparedParts): FieldResult[] {
  const results: FieldResult[] = [
    equal('ret', expected.ret, got.ret),
    equal('err', expected.err, got.err),
  ];
  if (expected.sig !== undefined || got.sig !== undefined) {
    results.push(equal('sig', expected.sig ?? null, got.sig ?? null));
  }
  if (expected.data !== undefined || got.data !== undefined) {
    results.push(equal('data', dataOf(expected), dataOf(got)));
  }
  pushFiles(results, expected, got);
  if (hasAny(expected.maps) || hasAny(got.maps)) {
    results.push(equal('maps', mapsOf(expected), mapsOf(got)));
  }
  if (parts.faults) {
    results.push(equal('fault_results', faultForm(expected.events), faultForm(got.events)));
  }
  if (parts.locks) results.push(compareLocks(expected, got));
  return results;
}

function dataOf(op: OpFacts): string | null {
  return op.data === undefined ? null : comparableRuns(op.data);
}

function pushFiles(results: FieldResult[], expected: OpFacts, got: OpFacts): void {
  if (!hasAny(expected.files) && !hasAny(got.files)) return;
  const compare = (field: Field, form: (facts: FileFacts) => unknown): void => {
    results.push(equal(field, eachFile(expected, form), eachFile(got, form)));
  };
  compare('size', (facts) => facts.size);
  compare('blocks512', blocksForm);
  compare('extents', (facts) => extentForm(facts.extents));
  const places = [expected, got].map((op) => eachFile(op, (f) => placementForm(f.extents)));
  if (places.some((files) => Object.values(files).some((form) => String(form) !== ''))) {
    results.push(equal('placement', places[0], places[1]));
  }
  if (Object.values(expected.files).some((facts) => facts.mtime !== undefined)) {
    compare('mtime', (facts) => facts.mtime ?? null);
  }
}

function eachFile(op: OpFacts, form: (facts: FileFacts) => unknown): { [handle: string]: unknown } {
  const forms: { [handle: string]: unknown } = {};
  for (const handle of Object.keys(op.files).sort()) {
    const facts = op.files[handle];
    if (facts !== undefined) forms[handle] = form(facts);
  }
  return forms;
}

function mapsOf(op: OpFacts): { [mapping: string]: readonly string[] } {
  const forms: { [mapping: string]: readonly string[] } = {};
  for (const name of Object.keys(op.maps).sort()) forms[name] = mapForm(op.maps[name] ?? null);
  return forms;
}

function compareLocks(expected: OpFacts, got: OpFacts): FieldResult {
  const recorded = lockForm(expected.locks ?? []);
  const ours = lockForm(got.locks ?? []);
  if (!recorded.isCut && !ours.isCut) return equal('lock_order', recorded.locks, ours.locks);
  // A cut list says nothing of what follows it, and a cut list that is shorter decides nothing
  // more.
  const lengths = [recorded, ours].map((form) => (form.isCut ? form.locks.length : Infinity));
  const count = Math.min(...lengths);
  return equal('lock_order', recorded.locks.slice(0, count), ours.locks.slice(0, count));
}

function equal(field: Field, expected: unknown, got: unknown): FieldResult {
  return { field, agrees: JSON.stringify(expected) === JSON.stringify(got), expected, got };
}

function hasAny(table: object): boolean {
  return Object.keys(table).length > 0;
}
