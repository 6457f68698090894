/**
 * One file of a presumption: what its sizes at some point of the trace tell of the first one.
 *
 *     fstat(3) size 5000                                        it was of 5000 bytes
 *     collapse 4096 bytes at 8192, then fstat(3) size 16384     it was of 20480 bytes
 *     insert 4096 bytes at 0, then fstat(3) size 16384          it was of 12288 bytes
 *
 * A collapse that succeeded tells besides that the file reached beyond its range, and an insert,
 * beyond its place: the kernel refuses others.
 */
import { FallocateMode, FileType, NONE, PathFlag, type TraceRecord } from '@daxsim/trace';
import { DirectoryHistory } from './presumed-entries.js';

/** A file, as far as the trace tells. */
export interface PresumedFile {
  /** Name it had before the first record; −1 if it was not there. */
  name: number;
  /** A `FileType` of the trace. */
  type: number;
  /** Bytes it had before the first record. */
  size: number;
  /** The trace reads or maps it: its first bytes matter. */
  isRead: boolean;
  /** Made by an open if it was not there; certain to have been once a size shows it. */
  isDoubtful: boolean;
  /** Size now, at this point of the trace. */
  reached: number;
  /** Cut or replaced since: sizes no longer tell of the beginning. */
  isCut: boolean;
  /** Bytes that collapses took out since, less those that inserts put in. */
  taken: number;
  /** Largest end of a mapping; a size of last resort. */
  mappedEnd: number;
  /** Of a directory: what happened to its entries. */
  readonly history: DirectoryHistory;
}

/** A file of which nothing is known. */
export function fresh(type: number): PresumedFile {
  return {
    name: NONE,
    type,
    size: 0,
    isRead: false,
    isDoubtful: false,
    reached: 0,
    isCut: false,
    taken: 0,
    mappedEnd: 0,
    history: new DirectoryHistory(),
  };
}

/** The file is at least this large now. */
export function showSize(file: PresumedFile, size: number): void {
  if (size <= file.reached) return;
  if (!file.isCut) {
    file.isDoubtful = false;
    file.size = Math.max(file.size, size + file.taken);
  }
  file.reached = size;
}

/** A stat tells the type and perhaps the size. */
export function showStat(file: PresumedFile, { fileType, statSize, flags }: TraceRecord): void {
  const follows = (flags & PathFlag.NoFollow) === 0;
  const isOther = file.type === FileType.Symlink && follows;
  if (fileType !== FileType.Unknown && !isOther) file.type = fileType;
  const hasSize = fileType === FileType.Regular || fileType === FileType.Symlink;
  if (statSize > 0 && hasSize && !isOther) showSize(file, statSize);
}

/** A write reaches to `end`. */
export function grow(file: PresumedFile, end: number): void {
  file.reached = Math.max(file.reached, end);
}

/** The file has `size` bytes, whatever it had before. */
export function cut(file: PresumedFile, size: number): void {
  file.reached = size;
  file.isCut = true;
}

/** A fallocate succeeded. */
export function allocated(file: PresumedFile, { flags, offset, length }: TraceRecord): void {
  if ((flags & FallocateMode.CollapseRange) !== 0) {
    showSize(file, offset + length + 1);
    file.reached -= length;
    file.taken += length;
  } else if ((flags & FallocateMode.InsertRange) !== 0) {
    showSize(file, offset + 1);
    file.reached += length;
    file.taken -= length;
  } else if ((flags & FallocateMode.KeepSize) === 0) grow(file, offset + length);
}
