/**
 * Numbers of the system-call interface, as Linux on x86-64 has them (include/uapi), so that the
 * results of a recorded call and of a simulated one compare as they are.
 *
 * Only what the recipes read or answer. Resource limits are not checked.
 */

/** Error numbers that operations answer in the register `errno`. */
export const Errno = {
  None: 0,
  NotFound: 2, // ENOENT
  Interrupted: 4, // EINTR
  Io: 5, // EIO
  NoDevice: 6, // ENXIO
  BadHandle: 9, // EBADF
  TooLong: 7, // E2BIG
  Again: 11, // EAGAIN
  NoMemory: 12, // ENOMEM
  NotPermitted: 1, // EPERM
  Access: 13, // EACCES
  Fault: 14, // EFAULT
  Busy: 16, // EBUSY
  Exists: 17, // EEXIST
  NotMappable: 19, // ENODEV
  NotDirectory: 20, // ENOTDIR
  IsDirectory: 21, // EISDIR
  Invalid: 22, // EINVAL
  TooBig: 27, // EFBIG
  NoSpace: 28, // ENOSPC
  Range: 34, // ERANGE
  NameTooLong: 36, // ENAMETOOLONG
  NotEmpty: 39, // ENOTEMPTY
  Loop: 40, // ELOOP
  NoData: 61, // ENODATA
  Overlap: 22, // EINVAL of copy_file_range on one file
  Overflow: 75, // EOVERFLOW
  NotSupported: 95, // EOPNOTSUPP
} as const;
export type Errno = (typeof Errno)[keyof typeof Errno];

/** Names of error numbers, for reports. */
export const ERRNO_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [4, 'EINTR'],
  [5, 'EIO'],
  [6, 'ENXIO'],
  [7, 'E2BIG'],
  [9, 'EBADF'],
  [11, 'EAGAIN'],
  [12, 'ENOMEM'],
  [13, 'EACCES'],
  [14, 'EFAULT'],
  [16, 'EBUSY'],
  [17, 'EEXIST'],
  [19, 'ENODEV'],
  [20, 'ENOTDIR'],
  [21, 'EISDIR'],
  [22, 'EINVAL'],
  [27, 'EFBIG'],
  [28, 'ENOSPC'],
  [34, 'ERANGE'],
  [36, 'ENAMETOOLONG'],
  [39, 'ENOTEMPTY'],
  [40, 'ELOOP'],
  [61, 'ENODATA'],
  [75, 'EOVERFLOW'],
  [95, 'EOPNOTSUPP'],
]);

/** Register `flags` of open; the lowest two bits are the access mode. */
export const OpenFlag = {
  ReadOnly: 0,
  WriteOnly: 1,
  ReadWrite: 2,
  AccessMask: 3,
  Create: 0o100,
  Exclusive: 0o200,
  Truncate: 0o1000,
  Append: 0o2000,
  /** O_DSYNC; O_SYNC is this bit and `SyncAll`. */
  DataSync: 0o10000,
  Direct: 0o40000,
  Directory: 0o200000,
  NoFollow: 0o400000,
  SyncAll: 0o4000000,
  /** O_PATH: a handle for its place only; no read or write. */
  PathOnly: 0o10000000,
  /** O_TMPFILE without the O_DIRECTORY that it includes: a file without a name in a directory. */
  TemporaryFile: 0o20000000,
} as const;

/** Register `rwFlags` of read and write: preadv2(2) and pwritev2(2), RWF_… */
export const RwFlag = {
  HighPriority: 1,
  DataSync: 2,
  Sync: 4,
  NoWait: 8,
  Append: 16,
  NoAppend: 32,
} as const;

/** Register `flags` of stat, link, chmod, chown and utimens. */
export const AtFlag = { NoFollow: 0x100, RemoveDirectory: 0x200, Follow: 0x400 } as const;

/** Register `flags` of rename. */
export const RenameFlag = { NoReplace: 1, Exchange: 2, Whiteout: 4 } as const;

/** Register `flags` of setxattr, beside `AtFlag.NoFollow` for the forms that begin with l. */
export const XattrFlag = { Create: 1, Replace: 2 } as const;

/** Register `flags` of fallocate; 0 allocates and grows the file. */
export const FallocMode = {
  KeepSize: 1,
  PunchHole: 2,
  CollapseRange: 8,
  ZeroRange: 16,
  InsertRange: 32,
  Unshare: 64,
} as const;

/** Register `whence` of lseek. */
export const Whence = { Set: 0, Current: 1, End: 2, Data: 3, Hole: 4 } as const;

/** Register `flags` of mmap and mprotect: protection and kind, added up. */
export const MapFlag = {
  Read: 1,
  Write: 2,
  Private: 0x10,
  Shared: 0x20,
  /** MAP_SHARED_VALIDATE with MAP_SYNC. */
  Sync: 0x40,
  Populate: 0x80,
  /** Not Linux's: mappings beside it have pages, hence a page table, in the same 2 MiB. */
  Crowded: 0x100,
} as const;

/** Register `flags` of madvise. */
export const Advice = { Normal: 0, DontNeed: 4, PopulateRead: 22, PopulateWrite: 23 } as const;

/** Register `flags` of msync. */
export const MsyncFlag = { Async: 1, Invalidate: 2, Sync: 4 } as const;

/** Register `flags` of load and store. */
export const StoreFlag = {
  Plain: 0,
  /** A store is written back, and the last one fenced. */
  Flush: 1,
  /** Not the program accesses its memory but the kernel, for a system call. */
  ByKernel: 2,
} as const;

/** Register `flags` of sync_file_range. */
export const SyncRangeFlag = { WaitBefore: 1, Write: 2, WaitAfter: 4 } as const;

/** Register `access`, of a fault. */
export const Access = { Read: 0, Write: 1 } as const;
export type Access = (typeof Access)[keyof typeof Access];

/** Register `signal`: what the operation's task got. */
export const Signal = {
  None: 0,
  Segv: 11,
  Bus: 7,
  /** SIGBUS with BUS_MCEERR_AR: the media could not be read. */
  Poison: 1007,
} as const;
export type Signal = (typeof Signal)[keyof typeof Signal];

/** Longest path and longest name, in bytes, without the closing zero. */
export const PATH_BYTES_MAX = 4095;
export const NAME_BYTES_MAX = 255;
/** Symlinks followed in one walk before it is a loop. */
export const LINKS_MAX = 40;
/** Most bytes of one read or write. */
export const TRANSFER_BYTES_MAX = 0x7ffff000;
/** Largest file size: 2^43, what block numbers of 31 bits reach. */
export const FILE_BYTES_MAX = 8796093022208;
