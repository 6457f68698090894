/**
 * Steps that fill folios with what the file holds: whole pages from the device where there are
 * written blocks, zeros elsewhere (Linux 6.12 fs/iomap/buffered-io.c, iomap_readahead).
 *
 * Pages [cursor, end) of `inode`; a task fills only what it made. One piece is what one extent
 * holds of folios that lie side by side.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { ExtentState } from '../../media/outcome.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { found, lookUp } from './extents.js';
import { endFilling, makeFolio } from './folios.js';

/** Where this task's next piece begins: inside a folio half filled, or at the next one. */
function nextPlace(world: World, frame: Frame): number {
  const { cache } = world.mm;
  const inode = frame.get(R.inode);
  const cursor = frame.get(R.cursor);
  const isInside = cache.has(inode, cursor) && cache.head(inode, cursor) < cursor;
  const isMine =
    isInside && cache.nextToFill(inode, cache.head(inode, cursor), cursor, frame.task) !== NO_PAGE;
  return isMine ? cursor : cache.nextToFill(inode, cursor, frame.get(R.end), frame.task);
}

/** Aims at the next piece. */
export const nextFill: Step = {
  name: 'nextFill',
  outcomes: ['Media', 'Zeros', 'End'],
  touches: ['cacheIndex', 'extentMap', 'inodeCore'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = nextPlace(world, frame);
    if (page === NO_PAGE) return 2;
    const state = lookUp(world, inode, page);
    const limit = found.end;
    let end = cache.behind(inode, page);
    while (end < limit && cache.nextToFill(inode, end, end + 1, frame.task) === end) {
      end = cache.behind(inode, end);
    }
    end = Math.min(end, limit);
    frame.set(R.page, page);
    frame.set(R.cursor, end);
    frame.set(R.moveFile, page * BLOCK_BYTES);
    frame.set(R.moveFrom, found.block * BLOCK_BYTES);
    frame.set(R.moveTo, (found.block + end - page) * BLOCK_BYTES);
    if (state !== ExtentState.Written) return 1;
    world.mm.stats.pagesRead += end - page;
    return 0;
  },
};

/** The folios that the piece completed are ready. */
export const endFill: Step = {
  name: 'endFill',
  outcomes: ['Ok'],
  touches: ['cacheIndex'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const end = frame.get(R.cursor);
    let head = cache.head(inode, frame.get(R.page));
    while (head < end && cache.has(inode, head)) {
      const behind = cache.behind(inode, head);
      if (behind <= end && cache.isFilling(inode, head)) endFilling(world, inode, head);
      head = behind;
    }
    return 0;
  },
};

/** Makes a single page at `page`, to be filled; somebody else may have. */
export const makeOnePage: Step = {
  name: 'makeOnePage',
  outcomes: ['Ok'],
  touches: ['cacheIndex', 'pageTable'],
  run(world, frame) {
    const page = frame.get(R.page);
    makeFolio(world, frame, page, 0);
    frame.set(R.firstPage, page);
    frame.set(R.endPage, page + 1);
    return 0;
  },
};
