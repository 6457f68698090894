/** What an operation on metadata may answer. Simulated results: data, never exceptions. */
export const MediaOutcome = {
  /** Done, whole. */
  Done: 0,
  /** Done in part: commit, and call again in another transaction. */
  More: 1,
  /** No block is available, and no force or checkpoint will change that. */
  NoSpace: 2,
  /** No block is available now, but busy ones come back after a force or a checkpoint. */
  SpaceBusy: 3,
  /** Every inode is in use. */
  NoInodes: 4,
  /** The name is taken. */
  Exists: 5,
  /** The name is not there. */
  NotFound: 6,
  /** The directory still has names. */
  NotEmpty: 7,
  /** A directory was needed. */
  NotDirectory: 8,
  /** Anything but a directory was needed. */
  IsDirectory: 9,
  /** The name is longer than 255 bytes, empty, `.` or `..`, or has a slash. */
  BadName: 10,
  /** The move would put a directory below itself. */
  Loop: 11,
  /** The media holds no file system of this version, or its superblock is damaged. */
  NotMountable: 12,
} as const;
export type MediaOutcome = (typeof MediaOutcome)[keyof typeof MediaOutcome];

/** Spaces of extended attributes: `user.`, `trusted.` and `security.`. */
export const XattrSpace = { User: 0, Trusted: 1, Security: 2 } as const;
export type XattrSpace = (typeof XattrSpace)[keyof typeof XattrSpace];

/** The three states of a file's block. */
export const ExtentState = { Hole: 0, Unwritten: 1, Written: 2 } as const;
export type ExtentState = (typeof ExtentState)[keyof typeof ExtentState];

/** Types of inodes, as in the mode's upper four bits. */
export const FileType = { Directory: 4, Regular: 8, Symlink: 10 } as const;
export type FileType = (typeof FileType)[keyof typeof FileType];

/** Flags of an inode. */
export const InodeFlag = {
  /** Blocks were allocated on purpose, and stay when the file is closed. */
  Preallocated: 1,
  /** Blocks have been shared; until the file is emptied, or unshared and found alone. */
  Reflinked: 2,
  /** Has extended attributes. */
  HasXattrs: 4,
} as const;

/** Time stamps of an inode; add them up to name several. */
export const Stamp = { Access: 1, Modify: 2, Change: 4 } as const;
