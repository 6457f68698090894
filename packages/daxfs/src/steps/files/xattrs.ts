/**
 * Steps of extended attributes: setxattr(2), getxattr(2), listxattr(2), removexattr(2).
 *
 *     name ─▶ checkXattr: length, then who may, then which space ─▶ one transaction
 *
 * The order of errors is that of Linux 6.12 fs/xattr.c. Spaces are `user.` (files and directories),
 * `trusted.` and `security.`. Left out: `system.` (access control lists), and what security modules
 * do with an attribute of theirs.
 */
import type { Frame } from '@daxsim/sim';
import { Errno, XattrFlag } from '../../abi.js';
import { FileType, MediaOutcome, XattrSpace } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { XATTR_NAME_MAX, XATTR_VALUE_MAX } from '../../media/xattr-layout.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail, settle } from './answers.js';
import type { Step } from './answers.js';
import { May, isOwner, may } from './permissions.js';

const PREFIXES: readonly string[] = ['user.', 'trusted.', 'security.'];
const NO_SPACE = -1;
const LIST_MAX = 65536;
const STICKY = 0o1000;

/** What `parse` found; lives until the next. */
const parsed = { space: NO_SPACE as number, name: 0, isEmpty: false };
let buffer: Uint8Array = new Uint8Array(4096);

function parse(world: World, frame: Frame): void {
  const { names } = world.volume;
  const bytes = names.bytesOf(frame.get(R.xattr));
  parsed.space = PREFIXES.findIndex((prefix) => startsWith(bytes, prefix));
  if (parsed.space === NO_SPACE) return;
  const suffix = bytes.subarray((PREFIXES[parsed.space] ?? '').length);
  parsed.isEmpty = suffix.length === 0;
  parsed.name = names.idOfBytes(suffix);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

function bufferOf(length: number): Uint8Array {
  if (length > buffer.length) buffer = new Uint8Array(length);
  return buffer;
}

/** Why an attribute cannot be asked for, or changed; 0 if it can. */
function refusal(world: World, frame: Frame, isChange: boolean): number {
  const length = world.volume.names.lengthOf(frame.get(R.xattr));
  if (length === 0 || length > XATTR_NAME_MAX) return Errno.Range;
  if (isChange && frame.get(R.length) > XATTR_VALUE_MAX) return Errno.TooLong;
  parse(world, frame);
  const errno = refusalOfSpace(world, frame, isChange);
  if (errno !== Errno.None) return errno;
  if (parsed.space === NO_SPACE) return Errno.NotSupported;
  return parsed.isEmpty ? Errno.Invalid : Errno.None;
}

/** xattr_permission; cap_inode_setxattr. */
function refusalOfSpace(world: World, frame: Frame, isChange: boolean): number {
  const { task } = frame;
  const inode = frame.get(R.inode);
  const isSuperuser = world.credentials.isSuperuser(task);
  if (parsed.space === XattrSpace.Security) {
    return isChange && !isSuperuser ? Errno.NotPermitted : Errno.None;
  }
  if (parsed.space === XattrSpace.Trusted && !isSuperuser) {
    return isChange ? Errno.NotPermitted : Errno.NoData;
  }
  if (parsed.space === XattrSpace.User) {
    const { inodes } = world.volume;
    const isDirectory = inodes.type(inode) === FileType.Directory;
    const mayHave = isDirectory || inodes.type(inode) === FileType.Regular;
    if (!mayHave) return isChange ? Errno.NotPermitted : Errno.NoData;
    const isSticky = isDirectory && (inodes.mode(inode) & STICKY) !== 0;
    if (isChange && isSticky && !isOwner(world, task, inode)) return Errno.NotPermitted;
  }
  const asked = isChange ? May.Write : May.Read;
  return may(world, task, inode, asked) ? Errno.None : Errno.Access;
}

/** Whether an attribute may be set or removed. */
export const checkXattrChange: Step = {
  name: 'checkXattrChange',
  outcomes: OK_FAILED,
  touches: ['inodeCore'],
  run(world, frame) {
    const flags = frame.get(R.flags) & 0xff;
    if ((flags & ~(XattrFlag.Create | XattrFlag.Replace)) !== 0) return fail(frame, Errno.Invalid);
    const errno = refusal(world, frame, true);
    return errno === Errno.None ? Answer.Ok : fail(frame, errno);
  },
};

/** Sets `xattr` to `length` bytes of `source`. */
export const setXattr: Step = {
  name: 'setXattr',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'freeSpace', 'log'],
  per: 'count',
  run(world, frame) {
    const { volume, personality } = world;
    const { xattrs } = volume;
    const inode = frame.get(R.inode);
    const length = frame.get(R.length);
    const flags = frame.get(R.flags);
    parse(world, frame);
    const { space, name } = parsed;
    const isThere = xattrs.find(inode, space, name);
    if (isThere && (flags & XattrFlag.Create) !== 0) return fail(frame, Errno.Exists);
    if (!isThere && (flags & XattrFlag.Replace) !== 0) return fail(frame, Errno.NoData);
    const value = bufferOf(length);
    world.payload.fill(frame.get(R.source), 0, length, value, 0);
    frame.set(R.count, Math.ceil(length / 64));
    // fs/ext4/xattr.c, ext4_xattr_value_same: nothing to do, not even a stamp.
    const skips = personality.xattrLimits !== null && isThere && xattrs.valueBytes === length;
    if (skips && hasValue(world, value, length)) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Xattr)) return Answer.LogFull;
    const outcome = xattrs.set(inode, space, name, value, length, personality.xattrLimits);
    frame.set(R.sequence, volume.commit());
    return settle(frame, outcome);
  },
};

/** Whether the attribute found last has these bytes. */
function hasValue(world: World, value: Uint8Array, length: number): boolean {
  const found = new Uint8Array(length);
  world.volume.xattrs.readValue(found);
  for (let i = 0; i < length; i += 1) if (found[i] !== value[i]) return false;
  return true;
}

/** Removes `xattr`. */
export const removeXattr: Step = {
  name: 'removeXattr',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'freeSpace', 'log'],
  run(world, frame) {
    const { volume } = world;
    parse(world, frame);
    if (!begin(world, frame, LogNeed.Xattr)) return Answer.LogFull;
    const outcome = volume.xattrs.remove(frame.get(R.inode), parsed.space, parsed.name);
    frame.set(R.sequence, volume.commit());
    return outcome === MediaOutcome.NotFound ? fail(frame, Errno.NoData) : settle(frame, outcome);
  },
};

/** The value of `xattr` into a buffer of `length` bytes; 0 asks how long it is. */
export const readXattr: Step = {
  name: 'readXattr',
  outcomes: OK_FAILED,
  touches: ['inodeCore'],
  per: 'count',
  run(world, frame) {
    const { xattrs } = world.volume;
    frame.set(R.count, 0);
    const errno = refusal(world, frame, false);
    if (errno !== Errno.None) return fail(frame, errno);
    const inode = frame.get(R.inode);
    if (!xattrs.find(inode, parsed.space, parsed.name)) return fail(frame, Errno.NoData);
    const { valueBytes } = xattrs;
    const room = frame.get(R.length);
    frame.set(R.result, valueBytes);
    if (room === 0) return Answer.Ok;
    if (room < valueBytes) return fail(frame, Errno.Range);
    const value = bufferOf(valueBytes);
    xattrs.readValue(value);
    frame.set(R.count, Math.ceil(valueBytes / 64));
    world.payload.sawXattr?.(frame.task, inode, value, valueBytes);
    return Answer.Ok;
  },
};

/** The names of all attributes, each with a zero behind it. */
export const listXattrs: Step = {
  name: 'listXattrs',
  outcomes: OK_FAILED,
  touches: ['inodeCore'],
  per: 'count',
  run(world, frame) {
    const { names, xattrs } = world.volume;
    const inode = frame.get(R.inode);
    let text = 0;
    let count = 0;
    const seesTrusted = world.credentials.isSuperuser(frame.task);
    for (let at = xattrs.next(inode, 0); at >= 0; at = xattrs.next(inode, at)) {
      if (xattrs.entrySpace === XattrSpace.Trusted && !seesTrusted) continue;
      const prefix = PREFIXES[xattrs.entrySpace] ?? '';
      const suffix = names.bytesOf(xattrs.entryName);
      const end = text + prefix.length + suffix.length + 1;
      if (end > buffer.length) buffer = grown(buffer, end);
      for (let i = 0; i < prefix.length; i += 1) buffer[text + i] = prefix.charCodeAt(i);
      buffer.set(suffix, text + prefix.length);
      buffer[end - 1] = 0;
      text = end;
      count += 1;
    }
    frame.set(R.count, count);
    frame.set(R.result, text);
    if (text > LIST_MAX) return fail(frame, Errno.TooLong);
    const room = frame.get(R.length);
    if (room === 0) return Answer.Ok;
    if (room < text) return fail(frame, Errno.Range);
    world.payload.sawXattr?.(frame.task, inode, buffer, text);
    return Answer.Ok;
  },
};

function grown(bytes: Uint8Array, least: number): Uint8Array {
  const longer = new Uint8Array(Math.max(least, bytes.length * 2));
  longer.set(bytes);
  return longer;
}
