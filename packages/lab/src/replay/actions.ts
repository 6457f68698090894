/**
 * What has to be done for one record: an operation of the file system, several, or none.
 *
 *     write with FUA          Main, SyncAfter
 *     open that failed in the recording, should it succeed here: Main, CloseAgain
 *     fcntl, fadvise, dup …   Free: enters the kernel and leaves it again
 *
 * A record that cannot be carried out at all has a reason instead, and is counted under it.
 */
import { CloseFlag, IoFlag, NONE, OpKind, OpenFlag, type TraceRecord } from '@daxsim/trace';

export const Action = {
  /** The operation that the record names. */
  Main: 0,
  /** Nothing for the file system to do. */
  Free: 1,
  SyncBefore: 2,
  SyncAfter: 3,
  /** Closes what only the simulation opened. */
  CloseAgain: 4,
  /** Takes the name of a file without name away again. */
  Unname: 5,
  /** A store into the mapping, before it is synced; see mapped-stores.ts. */
  Store: 6,
  /** The load of an instruction that loads and stores. */
  LoadFirst: 7,
} as const;
export type Action = (typeof Action)[keyof typeof Action];

/** Kinds that change and ask nothing of the file system here. */
const free = new Set<number>([
  ...[OpKind.Fcntl, OpKind.Dup, OpKind.Ioctl, OpKind.Wait, OpKind.Create, OpKind.Exit],
  ...[OpKind.Fork, OpKind.Advise, OpKind.Other, OpKind.Dedupe],
]);

const syncs = IoFlag.ForceUnitAccess | IoFlag.DataSync | IoFlag.Sync;

/** Fills `actions` for a record. */
export function planActions(record: TraceRecord, actions: number[]): void {
  const { kind, flags } = record;
  actions.length = 0;
  // Files share no blocks here: what failed fails again, what succeeded is copied.
  const isFailedClone = record.errno !== 0 && sharesBlocks(kind);
  if (free.has(kind) || isFailedClone) {
    actions.push(Action.Free);
    return;
  }
  if (kind === OpKind.Close) {
    actions.push((flags & CloseFlag.Last) !== 0 ? Action.Main : Action.Free);
    return;
  }
  if (kind === OpKind.Write && (flags & IoFlag.PreFlush) !== 0) actions.push(Action.SyncBefore);
  if (kind === OpKind.Modify) actions.push(Action.LoadFirst);
  actions.push(Action.Main);
  if (kind === OpKind.Write && (flags & syncs) !== 0) actions.push(Action.SyncAfter);
  if (kind === OpKind.Open && (flags & OpenFlag.TemporaryFile) !== 0) actions.push(Action.Unname);
  if (kind === OpKind.Open && record.handle === NONE) actions.push(Action.CloseAgain);
}

/** Kinds that make two files share blocks. */
export function sharesBlocks(kind: number): boolean {
  return kind === OpKind.CloneFile || kind === OpKind.CloneRange;
}
