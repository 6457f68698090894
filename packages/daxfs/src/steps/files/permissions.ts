/**
 * Who may do what: owner, group and others, the sticky bit, and what only an owner may. The rules
 * of Linux 6.12 fs/namei.c (generic_permission, may_create, may_delete, may_linkat), fs/attr.c
 * (setattr_prepare, notify_change) and fs/inode.c (inode_init_owner). Hard links are protected
 * (fs.protected_hardlinks = 1, as distributions set it).
 *
 * Left out: access control lists, supplementary groups, namespaces of users.
 */
import type { Frame } from '@daxsim/sim';
import { Errno } from '../../abi.js';
import { FileType } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';

/** What is asked for; add them up. */
export const May = { Execute: 1, Write: 2, Read: 4 } as const;

const SET_UID = 0o4000;
const SET_GID = 0o2000;
const STICKY = 0o1000;
const GROUP_EXECUTE = 0o010;
const ANY_EXECUTE = 0o111;
const ALL = 7;

/** Whether the task may do all of `asked` (sum of `May`) to an inode. */
export function may(world: World, task: number, inode: number, asked: number): boolean {
  const { credentials } = world;
  const { inodes } = world.volume;
  if (credentials.isSuperuser(task)) {
    if ((asked & May.Execute) === 0 || inodes.type(inode) === FileType.Directory) return true;
    return (inodes.mode(inode) & ANY_EXECUTE) !== 0;
  }
  const mode = inodes.mode(inode);
  let granted = mode & ALL;
  if (inodes.uid(inode) === credentials.uid(task)) granted = (mode >>> 6) & ALL;
  else if (inodes.gid(inode) === credentials.gid(task)) granted = (mode >>> 3) & ALL;
  return (asked & ~granted) === 0;
}

/** Whether the task owns an inode, or is the superuser. */
export function isOwner(world: World, task: number, inode: number): boolean {
  const { credentials, volume } = world;
  return credentials.isSuperuser(task) || volume.inodes.uid(inode) === credentials.uid(task);
}

/** Whether names may be made in a directory, or changed. */
export function mayChange(world: World, task: number, dir: number): boolean {
  return may(world, task, dir, May.Write | May.Execute);
}

/** Why a name of `inode` may not go from `dir`: may_delete; 0 if it may. */
export function refuseRemoval(world: World, task: number, dir: number, inode: number): number {
  if (!mayChange(world, task, dir)) return Errno.Access;
  const { inodes } = world.volume;
  const isSticky = (inodes.mode(dir) & STICKY) !== 0;
  const isOwned = isOwner(world, task, inode) || isOwner(world, task, dir);
  return isSticky && !isOwned ? Errno.NotPermitted : Errno.None;
}

/** Whether the task may give an inode of somebody else another name. */
export function mayLink(world: World, task: number, inode: number): boolean {
  if (isOwner(world, task, inode)) return true;
  const { inodes } = world.volume;
  const mode = inodes.mode(inode);
  if (inodes.type(inode) !== FileType.Regular || (mode & SET_UID) !== 0) return false;
  if ((mode & SET_GID) !== 0 && (mode & GROUP_EXECUTE) !== 0) return false;
  return may(world, task, inode, May.Read | May.Write);
}

/** What a new inode in a directory is: leaves the three fields, which live until the next call. */
export const made = { mode: 0, uid: 0, gid: 0 };

export function makeOwner(world: World, frame: Frame, type: number, permissions: number): void {
  const { credentials } = world;
  const { inodes } = world.volume;
  const { task } = frame;
  const dir = frame.get(R.dir);
  made.uid = credentials.uid(task);
  made.gid = credentials.gid(task);
  made.mode = (type << 12) | (permissions & 0o7777);
  if ((inodes.mode(dir) & SET_GID) !== 0) {
    made.gid = inodes.gid(dir);
    // Before the mask is applied: vfs_prepare_mode.
    if (type === FileType.Directory) made.mode |= SET_GID;
    else if (losesSetGid(world, task, made.mode, made.gid)) made.mode &= ~SET_GID;
  }
  if (type !== FileType.Symlink) made.mode &= ~credentials.umask(task);
}

/** mode_strip_sgid: a program of another's group is not run as that group. */
function losesSetGid({ credentials }: World, task: number, mode: number, gid: number): boolean {
  const runsAsGroup = (mode & SET_GID) !== 0 && (mode & GROUP_EXECUTE) !== 0;
  return runsAsGroup && !credentials.isSuperuser(task) && credentials.gid(task) !== gid;
}

/** The permissions that chmod(2) by a task leaves of those it asked for. */
export function allowedMode(world: World, task: number, inode: number, mode: number): number {
  const { credentials } = world;
  const isOfGroup = credentials.gid(task) === world.volume.inodes.gid(inode);
  return isOfGroup || credentials.isSuperuser(task) ? mode : mode & ~SET_GID;
}

/** Whether a task may make `uid` and `gid` (−1: as they are) the owner of an inode. */
export function mayGive(
  world: World,
  task: number,
  inode: number,
  uid: number,
  gid: number,
): boolean {
  const { credentials } = world;
  if (credentials.isSuperuser(task)) return true;
  const { inodes } = world.volume;
  const owns = inodes.uid(inode) === credentials.uid(task);
  const isUserKept = uid < 0 || (owns && uid === inodes.uid(inode));
  const isGroupOwn = gid === inodes.gid(inode) || gid === credentials.gid(task);
  return isUserKept && (gid < 0 || (owns && isGroupOwn));
}

/** The mode of an inode without the bits that a change of owner takes away, by whomever. */
export function modeAfterGiving(world: World, task: number, inode: number): number {
  const { inodes } = world.volume;
  const mode = inodes.mode(inode);
  if (inodes.type(inode) === FileType.Directory) return mode;
  const isForeign = allowedMode(world, task, inode, SET_GID) === 0;
  const losesGroup = (mode & GROUP_EXECUTE) !== 0 || isForeign;
  return mode & ~(SET_UID | (losesGroup ? SET_GID : 0));
}

/** The mode of a file without the bits that a write to it takes away: file_remove_privs. */
export function modeAfterWriting(world: World, task: number, inode: number): number {
  const mode = world.volume.inodes.mode(inode);
  if ((mode & (SET_UID | SET_GID)) === 0 || world.credentials.isSuperuser(task)) return mode;
  if (world.volume.inodes.type(inode) !== FileType.Regular) return mode;
  return modeAfterGiving(world, task, inode);
}
