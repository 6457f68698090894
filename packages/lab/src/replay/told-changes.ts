/**
 * What the oracle is told when a call begins whose bytes the trace decides: reads, truncations, and
 * the modes of fallocate that change what a file holds. Writes and copies, which need numbers of
 * their own, are told in carry-out.ts.
 *
 *     PUNCH_HOLE, ZERO_RANGE, trim    zeros over the range
 *     COLLAPSE_RANGE                  what is behind the range moves down
 *     INSERT_RANGE                    what is from the place on moves up; zeros in between
 *
 * Whether it came to pass is known at its end: the oracle drops what failed.
 */
import type { World } from '@daxsim/daxfs';
import { FallocateMode, OpKind, type TraceRecord } from '@daxsim/trace';
import type { FileOracle } from '../oracle/file-oracle.js';
import { punches } from './call-operands.js';
import { OUTSIDE } from './numbers.js';

/** The call of `record` begins, on an open file or, if `handle` is not positive, on a path. */
export function tellOracle(
  oracle: FileOracle,
  world: World,
  task: number,
  record: TraceRecord,
  handle: number,
  path: number,
): void {
  const { kind, offset, length } = record;
  if (kind === OpKind.Truncate) {
    const named = path === OUTSIDE ? 0 : inodeAt(world, path);
    if (named > 0) oracle.beginClear(task, named, length, Infinity);
    return;
  }
  const inode = handle > 0 ? world.handles.inode(handle) : 0;
  if (inode <= 0) return;
  if (kind === OpKind.Read) oracle.beginRead(task, inode);
  else if (kind === OpKind.Ftruncate) oracle.beginClear(task, inode, length, Infinity);
  else if (punches(record)) oracle.beginClear(task, inode, offset, offset + length);
  else if (hasMode(record, FallocateMode.CollapseRange)) {
    oracle.beginCollapse(task, inode, offset, length);
  } else if (hasMode(record, FallocateMode.InsertRange)) {
    oracle.beginInsert(task, inode, offset, length);
  }
}

function hasMode({ kind, flags }: TraceRecord, mode: number): boolean {
  return kind === OpKind.Fallocate && (flags & mode) !== 0;
}

/** What a path names now; 0 if nothing. */
function inodeAt({ volume, paths }: World, path: number): number {
  let inode = volume.inodes.root;
  for (const name of paths.get(path).components) {
    if (name < 0) continue;
    inode = volume.directories.lookup(inode, name);
    if (inode === 0) return 0;
  }
  return inode;
}
