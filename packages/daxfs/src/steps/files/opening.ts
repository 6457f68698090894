/** Steps of open(2): Linux 6.12 fs/namei.c, path_openat and do_open. */
import type { Frame } from '@daxsim/sim';
import { Errno, OpenFlag } from '../../abi.js';
import { FileType } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail, settle } from './answers.js';
import type { Step } from './answers.js';
import { lacksSpaceToCreate } from './placement.js';
import { keep } from './holds.js';
import { May, made, makeOwner, may, mayChange } from './permissions.js';
import { walk, walkToName, walked } from './walk.js';

function has(frame: Frame, flag: number): boolean {
  return (frame.get(R.flags) & flag) !== 0;
}

function follows(frame: Frame): boolean {
  const isNew = has(frame, OpenFlag.Create) && has(frame, OpenFlag.Exclusive);
  return !isNew && !has(frame, OpenFlag.NoFollow);
}

/** Walks the path and says whether the file is there, is to be made, or cannot be opened. */
export const walkToOpen: Step = {
  name: 'walkToOpen',
  outcomes: ['Exists', 'Failed', 'Missing', 'Unnamed'],
  touches: ['directory', 'references', 'inodeCore'],
  per: 'components',
  run(world, frame) {
    const creates = has(frame, OpenFlag.Create);
    if (has(frame, OpenFlag.TemporaryFile)) return walkToUnnamed(world, frame);
    if (creates && has(frame, OpenFlag.Directory)) return fail(frame, Errno.Invalid);
    if (creates && world.paths.get(frame.get(R.path)).endsInSlash) {
      // open_last_lookups: nothing is made behind a slash, whatever is there.
      walkToName(world, frame.get(R.path), frame.task);
      const isReached = walked.errno === Errno.None || walked.isLastTooLong;
      return fail(frame, isReached ? Errno.IsDirectory : walked.errno);
    }
    walk(world, frame.get(R.path), follows(frame), frame.task, creates);
    frame.set(R.components, walked.components);
    if (walked.errno !== Errno.None) return fail(frame, walked.errno);
    frame.set(R.dir, walked.dir);
    frame.set(R.name, walked.name);
    frame.set(R.inode, walked.inode);
    if (walked.inode !== 0) {
      keep(world, frame, R.held, walked.inode);
      return refuseOpen(world, frame);
    }
    if (!creates) return fail(frame, Errno.NotFound);
    if (!mayChange(world, frame.task, walked.dir)) return fail(frame, Errno.Access);
    return walked.wantsDirectory ? fail(frame, Errno.IsDirectory) : 2;
  },
};

/** O_TMPFILE: the path is that of a directory in which a file may be made; do_tmpfile. */
function walkToUnnamed(world: World, frame: Frame): number {
  const isReadOnly = (frame.get(R.flags) & OpenFlag.AccessMask) === OpenFlag.ReadOnly;
  const hasDirectory = has(frame, OpenFlag.Directory) && !has(frame, OpenFlag.Create);
  if (isReadOnly || !hasDirectory) return fail(frame, Errno.Invalid);
  walk(world, frame.get(R.path), !has(frame, OpenFlag.NoFollow), frame.task);
  frame.set(R.components, walked.components);
  if (walked.errno !== Errno.None) return fail(frame, walked.errno);
  const dir = walked.inode;
  if (dir === 0) return fail(frame, Errno.NotFound);
  if (world.volume.inodes.type(dir) !== FileType.Directory) return fail(frame, Errno.NotDirectory);
  if (!mayChange(world, frame.task, dir)) return fail(frame, Errno.Access);
  frame.set(R.dir, dir);
  return 3;
}

/** Makes a file without a name, which may get one unless O_EXCL says that it must not. */
export const createUnnamed: Step = {
  name: 'createUnnamed',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'freeSpace', 'log', 'references'],
  run(world, frame) {
    if (lacksSpaceToCreate(world)) return fail(frame, Errno.NoSpace);
    if (!begin(world, frame, LogNeed.Name)) return Answer.LogFull;
    makeOwner(world, frame, FileType.Regular, frame.get(R.mode));
    const { volume } = world;
    const answer = settle(frame, volume.createUnnamed(made.mode, made.uid, made.gid));
    if (answer === Answer.Ok) {
      frame.set(R.inode, volume.created);
      frame.set(R.isNew, 1);
      keep(world, frame, R.held, volume.created);
      world.setLinkable(volume.created, !has(frame, OpenFlag.Exclusive));
    }
    volume.commit();
    return answer;
  },
};

function refuseOpen(world: World, frame: Frame): number {
  const type = world.volume.inodes.type(frame.get(R.inode));
  const isDirectory = type === FileType.Directory;
  const creates = has(frame, OpenFlag.Create);
  if (creates && has(frame, OpenFlag.Exclusive)) return fail(frame, Errno.Exists);
  if (walked.wantsDirectory && creates) return fail(frame, Errno.IsDirectory);
  if ((walked.wantsDirectory || has(frame, OpenFlag.Directory)) && !isDirectory) {
    return fail(frame, Errno.NotDirectory);
  }
  if (type === FileType.Symlink && !has(frame, OpenFlag.PathOnly)) return fail(frame, Errno.Loop);
  const writes = (frame.get(R.flags) & OpenFlag.AccessMask) !== OpenFlag.ReadOnly;
  const isPathOnly = has(frame, OpenFlag.PathOnly);
  if (isDirectory && !isPathOnly && (writes || creates || has(frame, OpenFlag.Truncate))) {
    return fail(frame, Errno.IsDirectory);
  }
  const asked = isPathOnly ? 0 : accessAsked(frame);
  const isAllowed = may(world, frame.task, frame.get(R.inode), asked);
  return isAllowed ? Answer.Ok : fail(frame, Errno.Access);
}

/** What the flags need the permission for: ACC_MODE, and O_TRUNC. */
function accessAsked(frame: Frame): number {
  const mode = frame.get(R.flags) & OpenFlag.AccessMask;
  let asked: number = mode === OpenFlag.WriteOnly ? 0 : May.Read;
  if (mode !== OpenFlag.ReadOnly || has(frame, OpenFlag.Truncate)) asked |= May.Write;
  return asked;
}

/** Under the directory's lock: is the name still missing there? */
export const confirmMissing: Step = {
  name: 'confirmMissing',
  outcomes: ['Same', 'Changed'],
  touches: ['directory'],
  run(world, frame) {
    walk(world, frame.get(R.path), follows(frame), frame.task);
    const isSame = walked.dir === frame.get(R.dir) && walked.name === frame.get(R.name);
    return isSame && walked.inode === 0 ? 0 : 1;
  },
};

/** Makes the file. */
export const createFile: Step = {
  name: 'createFile',
  outcomes: TRANSACTION,
  touches: ['directory', 'inodeCore', 'freeSpace', 'log', 'references'],
  run(world, frame) {
    if (lacksSpaceToCreate(world)) return fail(frame, Errno.NoSpace);
    if (!begin(world, frame, LogNeed.Name)) return Answer.LogFull;
    makeOwner(world, frame, FileType.Regular, frame.get(R.mode));
    const [dir, name] = [frame.get(R.dir), frame.get(R.name)];
    const outcome = world.volume.createInode(dir, name, made.mode, made.uid, made.gid);
    const answer = settle(frame, outcome);
    if (answer === Answer.Ok) {
      frame.set(R.inode, world.volume.created);
      frame.set(R.isNew, 1);
      keep(world, frame, R.held, world.volume.created);
    }
    world.volume.commit();
    return answer;
  },
};

/** Whether O_TRUNC has something to do. */
export const needsTruncate: Step = {
  name: 'needsTruncate',
  outcomes: ['No', 'Yes'],
  touches: ['inodeCore'],
  run(world, frame) {
    const isFile = world.volume.inodes.type(frame.get(R.inode)) === FileType.Regular;
    const wants = has(frame, OpenFlag.Truncate) && !has(frame, OpenFlag.PathOnly);
    frame.set(R.length, 0);
    return isFile && wants && frame.get(R.isNew) === 0 ? 1 : 0;
  },
};

/** The handle takes over the operation's hold on the inode. */
export const installHandle: Step = {
  name: 'installHandle',
  outcomes: OK_FAILED,
  touches: ['handle'],
  run(world, frame) {
    const handle = frame.get(R.handle);
    world.handles.open(handle, frame.get(R.held), frame.get(R.flags));
    frame.set(R.held, 0);
    frame.set(R.result, handle);
    return Answer.Ok;
  },
};
