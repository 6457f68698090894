/** Steps that read or set what an inode says about itself, and the places of directory entries. */
import type { Frame } from '@daxsim/sim';
import { Errno, Whence } from '../../abi.js';
import { ExtentState, FileType } from '../../media/outcome.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { LogNeed } from '../../media/volume.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail } from './answers.js';
import type { Step } from './answers.js';
import { isOwner, may } from './permissions.js';

/** Sectors of 512 bytes in a block: st_blocks counts these. */
const SECTORS_PER_BLOCK = 8;
/** stat(2): size, type, and blocks as sectors in `count`. */
export const readAttributes: Step = {
  name: 'readAttributes',
  outcomes: ['Ok'],
  touches: ['inodeCore', 'extentMap'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    frame.set(R.size, inodes.sizeBytes(inode));
    frame.set(R.fileType, inodes.type(inode));
    frame.set(R.mode, inodes.mode(inode));
    const blocks = inodes.blocks(inode) + world.delayed.count(inode) + world.copies.count(inode);
    frame.set(R.count, blocks * SECTORS_PER_BLOCK);
    return Answer.Ok;
  },
};

/**
 * Whether the hint of `length` bytes may be set: Linux 6.12 xfs_inode_validate_extsize. A file
 * system without hints takes it for none.
 */
export const checkExtentHint: Step = {
  name: 'checkExtentHint',
  outcomes: OK_FAILED,
  touches: ['extentMap', 'inodeCore'],
  run(world, frame) {
    const { extents, geometry, inodes } = world.volume;
    const inode = frame.get(R.inode);
    if (!isOwner(world, frame.task, inode)) return fail(frame, Errno.NotPermitted);
    if (!world.personality.extentHints) {
      frame.set(R.length, 0);
      return Answer.Ok;
    }
    const blocks = frame.get(R.length) / BYTES_PER_BLOCK;
    if (inodes.type(inode) !== FileType.Regular) return fail(frame, Errno.Invalid);
    if (!Number.isInteger(blocks) || blocks < 0) return fail(frame, Errno.Invalid);
    if (blocks > geometry.blocks / 2) return fail(frame, Errno.Invalid);
    const isChange = blocks !== inodes.extentHint(inode);
    return isChange && extents.next(inode, 0) ? fail(frame, Errno.Invalid) : Answer.Ok;
  },
};

/** FS_IOC_FSSETXATTR: allocations are rounded to `length` bytes; 0 is none. */
export const setExtentHint: Step = {
  name: 'setExtentHint',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'log'],
  run(world, frame) {
    if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
    const blocks = frame.get(R.length) / BYTES_PER_BLOCK;
    world.volume.inodes.setExtentHint(frame.get(R.inode), blocks);
    frame.set(R.sequence, world.volume.commit());
    return Answer.Ok;
  },
};

/** access(2): whether the task may do what the lowest bits of `mode` ask (R_OK, W_OK, X_OK). */
export const checkAccess: Step = {
  name: 'checkAccess',
  outcomes: OK_FAILED,
  touches: ['inodeCore'],
  run(world, frame) {
    const isAllowed = may(world, frame.task, frame.get(R.inode), frame.get(R.mode) & 7);
    return isAllowed ? Answer.Ok : fail(frame, Errno.Access);
  },
};

/** lseek(2); DATA and HOLE ask the extents, as iomap_seek_data does for DAX. */
export const movePosition: Step = {
  name: 'movePosition',
  outcomes: OK_FAILED,
  touches: ['handle', 'size', 'extentMap', 'daxEntry', 'cacheIndex'],
  run(world, frame) {
    const handle = frame.get(R.handle);
    if (frame.get(R.whence) > Whence.Hole) return fail(frame, Errno.Invalid);
    const target = seekTarget(world, frame);
    if (target < 0)
      return fail(frame, frame.get(R.whence) >= Whence.Data ? Errno.NoDevice : Errno.Invalid);
    world.handles.setPosition(handle, target);
    frame.set(R.result, target);
    return Answer.Ok;
  },
};

function seekTarget(world: World, frame: Frame): number {
  const inode = frame.get(R.inode);
  const offset = frame.get(R.offset);
  const size = world.volume.inodes.sizeBytes(inode);
  switch (frame.get(R.whence)) {
    case Whence.Set:
      return offset;
    case Whence.Current:
      return world.handles.position(frame.get(R.handle)) + offset;
    case Whence.End:
      return size + offset;
    case Whence.Data:
      return offset < 0 || offset >= size ? -1 : seekData(world, inode, offset, size);
    case Whence.Hole:
      return offset < 0 || offset >= size ? -1 : seekHole(world, inode, offset, size);
    default:
      return -1;
  }
}

/** Data is written and promised blocks, and unwritten ones with a DAX entry or a cached page. */
function isData(world: World, inode: number, block: number, state: number): boolean {
  return (
    state === ExtentState.Written ||
    (state === ExtentState.Hole && world.delayed.has(inode, block)) ||
    (state === ExtentState.Unwritten && world.mm.hasEntry(inode, block))
  );
}

function seekData(world: World, inode: number, from: number, size: number): number {
  const { extents } = world.volume;
  let block = Math.floor(from / BYTES_PER_BLOCK);
  while (block * BYTES_PER_BLOCK < size) {
    const state = extents.lookup(inode, block);
    if (isData(world, inode, block, state)) return Math.max(from, block * BYTES_PER_BLOCK);
    block += state === ExtentState.Hole ? holeLength(world, inode, block) : 1;
  }
  return -1;
}

/** Blocks from `block` on in which there is neither an extent nor a promise. */
function holeLength(world: World, inode: number, block: number): number {
  const length = Math.max(1, world.volume.extents.length);
  const { delayed } = world;
  return delayed.next(inode, block) ? Math.min(length, delayed.start - block) : length;
}

function seekHole(world: World, inode: number, from: number, size: number): number {
  const { extents } = world.volume;
  let block = Math.floor(from / BYTES_PER_BLOCK);
  while (block * BYTES_PER_BLOCK < size) {
    const state = extents.lookup(inode, block);
    if (!isData(world, inode, block, state)) return Math.max(from, block * BYTES_PER_BLOCK);
    block += state === ExtentState.Written ? Math.max(1, extents.length) : 1;
  }
  return size;
}

/** Bytes of a linux_dirent64 before the name, and what its length is rounded up to. */
const ENTRY_HEAD_BYTES = 19;
const ENTRY_ALIGN = 8;

function entryBytes(nameBytes: number): number {
  return Math.ceil((ENTRY_HEAD_BYTES + nameBytes + 1) / ENTRY_ALIGN) * ENTRY_ALIGN;
}

/** getdents64(2) into a buffer of `length` bytes; position 0 and 1 are `.` and `..`. */
export const readEntries: Step = {
  name: 'readEntries',
  outcomes: OK_FAILED,
  touches: ['handle', 'directory'],
  per: 'count',
  run(world, frame) {
    const handle = frame.get(R.handle);
    const inode = frame.get(R.inode);
    if (!world.handles.mayRead(handle)) return fail(frame, Errno.BadHandle);
    if (world.volume.inodes.type(inode) !== FileType.Directory) {
      return fail(frame, Errno.NotDirectory);
    }
    const room = frame.get(R.length);
    let used = 0;
    let count = 0;
    let position = world.handles.position(handle);
    let isFull = false;
    while (!isFull && position >= 0) {
      const next = entryAt(world, inode, position);
      if (next === END) position = END;
      else if (used + entrySize > room) isFull = true;
      else {
        used += entrySize;
        count += 1;
        position = next;
      }
    }
    frame.set(R.count, count);
    if (isFull && used === 0) return fail(frame, Errno.Invalid);
    world.handles.setPosition(handle, position);
    frame.set(R.result, used);
    return Answer.Ok;
  },
};

const END = -1;
let entrySize = 0;

/** Sizes the entry at a position and answers the position behind it, or END if there is none. */
function entryAt(world: World, inode: number, position: number): number {
  const { directories, names } = world.volume;
  if (position < 2) {
    entrySize = entryBytes(position + 1);
    return position + 1;
  }
  const next = directories.next(inode, position - 2);
  if (next < 0) return END;
  entrySize = entryBytes(names.lengthOf(directories.entryName));
  return next + 2;
}
