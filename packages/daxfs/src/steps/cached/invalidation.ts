/**
 * Steps that take folios out of the cache: Linux 6.12 mm/truncate.c (truncate_inode_pages_range,
 * truncate_inode_partial_folio, invalidate_inode_pages2_range).
 *
 *      truncation      whole folios go, dirty or not; one that is cut is split if it can be
 *      invalidation    clean folios that nobody uses go
 *
 * Pages [cursor, end) of `inode`; each folio under its own lock, and not while it is written back.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { isUsed } from './folios.js';

/** After the file became shorter, what its last page holds behind the end is zero. */
export const zeroBehindEnd: Step = {
  name: 'zeroBehindEnd',
  outcomes: ['Ok'],
  touches: ['size', 'cacheIndex'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const size = world.volume.inodes.sizeBytes(inode);
    const inside = size % BLOCK_BYTES;
    const isTruncation = frame.get(R.cursor) * BLOCK_BYTES === size + BLOCK_BYTES - inside;
    if (inside === 0 || !isTruncation || frame.get(R.end) < PAGE_LIMIT) return 0;
    const slot = cache.slot(inode, Math.floor(size / BLOCK_BYTES));
    if (slot !== NO_PAGE) cache.bytes.zero(slot, inside, BLOCK_BYTES - inside);
    return 0;
  },
};

/** The next folio with a page in [cursor, end); its lock is to be taken next. */
export const nextCachedFolio: Step = {
  name: 'nextCachedFolio',
  outcomes: ['Found', 'End'],
  touches: ['cacheIndex'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = cache.next(inode, frame.get(R.cursor), Math.min(frame.get(R.end), PAGE_LIMIT));
    if (page === NO_PAGE) return 1;
    frame.set(R.page, page);
    frame.set(R.entryPage, cache.head(inode, page));
    return 0;
  },
};

/** Takes the folio's pages in the range out, dirty or not. */
export const dropFolio: Step = {
  name: 'dropFolio',
  outcomes: ['Ok', 'Busy', 'Filling'],
  touches: ['folio', 'cacheIndex', 'dirtyTag', 'pageTable'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (!cache.has(inode, page)) return 0;
    const head = cache.head(inode, page);
    const behind = cache.behind(inode, page);
    frame.set(R.entryPage, head);
    if (cache.isFilling(inode, head)) return 2;
    if (cache.nextWriteback(inode, head, behind) !== NO_PAGE) return 1;
    const from = Math.max(head, frame.get(R.cursor));
    const end = Math.min(behind, frame.get(R.end));
    frame.set(R.cursor, behind);
    if (from > head || end < behind) cutFolio(world, inode, head, from, end, behind);
    else remove(world, inode, head, behind);
    return 0;
  },
};

function remove(world: World, inode: number, from: number, end: number): void {
  world.mm.zapInode(inode, from, end, false);
  world.mm.cache.remove(inode, from);
  world.mm.stats.foliosDropped += 1;
}

/**
 * A folio that the range cuts is split, and what of it was dirty makes all of it dirty. One that
 * somebody uses cannot be: clean, it goes whole; dirty, it stays, and the range in it is zero.
 * Kernel record c07.
 */
function cutFolio(
  world: World,
  inode: number,
  head: number,
  from: number,
  end: number,
  behind: number,
): void {
  const { cache } = world.mm;
  const isDirty = cache.isFolioDirty(inode, head);
  // Before anything else, so that a pin sees it, too.
  for (let page = from; page < end; page += 1) {
    cache.bytes.zero(cache.slot(inode, page), 0, BLOCK_BYTES);
  }
  if (!isUsed(world, inode, head, behind)) {
    world.mm.zapInode(inode, head, behind, false);
    cache.split(inode, head);
    for (let page = head; page < behind; page += 1) {
      if (page >= from && page < end) remove(world, inode, page, page + 1);
      else if (isDirty) cache.markDirty(inode, page);
    }
  } else if (!isDirty) remove(world, inode, head, behind);
}

/** Takes a clean folio that nobody uses out, when it is filled and written back. */
export const dropCleanFolio: Step = {
  name: 'dropCleanFolio',
  outcomes: ['Ok', 'Busy', 'Filling'],
  touches: ['folio', 'cacheIndex', 'pageTable'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (!cache.has(inode, page)) return 0;
    const head = cache.head(inode, page);
    const behind = cache.behind(inode, page);
    frame.set(R.entryPage, head);
    if (cache.isFilling(inode, head)) return 2;
    if (cache.nextWriteback(inode, head, behind) !== NO_PAGE) return 1;
    frame.set(R.cursor, behind);
    if (cache.isFolioDirty(inode, head)) return 0;
    if (!isUsed(world, inode, head, behind)) remove(world, inode, head, behind);
    return 0;
  },
};
