/**
 * What a call asks for, from its printed arguments: offsets, lengths and flags of the record. Each
 * function is the `fill` of one family of calls. A number that is not there leaves the field
 * empty.
 */
import { Advice, IoctlRequest, OpKind, PathFlag } from '../op-kind.js';
import { NONE, type TraceRecord } from '../record.js';
import type { CallText } from './call-text.js';
import { fcntlCommands, shownFileType, shownSize, whences } from './effects.js';
import { fallocateModes, flagReader, mapFlags, msyncFlags, openFlags } from './flag-words.js';
import { pathFlags, renameFlags, syncRangeFlags, vectorFlags } from './flag-words.js';

type Fill = (text: CallText, record: TraceRecord) => void;

/** NaN, of an argument that is not a number, as `otherwise`. */
function known(value: number, otherwise: number): number {
  return value === value ? value : otherwise;
}

/** Length in argument 2. */
export const plainIo: Fill = (text, record) => {
  record.length = known(text.number(2), 0);
};

export const positionedIo: Fill = (text, record) => {
  record.length = known(text.number(2), 0);
  record.offset = known(text.number(3), NONE);
};

export const vectorIo: Fill = (text, record) => {
  record.length = text.fieldSum(1, 'iov_len');
};

export const positionedVectorIo: Fill = (text, record) => {
  vectorIo(text, record);
  record.offset = known(text.number(3), NONE);
  record.flags = vectorFlags(text.raw(4));
};

export const openWith =
  (index: number): Fill =>
  (text, record) => {
    record.flags = openFlags(text.raw(index));
  };

export const openHow: Fill = (text, record) => {
  record.flags = openFlags(howFlags(text));
};

/** The flags inside openat2's structure. */
export function howFlags(text: CallText): string {
  return /flags=([A-Z_|0-9a-z]+)/.exec(text.raw(2))?.[1] ?? '';
}

export const seek: Fill = (text, record) => {
  record.length = known(text.number(1), 0);
  record.whence = whences(text.raw(2));
};

export const syncRange: Fill = (text, record) => {
  record.offset = known(text.number(1), 0);
  record.length = known(text.number(2), 0);
  record.flags = syncRangeFlags(text.raw(3));
};

export const fallocate: Fill = (text, record) => {
  record.flags = fallocateModes(text.raw(1));
  record.offset = known(text.number(2), 0);
  record.length = known(text.number(3), 0);
};

export const truncate: Fill = (text, record) => {
  record.length = known(text.number(1), 0);
};

export const renameWith: Fill = (text, record) => {
  record.flags = renameFlags(text.raw(4));
};

export const pathFlagsIn =
  (index: number): Fill =>
  (text, record) => {
    record.flags = pathFlags(text.raw(index));
  };

export const noFollow: Fill = (_text, record) => {
  record.flags = PathFlag.NoFollow;
};

/** unlinkat is rmdir or unlink by its flag. */
export const unlinkAt: Fill = (text, record) => {
  record.kind = text.raw(2).includes('AT_REMOVEDIR') ? OpKind.Rmdir : OpKind.Unlink;
};

export const statWith =
  (flagsIndex: number): Fill =>
  (text, record) => {
    if (flagsIndex >= 0) record.flags = pathFlags(text.raw(flagsIndex));
    record.statSize = known(shownSize(text), NONE);
    record.fileType = shownFileType(text.text);
  };

export const lstat: Fill = (text, record) => {
  statWith(NONE)(text, record);
  record.flags = PathFlag.NoFollow;
};

export const listing: Fill = (text, record) => {
  record.length = known(text.number(2), 0);
};

export const fcntl: Fill = (text, record) => {
  const command = text.raw(1);
  if (command.startsWith('F_DUPFD')) record.kind = OpKind.Dup;
  else record.flags = fcntlCommands(command);
  if (command === 'F_SETFL') record.length = openFlags(text.raw(2));
};

export const mmap: Fill = (text, record) => {
  record.length = known(text.number(1), 0);
  record.flags = mapFlags(text.raw(2)) | mapFlags(text.raw(3));
  record.offset = known(text.number(5), 0);
};

/** Length in argument 1; the offset inside the mapping is known already. */
export const range: Fill = (text, record) => {
  record.length = known(text.number(1), 0);
};

export const mremap: Fill = (text, record) => {
  record.length = known(text.number(1), 0);
  record.offset2 = known(text.number(2), 0);
  record.flags = mapFlags(text.raw(3));
};

export const mprotect: Fill = (text, record) => {
  range(text, record);
  record.flags = mapFlags(text.raw(2));
};

export const msync: Fill = (text, record) => {
  range(text, record);
  record.flags = msyncFlags(text.raw(2));
};

const advices = flagReader({
  MADV_DONTNEED: Advice.DontNeed,
  MADV_WILLNEED: Advice.WillNeed,
  MADV_REMOVE: Advice.Remove,
  MADV_POPULATE_READ: Advice.Populate,
  MADV_POPULATE_WRITE: Advice.Populate,
  POSIX_FADV_DONTNEED: Advice.DontNeed,
  POSIX_FADV_WILLNEED: Advice.WillNeed,
});

export const madvise: Fill = (text, record) => {
  range(text, record);
  record.flags = advices(text.raw(2));
};

export const fadvise: Fill = (text, record) => {
  record.offset = known(text.number(1), 0);
  record.length = known(text.number(2), 0);
  record.flags = advices(text.raw(3));
};

/** Pointers to offsets are printed as `[4096]`, and NULL means the description's position. */
export const copyRange: Fill = (text, record) => {
  record.offset = known(text.pointed(1), NONE);
  record.offset2 = known(text.pointed(3), NONE);
  record.length = known(text.number(4), 0);
};

export const sendfile: Fill = (text, record) => {
  record.offset = known(text.pointed(2), NONE);
  record.length = known(text.number(3), 0);
};

const ioctlRequests = flagReader({
  FIOCLEX: IoctlRequest.CloseOnExec,
  FIONCLEX: IoctlRequest.CloseOnExec,
  TCGETS: IoctlRequest.Terminal,
  TIOCGWINSZ: IoctlRequest.Terminal,
  FS_IOC_FIEMAP: IoctlRequest.Fiemap,
  FS_IOC_GETFLAGS: IoctlRequest.GetAttributes,
  FS_IOC_FSGETXATTR: IoctlRequest.GetAttributes,
  FS_IOC_SETFLAGS: IoctlRequest.SetAttributes,
  FS_IOC_FSSETXATTR: IoctlRequest.SetAttributes,
  XFS_IOC_FSGEOMETRY: IoctlRequest.Geometry,
});

/** ioctl: the requests that share extents are kinds of their own. */
export const ioctl: Fill = (text, record) => {
  const request = text.raw(1);
  if (request.includes('FICLONERANGE')) {
    record.kind = OpKind.CloneRange;
    record.offset = known(text.field(2, 'src_offset'), 0);
    record.length = known(text.field(2, 'src_length'), 0);
    record.offset2 = known(text.field(2, 'dest_offset'), 0);
  } else if (request.includes('FICLONE')) record.kind = OpKind.CloneFile;
  else if (request.includes('FIDEDUPERANGE')) {
    record.kind = OpKind.Dedupe;
    record.offset = known(text.field(2, 'src_offset'), 0);
    record.length = known(text.field(2, 'src_length'), 0);
    record.offset2 = known(text.field(2, 'dest_offset'), 0);
  } else {
    // Requests that share a number are printed together: `BTRFS_IOC_CLONE or FICLONE`.
    for (const name of request.split(' or ')) record.flags ||= ioctlRequests(name);
  }
};
