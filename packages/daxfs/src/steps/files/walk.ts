/**
 * Walking a path: from its text to the directory that holds its last name, and to the inode that
 * the name names, if there is one.
 *
 * A walk is one indivisible look, like the lock-free walk of a warm dentry cache (Linux 6.12
 * fs/namei.c). Who then locks the directory must look again, because the tree may have changed in
 * between. Each directory on the way must let the task search it; there is one mount.
 */
import { Errno, LINKS_MAX } from '../../abi.js';
import { FileType } from '../../media/outcome.js';
import { DOT, DOT_DOT, TOO_LONG } from '../../paths.js';
import type { World } from '../../world.js';
import { May, may } from './permissions.js';

/** What the last walk found; lives until the next. */
export const walked = {
  /** Directory of the last component, 0 after an error. */
  dir: 0,
  /** The last component: a name number, `DOT` or `DOT_DOT`. */
  name: 0,
  /** What it names, or 0. */
  inode: 0,
  errno: 0,
  /** Names looked up, for the price. */
  components: 0,
  /** A slash at the end: it must name a directory. */
  wantsDirectory: false,
  /** The error is that of the last component, which is longer than a name may be. */
  isLastTooLong: false,
};

/** In place of a task: an oracle that walks. */
const NOBODY = -1;

/** Components still to walk, the next one last. */
const pending: number[] = [];
const targetBytes = new Uint8Array(4096);
const decoder = new TextDecoder();
let links = 0;
/** Who walks; `NOBODY` is let through everywhere. */
let walker = NOBODY;

/**
 * Walks path number `path`; `follow` says whether a symlink at the end is followed. One with a
 * slash behind it always is. With `makes`, for O_CREAT, a slash behind the last name ends the walk
 * before that name is looked up, also where a symlink put it there (open_last_lookups).
 */
export function walk(
  world: World,
  path: number,
  follow: boolean,
  task = NOBODY,
  makes = false,
): void {
  start(world, path, task);
  while (pending.length > 0 && walked.errno === Errno.None) {
    const component = pending.pop() ?? DOT;
    walked.components += 1;
    const isLast = pending.length === 0;
    if (makes && isLast && walked.wantsDirectory && component !== DOT && component !== DOT_DOT) {
      if (isSearchable(world)) failWith(Errno.IsDirectory);
      return;
    }
    enter(world, component, follow || !isLast || walked.wantsDirectory);
  }
}

/** Walks to a name that is to be made, removed or moved: filename_parentat. It is not followed. */
export function walkToName(world: World, path: number, task = NOBODY): void {
  start(world, path, task);
  while (pending.length > 0 && walked.errno === Errno.None) {
    const component = pending.pop() ?? DOT;
    walked.components += 1;
    enter(world, component, pending.length > 0);
  }
}

function start(world: World, path: number, task: number): void {
  walker = task;
  const { volume } = world;
  walked.errno = Errno.None;
  walked.components = 0;
  walked.wantsDirectory = false;
  walked.isLastTooLong = false;
  walked.dir = volume.inodes.root;
  walked.name = DOT;
  walked.inode = volume.inodes.root;
  links = 0;
  pending.length = 0;
  const text = world.paths.get(path);
  // Number 0 is the empty text.
  if (path === 0) return failWith(Errno.NotFound);
  if (text.isTooLong) return failWith(Errno.NameTooLong);
  push(world, path);
}

/** Whether the place so far is a directory in which the task may look; fails the walk if not. */
function isSearchable(world: World): boolean {
  const dir = walked.inode;
  if (dir === 0) failWith(Errno.NotFound);
  else if (world.volume.inodes.type(dir) !== FileType.Directory) failWith(Errno.NotDirectory);
  else if (walker === NOBODY || may(world, walker, dir, May.Execute)) return true;
  else failWith(Errno.Access);
  return false;
}

/** Goes one component on; the place so far is `walked.inode`. */
function enter(world: World, component: number, follow: boolean): void {
  if (!isSearchable(world)) return;
  const { volume } = world;
  const dir = walked.inode;
  if (component === TOO_LONG) {
    walked.isLastTooLong = pending.length === 0;
    return failWith(Errno.NameTooLong);
  }
  walked.dir = dir;
  walked.name = component;
  if (component === DOT) return;
  if (component === DOT_DOT) {
    walked.inode = dir === volume.inodes.root ? dir : volume.inodes.parent(dir);
    return;
  }
  walked.inode = volume.directories.lookup(dir, component);
  if (walked.inode === 0 || !follow) return;
  if (volume.inodes.type(walked.inode) !== FileType.Symlink) return;
  followLink(world, dir);
}

function followLink(world: World, dir: number): void {
  links += 1;
  if (links > LINKS_MAX) return failWith(Errno.Loop);
  const length = world.volume.readlink(walked.inode, targetBytes);
  const text = decoder.decode(targetBytes.subarray(0, length));
  walked.inode = text.startsWith('/') ? world.volume.inodes.root : dir;
  push(world, world.paths.idOf(text));
}

function push(world: World, path: number): void {
  const { components, endsInSlash } = world.paths.get(path);
  if (pending.length === 0 && endsInSlash) walked.wantsDirectory = true;
  for (let i = components.length - 1; i >= 0; i -= 1) pending.push(components[i]);
}

function failWith(errno: number): void {
  walked.errno = errno;
  walked.dir = 0;
  walked.inode = 0;
}
