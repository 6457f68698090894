/**
 * Steps of a client that asks for the attributes of a file: Linux 6.12 fs/fuse/inode.c
 * (fuse_change_attributes), fs/nfs/inode.c (nfs_update_inode).
 *
 *      note how often the size changed here ─▶ GETATTR ─▶ changed again? pages to send? ── yes: own
 *                                                          └ no ─▶ server's size, drop the pages
 *
 * An answer tells what was so when the server gave it. Who changed the size since then must not
 * take it over: what is cached behind it would go, written or not.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { noteSizeChange } from '../files/stamps.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** Before the request: which version of the size is here. */
export const noteVersion: Step = {
  name: 'noteVersion',
  outcomes: ['Ok'],
  touches: ['size'],
  run(world, frame) {
    frame.set(R.version, world.mm.sizeChanges.get(frame.get(R.inode)));
    return 0;
  },
};

/** The server answers with the size that its file has. */
export const readStoredSize: Step = {
  name: 'readStoredSize',
  outcomes: ['Ok'],
  touches: ['size', 'inodeCore'],
  run(world, frame) {
    frame.set(R.size, world.volume.inodes.loggedSize(frame.get(R.inode)));
    return 0;
  },
};

/** Under the locks of a truncation: takes the server's size over, if it is to count. */
export const takeStoredSize: Step = {
  name: 'takeStoredSize',
  outcomes: ['Kept', 'Taken'],
  touches: ['size', 'inodeCore', 'dirtyTag', 'cacheIndex'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const [own, stored] = [inodes.sizeBytes(inode), frame.get(R.size)];
    if (own === stored || !counts(world, inode, frame.get(R.version))) return 0;
    inodes.setCoreSize(inode, stored);
    noteSizeChange(world, inode);
    frame.set(R.firstPage, Math.floor(Math.min(own, stored) / BLOCK_BYTES));
    frame.set(R.endPage, PAGE_LIMIT);
    frame.set(R.evenCopies, 0);
    return 1;
  },
};

function counts(world: World, inode: number, version: number): boolean {
  if (world.knobs.oldAnswers === 'applied') return true;
  if (world.personality.server?.sizes !== 'servers') return false;
  const { cache, sizeChanges } = world.mm;
  if (sizeChanges.get(inode) !== version || cache.dirtyCount(inode) > 0) return false;
  if (cache.nextWriteback(inode, 0, PAGE_LIMIT) !== NO_PAGE) return false;
  return cache.nextSent(inode, 0, PAGE_LIMIT) === NO_PAGE;
}
