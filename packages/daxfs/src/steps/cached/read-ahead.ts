/**
 * How far a reader or a fault reads ahead, and in which folios: Linux mm/readahead.c
 * (ondemand_readahead, page_cache_ra_order, page_cache_ra_unbounded) and mm/filemap.c
 * (do_sync_mmap_readahead).
 *
 *      miss at the start, or where the last read ended   a new window, larger than asked for
 *      mark in the window                                the next window, twice as large
 *      miss with cached pages before it                  a window of what is behind them
 *      any other miss                                    what was asked for and no more
 *      fault                                             half a window before, half behind
 *
 * A window is made in folios that grow from window to window. Where a page is cached already, what
 * is left of the window is made of single pages, around those that are there.
 */
import type { Frame } from '@daxsim/sim';
import { BLOCK_BYTES } from '@daxsim/sim';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { cacheValues, makeFolio } from './folios.js';

/** Register `flags` of readAhead: why. */
export const ReadAheadCause = { Miss: 0, Mark: 1, Fault: 2 } as const;

/** From this many more faults that missed than hit on, faults read ahead no more. */
const MISSES_MOST = 100;

/** The window to be read; one record, reused. */
const window = { start: 0, size: 0, asyncSize: 0, order: 0 };

function aim(start: number, size: number, asyncSize: number, order: number): void {
  window.start = start;
  window.size = size;
  window.asyncSize = asyncSize;
  window.order = order;
}

function nextPowerOfTwo(value: number): number {
  return value <= 1 ? 1 : 1 << (32 - Math.clz32(value - 1));
}

/** The first window of a read of `asked` pages: get_init_ra_size. */
function firstSize(asked: number, most: number): number {
  const size = nextPowerOfTwo(asked);
  if (size <= most / 32) return size * 4;
  return size <= most / 4 ? size * 2 : most;
}

/** The window behind one of `size` pages: get_next_ra_size. */
function nextSize(size: number, most: number): number {
  if (size < most / 16) return 4 * size;
  return size <= most / 2 ? 2 * size : most;
}

/** Chooses the window; false where nothing is to be read. */
function choose(world: World, frame: Frame): boolean {
  const { readAhead } = world.mm;
  const handle = frame.get(R.handle);
  const page = frame.get(R.page);
  const cause = frame.get(R.flags);
  const pages = cacheValues(world).readAheadPages;
  if (pages === 0) return false;
  if (cause === ReadAheadCause.Fault) {
    aim(Math.max(0, page - Math.floor(pages / 2)), pages, Math.floor(pages / 4), 0);
  } else if (!chooseOnDemand(world, frame, handle, page)) return false;
  readAhead.setWindow(handle, window.start, window.size, window.asyncSize);
  return true;
}

/** ondemand_readahead, in its order of cases. */
function chooseOnDemand(world: World, frame: Frame, handle: number, page: number): boolean {
  const { cache, readAhead } = world.mm;
  const { readAheadLogic, readAheadPages, requestPages } = cacheValues(world);
  const isSplit = readAheadLogic === 'split';
  const inode = frame.get(R.inode);
  const asked = frame.get(R.count);
  const isMarked = frame.get(R.flags) === ReadAheadCause.Mark;
  let most = readAheadPages;
  if (asked > most && requestPages > most) most = Math.min(asked, requestPages);
  const order = isMarked ? cache.order(inode, page) : 0;
  const start = readAhead.start(handle);
  const size = readAhead.size(handle);
  const unit = 1 << order;
  const expected = Math.floor((start + size - readAhead.asyncSize(handle)) / unit) * unit;
  const isExpected = isSplit
    ? isMarked && page === expected
    : page > 0 && (page === expected || page === start + size);
  if (isExpected) {
    const grown = nextSize(size, most);
    aim(start + size, grown, grown, order);
  } else if (isMarked && (isSplit || page > 0)) {
    let missing = page + 1;
    while (missing - page <= most && cache.has(inode, missing)) missing += 1;
    if (missing - page > most) return false;
    const grown = nextSize(missing - page + asked, most);
    aim(missing, grown, grown, order);
  } else if (page === 0 || asked > most || isSequential(world, handle, page)) {
    const first = firstSize(asked, most);
    const whole = isSplit ? first >> 1 : first;
    aim(page, first, first > asked ? first - asked : whole, order);
  } else {
    const history = cache.historyBefore(inode, page, most);
    if (history <= asked) {
      readPages(world, frame, page, asked, 0);
      return false;
    }
    const length = history >= page ? 2 * history : history;
    aim(page, Math.min(length + asked, most), 1, order);
  }
  if (!isSplit) mergeNext(page, most);
  return true;
}

function isSequential(world: World, handle: number, page: number): boolean {
  const end = world.mm.readAhead.readEnd(handle);
  const before = Math.floor(end / BLOCK_BYTES);
  return end >= 0 && page - before <= 1 && page >= before;
}

/** A window that its own reader would hit the mark of is joined with the next one. */
function mergeNext(page: number, most: number): void {
  if (page !== window.start || window.size !== window.asyncSize) return;
  const added = nextSize(window.size, most);
  if (window.size + added <= most) {
    window.asyncSize = added;
    window.size += added;
  } else {
    window.size = most;
    window.asyncSize = Math.floor(most / 2);
  }
}

/** The last page of the file. */
function lastPage(world: World, inode: number): number {
  return Math.ceil(world.volume.inodes.sizeBytes(inode) / BLOCK_BYTES) - 1;
}

/** The largest order that a place and a limit allow, not above `most`. */
function orderAt(page: number, limit: number, most: number, hasTwo: boolean): number {
  let order = most;
  if (page % (1 << order) !== 0) {
    order = 31 - Math.clz32(page & -page);
    if (order === 1 && !hasTwo) order = 0;
  }
  while (page + (1 << order) - 1 > limit) {
    order -= 1;
    if (order === 1 && !hasTwo) order = 0;
  }
  return order;
}

/** page_cache_ra_order: the window in folios, then what is left of it in single pages. */
function makeWindow(world: World, frame: Frame): void {
  const { cache } = world.mm;
  const { folioOrderMost, hasFoliosOfTwo } = cacheValues(world);
  const inode = frame.get(R.inode);
  const { start, size, asyncSize } = window;
  if (folioOrderMost === 0 || size < 4) {
    readPages(world, frame, start, size, asyncSize);
    return;
  }
  let order = Math.min(folioOrderMost, window.order + 2);
  while (1 << order > size) order -= 1;
  const limit = Math.min(lastPage(world, inode), start + size - 1);
  const mark = start + size - asyncSize;
  let page = start;
  while (page <= limit) {
    const here = orderAt(page, limit, order, hasFoliosOfTwo);
    if (!makeFolio(world, frame, page, here)) {
      const left = hasFoliosOfTwo ? size - (page - start) : size;
      readPages(world, frame, page, left, asyncSize);
      return;
    }
    const unit = 1 << here;
    if (page === Math.floor(mark / unit) * unit) cache.mark(inode, page);
    page += unit;
  }
}

/** page_cache_ra_unbounded: single pages where none are cached. */
function readPages(
  world: World,
  frame: Frame,
  start: number,
  size: number,
  asyncSize: number,
): void {
  const { cache } = world.mm;
  const inode = frame.get(R.inode);
  const last = lastPage(world, inode);
  if (start > last) return;
  const count = size > last - start ? last - start + 1 : size;
  for (let i = 0; i < count; i += 1) {
    const made = makeFolio(world, frame, start + i, 0);
    if (made && i === count - asyncSize) cache.mark(inode, start + i);
  }
}

/**
 * Makes the folios of the window, empty, for the task to fill: [firstPage, endPage) holds them
 * all.
 */
export const makeReadAhead: Step = {
  name: 'makeReadAhead',
  outcomes: ['Ok'],
  touches: ['cacheIndex', 'size', 'handle', 'pageTable', 'inodeCore'],
  per: 'count',
  run(world, frame) {
    const { cache, stats } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    const before = cache.pages;
    if (frame.get(R.flags) === ReadAheadCause.Mark) cache.unmark(inode, page);
    aim(page, frame.get(R.count), 0, 0);
    if (choose(world, frame)) makeWindow(world, frame);
    frame.set(R.firstPage, Math.min(page, window.start));
    // What was left of the window may have been read behind it.
    const behind = window.start + 2 * window.size;
    frame.set(R.endPage, Math.max(page + frame.get(R.count), behind));
    frame.set(R.count, Math.max(0, cache.pages - before));
    stats.readAheads += 1;
    return 0;
  },
};

/** Whether a fault that found nothing reads ahead; too many misses end that. */
export const wantsReadAround: Step = {
  name: 'wantsReadAround',
  outcomes: ['No', 'Yes'],
  touches: ['handle'],
  run(world, frame) {
    const { readAhead } = world.mm;
    const handle = readAhead.handleOf(frame.get(R.mapping));
    frame.set(R.handle, handle);
    frame.set(R.flags, ReadAheadCause.Fault);
    frame.set(R.count, 1);
    if (cacheValues(world).readAheadPages === 0) return 0;
    const misses = readAhead.missCount(handle);
    if (misses < MISSES_MOST * 10) readAhead.setMissCount(handle, misses + 1);
    return misses + 1 > MISSES_MOST ? 0 : 1;
  },
};
