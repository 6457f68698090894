/**
 * What `execute-people.c` does, on a simulated file system: users, permissions, owners, stamps,
 * extended attributes, files without names, vectored transfers.
 */
import { AtFlag, FileType, OpenFlag, RwFlag } from '@daxsim/daxfs';
import type { World } from '@daxsim/daxfs';
import { FROM_BUFFER } from '../../src/conform/workload-system.js';
import type { Arguments, Ended, WorkloadSystem } from '../../src/conform/workload-system.js';
import { contentHash, pattern } from './bytes.js';

/** The first operation is later, and what a sequence sets is earlier. */
const FIRST_NS = 10_000_000;
const VALUE_MAX = 200_000;
const TASK = 0;
/** A handle number that nothing else uses. */
const LOOKING = 1000002;

/** What it needs of the run that it is a part of. */
export interface PeopleRun {
  readonly system: WorkloadSystem;
  readonly world: World;
  /** Number of the operation. */
  readonly number: number;
  /** The handle behind a slot, −1 for none. */
  handle(slot: number): number;
  openMode(slot: number, name: string, flags: number, mode: number): string;
  /** Facts about the file behind a handle. */
  fileOf(handle: number): string;
  /** Blocks of the file behind a handle are not compared from now on. */
  taint(handle: number): void;
  /** Nor how many sectors an inode has: where attributes lie is each one's own. */
  taintSectors(inode: number): void;
}

function answerOf({ errno, result }: Ended): string {
  return errno === 0 ? `${result} 0` : `-1 ${errno}`;
}

/** Carries an operation out, if it is one of these; else null. */
export function onPeople(run: PeopleRun, name: string, words: readonly string[]): string | null {
  const [what = '', second = '0', third = '0', fourth = '0'] = words;
  const { system, world } = run;
  const path = system.path(what);
  const handle = run.handle(Number(what));
  switch (name) {
    case 'as':
      world.credentials.set(TASK, Number(what), Number(second));
      return '0 0';
    case 'umask':
      world.credentials.setUmask(TASK, Number(what));
      return '0 0';
    case 'creat':
      return run.openMode(Number(what), second, Number(third), Number(fourth));
    case 'tmpfile': {
      const flags = Number(third) | OpenFlag.TemporaryFile | OpenFlag.Directory;
      return run.openMode(Number(what), second, flags, Number(fourth));
    }
    case 'linkfd':
      return linkHandle(run, handle, second);
    case 'mkdirm':
      return answerOf(system.run('mkdir', { path, mode: Number(second) }));
    case 'access':
      return answerOf(system.run('access', { path, handle: -1, mode: Number(second) }));
    case 'who':
      return who(run, path);
    case 'writev':
    case 'readv':
      return vectored(run, name, handle, words.map(Number));
    default:
      return name.includes('xattr') ? onXattrs(run, name, words) : onOwners(run, name, words);
  }
}

/** Done by the superuser, whoever it is. */
function linkHandle({ system, world }: PeopleRun, handle: number, name: string): string {
  const { credentials } = world;
  const [uid, gid] = [credentials.uid(TASK), credentials.gid(TASK)];
  credentials.set(TASK, 0, 0);
  const answer = answerOf(system.run('link', { handle, path2: system.path(name) }));
  credentials.set(TASK, uid, gid);
  return answer;
}

function onOwners(run: PeopleRun, name: string, words: readonly string[]): string | null {
  const [what = '', second = '0', third = '0'] = words;
  const recipe = name.replace(/^[lf](?=ch|ut)/, '');
  const isByHandle = name.startsWith('f');
  const flags = name.startsWith('l') ? AtFlag.NoFollow : 0;
  const target = isByHandle
    ? { handle: run.handle(Number(what)) }
    : { path: run.system.path(what), handle: -1, flags };
  switch (recipe) {
    case 'chmod':
      return answerOf(run.system.run(recipe, { ...target, mode: Number(second) }));
    case 'chown':
    case 'utimens': {
      const pair = { offset: Number(second), offset2: Number(third) };
      return answerOf(run.system.run(recipe, { ...target, ...pair }));
    }
    default:
      return null;
  }
}

function stampText(ns: number): string {
  return ns > FIRST_NS ? ':n' : `:${ns}`;
}

function who({ system, world }: PeopleRun, path: number): string {
  const flags = AtFlag.NoFollow;
  const ended = system.run('stat', { path, handle: -1, flags });
  if (ended.errno !== 0) return answerOf(ended);
  const inode = inodeOf({ system, world }, { path, flags });
  const { inodes } = world.volume;
  const numbers = [inodes.uid(inode), inodes.gid(inode), inodes.links(inode)].join(':');
  const isLink = inodes.type(inode) === FileType.Symlink;
  const access = isLink ? '' : stampText(inodes.accessNs(inode));
  const stamps = access + stampText(inodes.modifyNs(inode));
  return `0 0 w=${inodes.mode(inode).toString(8)}:${numbers}${stamps}`;
}

/** What a path leads to. */
function inodeOf(
  { system, world }: Pick<PeopleRun, 'system' | 'world'>,
  { path = 0, flags = 0 }: Arguments,
): number {
  const isLink = (flags & AtFlag.NoFollow) !== 0;
  const how = isLink ? OpenFlag.PathOnly | OpenFlag.NoFollow : OpenFlag.PathOnly;
  const ended = system.run('open', { path, flags: how, handle: LOOKING });
  if (ended.errno !== 0) return 0;
  const inode = world.handles.inode(LOOKING);
  system.run('close', { handle: LOOKING });
  return inode;
}

function onXattrs(run: PeopleRun, name: string, words: readonly string[]): string | null {
  const [, form = '', recipe = ''] = /^([lf]?)((?:set|get|list|remove)xattr)$/.exec(name) ?? [];
  if (recipe === '') return null;
  const [what = '', second = '0', third = '0', fourth = '0'] = words;
  const { system, world } = run;
  const isList = recipe === 'listxattr';
  const length = Math.min(VALUE_MAX, isList ? VALUE_MAX : Number(third));
  const xattr = world.volume.names.idOf(second === '-' ? '' : second);
  const flags = (form === 'l' ? AtFlag.NoFollow : 0) | Number(fourth);
  const target: Arguments =
    form === 'f'
      ? { handle: run.handle(Number(what)), flags }
      : { path: system.path(what), handle: -1, flags };
  if (recipe === 'setxattr') system.setBuffer(pattern(run.number, 0, length), 0);
  system.forgetSeen();
  const ended = system.run(recipe, { ...target, xattr, length, source: FROM_BUFFER });
  if (ended.errno !== 0) return answerOf(ended);
  if (recipe === 'setxattr') {
    const inode = form === 'f' ? world.handles.inode(target.handle ?? -1) : inodeOf(run, target);
    run.taintSectors(inode);
  }
  const seen = system.bytesSeen();
  if (isList) {
    const names = new TextDecoder().decode(seen).split('\0').slice(0, -1).sort();
    return `0 0 l=${names.map((one) => `${one};`).join('')}`;
  }
  const isRead = recipe === 'getxattr' && length > 0;
  return answerOf(ended) + (isRead ? ` h=${contentHash(seen, 0)}` : '');
}

function vectored(
  run: PeopleRun,
  name: string,
  handle: number,
  [, offset = 0, length = 0, rwFlags = 0]: readonly number[],
): string {
  const { system, world } = run;
  const { handles, volume } = world;
  const inode = handles.inode(handle);
  const isWrite = name === 'writev';
  if (isWrite && inode !== 0) {
    const isAppend = (handles.flags(handle) & OpenFlag.Append) !== 0;
    const appends =
      (isAppend && (rwFlags & RwFlag.NoAppend) === 0) || (rwFlags & RwFlag.Append) !== 0;
    const start = offset === -1 ? handles.position(handle) : offset;
    const place = appends ? volume.inodes.sizeBytes(inode) : start;
    system.setBuffer(pattern(run.number, place, length), place);
  }
  system.forgetSeen();
  const args = { handle, offset, length, rwFlags, source: FROM_BUFFER };
  const ended = system.run(isWrite ? 'write' : 'read', args);
  if (isWrite && ended.errno === 0) run.taint(handle);
  const isRead = !isWrite && ended.errno === 0;
  const hash = isRead ? ` h=${contentHash(system.bytesSeen(), 0)}` : '';
  return answerOf(ended) + hash + run.fileOf(handle);
}
