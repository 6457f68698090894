/**
 * What the call of a record needs of its recipe: which one it is, and offsets, lengths and flags as
 * that recipe wants them. Pure translation; who begins it, and what it means to the oracle, is in
 * carry-out.ts.
 */
import { FallocMode, R } from '@daxsim/daxfs';
import type { Frame } from '@daxsim/sim';
import { FallocateMode, NONE, OpKind, type TraceRecord } from '@daxsim/trace';
import * as flags from './flag-translation.js';

/** Recipe by kind, for those where the frame alone decides the rest. */
export const recipes: Readonly<Record<number, string>> = {
  [OpKind.Open]: 'open',
  [OpKind.Close]: 'close',
  [OpKind.Read]: 'read',
  [OpKind.Write]: 'write',
  [OpKind.Seek]: 'lseek',
  [OpKind.Fsync]: 'fsync',
  [OpKind.Fdatasync]: 'fdatasync',
  [OpKind.Flush]: 'fdatasync',
  [OpKind.SyncRange]: 'syncRange',
  [OpKind.Msync]: 'msync',
  [OpKind.Mmap]: 'mmap',
  [OpKind.Munmap]: 'munmap',
  [OpKind.Mremap]: 'mremap',
  [OpKind.Mprotect]: 'mprotect',
  [OpKind.Madvise]: 'madvise',
  [OpKind.Fallocate]: 'fallocate',
  [OpKind.Trim]: 'fallocate',
  [OpKind.Truncate]: 'truncate',
  [OpKind.Ftruncate]: 'ftruncate',
  [OpKind.Rename]: 'rename',
  [OpKind.Link]: 'link',
  [OpKind.Symlink]: 'symlink',
  [OpKind.Unlink]: 'unlink',
  [OpKind.Rmdir]: 'rmdir',
  [OpKind.Mkdir]: 'mkdir',
  [OpKind.Stat]: 'stat',
  [OpKind.ChangeDirectory]: 'stat',
  [OpKind.ListDirectory]: 'getdents',
  [OpKind.Chmod]: 'chmod',
  [OpKind.Chown]: 'chown',
  [OpKind.SetTimes]: 'utimens',
  [OpKind.CopyRange]: 'copyRange',
  [OpKind.Sendfile]: 'copyRange',
  [OpKind.CloneFile]: 'copyRange',
  [OpKind.CloneRange]: 'copyRange',
};

export function isCopy(kind: number): boolean {
  return (
    kind === OpKind.CopyRange ||
    kind === OpKind.Sendfile ||
    kind === OpKind.CloneFile ||
    kind === OpKind.CloneRange
  );
}

/** Kinds whose result is a value that a recording can be compared with. */
export function hasValue(kind: number): boolean {
  return (
    kind === OpKind.Read ||
    kind === OpKind.Write ||
    kind === OpKind.Seek ||
    kind === OpKind.ListDirectory ||
    isCopy(kind)
  );
}

export function changesMapping(kind: number): boolean {
  return kind === OpKind.Munmap || kind === OpKind.Mremap || kind === OpKind.Mprotect;
}

export function punches({ kind, flags: mode }: TraceRecord): boolean {
  return (
    kind === OpKind.Trim ||
    (kind === OpKind.Fallocate &&
      (mode & (FallocateMode.PunchHole | FallocateMode.ZeroRange)) !== 0)
  );
}

/** Offsets, lengths and flags, as the recipe of this kind wants them. */
export function fillOperands(frame: Frame, record: TraceRecord): void {
  const { kind, offset, offset2, length } = record;
  frame.set(R.offset, offset);
  frame.set(R.length, length);
  if (kind === OpKind.Seek) {
    frame.set(R.offset, length);
    frame.set(R.whence, record.whence);
  } else if (kind === OpKind.Mremap) frame.set(R.offset2, offset2);
  else if (kind === OpKind.Trim) frame.set(R.flags, FallocMode.KeepSize | FallocMode.PunchHole);
  else if (kind === OpKind.Fallocate) frame.set(R.flags, flags.fallocateFlags(record.flags));
  else if (kind === OpKind.Msync) frame.set(R.flags, flags.msyncFlags(record.flags));
  else if (kind === OpKind.Mprotect) frame.set(R.flags, flags.mapFlags(record.flags));
  else if (kind === OpKind.Madvise) frame.set(R.flags, flags.advice(record.flags));
  else if (kind === OpKind.Rename) frame.set(R.flags, flags.renameFlags(record.flags));
  else if (kind === OpKind.SyncRange) frame.set(R.flags, flags.syncRangeFlags(record.flags));
  else if (kind === OpKind.Mkdir) frame.set(R.mode, 0o755);
  else if (kind === OpKind.Chmod) frame.set(R.mode, 0o644);
  else if (kind === OpKind.Stat || kind === OpKind.Link) {
    frame.set(R.flags, flags.pathFlags(record.flags));
  } else if (kind === OpKind.Chown || kind === OpKind.SetTimes) {
    frame.set(R.offset2, NONE);
    frame.set(R.flags, flags.pathFlags(record.flags));
  }
}
