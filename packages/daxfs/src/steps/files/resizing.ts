/** Steps of truncate(2) and fallocate(2) that are not about extents. */
import { Errno, FILE_BYTES_MAX, FallocMode } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { FileType } from '../../media/outcome.js';
import { R } from '../../registers.js';
import { Answer, TRANSACTION, fail } from './answers.js';
import type { Step } from './answers.js';
import { May, may } from './permissions.js';
import { blockAfter } from './extents.js';
import { commitMode, commitSize } from './stamps.js';

/** truncate(2) looks at the length before the name. */
export const checkLength: Step = {
  name: 'checkLength',
  outcomes: ['Ok', 'Failed'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.length) < 0 ? fail(frame, Errno.Invalid) : Answer.Ok;
  },
};

/** truncate(2) by name: a file that the task may write. */
export const mayTruncate: Step = {
  name: 'mayTruncate',
  outcomes: ['Ok', 'Failed'],
  touches: ['inodeCore'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    const type = world.volume.inodes.type(inode);
    if (type === FileType.Directory) return fail(frame, Errno.IsDirectory);
    if (type !== FileType.Regular) return fail(frame, Errno.Invalid);
    return may(world, frame.task, inode, May.Write) ? Answer.Ok : fail(frame, Errno.Access);
  },
};

/** Regular file and a length that makes sense: which way truncate goes. */
export const checkTruncate: Step = {
  name: 'checkTruncate',
  outcomes: ['Ok', 'Failed'],
  touches: ['inodeCore'],
  run(world, frame) {
    const length = frame.get(R.length);
    const type = world.volume.inodes.type(frame.get(R.inode));
    if (length < 0) return fail(frame, Errno.Invalid);
    if (type === FileType.Directory) return fail(frame, Errno.IsDirectory);
    if (type !== FileType.Regular) return fail(frame, Errno.Invalid);
    return length > FILE_BYTES_MAX ? fail(frame, Errno.TooBig) : Answer.Ok;
  },
};

/**
 * Under the locks: which way, and the bytes that must read as zero afterwards. The same size counts
 * as down, because it frees what was preallocated behind the end.
 */
export const chooseDirection: Step = {
  name: 'chooseDirection',
  outcomes: ['Down', 'Up', 'Empty'],
  touches: ['size', 'inodeCore'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const size = inodes.sizeBytes(inode);
    const length = frame.get(R.length);
    if (length === 0 && size === 0 && world.volume.extents.count(inode) === 0) return 2;
    const isDown = length <= size;
    const grownEnd = world.personality.zeroesEofOnGrow ? length : size;
    frame.set(R.cursor, isDown ? length : size);
    frame.set(R.end, isDown ? blockAfter(length) * BYTES_PER_BLOCK : grownEnd);
    return isDown ? 0 : 1;
  },
};

/** The new size, before any block goes: readers stop at it. */
export const setSize: Step = {
  name: 'setSize',
  outcomes: TRANSACTION,
  touches: ['size', 'inodeCore', 'log'],
  run(world, frame) {
    const length = frame.get(R.length);
    // fs/open.c, do_truncate: only ftruncate(2) and O_TRUNC ask for stamps whatever happens.
    const mayKeep = frame.get(R.path) !== 0 && !world.personality.stampsSameSize;
    const { inodes, extents } = world.volume;
    const inode = frame.get(R.inode);
    if (!mayKeep || length !== inodes.sizeBytes(inode)) return commitSize(world, frame, length);
    // xfs_setattr_size: an empty file is left alone, another one still loses set-user-ID.
    return length === 0 && extents.count(inode) === 0 ? Answer.Ok : commitMode(world, frame);
  },
};

/** Everything behind the new end, for the steps that free it. */
export const aimBehindEnd: Step = {
  name: 'aimBehindEnd',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.cursor, frame.get(R.length));
    frame.set(R.end, FILE_BYTES_MAX);
    return Answer.Ok;
  },
};

/** What fallocate may be asked for (Linux 6.12 fs/open.c, vfs_fallocate). */
const FALLOCATE_MODES: readonly number[] = [
  0,
  FallocMode.KeepSize,
  FallocMode.PunchHole | FallocMode.KeepSize,
  FallocMode.ZeroRange,
  FallocMode.ZeroRange | FallocMode.KeepSize,
  FallocMode.CollapseRange,
  FallocMode.InsertRange,
  FallocMode.Unshare,
  FallocMode.Unshare | FallocMode.KeepSize,
];

/** fallocate(2): checks in the kernel's order, and says what is asked (vfs_fallocate). */
export const checkFallocate: Step = {
  name: 'checkFallocate',
  outcomes: ['Ok', 'Failed'],
  touches: ['handle', 'inodeCore', 'shutdown'],
  run(world, frame) {
    const offset = frame.get(R.offset);
    const length = frame.get(R.length);
    const mode = frame.get(R.flags);
    if (offset < 0 || length <= 0) return fail(frame, Errno.Invalid);
    if (!FALLOCATE_MODES.includes(mode)) return fail(frame, Errno.NotSupported);
    if (!world.handles.mayWrite(frame.get(R.handle))) return fail(frame, Errno.BadHandle);
    const type = world.volume.inodes.type(frame.get(R.inode));
    if (type === FileType.Directory) return fail(frame, Errno.IsDirectory);
    if (type !== FileType.Regular) return fail(frame, Errno.NoDevice);
    if (offset + length > FILE_BYTES_MAX) return fail(frame, Errno.TooBig);
    const isUnshare = (mode & FallocMode.Unshare) !== 0;
    if (isUnshare && !world.personality.unshares) return fail(frame, Errno.NotSupported);
    if (world.isDown) return fail(frame, Errno.Io);
    frame.set(R.cursor, offset);
    frame.set(R.end, offset + length);
    return Answer.Ok;
  },
};

/** Which fallocate it is. */
export const chooseFallocate: Step = {
  name: 'chooseFallocate',
  outcomes: ['Allocate', 'Punch', 'Zero', 'Collapse', 'Insert', 'Unshare'],
  touches: [],
  run(_world, frame) {
    const mode = frame.get(R.flags);
    if ((mode & FallocMode.PunchHole) !== 0) return 1;
    if ((mode & FallocMode.ZeroRange) !== 0) return 2;
    if ((mode & FallocMode.CollapseRange) !== 0) return 3;
    if ((mode & FallocMode.InsertRange) !== 0) return 4;
    return (mode & FallocMode.Unshare) !== 0 ? 5 : 0;
  },
};

/** Whether fallocate grows the file, and from where to where it must read as zero. */
export const chooseGrowth: Step = {
  name: 'chooseGrowth',
  outcomes: ['Keep', 'Grow'],
  touches: ['size'],
  run(world, frame) {
    let end = frame.get(R.offset) + frame.get(R.length);
    frame.set(R.lateErrno, frame.get(R.errno));
    // What was allocated before space ran out is inside the file.
    if (frame.get(R.errno) !== Errno.None) end = Math.min(end, frame.get(R.cursor));
    if (end <= frame.get(R.offset)) return 0;
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    if ((frame.get(R.flags) & FallocMode.KeepSize) !== 0 || end <= size) return 0;
    frame.set(R.cursor, size);
    frame.set(R.end, world.personality.zeroesEofOnGrow ? end : size);
    frame.set(R.length, end);
    return 1;
  },
};

/** As a defect: zeroing with the size kept logs the end of the range as the size. */
export const logLargerSize: Step = {
  name: 'logLargerSize',
  outcomes: ['Ok'],
  touches: ['size', 'inodeCore', 'log'],
  run(world, frame) {
    const flags = FallocMode.KeepSize | FallocMode.ZeroRange;
    const end = frame.get(R.offset) + frame.get(R.length);
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    if (frame.get(R.flags) !== flags || end <= inodes.sizeBytes(inode)) return Answer.Ok;
    world.volume.begin(world.nowNs(frame.task));
    inodes.setLoggedSize(inode, end);
    world.volume.commit();
    return Answer.Ok;
  },
};

/** Sets the cursor to the start of the range again. */
export const aimAtRange: Step = {
  name: 'aimAtRange',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    const offset = frame.get(R.offset);
    frame.set(R.cursor, offset);
    frame.set(R.end, offset + frame.get(R.length));
    return Answer.Ok;
  },
};

/** The partial blocks at a punch's head and tail stay and are zeroed. */
export const aimAtHead: Step = {
  name: 'aimAtHead',
  outcomes: ['Partial', 'Whole'],
  touches: ['size'],
  run(world, frame) {
    const offset = frame.get(R.offset);
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    const end = Math.min(offset + frame.get(R.length), size);
    const headEnd = Math.ceil(offset / BYTES_PER_BLOCK) * BYTES_PER_BLOCK;
    frame.set(R.cursor, offset);
    frame.set(R.end, Math.min(headEnd, end));
    return offset < frame.get(R.end) ? 0 : 1;
  },
};

export const aimAtTail: Step = {
  name: 'aimAtTail',
  outcomes: ['Partial', 'Whole'],
  touches: ['size'],
  run(world, frame) {
    const offset = frame.get(R.offset);
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    const end = Math.min(offset + frame.get(R.length), size);
    const tail = Math.max(Math.floor(end / BYTES_PER_BLOCK) * BYTES_PER_BLOCK, offset);
    frame.set(R.cursor, tail);
    frame.set(R.end, end);
    return tail < end ? 0 : 1;
  },
};

/** Whether a range that loses blocks is written back and unmapped before anything is checked. */
export const flushesFirst: Step = {
  name: 'flushesFirst',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(world, frame) {
    const loses = FallocMode.PunchHole | FallocMode.ZeroRange | FallocMode.CollapseRange;
    return world.personality.flushesBeforeCheck && (frame.get(R.flags) & loses) !== 0 ? 1 : 0;
  },
};

const REMOVING =
  FallocMode.PunchHole | FallocMode.ZeroRange | FallocMode.CollapseRange | FallocMode.InsertRange;

/**
 * In which order the file is unmapped, stamps are set and what was asked is looked at.
 */
export const chooseFallocateOrder: Step = {
  name: 'chooseFallocateOrder',
  outcomes: ['UnmapStampCheck', 'StampUnmapCheck', 'CheckStampUnmap'],
  touches: [],
  run(world) {
    const { fallocateOrder } = world.personality;
    if (fallocateOrder === 'unmapStampCheck') return 0;
    return fallocateOrder === 'stampUnmapCheck' ? 1 : 2;
  },
};

/** Whether this fallocate unmaps the file first: XFS always, ext4 only when blocks go. */
export const needsLayoutBreak: Step = {
  name: 'needsLayoutBreak',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(world, frame) {
    const isRemoval = (frame.get(R.flags) & REMOVING) !== 0;
    return isRemoval || world.personality.layoutBreakOn === 'everyChange' ? 1 : 0;
  },
};
