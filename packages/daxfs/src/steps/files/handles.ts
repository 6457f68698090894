/** Steps that start from a handle: what fdget and the checks of read(2) and write(2) do. */
import type { Frame } from '@daxsim/sim';
import { Errno, OpenFlag } from '../../abi.js';
import { FileType } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, fail } from './answers.js';
import type { Step } from './answers.js';
import { keep } from './holds.js';

/** Finds and keeps the inode of `handle`. */
function take(world: World, frame: Frame): number {
  const inode = world.handles.inode(frame.get(R.handle));
  if (inode === 0) return fail(frame, Errno.BadHandle);
  frame.set(R.inode, inode);
  keep(world, frame, R.held, inode);
  return Answer.Ok;
}

/** Any open handle: fstat, fchmod, lseek … */
export const takeHandle: Step = {
  name: 'takeHandle',
  outcomes: OK_FAILED,
  touches: ['handle', 'references'],
  run: take,
};

/** A handle on a regular file to be read. */
export const takeForRead: Step = {
  name: 'takeForRead',
  outcomes: OK_FAILED,
  touches: ['handle', 'references'],
  run(world, frame) {
    const answer = take(world, frame);
    if (answer !== Answer.Ok) return answer;
    if (!world.handles.mayRead(frame.get(R.handle))) return fail(frame, Errno.BadHandle);
    if (world.volume.inodes.type(frame.get(R.inode)) === FileType.Directory) {
      return fail(frame, Errno.IsDirectory);
    }
    return Answer.Ok;
  },
};

/** A handle on a regular file to be changed. `errno` of a missing right is `refusal`. */
function takeChangeable(name: string, refusal: number): Step {
  return {
    name,
    outcomes: OK_FAILED,
    touches: ['handle', 'references'],
    run(world, frame) {
      const answer = take(world, frame);
      if (answer !== Answer.Ok) return answer;
      const handle = frame.get(R.handle);
      const isPathOnly = (world.handles.flags(handle) & OpenFlag.PathOnly) !== 0;
      if (isPathOnly) return fail(frame, Errno.BadHandle);
      if (!world.handles.mayWrite(handle)) return fail(frame, refusal);
      return Answer.Ok;
    },
  };
}

export const takeForWrite: Step = takeChangeable('takeForWrite', Errno.BadHandle);
/** ftruncate(2) of a handle without the right is EINVAL. */
export const takeForTruncate: Step = takeChangeable('takeForTruncate', Errno.Invalid);

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
  touches: ['handle', 'references'],
  run(world, frame) {
    const handle = frame.get(R.handle);
    const inode = world.handles.inode(handle);
    if (inode === 0) return fail(frame, Errno.BadHandle);
    world.handles.close(handle);
    frame.set(R.held, inode);
    return Answer.Ok;
  },
};
