/** Steps of read(2) and write(2) that are not about extents. */
import type { Frame } from '@daxsim/sim';
import { Errno, FILE_BYTES_MAX, OpenFlag, RwFlag, TRANSFER_BYTES_MAX } from '../../abi.js';
import { ExtentState, Stamp } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, TRANSACTION, fail } from './answers.js';
import type { Step } from './answers.js';
import { commitChange, commitSize, commitStamps } from './stamps.js';

/** Answer of a start step with nothing to move. */
export const NOTHING = 2;
const AT_END = 3;
const DAY_NS = 86_400_000_000_000;
const BOTH_APPENDS = RwFlag.Append | RwFlag.NoAppend;
const ALL_RW_FLAGS = Object.values(RwFlag).reduce((sum, flag) => sum | flag, 0);

/** The byte at which a transfer begins: the given one, or the file position. */
function startOf(world: World, frame: Frame): number {
  const offset = frame.get(R.offset);
  return offset === -1 ? world.handles.position(frame.get(R.handle)) : offset;
}

/** Advances the file position if the transfer used it. */
function advancePosition(world: World, frame: Frame, to: number): void {
  if (frame.get(R.offset) === -1) world.handles.setPosition(frame.get(R.handle), to);
}

function refusalOf(rwFlags: number): number {
  if (rwFlags === 0) return Errno.None;
  if ((rwFlags & ~ALL_RW_FLAGS) !== 0) return Errno.NotSupported;
  return (rwFlags & BOTH_APPENDS) === BOTH_APPENDS ? Errno.Invalid : Errno.None;
}

/** Linux 6.12 include/linux/fs.h, kiocb_set_rw_flags. */
function appends(world: World, frame: Frame, rwFlags: number): boolean {
  if ((rwFlags & RwFlag.Append) !== 0) return true;
  const isAppend = (world.handles.flags(frame.get(R.handle)) & OpenFlag.Append) !== 0;
  return isAppend && (rwFlags & RwFlag.NoAppend) === 0;
}

/** Sets cursor and end of a read, cut at the end of the file; one that begins there is a read. */
export const startRead: Step = {
  name: 'startRead',
  outcomes: ['Ok', 'Failed', 'Nothing', 'AtEnd'],
  touches: ['size', 'handle'],
  run(world, frame) {
    const start = startOf(world, frame);
    const length = frame.get(R.length);
    if (start < 0 || length < 0) return fail(frame, Errno.Invalid);
    const errno = refusalOf(frame.get(R.rwFlags));
    if (errno !== Errno.None) return fail(frame, errno);
    const size = world.sizeOf(frame.get(R.inode));
    const end = Math.min(start + Math.min(length, TRANSFER_BYTES_MAX), size);
    frame.set(R.cursor, start);
    frame.set(R.end, end);
    frame.set(R.done, 0);
    if (end > start) return Answer.Ok;
    const isStamped = length > 0 && world.personality.accessTimes !== 'never';
    return isStamped ? AT_END : NOTHING;
  },
};

/** Access time of a read, if the personality keeps it (Linux 6.12 relatime_need_update). */
export const touchAccess: Step = {
  name: 'touchAccess',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    if (world.personality.accessTimes === 'never') return Answer.Ok;
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const isOld =
      inodes.accessNs(inode) <= inodes.modifyNs(inode) ||
      inodes.accessNs(inode) <= inodes.changeNs(inode) ||
      world.nowNs(frame.task) - inodes.accessNs(inode) >= DAY_NS;
    return isOld ? commitStamps(world, frame, Stamp.Access) : Answer.Ok;
  },
};

/** A read of a hole: the user's buffer is cleared, no memory of the file is touched. */
export const clearBuffer: Step = {
  name: 'clearBuffer',
  outcomes: ['Ok'],
  touches: [],
  per: 'count',
  run(_world, frame) {
    frame.set(R.moveFrom, 0);
    frame.set(R.moveTo, frame.get(R.chunk));
    frame.set(R.moveFile, frame.get(R.cursor));
    return Answer.Ok;
  },
};

/** Which way the bytes under the cursor are read. */
export const chooseSource: Step = {
  name: 'chooseSource',
  outcomes: ['Media', 'Zeros'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.state) === ExtentState.Written ? 0 : 1;
  },
};

/** Advances behind the chunk that was moved. */
export const advance: Step = {
  name: 'advance',
  outcomes: ['More', 'End'],
  touches: [],
  run(_world, frame) {
    const chunk = frame.get(R.chunk);
    const cursor = frame.get(R.cursor) + chunk;
    frame.set(R.cursor, cursor);
    frame.set(R.done, frame.get(R.done) + chunk);
    return cursor < frame.get(R.end) ? 0 : 1;
  },
};

/** The read's result, and the position behind it. */
export const endRead: Step = {
  name: 'endRead',
  outcomes: ['Ok'],
  touches: ['handle'],
  run(world, frame) {
    frame.set(R.result, frame.get(R.done));
    advancePosition(world, frame, frame.get(R.cursor));
    return Answer.Ok;
  },
};

/** Sets cursor and end of a write; appends go to the end of the file. */
export const startWrite: Step = {
  name: 'startWrite',
  outcomes: ['Ok', 'Failed', 'Nothing', 'Gap'],
  touches: ['size', 'handle'],
  run(world, frame) {
    const size = world.sizeOf(frame.get(R.inode));
    const flags = frame.get(R.rwFlags);
    const errno = refusalOf(flags);
    if (errno !== Errno.None) return fail(frame, errno);
    const given = startOf(world, frame);
    const seeks = world.knobs.appendPosition === 'underLock';
    const start = seeks && appends(world, frame, flags) && given >= 0 ? size : given;
    return aimWrite(world, frame, start, size);
  },
};

/** As a defect, before the lock: the end of the file, where an append will go. */
export const noteEnd: Step = {
  name: 'noteEnd',
  outcomes: ['Ok'],
  touches: ['size', 'handle'],
  run(world, frame) {
    if (!appends(world, frame, frame.get(R.rwFlags))) return Answer.Ok;
    frame.set(R.offset, world.volume.inodes.sizeBytes(frame.get(R.inode)));
    return Answer.Ok;
  },
};

/** Cursor and end of a write at `start` into a file of `size` bytes. */
export function aimWrite(world: World, frame: Frame, start: number, size: number): number {
  const length = frame.get(R.length);
  frame.set(R.done, 0);
  if (start < 0 || length < 0) return fail(frame, Errno.Invalid);
  if (length === 0) return NOTHING;
  if (start >= FILE_BYTES_MAX) return fail(frame, Errno.TooBig);
  const end = Math.min(start + Math.min(length, TRANSFER_BYTES_MAX), FILE_BYTES_MAX);
  frame.set(R.cursor, start);
  frame.set(R.end, end);
  frame.set(R.size, size);
  return start > size && world.personality.zeroesGapOnWrite ? 3 : Answer.Ok;
}

/** mtime and ctime of a change. */
export const touchModify: Step = {
  name: 'touchModify',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    return commitChange(world, frame);
  },
};

/** What the write did: bytes before an error count as success, short. */
export const settleWrite: Step = {
  name: 'settleWrite',
  outcomes: ['Ok', 'Failed', 'Grown'],
  touches: ['size'],
  run(world, frame) {
    const done = frame.get(R.done);
    if (done === 0 && frame.get(R.errno) !== Errno.None) return Answer.Failed;
    frame.set(R.errno, Errno.None);
    frame.set(R.result, done);
    const size = world.sizeOf(frame.get(R.inode));
    return frame.get(R.cursor) > size ? 2 : Answer.Ok;
  },
};

/** The new size of a file that was written behind its end; the data is durable already. */
export const growSize: Step = {
  name: 'growSize',
  outcomes: TRANSACTION,
  touches: ['size', 'inodeCore', 'log'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    if (cursor <= world.volume.inodes.sizeBytes(inode)) return Answer.Ok;
    return commitSize(world, frame, cursor);
  },
};

/** The file position behind a write. */
export const endWrite: Step = {
  name: 'endWrite',
  outcomes: ['Ok'],
  touches: ['handle'],
  run(world, frame) {
    advancePosition(world, frame, frame.get(R.cursor));
    return Answer.Ok;
  },
};

/** Whether the handle asks for durable writes; sets the range to be synced, in pages. */
export const wantsSync: Step = {
  name: 'wantsSync',
  outcomes: ['No', 'Data', 'All'],
  touches: ['handle'],
  run(world, frame) {
    if (frame.get(R.errno) !== Errno.None || frame.get(R.done) === 0) return 0;
    const flags = world.handles.flags(frame.get(R.handle));
    const rwFlags = frame.get(R.rwFlags);
    if ((flags & OpenFlag.SyncAll) !== 0 || (rwFlags & RwFlag.Sync) !== 0) return 2;
    const wantsData = (flags & OpenFlag.DataSync) !== 0 || (rwFlags & RwFlag.DataSync) !== 0;
    return wantsData ? 1 : 0;
  },
};
