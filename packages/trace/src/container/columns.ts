/**
 * A block of records as columns: one typed, little-endian byte string per field.
 *
 *   field   values of the block          stored as
 *   task    0 0 0 0                      its value, when all are equal
 *   length  4096 512 4096 …              the narrowest of i8 i16 i32 that holds them all
 *   startNs 17000 23000 …                f64 otherwise: every field is an integer below 2^53
 *
 * The order of `fields` is the order in the file; see SPEC.md. A new field goes to the end and
 * makes a new version; of an older file, the columns that it lacks hold what a record has by
 * default.
 */
import { TraceRecord } from '../record.js';

/** Fields of a record that are stored, in file order; the marks lie before the last four. */
export const fields = [
  'line',
  'kind',
  'call',
  'task',
  'startNs',
  'endNs',
  'handle',
  'handle2',
  'path',
  'path2',
  'offset',
  'offset2',
  'length',
  'flags',
  'whence',
  'mapping',
  'mapping2',
  'result',
  'errno',
  'hasResult',
  'statSize',
  'fileType',
  'fileOffset',
  'child',
  'address',
  'gap',
  'valueLow',
  'valueHigh',
] as const;
/** Columns: the fields, and one of marks (1: in scope, 2: implied). */
export const columnCount = fields.length + 1;
const marksColumn = 24;
/** Columns of version 1, which knew no memory traces. */
const columnsOfVersion1 = 25;

/** Records that one block holds at most. */
export const blockRecords = 8192;

const Width = { Constant: 0, I8: 1, I16: 2, I32: 4, F64: 8 } as const;

/** A column as stored: width in bytes, and the bytes, or (width 0) the value. */
export type StoredColumn = readonly [width: number, content: Uint8Array | number];

/** The records of a block, as numbers. */
export class RecordBlock {
  count = 0;
  readonly columns: readonly Float64Array[] = Array.from(
    { length: columnCount },
    () => new Float64Array(blockRecords),
  );

  /** Appends a record; the block must not be full. */
  add(record: TraceRecord): void {
    const row = this.count;
    for (let i = 0; i < fields.length; i += 1) {
      const column = i < marksColumn ? i : i + 1;
      (this.columns[column] as Float64Array)[row] = record[fields[i] as (typeof fields)[number]];
    }
    const marks = (record.inScope ? 1 : 0) + (record.isImplied ? 2 : 0);
    (this.columns[marksColumn] as Float64Array)[row] = marks;
    this.count += 1;
  }

  /** Writes row `row` into `record`. */
  load(row: number, record: TraceRecord): void {
    const { columns } = this;
    record.line = at(columns, 0, row);
    record.kind = at(columns, 1, row) as TraceRecord['kind'];
    record.call = at(columns, 2, row);
    record.task = at(columns, 3, row);
    record.startNs = at(columns, 4, row);
    record.endNs = at(columns, 5, row);
    record.handle = at(columns, 6, row);
    record.handle2 = at(columns, 7, row);
    record.path = at(columns, 8, row);
    record.path2 = at(columns, 9, row);
    record.offset = at(columns, 10, row);
    record.offset2 = at(columns, 11, row);
    record.length = at(columns, 12, row);
    record.flags = at(columns, 13, row);
    record.whence = at(columns, 14, row);
    record.mapping = at(columns, 15, row);
    record.mapping2 = at(columns, 16, row);
    record.result = at(columns, 17, row);
    record.errno = at(columns, 18, row);
    record.hasResult = at(columns, 19, row);
    record.statSize = at(columns, 20, row);
    record.fileType = at(columns, 21, row);
    record.fileOffset = at(columns, 22, row);
    record.child = at(columns, 23, row);
    const marks = at(columns, marksColumn, row);
    record.inScope = (marks & 1) !== 0;
    record.isImplied = (marks & 2) !== 0;
    record.address = at(columns, 25, row);
    record.gap = at(columns, 26, row);
    record.valueLow = at(columns, 27, row);
    record.valueHigh = at(columns, 28, row);
  }

  /** The columns as they are stored. */
  store(): StoredColumn[] {
    return this.columns.map((column) => storeColumn(column.subarray(0, this.count)));
  }

  /** Takes stored columns; false if they are not `count` values each. */
  restore(count: number, stored: readonly unknown[]): boolean {
    const isOlder = stored.length === columnsOfVersion1;
    if (count > blockRecords || (stored.length !== columnCount && !isOlder)) return false;
    this.count = count;
    if (isOlder) this.fillDefaults();
    for (let i = 0; i < stored.length; i += 1) {
      if (!restoreColumn(stored[i], (this.columns[i] as Float64Array).subarray(0, count))) {
        return false;
      }
    }
    return true;
  }

  private fillDefaults(): void {
    for (let i = marksColumn; i < fields.length; i += 1) {
      const value = byDefault[fields[i] as (typeof fields)[number]];
      (this.columns[i + 1] as Float64Array).fill(value);
    }
  }
}

const byDefault = new TraceRecord();

function at(columns: readonly Float64Array[], column: number, row: number): number {
  return (columns[column] as Float64Array)[row] as number;
}

function storeColumn(values: Float64Array): StoredColumn {
  const width = widthOf(values);
  if (width === Width.Constant) return [width, values[0] ?? 0];
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (width === Width.I8) view.setInt8(i, value);
    else if (width === Width.I16) view.setInt16(i * 2, value, true);
    else if (width === Width.I32) view.setInt32(i * 4, value, true);
    else view.setFloat64(i * 8, value, true);
  }
  return [width, bytes];
}

function widthOf(values: Float64Array): number {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least === most || values.length === 0) return Width.Constant;
  if (least >= -0x80 && most <= 0x7f) return Width.I8;
  if (least >= -0x8000 && most <= 0x7fff) return Width.I16;
  return least >= -0x80000000 && most <= 0x7fffffff ? Width.I32 : Width.F64;
}

function restoreColumn(stored: unknown, into: Float64Array): boolean {
  if (!Array.isArray(stored) || stored.length !== 2) return false;
  const [width, content] = stored as unknown[];
  if (width === Width.Constant) {
    if (typeof content !== 'number') return false;
    into.fill(content);
    return true;
  }
  if (!(content instanceof Uint8Array) || typeof width !== 'number') return false;
  if (content.length !== into.length * width) return false;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  if (width === Width.I8) for (let i = 0; i < into.length; i += 1) into[i] = view.getInt8(i);
  else if (width === Width.I16) {
    for (let i = 0; i < into.length; i += 1) into[i] = view.getInt16(i * 2, true);
  } else if (width === Width.I32) {
    for (let i = 0; i < into.length; i += 1) into[i] = view.getInt32(i * 4, true);
  } else if (width === Width.F64) {
    for (let i = 0; i < into.length; i += 1) into[i] = view.getFloat64(i * 8, true);
  } else return false;
  return true;
}
