/** Steps that start from a handle: what fdget and the checks of read(2) and write(2) do. */
import type { Frame } from '@daxsim/sim';
import { Errno, RwFlag } from '../../abi.js';
import { FileType } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, fail } from './answers.js';
import type { Step } from './answers.js';
import { giveUpUnlessWritten } from './buddy-placement.js';
import { keep } from './holds.js';

/** Finds and keeps the inode of `handle`. */
function take(world: World, frame: Frame): number {
  const inode = world.handles.inode(frame.get(R.handle));
  if (inode === 0) return fail(frame, Errno.BadHandle);
  frame.set(R.inode, inode);
  keep(world, frame, R.held, inode);
  return Answer.Ok;
}

/** Any open handle that is more than a place: fsync, lseek … */
export const takeHandle: Step = {
  name: 'takeHandle',
  outcomes: OK_FAILED,
  touches: ['handle', 'references'],
  run(world, frame) {
    if (world.handles.isPathOnly(frame.get(R.handle))) return fail(frame, Errno.BadHandle);
    return take(world, frame);
  },
};

/** pread(2) and pwrite(2) look at the place first; −1 stands for the file position. */
function isBadPlace(frame: Frame): boolean {
  return frame.get(R.offset) < -1;
}

/** A handle on a regular file to be read. */
export const takeForRead: Step = {
  name: 'takeForRead',
  outcomes: OK_FAILED,
  touches: ['handle', 'references', 'inodeCore', 'shutdown'],
  run(world, frame) {
    if (isBadPlace(frame)) return fail(frame, Errno.Invalid);
    const answer = take(world, frame);
    if (answer !== Answer.Ok) return answer;
    if (!world.handles.mayRead(frame.get(R.handle))) return fail(frame, Errno.BadHandle);
    if (world.volume.inodes.type(frame.get(R.inode)) === FileType.Directory) {
      // fs/read_write.c, do_loop_readv_writev: directories know no flags.
      const isPlain = (frame.get(R.rwFlags) & ~RwFlag.HighPriority) === 0;
      return fail(frame, isPlain ? Errno.IsDirectory : Errno.NotSupported);
    }
    return world.isDown ? fail(frame, Errno.Io) : Answer.Ok;
  },
};

/** A handle that must allow changes; without the right `refusal` is the error. */
function takeChangeable(world: World, frame: Frame, refusal: number): number {
  const handle = frame.get(R.handle);
  if (world.handles.isPathOnly(handle)) return fail(frame, Errno.BadHandle);
  const answer = take(world, frame);
  if (answer !== Answer.Ok) return answer;
  if (!world.handles.mayWrite(handle)) return fail(frame, refusal);
  return world.isDown ? fail(frame, Errno.Io) : Answer.Ok;
}

/** A handle on a regular file to be written. */
export const takeForWrite: Step = {
  name: 'takeForWrite',
  outcomes: OK_FAILED,
  touches: ['handle', 'references', 'shutdown'],
  run(world, frame) {
    if (isBadPlace(frame)) return fail(frame, Errno.Invalid);
    return takeChangeable(world, frame, Errno.BadHandle);
  },
};

/** ftruncate(2): a negative length comes before the handle; without the right it is EINVAL. */
export const takeForTruncate: Step = {
  name: 'takeForTruncate',
  outcomes: OK_FAILED,
  touches: ['handle', 'references', 'shutdown'],
  run(world, frame) {
    if (frame.get(R.length) < 0) return fail(frame, Errno.Invalid);
    return takeChangeable(world, frame, Errno.Invalid);
  },
};

/** The second handle of copyRange, which is written. */
export const takeTarget: Step = {
  name: 'takeTarget',
  outcomes: OK_FAILED,
  touches: ['handle', 'references'],
  run(world, frame) {
    const handle = frame.get(R.handle2);
    const inode = world.handles.inode(handle);
    if (inode === 0 || !world.handles.mayWrite(handle)) return fail(frame, Errno.BadHandle);
    frame.set(R.inode2, inode);
    keep(world, frame, R.held2, inode);
    const type = world.volume.inodes.type(inode);
    if (type === FileType.Directory) return fail(frame, Errno.IsDirectory);
    if (type !== FileType.Regular) return fail(frame, Errno.Invalid);
    return Answer.Ok;
  },
};

/** close(2): the handle is gone at once; its inode is let go with the operation's own hold. */
export const closeHandle: Step = {
  name: 'closeHandle',
  outcomes: OK_FAILED,
  touches: ['handle', 'references', 'mappings', 'freeSpace'],
  run(world, frame) {
    const handle = frame.get(R.handle);
    const inode = world.handles.inode(handle);
    if (inode === 0) return fail(frame, Errno.BadHandle);
    world.handles.close(handle);
    giveUpUnlessWritten(world, inode);
    frame.set(R.held, inode);
    return Answer.Ok;
  },
};
