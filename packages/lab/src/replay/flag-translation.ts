/** Flag words of the trace's common form as numbers of the simulated system-call interface. */
import * as abi from '@daxsim/daxfs';
import * as trace from '@daxsim/trace';

type Pairs = readonly (readonly [from: number, to: number])[];

const openPairs: Pairs = [
  [trace.OpenFlag.Create, abi.OpenFlag.Create],
  [trace.OpenFlag.Exclusive, abi.OpenFlag.Exclusive],
  [trace.OpenFlag.Truncate, abi.OpenFlag.Truncate],
  [trace.OpenFlag.Append, abi.OpenFlag.Append],
  [trace.OpenFlag.Directory, abi.OpenFlag.Directory],
  [trace.OpenFlag.NoFollow, abi.OpenFlag.NoFollow],
  [trace.OpenFlag.Sync, abi.OpenFlag.SyncAll | abi.OpenFlag.DataSync],
  [trace.OpenFlag.DataSync, abi.OpenFlag.DataSync],
  [trace.OpenFlag.Direct, abi.OpenFlag.Direct],
  [trace.OpenFlag.PathOnly, abi.OpenFlag.PathOnly],
];

const fallocatePairs: Pairs = [
  [trace.FallocateMode.KeepSize, abi.FallocMode.KeepSize],
  [trace.FallocateMode.PunchHole, abi.FallocMode.PunchHole],
  [trace.FallocateMode.CollapseRange, abi.FallocMode.CollapseRange],
  [trace.FallocateMode.ZeroRange, abi.FallocMode.ZeroRange],
  [trace.FallocateMode.InsertRange, abi.FallocMode.InsertRange],
  [trace.FallocateMode.UnshareRange, abi.FallocMode.Unshare],
];

const mapPairs: Pairs = [
  [trace.MapFlag.Read, abi.MapFlag.Read],
  [trace.MapFlag.Execute, abi.MapFlag.Read],
  [trace.MapFlag.Write, abi.MapFlag.Write],
  [trace.MapFlag.Shared, abi.MapFlag.Shared],
  [trace.MapFlag.Private, abi.MapFlag.Private],
  [trace.MapFlag.Sync, abi.MapFlag.Sync],
  [trace.MapFlag.Populate, abi.MapFlag.Populate],
  [trace.MapFlag.Crowded, abi.MapFlag.Crowded],
];

const msyncPairs: Pairs = [
  [trace.MsyncFlag.Sync, abi.MsyncFlag.Sync],
  [trace.MsyncFlag.Async, abi.MsyncFlag.Async],
  [trace.MsyncFlag.Invalidate, abi.MsyncFlag.Invalidate],
];

const renamePairs: Pairs = [
  [trace.RenameFlag.NoReplace, abi.RenameFlag.NoReplace],
  [trace.RenameFlag.Exchange, abi.RenameFlag.Exchange],
  [trace.RenameFlag.Whiteout, abi.RenameFlag.Whiteout],
];

const syncRangePairs: Pairs = [
  [trace.SyncRangeFlag.WaitBefore, abi.SyncRangeFlag.WaitBefore],
  [trace.SyncRangeFlag.Write, abi.SyncRangeFlag.Write],
  [trace.SyncRangeFlag.WaitAfter, abi.SyncRangeFlag.WaitAfter],
];

const pathPairs: Pairs = [
  [trace.PathFlag.NoFollow, abi.AtFlag.NoFollow],
  [trace.PathFlag.FollowLink, abi.AtFlag.Follow],
];

export function openFlags(flags: number): number {
  const reads = (flags & trace.OpenFlag.Read) !== 0;
  const writes = (flags & trace.OpenFlag.Write) !== 0;
  const { ReadOnly, WriteOnly, ReadWrite } = abi.OpenFlag;
  return translate(openPairs, flags) | (writes ? (reads ? ReadWrite : WriteOnly) : ReadOnly);
}

export const fallocateFlags = (flags: number): number => translate(fallocatePairs, flags);
export const mapFlags = (flags: number): number => translate(mapPairs, flags);
export const msyncFlags = (flags: number): number => translate(msyncPairs, flags);
export const renameFlags = (flags: number): number => translate(renamePairs, flags);
export const syncRangeFlags = (flags: number): number => translate(syncRangePairs, flags);
export const pathFlags = (flags: number): number => translate(pathPairs, flags);

/** Advice that changes what is mapped; all other is none. */
export function advice(flags: number): number {
  if (flags === trace.Advice.DontNeed) return abi.Advice.DontNeed;
  return flags === trace.Advice.Populate ? abi.Advice.PopulateRead : abi.Advice.Normal;
}

function translate(pairs: Pairs, flags: number): number {
  let translated = 0;
  for (const [from, to] of pairs) if ((flags & from) !== 0) translated |= to;
  return translated;
}
