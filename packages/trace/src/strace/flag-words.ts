/**
 * Flag words as strace prints them (`O_RDWR|O_CREAT|0x10`) in our own bits. A trace has few
 * different flag texts and repeats them endlessly, so each text is translated once and remembered;
 * a bound on what is remembered keeps odd inputs from filling memory.
 */
import { FallocateMode, IoFlag, MapFlag, MsyncFlag, OpenFlag } from '../op-kind.js';
import { PathFlag, RenameFlag, SyncRangeFlag } from '../op-kind.js';

const rememberedTexts = 4096;

/** A translator for one family of flags; words that it does not know count nothing. */
export function flagReader(words: Readonly<Record<string, number>>): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    let flags = 0;
    for (const word of text.split('|')) flags |= words[word] ?? 0;
    if (known.size >= rememberedTexts) known.clear();
    known.set(text, flags);
    return flags;
  };
}

export const openFlags = flagReader({
  O_RDONLY: OpenFlag.Read,
  O_WRONLY: OpenFlag.Write,
  O_RDWR: OpenFlag.Read | OpenFlag.Write,
  O_CREAT: OpenFlag.Create,
  O_EXCL: OpenFlag.Exclusive,
  O_TRUNC: OpenFlag.Truncate,
  O_APPEND: OpenFlag.Append,
  O_DIRECTORY: OpenFlag.Directory,
  O_NOFOLLOW: OpenFlag.NoFollow,
  O_SYNC: OpenFlag.Sync,
  __O_SYNC: OpenFlag.Sync,
  O_DSYNC: OpenFlag.DataSync,
  O_DIRECT: OpenFlag.Direct,
  O_CLOEXEC: OpenFlag.CloseOnExec,
  O_PATH: OpenFlag.PathOnly,
  O_TMPFILE: OpenFlag.TemporaryFile | OpenFlag.Directory,
  __O_TMPFILE: OpenFlag.TemporaryFile,
});

export const fallocateModes = flagReader({
  FALLOC_FL_KEEP_SIZE: FallocateMode.KeepSize,
  FALLOC_FL_PUNCH_HOLE: FallocateMode.PunchHole,
  FALLOC_FL_NO_HIDE_STALE: FallocateMode.NoHideStale,
  FALLOC_FL_COLLAPSE_RANGE: FallocateMode.CollapseRange,
  FALLOC_FL_ZERO_RANGE: FallocateMode.ZeroRange,
  FALLOC_FL_INSERT_RANGE: FallocateMode.InsertRange,
  FALLOC_FL_UNSHARE_RANGE: FallocateMode.UnshareRange,
});

export const mapFlags = flagReader({
  PROT_READ: MapFlag.Read,
  PROT_WRITE: MapFlag.Write,
  PROT_EXEC: MapFlag.Execute,
  MAP_SHARED: MapFlag.Shared,
  MAP_SHARED_VALIDATE: MapFlag.Shared,
  MAP_PRIVATE: MapFlag.Private,
  MAP_FIXED: MapFlag.Fixed,
  MAP_FIXED_NOREPLACE: MapFlag.FixedNoReplace,
  MAP_SYNC: MapFlag.Sync,
  MAP_POPULATE: MapFlag.Populate,
  MREMAP_MAYMOVE: MapFlag.MayMove,
  MREMAP_FIXED: MapFlag.Fixed,
  MREMAP_DONTUNMAP: MapFlag.DontUnmap,
});

export const msyncFlags = flagReader({
  MS_SYNC: MsyncFlag.Sync,
  MS_ASYNC: MsyncFlag.Async,
  MS_INVALIDATE: MsyncFlag.Invalidate,
});

export const syncRangeFlags = flagReader({
  SYNC_FILE_RANGE_WAIT_BEFORE: SyncRangeFlag.WaitBefore,
  SYNC_FILE_RANGE_WRITE: SyncRangeFlag.Write,
  SYNC_FILE_RANGE_WAIT_AFTER: SyncRangeFlag.WaitAfter,
});

export const renameFlags = flagReader({
  RENAME_NOREPLACE: RenameFlag.NoReplace,
  RENAME_EXCHANGE: RenameFlag.Exchange,
  RENAME_WHITEOUT: RenameFlag.Whiteout,
});

export const pathFlags = flagReader({
  AT_SYMLINK_NOFOLLOW: PathFlag.NoFollow,
  AT_EMPTY_PATH: PathFlag.EmptyPath,
  AT_SYMLINK_FOLLOW: PathFlag.FollowLink,
});

export const vectorFlags = flagReader({
  RWF_DSYNC: IoFlag.DataSync,
  RWF_SYNC: IoFlag.Sync,
  RWF_APPEND: IoFlag.Append,
  RWF_NOWAIT: IoFlag.NoWait,
});

/** What a new task shares with the one that made it. */
export const CloneFlag = { Memory: 1, Files: 2, Directory: 4 } as const;

export const cloneFlags = flagReader({
  CLONE_VM: CloneFlag.Memory,
  CLONE_FILES: CloneFlag.Files,
  CLONE_FS: CloneFlag.Directory,
});
