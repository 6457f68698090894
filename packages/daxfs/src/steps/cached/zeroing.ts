/**
 * Steps that zero bytes of a file through its cache: Linux 6.12 fs/iomap/buffered-io.c,
 * iomap_zero_range, and fs/xfs/xfs_iomap.c for what it finds there.
 *
 *      hole                       is zero
 *      unwritten                  is zero; dirty pages over it are flushed, zeroed or forgotten
 *      written, promised          zeros go into the page, which becomes dirty
 *      promised behind the end    becomes unwritten blocks
 *
 * `done` counts the bytes that became zero in pages.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { ExtentState } from '../../media/outcome.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';
import { DELAYED, found, lookUp } from './extents.js';
import { cacheValues, holdPages, letPagesGo, makeFolio, markDirty } from './folios.js';
import { mustWait } from './writing.js';

/** The next bytes of [cursor, end) to be zeroed in a page: up to `mappedEnd`. */
export const nextToZero: Step = {
  name: 'nextToZero',
  outcomes: ['Found', 'End', 'Place', 'Flush'],
  touches: ['extentMap', 'size', 'inodeCore', 'cacheIndex'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    const end = frame.get(R.end);
    const endOfFile = Math.ceil(world.volume.inodes.sizeBytes(inode) / BLOCK_BYTES);
    const { cache } = world.mm;
    const values = cacheValues(world);
    let cursor = frame.get(R.cursor);
    while (cursor < end) {
      const page = Math.floor(cursor / BLOCK_BYTES);
      const state = lookUp(world, inode, page);
      const behind = Math.min(end, found.end * BLOCK_BYTES);
      frame.set(R.cursor, cursor);
      frame.set(R.page, page);
      if (state === DELAYED && page >= endOfFile) return 2;
      if (state === ExtentState.Unwritten && !values.zeroingSkipsUnwritten) {
        const dirty = cache.nextDirty(inode, page, Math.ceil(behind / BLOCK_BYTES));
        if (dirty === page && values.zeroesDirtyPages) {
          frame.set(R.mappedEnd, Math.min(behind, (page + 1) * BLOCK_BYTES));
          return 0;
        }
        if (dirty !== NO_PAGE && values.zeroesDirtyPages) {
          cursor = dirty * BLOCK_BYTES;
          continue;
        }
        if (dirty !== NO_PAGE) {
          frame.set(R.firstPage, dirty);
          frame.set(R.endPage, Math.ceil(behind / BLOCK_BYTES));
          return 3;
        }
      }
      if (state === ExtentState.Written || state === DELAYED) {
        const limit = state === DELAYED ? endOfFile * BLOCK_BYTES : behind;
        frame.set(R.mappedEnd, Math.min(behind, limit));
        return 0;
      }
      cursor = Math.max(behind, cursor + 1);
    }
    frame.set(R.cursor, end);
    return 1;
  },
};

/** Finds or makes the page under the cursor; `chunk` is what of it is zeroed. */
export const takeToZero: Step = {
  name: 'takeToZero',
  outcomes: ['Ready', 'Fill', 'Filling'],
  touches: ['cacheIndex', 'pageTable'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    const page = Math.floor(cursor / BLOCK_BYTES);
    const made = makeFolio(world, frame, page, 0);
    const behind = cache.behind(inode, page);
    frame.set(R.entryPage, cache.head(inode, page));
    frame.set(R.firstPage, page);
    frame.set(R.endPage, behind);
    frame.set(R.chunk, Math.min(frame.get(R.mappedEnd), behind * BLOCK_BYTES) - cursor);
    if (made) return 1;
    return cache.isReady(inode, page) ? 0 : 2;
  },
};

/** Under the folio's lock: aims the zeroing if it still is there. */
export const aimZeroing: Step = {
  name: 'aimZeroing',
  outcomes: ['Ok', 'Gone', 'Busy'],
  touches: ['folio'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    const end = cursor + frame.get(R.chunk);
    const page = Math.floor(cursor / BLOCK_BYTES);
    const behind = Math.ceil(end / BLOCK_BYTES);
    if (!cache.isReady(inode, page) || cache.behind(inode, page) < behind) return 1;
    if (mustWait(world, inode, page)) return 2;
    frame.set(R.firstPage, page);
    frame.set(R.endPage, behind);
    holdPages(world, inode, page, behind);
    frame.set(R.moveFile, cursor);
    frame.set(R.moveTo, end);
    return 0;
  },
};

/** The bytes are zero: their pages are dirty. */
export const endZeroing: Step = {
  name: 'endZeroing',
  outcomes: ['More', 'End'],
  touches: ['folio', 'dirtyTag'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    const first = frame.get(R.firstPage);
    const end = frame.get(R.endPage);
    const chunk = frame.get(R.chunk);
    markDirty(world, inode, first, end);
    letPagesGo(world, inode, first, end);
    frame.set(R.cursor, frame.get(R.cursor) + chunk);
    frame.set(R.done, frame.get(R.done) + chunk);
    return frame.get(R.cursor) < frame.get(R.end) ? 0 : 1;
  },
};
