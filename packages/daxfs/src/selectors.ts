/**
 * Which instances of a lock an operation takes, from its registers. A negative key means that the
 * operation has no such instance and takes nothing.
 *
 * Directories are locked as Linux does: a directory before what it names, the two of a rename in
 * the order that `orderDirectories` found, and renames between directories one at a time, so that
 * the order does not change while they wait.
 */
import type { Frame, Selector } from '@daxsim/sim';
import { FileType } from './media/outcome.js';
import { pageKey } from './mm/page-set.js';
import { R } from './registers.js';
import type { World } from './world.js';

function single(name: string, key: Selector<World>['key']): Selector<World> {
  return { name, count: 1, key };
}

/** A key, or nothing while it is 0. */
function orNothing(inode: number): number {
  return inode === 0 ? -1 : inode;
}

/**
 * The source of a copy if its number is lower than the target's, or if it is higher: locked before
 * the target and after it, so that two files are always locked in the same order.
 */
function sourceIf(frame: Frame, isLower: boolean): number {
  const target = frame.get(R.inode);
  const source = frame.get(R.inode2);
  return source !== target && source < target === isLower ? source : -1;
}

/** Whether `dir` is `above` or lies below it. */
function isBelow(world: World, dir: number, above: number): boolean {
  const { inodes } = world.volume;
  for (let at = dir; at !== 0; at = inodes.parent(at)) {
    if (at === above) return true;
    if (at === inodes.root) return false;
  }
  return false;
}

/**
 * The inode that a name names, to be locked under its directory; nothing when it is a directory
 * above (`.`, `..`, or a rename that will be refused), which would turn the order round.
 */
function below(world: World, inode: number, dir: number, dir2: number): number {
  if (inode === 0 || isBelow(world, dir, inode)) return -1;
  return dir2 !== 0 && isBelow(world, dir2, inode) ? -1 : inode;
}

export const SELECTORS: readonly Selector<World>[] = [
  single('fileSystem', () => 0),
  single('inode', (_world, frame) => orNothing(frame.get(R.inode))),
  {
    name: 'inodes',
    count: 2,
    key: (_world, frame, position) => frame.get(position === 0 ? R.inode : R.inode2),
  },
  single('lowSource', (_world, frame) => sourceIf(frame, true)),
  single('highSource', (_world, frame) => sourceIf(frame, false)),
  single('dir', (_world, frame) => frame.get(R.dir)),
  single('dir2', (_world, frame) => frame.get(R.dir2)),
  single('firstDir', (_world, frame) => frame.get(R.firstDir)),
  single('secondDir', (_world, frame) => orNothing(frame.get(R.secondDir))),
  single('crossRename', (_world, frame) => (frame.get(R.dir) === frame.get(R.dir2) ? -1 : 0)),
  single('named', (world, frame) => below(world, frame.get(R.inode), frame.get(R.dir), 0)),
  {
    name: 'renamed',
    count: 2,
    key: (world, frame, position) => {
      const inode = frame.get(position === 0 ? R.inode : R.inode2);
      return below(world, inode, frame.get(R.dir), frame.get(R.dir2));
    },
  },
  single('linked', (world, frame) => {
    const inode = frame.get(R.inode);
    return world.volume.inodes.type(inode) === FileType.Directory ? -1 : inode;
  }),
  single('entry', (_world, frame) => pageKey(frame.get(R.inode), frame.get(R.entryPage))),
  // The host's mapping that a range of a window is.
  single('range', (_world, frame) => frame.get(R.range)),
  single('mm', (_world, frame) => frame.get(R.mm)),
  single('mapping', (_world, frame) => frame.get(R.mapping)),
];
