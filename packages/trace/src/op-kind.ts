/**
 * What a record asks for, and the flag words that go with it. The numbers are ours: a trace made
 * on any system is translated once, at parsing, and nothing above this package knows Linux's
 * values.
 *
 * An OpKind is coarser than a call name. pread64, preadv2 and readv are all `Read`; the record
 * keeps the call's own name beside the kind, because counts "as recorded" and disagreements are
 * told in it.
 */

export const OpKind = {
  Open: 0,
  Close: 1,
  Read: 2,
  Write: 3,
  Seek: 4,
  Fsync: 5,
  Fdatasync: 6,
  SyncRange: 7,
  Msync: 8,
  Mmap: 9,
  Munmap: 10,
  Mremap: 11,
  Mprotect: 12,
  Madvise: 13,
  Fallocate: 14,
  Truncate: 15,
  Ftruncate: 16,
  Rename: 17,
  Link: 18,
  Symlink: 19,
  Unlink: 20,
  Rmdir: 21,
  Mkdir: 22,
  Stat: 23,
  ListDirectory: 24,
  Chmod: 25,
  Chown: 26,
  SetTimes: 27,
  Fcntl: 28,
  Dup: 29,
  CopyRange: 30,
  Sendfile: 31,
  Ioctl: 32,
  CloneFile: 33,
  CloneRange: 34,
  Trim: 35,
  Flush: 36,
  Wait: 37,
  Create: 38,
  Exit: 39,
  Fork: 40,
  ChangeDirectory: 41,
  Advise: 42,
  Dedupe: 43,
  Other: 44,
  /** Reads memory. */
  Load: 45,
  /** Writes memory. */
  Store: 46,
  /** Reads memory and writes it in one instruction. */
  Modify: 47,
  /** Writes cache lines back (clwb, clflushopt …). */
  FlushRange: 48,
  /** Orders stores and flushes (sfence). */
  Fence: 49,
  /** A mark that the recorded program left in its trace; nothing to carry out. */
  Mark: 50,
} as const;
export type OpKind = (typeof OpKind)[keyof typeof OpKind];

/** Names as users see them in counts and reports, indexed by OpKind. */
export const opKindNames: readonly string[] = [
  ...['open', 'close', 'read', 'write', 'lseek', 'fsync', 'fdatasync', 'sync_range', 'msync'],
  ...['mmap', 'munmap', 'mremap', 'mprotect', 'madvise', 'fallocate', 'truncate', 'ftruncate'],
  ...['rename', 'link', 'symlink', 'unlink', 'rmdir', 'mkdir', 'stat', 'getdents', 'chmod'],
  ...[
    'chown',
    'utimens',
    'fcntl',
    'dup',
    'copy_range',
    'sendfile',
    'ioctl',
    'clone',
    'clone_range',
  ],
  ...['trim', 'flush', 'wait', 'create', 'exit', 'fork', 'chdir', 'fadvise', 'dedupe', 'other'],
  ...['load', 'store', 'modify', 'flush_range', 'fence', 'mark'],
];

/** `flags` of Open and Create. */
export const OpenFlag = {
  Read: 1,
  Write: 2,
  Create: 4,
  Exclusive: 8,
  Truncate: 16,
  Append: 32,
  Directory: 64,
  NoFollow: 128,
  Sync: 256,
  DataSync: 512,
  Direct: 1024,
  CloseOnExec: 2048,
  PathOnly: 4096,
  TemporaryFile: 8192,
} as const;

/** `flags` of Close: set when no descriptor of any task refers to the description any more. */
export const CloseFlag = { Last: 1 } as const;

/** `flags` of Read, Write, Trim and Flush. */
export const IoFlag = {
  /** The write is durable when it returns (block traces: FUA). */
  ForceUnitAccess: 1,
  /** Everything written before is durable first (block traces: preflush). */
  PreFlush: 2,
  /** RWF_DSYNC, RWF_SYNC, RWF_APPEND, RWF_NOWAIT of preadv2 and pwritev2. */
  DataSync: 4,
  Sync: 8,
  Append: 16,
  NoWait: 32,
  /** Block traces: readahead and metadata marks, for statistics only. */
  Readahead: 64,
  Metadata: 128,
} as const;

/** `flags` of Load. */
export const LoadFlag = {
  /** Nothing may be asked for until it has come (VANS: C). */
  Critical: 1,
} as const;

/** `flags` of Fallocate. None set: allocate and grow. */
export const FallocateMode = {
  KeepSize: 1,
  PunchHole: 2,
  NoHideStale: 4,
  CollapseRange: 8,
  ZeroRange: 16,
  InsertRange: 32,
  UnshareRange: 64,
} as const;

/** `flags` of Mmap and (the first three) of Mprotect; MayMove and DontUnmap belong to Mremap. */
export const MapFlag = {
  Read: 1,
  Write: 2,
  Execute: 4,
  Shared: 8,
  Private: 16,
  Fixed: 32,
  FixedNoReplace: 64,
  Sync: 128,
  Populate: 256,
  MayMove: 512,
  DontUnmap: 1024,
  /** Of Mmap: mappings beside it have pages in the same 2 MiB of addresses. */
  Crowded: 2048,
} as const;

/** `flags` of Msync. */
export const MsyncFlag = { Sync: 1, Async: 2, Invalidate: 4 } as const;

/** `flags` of SyncRange. */
export const SyncRangeFlag = { WaitBefore: 1, Write: 2, WaitAfter: 4 } as const;

/** `flags` of Rename. */
export const RenameFlag = { NoReplace: 1, Exchange: 2, Whiteout: 4 } as const;

/** `flags` of calls that take a name: stat, link, chown, utimens … */
export const PathFlag = { NoFollow: 1, EmptyPath: 2, FollowLink: 4 } as const;

/** `flags` of Madvise: the advice, as far as a file system could care. */
export const Advice = { Other: 0, DontNeed: 1, WillNeed: 2, Remove: 3, Populate: 4 } as const;

/** `flags` of Fcntl. SetStatusFlags has the OpenFlag bits that are set in `length`. */
export const FcntlCommand = {
  Other: 0,
  GetDescriptorFlags: 1,
  SetDescriptorFlags: 2,
  GetStatusFlags: 3,
  SetStatusFlags: 4,
  GetLock: 5,
  SetLock: 6,
} as const;

/** `flags` of Ioctl. Requests that share extents are kinds of their own (CloneFile …). */
export const IoctlRequest = {
  Other: 0,
  /** FIOCLEX, FIONCLEX: the descriptor's close-on-exec mark. */
  CloseOnExec: 1,
  /** TCGETS and the like: is this a terminal? */
  Terminal: 2,
  Fiemap: 3,
  GetAttributes: 4,
  SetAttributes: 5,
  Geometry: 6,
} as const;

/** `whence` of Seek. */
export const Whence = { Set: 0, Current: 1, End: 2, Data: 3, Hole: 4 } as const;

/** `fileType` of Stat. */
export const FileType = { Unknown: 0, Regular: 1, Directory: 2, Symlink: 3, Other: 4 } as const;
