/** Fills in where an access lies, once its region is known. */
import type { TraceRecord } from '../record.js';
import type { Region } from '../strace/address-space.js';

/** The record is an access at `address` in `region`. */
export function placeIn(record: TraceRecord, region: Region, address: number): void {
  const { source } = region;
  record.handle = source.handle;
  record.path = source.path;
  record.mapping = region.mapping;
  record.offset = address - region.base;
  record.fileOffset = source.fileOffset + record.offset;
}
