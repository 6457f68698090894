/**
 * Steps that find what paths name. A first walk tells which directories to lock; under their locks
 * a second one confirms that the tree is still the same, else the operation starts over.
 */
import type { Frame } from '@daxsim/sim';
import { AtFlag, Errno, RenameFlag } from '../../abi.js';
import { FileType } from '../../media/outcome.js';
import { DOT, DOT_DOT } from '../../paths.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, fail } from './answers.js';
import type { Step } from './answers.js';
import { keep } from './holds.js';
import { walk, walkToName, walked } from './walk.js';

/** Where a path's findings go. */
interface Slots {
  readonly path: number;
  readonly dir: number;
  readonly name: number;
  readonly inode: number;
  readonly held: number;
}

const FIRST: Slots = { path: R.path, dir: R.dir, name: R.name, inode: R.inode, held: R.held };
const SECOND: Slots = { path: R.path2, dir: R.dir2, name: R.name2, inode: R.inode2, held: R.held2 };

/** How a path is walked: to what it leads to, through a link at its end or not, or to its name. */
type Walk = (world: World, path: number, task: number) => void;

const following: Walk = (world, path, task) => {
  walk(world, path, true, task);
};
const notFollowing: Walk = (world, path, task) => {
  walk(world, path, false, task);
};

/** Walks and notes what was found; keeps the inode, if there is one. */
function find(world: World, frame: Frame, slots: Slots, way: Walk): number {
  way(world, frame.get(slots.path), frame.task);
  frame.set(R.components, frame.get(R.components) + walked.components);
  if (walked.errno !== Errno.None) return fail(frame, walked.errno);
  frame.set(slots.dir, walked.dir);
  frame.set(slots.name, walked.name);
  frame.set(slots.inode, walked.inode);
  if (walked.inode === 0) return Answer.Ok;
  keep(world, frame, slots.held, walked.inode);
  if (way === walkToName) return Answer.Ok;
  const isDirectory = world.volume.inodes.type(walked.inode) === FileType.Directory;
  return walked.wantsDirectory && !isDirectory ? fail(frame, Errno.NotDirectory) : Answer.Ok;
}

/** Whether a second walk finds the same. */
function isSame(world: World, frame: Frame, slots: Slots): boolean {
  walkToName(world, frame.get(slots.path), frame.task);
  return (
    walked.errno === Errno.None &&
    walked.dir === frame.get(slots.dir) &&
    walked.name === frame.get(slots.name) &&
    walked.inode === frame.get(slots.inode)
  );
}

function followsLink(frame: Frame): boolean {
  return (frame.get(R.flags) & AtFlag.NoFollow) === 0;
}

/** The directory and the last name of `path`, whether it exists or not; no symlink at its end. */
export const walkName: Step = {
  name: 'walkName',
  outcomes: OK_FAILED,
  touches: ['directory', 'references'],
  per: 'components',
  run(world, frame) {
    frame.set(R.components, 0);
    return find(world, frame, FIRST, walkToName);
  },
};

/** What link(2) gives a name to (by `path`, else by `handle`), and the new name. */
export const walkLink: Step = {
  name: 'walkLink',
  outcomes: OK_FAILED,
  touches: ['directory', 'references', 'handle'],
  per: 'components',
  run(world, frame) {
    frame.set(R.components, 0);
    const isFollowed = (frame.get(R.flags) & AtFlag.Follow) !== 0;
    const isByHandle = frame.get(R.path) === 0;
    const way = isFollowed ? following : notFollowing;
    const answer = isByHandle ? findByHandle(world, frame) : find(world, frame, FIRST, way);
    if (answer !== Answer.Ok) return answer;
    if (frame.get(R.inode) === 0) return fail(frame, Errno.NotFound);
    return find(world, frame, SECOND, walkToName);
  },
};

/** Both names of a rename: the directories on both ways first, then what is refused by name. */
export const walkNames: Step = {
  name: 'walkNames',
  outcomes: OK_FAILED,
  touches: ['directory', 'references'],
  per: 'components',
  run(world, frame) {
    frame.set(R.components, 0);
    const flags = frame.get(R.flags);
    if (isImpossible(flags)) return fail(frame, Errno.Invalid);
    const isLong = find(world, frame, FIRST, walkToName) !== Answer.Ok;
    const isLongName = isLong && walked.isLastTooLong;
    if (isLong && !isLongName) return Answer.Failed;
    const answer = find(world, frame, SECOND, walkToName);
    if (answer !== Answer.Ok && !walked.isLastTooLong) return answer;
    if (!isLongName && isSpecial(frame.get(R.name))) return fail(frame, Errno.Busy);
    if (answer === Answer.Ok && isSpecial(frame.get(R.name2))) {
      return fail(frame, (flags & RenameFlag.NoReplace) !== 0 ? Errno.Exists : Errno.Busy);
    }
    if (isLongName) return fail(frame, Errno.NameTooLong);
    if (frame.get(R.inode) === 0) return fail(frame, Errno.NotFound);
    frame.set(R.errno, answer === Answer.Ok ? Errno.None : Errno.NameTooLong);
    return answer;
  },
};

/** Flags of a rename that exclude each other. */
function isImpossible(flags: number): boolean {
  const isExchange = (flags & RenameFlag.Exchange) !== 0;
  if ((flags & RenameFlag.Whiteout) !== 0) return true;
  return isExchange && (flags & RenameFlag.NoReplace) !== 0;
}

function isSpecial(name: number): boolean {
  return name === DOT || name === DOT_DOT;
}

/** What `path`, or else `handle`, names; it must exist. */
export const findInode: Step = {
  name: 'findInode',
  outcomes: OK_FAILED,
  touches: ['directory', 'handle', 'references'],
  per: 'components',
  run(world, frame) {
    frame.set(R.components, 0);
    if (frame.get(R.path) === 0) return findByHandle(world, frame);
    const answer = find(world, frame, FIRST, followsLink(frame) ? following : notFollowing);
    if (answer !== Answer.Ok) return answer;
    return frame.get(R.inode) === 0 ? fail(frame, Errno.NotFound) : Answer.Ok;
  },
};

/** The same, of what is to be changed: a handle that is only a place does not do. */
export const findForChange: Step = {
  ...findInode,
  name: 'findForChange',
  run(world, frame) {
    const isByHandle = frame.get(R.path) === 0;
    if (isByHandle && world.handles.isPathOnly(frame.get(R.handle))) {
      return fail(frame, Errno.BadHandle);
    }
    return findInode.run(world, frame);
  },
};

function findByHandle(world: World, frame: Frame): number {
  const inode = world.handles.inode(frame.get(R.handle));
  if (inode === 0) return fail(frame, Errno.BadHandle);
  frame.set(R.inode, inode);
  keep(world, frame, R.held, inode);
  return Answer.Ok;
}

/** Under the directory's lock: is the tree still as `walkName` saw it? */
export const confirmName: Step = {
  name: 'confirmName',
  outcomes: ['Same', 'Changed'],
  touches: ['directory'],
  run(world, frame) {
    return isSame(world, frame, FIRST) ? 0 : 1;
  },
};

/** Under both directories' locks: is the tree still as `walkNames` saw it? */
export const confirmNames: Step = {
  name: 'confirmNames',
  outcomes: ['Same', 'Changed'],
  touches: ['directory'],
  run(world, frame) {
    return isSame(world, frame, FIRST) && isSame(world, frame, SECOND) ? 0 : 1;
  },
};

/** Under the new name's directory lock: does the new name of a link still stand where it did? */
export const confirmNewName: Step = {
  name: 'confirmNewName',
  outcomes: ['Same', 'Changed'],
  touches: ['directory'],
  run(world, frame) {
    return isSame(world, frame, SECOND) ? 0 : 1;
  },
};

/** Whether `dir2` is to be locked before `dir`: an ancestor first, else the smaller number. */
function isSecondFirst(world: World, dir: number, dir2: number): boolean {
  const depth = depthOf(world, dir);
  const depth2 = depthOf(world, dir2);
  return depth === depth2 ? dir2 < dir : depth2 < depth;
}

/** How far below the root a directory lies. */
function depthOf(world: World, dir: number): number {
  const { inodes } = world.volume;
  let depth = 0;
  for (let at = dir; at !== inodes.root && at !== 0; at = inodes.parent(at)) depth += 1;
  return depth;
}

/** Puts the two directories of a rename in the order in which they are locked: lock_rename. */
export const orderDirectories: Step = {
  name: 'orderDirectories',
  outcomes: ['Ok'],
  touches: ['directory'],
  run(world, frame) {
    const dir = frame.get(R.dir);
    const dir2 = frame.get(R.dir2);
    const isSwapped = dir !== dir2 && isSecondFirst(world, dir, dir2);
    const later = isSwapped ? dir : dir2;
    frame.set(R.firstDir, isSwapped ? dir2 : dir);
    frame.set(R.secondDir, dir === dir2 ? 0 : later);
    return Answer.Ok;
  },
};
