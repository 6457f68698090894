/** Operations on names: what they answer, as `execute.c` prints it. */
import { AtFlag, FileType, OpenFlag } from '@daxsim/daxfs';
import type { World } from '@daxsim/daxfs';
import type { Ended, WorkloadSystem } from '../../src/conform/workload-system.js';

const DIRECTORY_MODE = 0o755;

function answerOf({ errno, result }: Ended): string {
  return errno === 0 ? `${result} 0` : `-1 ${errno}`;
}

/** Carries an operation on names out. */
export function onNames(system: WorkloadSystem, name: string, words: readonly string[]): string {
  const [first = '', second = '', third = '0'] = words;
  const path = system.path(first);
  switch (name) {
    case 'rename':
    case 'link': {
      const flags = name === 'rename' ? Number(third) : 0;
      return answerOf(system.run(name, { path, path2: system.path(second), flags }));
    }
    case 'symlink':
      return answerOf(system.run(name, { path: system.path(second), path2: path, mode: 0o777 }));
    case 'mkdir':
      return answerOf(system.run(name, { path, mode: DIRECTORY_MODE }));
    case 'truncate':
      return answerOf(system.run(name, { path, length: Number(second) }));
    case 'readlink':
      return readTarget(system, path);
    case 'stat':
      return stat(system, path);
    case 'list':
      return list(system, path);
    case 'unlink':
    case 'rmdir':
      return answerOf(system.run(name, { path }));
    default:
      return `no operation ${name}`;
  }
}

/** A handle number that nothing else uses: these opens last for one look. */
const LOOKING = 1000000;

/** What a path leads to, opened with `flags`; the error, or the inode. */
function look(
  system: WorkloadSystem,
  path: number,
  flags: number,
): { readonly ended: Ended; readonly inode: number } {
  const ended = system.run('open', { path, flags, handle: LOOKING });
  const { handles } = system.system.world;
  const inode = handles.inode(LOOKING);
  if (ended.errno === 0) system.run('close', { handle: LOOKING });
  return { ended, inode };
}

function readTarget(system: WorkloadSystem, path: number): string {
  const ended = system.run('readlink', { path, length: 4095 });
  if (ended.errno !== 0) return answerOf(ended);
  const { inode } = look(system, path, OpenFlag.PathOnly | OpenFlag.NoFollow);
  const target = new Uint8Array(4096);
  const length = system.system.world.volume.readlink(inode, target);
  return `${answerOf(ended)} t=${new TextDecoder().decode(target.subarray(0, length))}`;
}

function stat(system: WorkloadSystem, path: number): string {
  const ended = system.run('stat', { path, handle: -1, flags: AtFlag.NoFollow });
  if (ended.errno !== 0) return answerOf(ended);
  const { inode } = look(system, path, OpenFlag.PathOnly | OpenFlag.NoFollow);
  const { inodes } = system.system.world.volume;
  const isDirectory = inodes.type(inode) === FileType.Directory;
  const size = isDirectory ? 0 : inodes.sizeBytes(inode);
  return `0 0 m=${inodes.mode(inode).toString(8)}:${size}:${inodes.links(inode)}`;
}

function list(system: WorkloadSystem, path: number): string {
  const { ended, inode } = look(system, path, OpenFlag.ReadOnly | OpenFlag.Directory);
  if (ended.errno !== 0) return answerOf(ended);
  const names = namesIn(system.system.world, inode);
  return `${names.length} 0 l=${names.map((name) => `${name};`).join('')}`;
}

function namesIn({ volume }: World, inode: number): string[] {
  const found: string[] = [];
  const { directories, names } = volume;
  for (let at = directories.next(inode, 0); at >= 0; at = directories.next(inode, at)) {
    found.push(new TextDecoder().decode(names.bytesOf(directories.entryName)));
  }
  return found.sort();
}
