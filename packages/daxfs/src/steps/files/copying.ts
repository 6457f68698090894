/**
 * Steps of copy_file_range(2) and sendfile(2) between two files of this file system, without shared
 * blocks: the source is read and the target written, extent by extent. In these recipes `inode` is
 * the target, as in a write, and `inode2` the source.
 */
import { Errno, OpenFlag } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState, FileType } from '../../media/outcome.js';
import { R } from '../../registers.js';
import { Answer, fail } from './answers.js';
import type { Step } from './answers.js';
import { NOTHING, aimWrite } from './data.js';
import { keep } from './holds.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../../world.js';

/** Most bytes of one piece: what splice moves at a time. */
const PIECE_BYTES = 65536;

/** Takes both handles: generic_file_rw_checks. */
export const takeBoth: Step = {
  name: 'takeBoth',
  outcomes: ['Ok', 'Failed'],
  touches: ['handle', 'references', 'inodeCore'],
  run(world, frame) {
    const { handles, volume } = world;
    const source = handles.inode(frame.get(R.handle));
    const target = handles.inode(frame.get(R.handle2));
    const isPlace =
      handles.isPathOnly(frame.get(R.handle)) || handles.isPathOnly(frame.get(R.handle2));
    if (source === 0 || target === 0 || isPlace) return fail(frame, Errno.BadHandle);
    frame.set(R.inode, target);
    frame.set(R.inode2, source);
    keep(world, frame, R.held, target);
    keep(world, frame, R.held2, source);
    const types = [volume.inodes.type(source), volume.inodes.type(target)];
    if (types.includes(FileType.Directory)) return fail(frame, Errno.IsDirectory);
    if (!types.every((type) => type === FileType.Regular)) return fail(frame, Errno.Invalid);
    // What only appends has no place for a copy.
    const appends = (handles.flags(frame.get(R.handle2)) & OpenFlag.Append) !== 0;
    const allowed = handles.mayRead(frame.get(R.handle)) && handles.mayWrite(frame.get(R.handle2));
    return allowed && !appends ? Answer.Ok : fail(frame, Errno.BadHandle);
  },
};

function startOfSource(world: World, frame: Frame): number {
  const offset = frame.get(R.offset);
  return offset === -1 ? world.handles.position(frame.get(R.handle)) : offset;
}

function startOfTarget(world: World, frame: Frame): number {
  const offset = frame.get(R.offset2);
  return offset === -1 ? world.handles.position(frame.get(R.handle2)) : offset;
}

/** A place before the file whose range reaches into it: the kernel's unsigned sum has wrapped. */
function isWrapping(place: number, frame: Frame): boolean {
  return place < 0 && place + frame.get(R.length) >= 0;
}

/** Cuts the copy at the source's end and aims the write: generic_copy_file_checks. */
export const startCopy: Step = {
  name: 'startCopy',
  outcomes: ['Ok', 'Failed', 'Nothing', 'Gap'],
  touches: ['size', 'handle'],
  run(world, frame) {
    const { inodes } = world.volume;
    const from = startOfSource(world, frame);
    const to = startOfTarget(world, frame);
    if (frame.get(R.length) < 0) return fail(frame, Errno.Overflow);
    if (isWrapping(from, frame) || isWrapping(to, frame)) return fail(frame, Errno.Overflow);
    const left = inodes.sizeBytes(frame.get(R.inode2)) - from;
    const length = Math.min(frame.get(R.length), left);
    if (length <= 0) return from < 0 || to < 0 ? fail(frame, Errno.Invalid) : NOTHING;
    const isOverlap = to < from + length && from < to + length;
    if (frame.get(R.inode) === frame.get(R.inode2) && isOverlap) return fail(frame, Errno.Invalid);
    if (from < 0 || to < 0) return fail(frame, Errno.Invalid);
    frame.set(R.length, length);
    return aimWrite(world, frame, to, inodes.sizeBytes(frame.get(R.inode)));
  },
};

/** One piece of a copy: at most what one extent of either file holds. */
export const aimPiece: Step = {
  name: 'aimPiece',
  outcomes: ['Media', 'Zeros'],
  touches: ['extentMap'],
  run(world, frame) {
    const { extents } = world.volume;
    const from = startOfSource(world, frame) + frame.get(R.done);
    const page = Math.floor(from / BYTES_PER_BLOCK);
    const state = extents.lookup(frame.get(R.inode2), page);
    const runBytes = (page + extents.length) * BYTES_PER_BLOCK - from;
    const chunk = Math.min(frame.get(R.chunk), runBytes, PIECE_BYTES);
    const target = frame.get(R.moveFrom);
    frame.set(R.chunk, chunk);
    if (state !== ExtentState.Written) {
      frame.set(R.moveTo, target + chunk);
      return 1;
    }
    const source = extents.block * BYTES_PER_BLOCK + (from % BYTES_PER_BLOCK);
    frame.set(R.moveFile, target);
    frame.set(R.moveFrom, source);
    frame.set(R.moveTo, source + chunk);
    return 0;
  },
};

/** Positions behind a copy that used them. */
export const endCopy: Step = {
  name: 'endCopy',
  outcomes: ['Ok'],
  touches: ['handle'],
  run(world, frame) {
    const done = frame.get(R.done);
    const source = frame.get(R.handle);
    const target = frame.get(R.handle2);
    if (frame.get(R.offset) === -1) {
      world.handles.setPosition(source, world.handles.position(source) + done);
    }
    if (frame.get(R.offset2) === -1) {
      world.handles.setPosition(target, world.handles.position(target) + done);
    }
    return Answer.Ok;
  },
};
