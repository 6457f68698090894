/**
 * Steps that write dirty pages back: Linux 6.12 fs/iomap/buffered-io.c (iomap_writepages) and
 * fs/xfs/xfs_aops.c (xfs_map_blocks, xfs_end_io).
 *
 *      claim folios, one lock at a time ─▶ give promised blocks a place, unwritten ─▶ copy out
 *        └ protect every mapping,                                                     │
 *          zero behind the end                wake waiters ◀─ written, logged size ◀──┘
 *
 * A run is what lies side by side, up to 256 pages. What a store changes after its folio was
 * claimed is dirty again; where pages are stable it waits instead. Blocks become written only after
 * their bytes are durable, so no crash shows what was there before.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { ExtentState, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import { Answer, TRANSACTION, begin, settle } from '../files/answers.js';
import { reserveAt } from '../files/placement.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { DELAYED, found, lookUp } from './extents.js';
import { cacheValues, folioWritten, isInFlight } from './folios.js';

const RUN_PAGES = 256;

/** The next dirty folio with a page in [cursor, end): a run begins there. */
export const nextDirtyRun: Step = {
  name: 'nextDirtyRun',
  outcomes: ['Found', 'End'],
  touches: ['dirtyTag', 'cacheIndex'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    // A folio that the range only cuts is written whole.
    const isCut = cache.has(inode, cursor) && cache.isFolioDirty(inode, cursor);
    const page = isCut ? cursor : cache.nextDirty(inode, cursor, frame.get(R.end));
    if (page === NO_PAGE || cursor >= frame.get(R.end)) return 1;
    const head = cache.head(inode, page);
    frame.set(R.entryPage, head);
    frame.set(R.firstPage, head);
    frame.set(R.endPage, head);
    return 0;
  },
};

/** Under the folio's lock: takes its dirty pages over, write-protects them, zeroes the tail. */
export const claimFolio: Step = {
  name: 'claimFolio',
  outcomes: ['Ok', 'Busy'],
  touches: ['folio', 'dirtyTag', 'pageTable', 'size', 'mappings'],
  per: 'count',
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const head = frame.get(R.entryPage);
    const behind = cache.behind(inode, head);
    frame.set(R.count, 0);
    frame.set(R.cursor, behind);
    if (!cache.has(inode, head)) return 0;
    if (isInFlight(cache, inode, head)) return 1;
    const size = world.volume.inodes.sizeBytes(inode);
    let page = cache.nextDirty(inode, head, behind);
    while (page !== NO_PAGE) {
      cache.clearDirty(inode, page);
      if (page * BLOCK_BYTES < size) cache.setWriteback(inode, page);
      page = cache.nextDirty(inode, page + 1, behind);
    }
    frame.set(R.count, world.mm.protectPages(inode, head, behind));
    zeroTail(world, inode, head, behind, size);
    frame.set(R.endPage, behind);
    return 0;
  },
};

/** What a mapping stored behind the end of the file does not reach the device. */
function zeroTail(world: World, inode: number, head: number, behind: number, size: number): void {
  const { cache } = world.mm;
  for (let page = head; page < behind; page += 1) {
    const inside = Math.max(0, Math.min(BLOCK_BYTES, size - page * BLOCK_BYTES));
    if (inside === BLOCK_BYTES) continue;
    cache.bytes.zero(cache.slot(inode, page), inside, BLOCK_BYTES - inside);
  }
}

/** Whether the run goes on with the folio behind it. */
export const nextOfRun: Step = {
  name: 'nextOfRun',
  outcomes: ['More', 'End'],
  touches: ['dirtyTag', 'cacheIndex'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const at = frame.get(R.endPage);
    if (at !== frame.get(R.cursor) || at >= frame.get(R.end)) return 1;
    if (at - frame.get(R.firstPage) >= RUN_PAGES || !cache.has(inode, at)) return 1;
    if (cache.head(inode, at) !== at || !cache.isFolioDirty(inode, at)) return 1;
    frame.set(R.entryPage, at);
    return 0;
  },
};

/** What lies under the next claimed page of the run, from `firstPage` on; aims the copy at it. */
export const mapClaimed: Step = {
  name: 'mapClaimed',
  outcomes: ['Media', 'Place', 'End'],
  touches: ['extentMap', 'cacheIndex', 'inodeCore'],
  run(world, frame) {
    const { cache, stats } = world.mm;
    const inode = frame.get(R.inode);
    const limit = frame.get(R.endPage);
    for (;;) {
      const page = cache.nextWriteback(inode, frame.get(R.firstPage), limit);
      if (page === NO_PAGE) return 2;
      const state = lookUp(world, inode, page);
      frame.set(R.page, page);
      frame.set(R.state, state);
      frame.set(R.firstPage, page);
      if (state === DELAYED) return 1;
      if (state === ExtentState.Hole) {
        endPages(world, inode, page, Math.min(found.end, limit));
        continue;
      }
      let end = page + 1;
      const runEnd = Math.min(found.end, limit);
      while (end < runEnd && cache.nextWriteback(inode, end, end + 1) === end) end += 1;
      stats.pagesWritten += end - page;
      frame.set(R.block, found.block);
      frame.set(R.oldBlock, found.block);
      frame.set(R.chunk, 0);
      frame.set(R.count, end - page);
      frame.set(R.moveFile, page * BLOCK_BYTES);
      frame.set(R.moveFrom, found.block * BLOCK_BYTES);
      frame.set(R.moveTo, (found.block + end - page) * BLOCK_BYTES);
      return 0;
    }
  },
};

const placed = { start: 0, length: 0 };

/**
 * What of the promised run with `page` gets blocks: all of it, or what is written from there on.
 */
function partToPlace(world: World, inode: number, page: number, limit: number): typeof placed {
  const { delayed } = world;
  placed.start = delayed.start;
  placed.length = delayed.length;
  if (!cacheValues(world).placesWrittenOnly) return placed;
  const { cache } = world.mm;
  const end = Math.min(delayed.start + delayed.length, limit);
  let behind = page + 1;
  while (behind < end && cache.nextWriteback(inode, behind, behind + 1) === behind) behind += 1;
  placed.start = page;
  placed.length = behind - page;
  return placed;
}

/**
 * Gives the promised run with `page` blocks of its own, unwritten: xfs_bmapi_convert_delalloc. What
 * finds no place in one piece stays promised.
 */
export const placePromised: Step = {
  name: 'placePromised',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    const { delayed, volume } = world;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (!delayed.has(inode, page)) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const { start, length } = partToPlace(world, inode, page, frame.get(R.endPage));
    volume.allocator.addDelayed(-delayed.remove(inode, start, start + length));
    const answer = reserveAt(world, frame, start, length);
    const got = answer === Answer.Ok ? frame.get(R.count) : 0;
    let outcome: MediaOutcome = MediaOutcome.Done;
    if (got > 0) {
      outcome = volume.extents.insert(inode, start, frame.get(R.block), got, true);
      if (outcome !== MediaOutcome.Done) volume.allocator.giveBack(frame.get(R.block), got);
    }
    const kept = outcome === MediaOutcome.Done ? got : 0;
    if (kept < length) {
      volume.allocator.addDelayed(delayed.add(inode, start + kept, length - kept));
    }
    frame.set(R.sequence, volume.commit());
    frame.set(R.page, page);
    return answer === Answer.Ok ? settle(frame, outcome) : answer;
  },
};

/** The bytes are durable: blocks become written, and the logged size follows. */
export const endWriteout: Step = {
  name: 'endWriteout',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'inodeCore', 'log', 'size', 'cacheIndex'],
  per: 'transactions',
  run(world, frame) {
    const { extents, inodes } = world.volume;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    const count = frame.get(R.count);
    frame.set(R.transactions, 0);
    const reached = Math.min(inodes.sizeBytes(inode), (page + count) * BLOCK_BYTES);
    const isLonger = reached > inodes.loggedSize(inode);
    const isUnwritten = frame.get(R.state) === ExtentState.Unwritten;
    if (isLonger || isUnwritten) {
      if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
      frame.set(R.transactions, 1);
      const outcome = isUnwritten ? extents.convert(inode, page, count) : MediaOutcome.Done;
      if (isLonger) inodes.setLoggedSize(inode, reached);
      frame.set(R.sequence, world.volume.commit());
      const answer = settle(frame, outcome);
      if (answer !== Answer.Ok) return answer;
    }
    endPages(world, inode, page, page + count);
    frame.set(R.firstPage, page + count);
    return Answer.Ok;
  },
};

/** What could not be written back, for want of space, is dirty again. */
export const giveUpWriteout: Step = {
  name: 'giveUpWriteout',
  outcomes: ['Ok'],
  touches: ['cacheIndex', 'dirtyTag'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const end = frame.get(R.endPage);
    for (let page = frame.get(R.firstPage); page < end; page += 1) {
      if (cache.nextWriteback(inode, page, page + 1) !== page) continue;
      cache.markDirty(inode, page);
    }
    endPages(world, inode, frame.get(R.firstPage), end);
    return 0;
  },
};

function endPages(world: World, inode: number, from: number, end: number): void {
  for (let page = from; page < end; page += 1) world.mm.cache.clearWriteback(inode, page);
  world.signal(folioWritten.name, inode);
}

/** The next page of [cursor, end) that somebody else still writes back. */
export const nextInFlight: Step = {
  name: 'nextInFlight',
  outcomes: ['Found', 'End'],
  touches: ['cacheIndex'],
  run(world, frame: Frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const from = frame.get(R.cursor);
    const end = frame.get(R.end);
    const written = cache.nextWriteback(inode, from, end);
    const page = written === NO_PAGE ? cache.nextSent(inode, from, end) : written;
    if (page === NO_PAGE) return 1;
    frame.set(R.entryPage, cache.head(inode, page));
    return 0;
  },
};
