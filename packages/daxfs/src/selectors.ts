/**
 * Which instances of a lock an operation takes, from its registers. A negative key means that the
 * operation has no such instance and takes nothing.
 *
 * Directories come in the order of Linux's lock_rename: an ancestor before what lies below it, else
 * the smaller number first; so a rename and a removal below it cannot wait for each other.
 */
import type { Selector } from '@daxsim/sim';
import { pageKey } from './mm/page-set.js';
import { R } from './registers.js';
import type { World } from './world.js';

function single(name: string, key: Selector<World>['key']): Selector<World> {
  return { name, count: 1, key };
}

/** Position of a directory below the root; the root itself is 0. */
function depthOf(world: World, dir: number): number {
  const { inodes } = world.volume;
  let depth = 0;
  for (let at = dir; at !== inodes.root && at !== 0; at = inodes.parent(at)) depth += 1;
  return depth;
}

/** Whether the second directory of a rename is to be locked before the first. */
function secondFirst(world: World, dir: number, dir2: number): boolean {
  const depth = depthOf(world, dir);
  const depth2 = depthOf(world, dir2);
  if (depth !== depth2) return depth2 < depth;
  return dir2 < dir;
}

/** `inode` of the frame, or nothing while it is 0. */
function orNothing(inode: number): number {
  return inode === 0 ? -1 : inode;
}

export const SELECTORS: readonly Selector<World>[] = [
  single('fileSystem', () => 0),
  single('inode', (_world, frame) => orNothing(frame.get(R.inode))),
  single('inode2', (_world, frame) => {
    const second = frame.get(R.inode2);
    return second === frame.get(R.inode) ? -1 : orNothing(second);
  }),
  {
    name: 'inodes',
    count: 2,
    key: (_world, frame, position) => frame.get(position === 0 ? R.inode : R.inode2),
  },
  single('dir', (_world, frame) => orNothing(frame.get(R.dir))),
  single('firstDir', (world, frame) => {
    const dir = frame.get(R.dir);
    const dir2 = frame.get(R.dir2);
    return dir2 !== 0 && secondFirst(world, dir, dir2) ? dir2 : dir;
  }),
  single('secondDir', (world, frame) => {
    const dir = frame.get(R.dir);
    const dir2 = frame.get(R.dir2);
    if (dir2 === 0 || dir2 === dir) return -1;
    return secondFirst(world, dir, dir2) ? dir : dir2;
  }),
  single('page', (_world, frame) => pageKey(frame.get(R.inode), frame.get(R.page))),
  single('mm', (_world, frame) => frame.get(R.mm)),
];
