/**
 * Steps of write(2) through the page cache: Linux 6.12 fs/iomap/buffered-io.c, iomap_write_iter.
 *
 *      folio cached ─────────────────────────────────▶ copy ─▶ dirty, size
 *        └ absent ─▶ make ─ edges not overwritten? fill ┘
 *
 * One folio at a time, under its lock. The size grows in core with each folio; on media when what
 * was written is.
 */
import { BLOCK_BYTES, LINE_BYTES } from '@daxsim/sim';
import { Errno } from '../../abi.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import { noteSizeChange } from '../files/stamps.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import {
  cacheValues,
  endFilling,
  holdPages,
  isInFlight,
  letPagesGo,
  makeFolio,
  markDirty,
} from './folios.js';

/** The order of a new folio for a write of `bytes` at a page. */
function orderFor(world: World, page: number, bytes: number): number {
  const { folioOrderMost, writesLargeFolios } = cacheValues(world);
  if (!writesLargeFolios || bytes < 2 * BLOCK_BYTES) return 0;
  const order = Math.min(folioOrderMost, 31 - Math.clz32(Math.floor(bytes / BLOCK_BYTES)));
  return page % (1 << order) === 0 ? order : 31 - Math.clz32(page & -page);
}

/** Whether a write of [cursor, end) leaves bytes of pages [first, behind) as they are. */
function isPartial(frame: Frame, first: number, behind: number): boolean {
  return frame.get(R.cursor) > first * BLOCK_BYTES || frame.get(R.end) < behind * BLOCK_BYTES;
}

/**
 * Finds or makes the folio under the cursor; `chunk` is what of the write goes into it, `entryPage`
 * where it begins.
 */
export const takeFolio: Step = {
  name: 'takeFolio',
  outcomes: ['Ready', 'New', 'Fill', 'Filling'],
  touches: ['cacheIndex', 'pageTable'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    const mappedEnd = frame.get(R.mappedEnd);
    const page = Math.floor(cursor / BLOCK_BYTES);
    const wasThere = cache.has(inode, page);
    if (wasThere && !cache.isReady(inode, page)) {
      frame.set(R.entryPage, cache.head(inode, page));
      return 3;
    }
    if (!wasThere) {
      let order = orderFor(world, page, mappedEnd - cursor);
      while (!makeFolio(world, frame, page, order)) order -= 1;
    }
    const head = cache.head(inode, page);
    const behind = cache.behind(inode, page);
    frame.set(R.entryPage, head);
    frame.set(R.firstPage, page);
    frame.set(R.endPage, behind);
    frame.set(R.chunk, Math.min(mappedEnd, behind * BLOCK_BYTES) - cursor);
    if (wasThere) return 0;
    return isPartial(frame, head, behind) ? 2 : 1;
  },
};

/**
 * Under the folio's lock: is it still the one, and not being written back where pages are stable?
 * Then its pages are held and the copy is aimed.
 */
export const aimCopyIn: Step = {
  name: 'aimCopyIn',
  outcomes: ['Ok', 'Gone', 'Busy'],
  touches: ['folio'],
  per: 'count',
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const cursor = frame.get(R.cursor);
    const chunk = frame.get(R.chunk);
    const page = Math.floor(cursor / BLOCK_BYTES);
    const end = Math.ceil((cursor + chunk) / BLOCK_BYTES);
    frame.set(R.count, Math.ceil(chunk / LINE_BYTES));
    const head = cache.head(inode, page);
    const isSame = cache.has(inode, page) && head === frame.get(R.entryPage);
    if (!isSame || cache.behind(inode, page) < end) return 1;
    // What this write made is ready when its bytes are there, so that nobody sees it before.
    const isOwn = cache.nextToFill(inode, head, head + 1, frame.task) === head;
    if (!isOwn && !cache.isReady(inode, page)) return 1;
    if (mustWait(world, inode, page)) return 2;
    frame.set(R.firstPage, page);
    frame.set(R.endPage, end);
    holdPages(world, inode, page, end);
    frame.set(R.moveFile, cursor);
    frame.set(R.moveTo, cursor + chunk);
    return 0;
  },
};

/** Whether a page must not change because it is being written back. */
export function mustWait(world: World, inode: number, page: number): boolean {
  const { stableWrites } = world.knobs;
  const waits = stableWrites === 'asDevice' ? cacheValues(world).stablePages : false;
  return (waits || stableWrites === 'waited') && isInFlight(world.mm.cache, inode, page);
}

/** The bytes are there: the pages are dirty, and the file may be longer. */
export const endCopyIn: Step = {
  name: 'endCopyIn',
  outcomes: ['Ok'],
  touches: ['folio', 'size', 'dirtyTag'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const first = frame.get(R.firstPage);
    const end = frame.get(R.endPage);
    const written = frame.get(R.cursor) + frame.get(R.chunk);
    const head = world.mm.cache.head(inode, first);
    if (world.mm.cache.isFilling(inode, first)) endFilling(world, inode, head);
    markDirty(world, inode, first, end);
    world.mm.cache.touch(inode, first);
    letPagesGo(world, inode, first, end);
    if (written > inodes.sizeBytes(inode)) {
      inodes.setCoreSize(inode, written);
      noteSizeChange(world, inode);
    }
    return 0;
  },
};

/** Behind the folio: is more of the write mapped, or more to be mapped? */
export const nextFolio: Step = {
  name: 'nextFolio',
  outcomes: ['Folio', 'Map', 'End'],
  touches: [],
  run(_world, frame) {
    const chunk = frame.get(R.chunk);
    const cursor = frame.get(R.cursor) + chunk;
    frame.set(R.cursor, cursor);
    frame.set(R.done, frame.get(R.done) + chunk);
    if (cursor >= frame.get(R.end)) return 2;
    return cursor < frame.get(R.mappedEnd) ? 0 : 1;
  },
};

/** What a write without space does: once it waits until promises have become blocks. */
export const flushForSpace: Step = {
  name: 'flushForSpace',
  outcomes: ['Stop', 'Flush'],
  touches: [],
  run(world, frame) {
    const isFirst = frame.get(R.hasFlushed) === 0 && cacheValues(world).flushesForSpace;
    if (frame.get(R.done) > 0 || !isFirst || frame.get(R.errno) !== Errno.NoSpace) return 0;
    frame.set(R.hasFlushed, 1);
    frame.set(R.errno, Errno.None);
    return 1;
  },
};

/** What the write did: bytes before an error count as success, short. */
export const settleCachedWrite: Step = {
  name: 'settleCachedWrite',
  outcomes: ['Ok', 'Failed'],
  touches: [],
  run(_world, frame) {
    const done = frame.get(R.done);
    if (done === 0 && frame.get(R.errno) !== Errno.None) return 1;
    frame.set(R.errno, Errno.None);
    frame.set(R.result, done);
    return 0;
  },
};

/** Whether too many pages are dirty: whoever makes more writes its own back. */
export const isTooDirty: Step = {
  name: 'isTooDirty',
  outcomes: ['No', 'Yes'],
  touches: ['dirtyTag'],
  run(world) {
    return world.mm.cache.dirtyPages > cacheValues(world).dirtyMost ? 1 : 0;
  },
};
