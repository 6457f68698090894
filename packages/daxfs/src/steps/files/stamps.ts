/** Transactions that change an inode's size or stamps, alone. */
import type { Frame } from '@daxsim/sim';
import { InodeFlag, Stamp } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, begin } from './answers.js';
import { modeAfterWriting } from './permissions.js';

/** A client remembers that it changed a size itself: what its server says may be older. */
export function noteSizeChange(world: World, inode: number): void {
  if (world.personality.server !== null) world.mm.sizeChanges.add(inode, 1);
}

/** Sets the size, with its stamps. */
export function commitSize(world: World, frame: Frame, sizeBytes: number): number {
  if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
  const { inodes } = world.volume;
  const inode = frame.get(R.inode);
  world.volume.setSize(inode, sizeBytes);
  noteSizeChange(world, inode);
  const mode = modeAfterWriting(world, frame.task, inode);
  if (mode !== inodes.mode(inode)) inodes.setMode(inode, mode);
  // xfs_itruncate_clear_reflink_flags: an emptied file shares nothing.
  const flags = inodes.flags(inode);
  if (sizeBytes === 0 && (flags & InodeFlag.Reflinked) !== 0) {
    inodes.setFlags(inode, flags & ~InodeFlag.Reflinked);
  }
  frame.set(R.sequence, world.volume.commit());
  return Answer.Ok;
}

/** Takes set-user and set-group bits away, as a change by the task does, and stamps nothing. */
export function commitMode(world: World, frame: Frame): number {
  const { inodes } = world.volume;
  const inode = frame.get(R.inode);
  const mode = modeAfterWriting(world, frame.task, inode);
  if (mode === inodes.mode(inode)) return Answer.Ok;
  if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
  inodes.setMode(inode, mode);
  frame.set(R.sequence, world.volume.commit());
  return Answer.Ok;
}

/** Stamps of a change by a task, which may take set-user and set-group bits away. */
export function commitChange(world: World, frame: Frame): number {
  const { inodes } = world.volume;
  const inode = frame.get(R.inode);
  const mode = modeAfterWriting(world, frame.task, inode);
  if (mode === inodes.mode(inode)) return commitStamps(world, frame, Stamp.Modify | Stamp.Change);
  if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
  frame.set(R.transactions, 1);
  inodes.setMode(inode, mode);
  world.volume.touch(inode, Stamp.Modify | Stamp.Change);
  frame.set(R.sequence, world.volume.commit());
  return Answer.Ok;
}

/** Sets stamps if the clock has moved since; a transaction of its own. */
export function commitStamps(world: World, frame: Frame, stamps: number): number {
  const { inodes, journal } = world.volume;
  const inode = frame.get(R.inode);
  frame.set(R.transactions, 0);
  if (!journal.hasRoomFor(LogNeed.Inode)) return Answer.LogFull;
  const now = world.nowNs(frame.task);
  const isModify = (stamps & Stamp.Modify) !== 0;
  const isCurrent =
    stamps === Stamp.Access
      ? inodes.accessNs(inode) === now
      : inodes.changeNs(inode) === now && (!isModify || inodes.modifyNs(inode) === now);
  if (isCurrent) return Answer.Ok;
  frame.set(R.transactions, 1);
  world.volume.begin(now);
  world.volume.touch(inode, stamps);
  frame.set(R.sequence, world.volume.commit());
  return Answer.Ok;
}
