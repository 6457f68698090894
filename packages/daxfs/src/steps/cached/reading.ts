/**
 * Steps of read(2) through the page cache: Linux 6.12 mm/filemap.c, filemap_get_pages and
 * filemap_read.
 *
 * A batch is what is cached from the cursor on without a gap, at most 15 folios, to the first one
 * with a mark. While it is copied its pages are held.
 */
import { BLOCK_BYTES, LINE_BYTES } from '@daxsim/sim';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';
import { holdPages, letPagesGo } from './folios.js';
import { ReadAheadCause } from './read-ahead.js';

const BATCH_FOLIOS = 15;

/** Collects a batch from the cursor on. `endPage` is one past its last page. */
export const gatherBatch: Step = {
  name: 'gatherBatch',
  outcomes: ['Ready', 'Missing', 'Still', 'Filling', 'Marked'],
  touches: ['cacheIndex', 'size'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    const first = Math.floor(cursor / BLOCK_BYTES);
    const asked = cursor + frame.get(R.length) - frame.get(R.done);
    const limit = Math.ceil(asked / BLOCK_BYTES);
    let isMarked = false;
    let page = first;
    for (let folios = 0; folios < BATCH_FOLIOS && page < limit && !isMarked; folios += 1) {
      if (!cache.isReady(inode, page)) break;
      isMarked = cache.isMarked(inode, page);
      if (isMarked) frame.set(R.page, cache.head(inode, page));
      page = cache.behind(inode, page);
    }
    frame.set(R.entryPage, cache.head(inode, first));
    if (page === first && cache.has(inode, first)) return 3;
    frame.set(R.flags, isMarked ? ReadAheadCause.Mark : ReadAheadCause.Miss);
    if (page === first) {
      frame.set(R.page, first);
      frame.set(R.count, limit - first);
      const isSecond = frame.get(R.hasRead) === 1;
      frame.set(R.hasRead, 1);
      return isSecond ? 2 : 1;
    }
    frame.set(R.hasRead, 0);
    frame.set(R.firstPage, first);
    frame.set(R.endPage, page);
    holdPages(world, inode, first, page);
    const end = Math.min(page * BLOCK_BYTES, frame.get(R.end));
    frame.set(R.chunk, end - cursor);
    if (!isMarked) return 0;
    frame.set(R.count, limit - frame.get(R.page));
    return 4;
  },
};

/** Aims the copy of the batch; its price is by the line. */
export const aimCopyOut: Step = {
  name: 'aimCopyOut',
  outcomes: ['Ok'],
  touches: [],
  per: 'count',
  run(_world, frame) {
    const cursor = frame.get(R.cursor);
    const chunk = frame.get(R.chunk);
    frame.set(R.moveFile, cursor);
    frame.set(R.moveTo, cursor + chunk);
    frame.set(R.count, Math.ceil(chunk / LINE_BYTES));
    return 0;
  },
};

/** The batch was copied: the handle remembers where, and its pages may go. */
export const endBatch: Step = {
  name: 'endBatch',
  outcomes: ['Ok'],
  touches: ['handle', 'cacheIndex'],
  run(world, frame) {
    const { cache, readAhead } = world.mm;
    const inode = frame.get(R.inode);
    const first = frame.get(R.firstPage);
    if (cache.has(inode, first)) cache.touch(inode, first);
    letPagesGo(world, inode, first, frame.get(R.endPage));
    readAhead.setReadEnd(frame.get(R.handle), frame.get(R.cursor) + frame.get(R.chunk));
    return 0;
  },
};
