/**
 * The one record. Whatever recorded the trace, a replayer sees this: a kind, a task, what it was
 * done to, and what came of it. A reader owns one TraceRecord and writes it again for each call,
 * so ten million operations allocate nothing; whoever wants to keep one copies it with
 * `copyRecord`.
 *
 * Order. Records come in the order in which their calls *ended* (a call that was interrupted in
 * the log by other tasks is one record, told when it resumes). So all calls that ended before this
 * one started have been told before it. Within a task that is also the order of starts.
 *
 * Names and descriptors. A descriptor number is resolved when the call starts, with the task's own
 * table; what the record carries is the open file description behind it (`handle`), which dup and
 * fork share and which is never used again after its last close. Every handle was introduced by an
 * Open record, every mapping by an Mmap or Mremap record.
 *
 * Memory. A Load, Store, Modify or FlushRange is `length` bytes at `address`; what is in a mapped
 * file has besides `handle`, `path`, `mapping`, the `offset` in the mapping and the `fileOffset`.
 * `hasResult` says that the value is in `valueLow` and `valueHigh`.
 *
 * Implied records. A trace does not say everything in calls: tasks exit with descriptors open,
 * exec drops some, an mmap with MAP_FIXED unmaps what was there, a fork copies mappings. The
 * reader says it, with `isImplied` set and `inScope` clear. They must be carried out and must not
 * be counted.
 */
import { OpKind } from './op-kind.js';

/** Value of every numeric field that the call does not have or the trace does not tell. */
export const NONE = -1;

export class TraceRecord {
  /** 0-based, counts the records of this reader. */
  sequence = 0;
  /** 1-based line (or binary record) of the trace file on which the call began. */
  line = 0;
  kind: OpKind = OpKind.Other;
  /** Id in `reader.calls`: the call or action under its recorded name. */
  call = NONE;
  /** Dense index, in order of first appearance; `reader.taskIds[task]` is the recorded number. */
  task = 0;
  /** Nanoseconds since the trace's origin: fio job start, first strace line, blktrace time zero. */
  startNs = NONE;
  endNs = NONE;
  /** Open file description; `handle2`: what CopyRange, Sendfile, Clone…, Dedupe write to. */
  handle = NONE;
  handle2 = NONE;
  /** Ids in `reader.names`: absolute, normalised. A handle's record carries the name it had. */
  path = NONE;
  /** New name of Rename and Link; what a Symlink points at, as written (may be relative). */
  path2 = NONE;
  /**
   * Byte offset. NONE on Read, Write, Seek…: the description's own position. Inside the mapping
   * for Munmap, Mremap, Msync, Mprotect and Madvise; inside the file for Mmap.
   */
  offset = NONE;
  /** Offset in `handle2`, NONE: its position. New length of Mremap. */
  offset2 = NONE;
  /**
   * Bytes asked for (sum over the vector for readv …); size for Truncate, Ftruncate; old length
   * for Mremap; nanoseconds for Wait; distance for Seek (may be negative).
   */
  length = 0;
  /** The flag word of this kind, see op-kind.ts. */
  flags = 0;
  /** Whence of Seek. */
  whence = 0;
  /** Mapping of Mmap, Munmap, Mremap, Mprotect, Madvise, Msync. Ids are dense, never used twice. */
  mapping = NONE;
  /**
   * The mapping that an Mremap of a part of `mapping` makes, or, on an implied Mmap after a fork,
   * the one in the parent that `mapping` copies.
   */
  mapping2 = NONE;
  /**
   * Recorded result: bytes, new position, entries' bytes …; 0 where the value is a descriptor or
   * an address (those are the recording machine's); NONE if it failed or was never seen to end.
   */
  result = 0;
  /** 0, or the error's number, see errno.ts. */
  errno = 0;
  /** 0/1: the result is in the trace. (fio and block traces tell what was asked, not what came.) */
  hasResult = 0;
  /**
   * What a Stat found: size in bytes and FileType; NONE and 0 if the trace does not show it. Of
   * CloneFile and CloneRange: the bytes shared, as far as the trace tells (`length` may be 0:
   * all).
   */
  statSize = NONE;
  fileType = 0;
  /**
   * Where in the file a Read or Write really was, as far as the trace allows to tell, else NONE.
   * Of calls with two descriptions, in the second; of an inserting Fallocate, the size before.
   */
  fileOffset = NONE;
  /** Task made by Fork. */
  child = NONE;
  /** An operation on a file that the scope selects: to be carried out, counted and compared. */
  inScope = true;
  /** Not a call of its own: see above. */
  isImplied = false;
  /** Memory traces: address as recorded, below 2^53; of Mmap, where the mapping begins. */
  address = NONE;
  /**
   * Memory traces: what passed since the record before, in the trace's own measure (instructions
   * of lackey, clocks of VANS, DRAMSim3 and NVMain); 0 where its clock goes back.
   */
  gap = NONE;
  /** Lower and upper half of a value that was loaded or stored, as signed 32-bit integers. */
  valueLow = 0;
  valueHigh = 0;
}

/** Empties every field but `sequence`, which the reader counts on. */
export function clearRecord(record: TraceRecord): void {
  record.kind = OpKind.Other;
  record.call = NONE;
  record.task = 0;
  record.startNs = NONE;
  record.endNs = NONE;
  record.handle = NONE;
  record.handle2 = NONE;
  record.path = NONE;
  record.path2 = NONE;
  record.offset = NONE;
  record.offset2 = NONE;
  record.length = 0;
  record.flags = 0;
  record.whence = 0;
  record.mapping = NONE;
  record.mapping2 = NONE;
  record.result = 0;
  record.errno = 0;
  record.hasResult = 0;
  record.statSize = NONE;
  record.fileType = 0;
  record.fileOffset = NONE;
  record.child = NONE;
  record.inScope = true;
  record.isImplied = false;
  record.address = NONE;
  record.gap = NONE;
  record.valueLow = 0;
  record.valueHigh = 0;
}

/** Copies `from` over `to`. */
export function copyRecord(to: TraceRecord, from: TraceRecord): void {
  to.sequence = from.sequence;
  to.line = from.line;
  to.kind = from.kind;
  to.call = from.call;
  to.task = from.task;
  to.startNs = from.startNs;
  to.endNs = from.endNs;
  to.handle = from.handle;
  to.handle2 = from.handle2;
  to.path = from.path;
  to.path2 = from.path2;
  to.offset = from.offset;
  to.offset2 = from.offset2;
  to.length = from.length;
  to.flags = from.flags;
  to.whence = from.whence;
  to.mapping = from.mapping;
  to.mapping2 = from.mapping2;
  to.result = from.result;
  to.errno = from.errno;
  to.hasResult = from.hasResult;
  to.statSize = from.statSize;
  to.fileType = from.fileType;
  to.fileOffset = from.fileOffset;
  to.child = from.child;
  to.inScope = from.inScope;
  to.isImplied = from.isImplied;
  to.address = from.address;
  to.gap = from.gap;
  to.valueLow = from.valueLow;
  to.valueHigh = from.valueHigh;
}
