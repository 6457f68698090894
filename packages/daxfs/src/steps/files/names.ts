/** Steps that change names: one transaction each, under the locks of the directories. */
import type { Frame } from '@daxsim/sim';
import { Errno, RenameFlag } from '../../abi.js';
import { FileType, MediaOutcome, Stamp } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { DOT, DOT_DOT } from '../../paths.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, TRANSACTION, begin, fail, settle } from './answers.js';
import type { Step } from './answers.js';
import { lacksSpaceToCreate } from './placement.js';
import { May, made, makeOwner, may, mayChange, mayLink, refuseRemoval } from './permissions.js';
import { walk, walked } from './walk.js';

const TOUCHES = ['directory', 'inodeCore', 'freeSpace', 'log'] as const;
const DIRECTORY_BITS = 0o1777;
const LINK_BITS = 0o777;
/** A name that no path can hold: it is used inside one transaction only. */
const EXCHANGE_NAME = '\u0001exchange';

/** Defines a step of one transaction on names. */
function change(name: string, act: (world: World, frame: Frame) => number): Step {
  return {
    name,
    outcomes: TRANSACTION,
    touches: TOUCHES,
    run(world, frame) {
      if (!begin(world, frame, LogNeed.Name)) return Answer.LogFull;
      const answer = act(world, frame);
      frame.set(R.sequence, world.volume.commit());
      return answer;
    },
  };
}

function isSpecial(name: number): boolean {
  return name === DOT || name === DOT_DOT;
}

/** mkdir(2). */
export const createDirectory: Step = change('createDirectory', (world, frame) => {
  if (isSpecial(frame.get(R.name)) || frame.get(R.inode) !== 0) return fail(frame, Errno.Exists);
  const [dir, name] = [frame.get(R.dir), frame.get(R.name)];
  if (!mayChange(world, frame.task, dir)) return fail(frame, Errno.Access);
  if (lacksSpaceToCreate(world)) return fail(frame, Errno.NoSpace);
  // vfs_prepare_mode: of a directory's mode only permissions and the sticky bit are taken.
  makeOwner(world, frame, FileType.Directory, frame.get(R.mode) & DIRECTORY_BITS);
  return settle(frame, world.volume.createInode(dir, name, made.mode, made.uid, made.gid));
});

/** symlink(2): `path2` is the target's text. */
export const createSymlink: Step = change('createSymlink', (world, frame) => {
  if (isSpecial(frame.get(R.name))) return fail(frame, Errno.Exists);
  const target = world.paths.bytesOf(frame.get(R.path2));
  if (target.length === 0) return fail(frame, Errno.NotFound);
  if (frame.get(R.inode) !== 0) return fail(frame, Errno.Exists);
  if (endsInSlash(world, frame.get(R.path))) return fail(frame, Errno.NotFound);
  const [dir, name] = [frame.get(R.dir), frame.get(R.name)];
  if (!mayChange(world, frame.task, dir)) return fail(frame, Errno.Access);
  if (lacksSpaceToCreate(world)) return fail(frame, Errno.NoSpace);
  makeOwner(world, frame, FileType.Symlink, LINK_BITS);
  return settle(frame, world.volume.symlink(dir, name, target, made.uid, made.gid));
});

/** link(2). */
export const addLink: Step = change('addLink', (world, frame) => {
  const inode = frame.get(R.inode);
  if (frame.get(R.inode2) !== 0 || isSpecial(frame.get(R.name2))) return fail(frame, Errno.Exists);
  if (endsInSlash(world, frame.get(R.path2))) return fail(frame, Errno.NotFound);
  if (!mayLink(world, frame.task, inode)) return fail(frame, Errno.NotPermitted);
  if (!mayChange(world, frame.task, frame.get(R.dir2))) return fail(frame, Errno.Access);
  if (world.volume.inodes.type(inode) === FileType.Directory) {
    return fail(frame, Errno.NotPermitted);
  }
  const isFirst = world.isLinkable(inode);
  const [dir2, name2] = [frame.get(R.dir2), frame.get(R.name2)];
  const answer = settle(frame, world.volume.link(inode, dir2, name2, isFirst));
  if (answer === Answer.Ok && isFirst) world.setLinkable(inode, false);
  return answer;
});

/** unlink(2). */
export const removeName: Step = change('removeName', (world, frame) => {
  const name = frame.get(R.name);
  if (isSpecial(name)) return fail(frame, Errno.IsDirectory);
  if (frame.get(R.inode) === 0 || isStale(world, frame)) return fail(frame, Errno.NotFound);
  const type = world.volume.inodes.type(frame.get(R.inode));
  if (endsInSlash(world, frame.get(R.path)) && type !== FileType.Directory) {
    return fail(frame, Errno.NotDirectory);
  }
  const errno = refuseRemoval(world, frame.task, frame.get(R.dir), frame.get(R.inode));
  if (errno !== Errno.None) return fail(frame, errno);
  return settle(frame, world.volume.unlink(frame.get(R.dir), name));
});

/**
 * Whether the names still mean what was confirmed. Under the directories' locks they do; a plan
 * without them loses the race here, before anything has changed.
 */
function isStale(world: World, frame: Frame): boolean {
  const { directories } = world.volume;
  if (directories.lookup(frame.get(R.dir), frame.get(R.name)) !== frame.get(R.inode)) return true;
  const dir2 = frame.get(R.dir2);
  if (dir2 === 0) return false;
  return directories.lookup(dir2, frame.get(R.name2)) !== frame.get(R.inode2);
}

/** rmdir(2). */
export const removeDirectory: Step = change('removeDirectory', (world, frame) => {
  const name = frame.get(R.name);
  if (world.paths.get(frame.get(R.path)).components.length === 0) return fail(frame, Errno.Busy);
  if (name === DOT) return fail(frame, Errno.Invalid);
  if (name === DOT_DOT) return fail(frame, Errno.NotEmpty);
  if (frame.get(R.inode) === 0 || isStale(world, frame)) return fail(frame, Errno.NotFound);
  const errno = refuseRemoval(world, frame.task, frame.get(R.dir), frame.get(R.inode));
  if (errno !== Errno.None) return fail(frame, errno);
  return settle(frame, world.volume.rmdir(frame.get(R.dir), name));
});

/** renameat2(2). */
export const renameName: Step = change('renameName', (world, frame) => {
  const flags = frame.get(R.flags);
  const refusal = refuseRename(world, frame, flags);
  if (refusal !== Errno.None) return fail(frame, refusal);
  if (isStale(world, frame)) return fail(frame, Errno.NotFound);
  if ((flags & RenameFlag.Exchange) !== 0) return exchange(world, frame);
  const { volume, personality } = world;
  const [dir, dir2] = [frame.get(R.dir), frame.get(R.dir2)];
  const outcome = volume.rename(dir, frame.get(R.name), dir2, frame.get(R.name2));
  const isFull = outcome === MediaOutcome.NotEmpty;
  if (isFull && personality.renameOverFull === 'EEXIST') return fail(frame, Errno.Exists);
  return settle(frame, outcome);
});

/** Whether a rename replaces a file, which a defect removes by itself first. */
export const replacesFile: Step = {
  name: 'replacesFile',
  outcomes: ['No', 'Yes'],
  touches: ['directory'],
  run(world, frame) {
    const target = frame.get(R.inode2);
    if (target === 0 || target === frame.get(R.inode)) return 0;
    return world.volume.inodes.type(target) === FileType.Regular ? 1 : 0;
  },
};

/** Removes the name that a rename is about to replace. */
export const removeReplaced: Step = {
  name: 'removeReplaced',
  outcomes: TRANSACTION,
  touches: ['directory', 'inodeCore', 'freeSpace', 'log'],
  run(world, frame) {
    if (!begin(world, frame, LogNeed.Name)) return Answer.LogFull;
    const outcome = world.volume.unlink(frame.get(R.dir2), frame.get(R.name2));
    frame.set(R.sequence, world.volume.commit());
    frame.set(R.inode2, 0);
    return settle(frame, outcome);
  },
};

/** The kernel's order: do_renameat2, then vfs_rename. */
function refuseRename(world: World, frame: Frame, flags: number): number {
  const isExchange = (flags & RenameFlag.Exchange) !== 0;
  const isNoReplace = (flags & RenameFlag.NoReplace) !== 0;
  const target = frame.get(R.inode2);
  if (isNoReplace && target !== 0) return Errno.Exists;
  if (isExchange && target === 0) return Errno.NotFound;
  if (refusesSlash(world, frame, isExchange)) return Errno.NotDirectory;
  if (isBelow(world, frame.get(R.dir2), frame.get(R.inode))) return Errno.Invalid;
  if (target !== 0 && isBelow(world, frame.get(R.dir), target)) {
    return isExchange ? Errno.Invalid : Errno.NotEmpty;
  }
  return refuseMove(world, frame, isExchange);
}

/** vfs_rename: who may take the names away, and move directories. */
function refuseMove(world: World, frame: Frame, isExchange: boolean): number {
  const { task } = frame;
  const [dir, dir2] = [frame.get(R.dir), frame.get(R.dir2)];
  const [inode, target] = [frame.get(R.inode), frame.get(R.inode2)];
  if (inode === target) return Errno.None;
  const errno = refuseRemoval(world, task, dir, inode);
  if (errno !== Errno.None) return errno;
  if (target === 0 && !mayChange(world, task, dir2)) return Errno.Access;
  const second = target === 0 ? Errno.None : refuseRemoval(world, task, dir2, target);
  if (second !== Errno.None) return second;
  const { inodes } = world.volume;
  if (target !== 0 && !isExchange) {
    const isDirectory = inodes.type(inode) === FileType.Directory;
    const isOverDirectory = inodes.type(target) === FileType.Directory;
    if (isDirectory && !isOverDirectory) return Errno.NotDirectory;
    if (!isDirectory && isOverDirectory) return Errno.IsDirectory;
  }
  if (dir === dir2) return Errno.None;
  const moves = isExchange && target !== 0 ? [inode, target] : [inode];
  const isHeld = moves.some(
    (one) => inodes.type(one) === FileType.Directory && !may(world, task, one, May.Write),
  );
  return isHeld ? Errno.Access : Errno.None;
}

/** A slash behind a name of a rename, where there is or will be no directory. */
function refusesSlash(world: World, frame: Frame, isExchange: boolean): boolean {
  const { inodes } = world.volume;
  const isDirectory = inodes.type(frame.get(R.inode)) === FileType.Directory;
  const hasSlash2 = endsInSlash(world, frame.get(R.path2));
  if (isExchange && hasSlash2 && inodes.type(frame.get(R.inode2)) !== FileType.Directory) {
    return true;
  }
  return !isDirectory && (endsInSlash(world, frame.get(R.path)) || (hasSlash2 && !isExchange));
}

/** Swaps two names by way of a third; the two places are reused, so only the first may fail. */
function exchange(world: World, frame: Frame): number {
  const { volume } = world;
  const dir = frame.get(R.dir);
  const dir2 = frame.get(R.dir2);
  if (frame.get(R.inode) === frame.get(R.inode2)) return Answer.Ok;
  const spare = volume.names.idOf(EXCHANGE_NAME);
  const first = volume.rename(dir, frame.get(R.name), dir, spare);
  if (first !== MediaOutcome.Done) return settle(frame, first);
  const second = volume.rename(dir2, frame.get(R.name2), dir, frame.get(R.name));
  if (second !== MediaOutcome.Done) return settle(frame, second);
  const third = volume.rename(dir, spare, dir2, frame.get(R.name2));
  if (world.personality.exchangeModifies && dir !== dir2) {
    for (const inode of [frame.get(R.inode), frame.get(R.inode2)]) {
      const isDirectory = volume.inodes.type(inode) === FileType.Directory;
      if (isDirectory) volume.touch(inode, Stamp.Modify | Stamp.Change);
    }
  }
  return settle(frame, third);
}

/** Whether `dir` is `above` or lies below it. */
function isBelow(world: World, dir: number, above: number): boolean {
  const { inodes } = world.volume;
  for (let at = dir; ; at = inodes.parent(at)) {
    if (at === above) return true;
    if (at === inodes.root) return false;
  }
}

function endsInSlash(world: World, path: number): boolean {
  return world.paths.get(path).endsInSlash;
}

const targetBytes = new Uint8Array(4096);

/** readlink(2): the length of the target. */
export const readTarget: Step = {
  name: 'readTarget',
  outcomes: ['Ok', 'Failed'],
  touches: ['directory', 'inodeCore'],
  run(world, frame) {
    let inode = frame.get(R.inode);
    if (endsInSlash(world, frame.get(R.path))) {
      // Unlike a name that is made or removed, one that is read is followed behind a slash.
      walk(world, frame.get(R.path), false, frame.task);
      if (walked.errno !== Errno.None) return fail(frame, walked.errno);
      inode = walked.inode;
      if (inode !== 0 && world.volume.inodes.type(inode) !== FileType.Directory) {
        return fail(frame, Errno.NotDirectory);
      }
    }
    if (inode === 0) return fail(frame, Errno.NotFound);
    if (world.volume.inodes.type(inode) !== FileType.Symlink) return fail(frame, Errno.Invalid);
    const length = world.volume.readlink(inode, targetBytes);
    const room = frame.get(R.length);
    frame.set(R.result, room > 0 && room < length ? room : length);
    return Answer.Ok;
  },
};

/** The text of a symlink's target, for tests and oracles. */
export function targetOf(world: World, path: number): string | null {
  walk(world, path, false);
  const inode = walked.inode;
  if (inode === 0 || world.volume.inodes.type(inode) !== FileType.Symlink) return null;
  const length = world.volume.readlink(inode, targetBytes);
  return new TextDecoder().decode(targetBytes.subarray(0, length));
}
