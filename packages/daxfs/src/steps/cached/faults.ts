/**
 * Steps of a page fault on a cached file: Linux 6.12 mm/filemap.c (filemap_fault,
 * filemap_map_pages), fs/iomap/buffered-io.c (iomap_page_mkwrite).
 *
 *      read    around: map what is cached near by ─ the page among it? done
 *              find: absent, or marked? ─▶ read around, or ahead, then all again
 *              folio: still the file's, inside its size? ─▶ map it, read only
 *      write   find the page likewise ─▶ stamp ─▶ folio: promise blocks ─▶ dirty ─▶ map it
 *
 * `hasRead` is 1 once the fault let go of everything to read: then it does not read ahead again.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { NO_AREA, Protection } from '../../mm/areas.js';
import { HUGE_PAGES } from '../../mm/huge.js';
import { isCopy } from '../../mm/memory-maps.js';
import { Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { faultPage, placeInMapping } from '../mapped/fault-size.js';
import { cacheValues, holdPages, letPagesGo, markDirty } from './folios.js';
import { ReadAheadCause } from './read-ahead.js';
import { mustWait } from './writing.js';

/** The exception, and the search for the area: is there one, and does it allow the access? */
export const enterCachedFault: Step = {
  name: 'enterCachedFault',
  outcomes: ['Shared', 'Denied', 'Private'],
  touches: ['mappings'],
  run(world, frame) {
    const { mappings, stats } = world.mm;
    const mapping = frame.get(R.mapping);
    const isWrite = frame.get(R.access) === Access.Write;
    if (isWrite) stats.writeFaults += 1;
    else stats.readFaults += 1;
    const page = faultPage(frame);
    const area = mappings.isLive(mapping) ? mappings.areas.find(mapping, page) : NO_AREA;
    const wanted = isWrite ? Protection.Write : Protection.Read | Protection.Write;
    if (area === NO_AREA || (mappings.areas.protection(area) & wanted) === 0) {
      stats.signalFaults += 1;
      return 1;
    }
    frame.set(R.inode, mappings.inode(mapping));
    frame.set(R.faultPage, mappings.firstPage(mapping) + page);
    frame.set(R.page, mappings.firstPage(mapping) + page);
    frame.set(R.span, 1);
    frame.set(R.hasRead, 0);
    return mappings.isShared(mapping) ? 0 : 2;
  },
};

/**
 * Maps what is cached in the aligned window around the fault, as far as its area, its table and
 * the file go: do_fault_around. Folios with a mark are left for a fault of their own.
 */
export const mapCachedAround: Step = {
  name: 'mapCachedAround',
  outcomes: ['No', 'Mapped'],
  touches: ['pageTable', 'cacheIndex', 'size', 'handle', 'mappings'],
  per: 'count',
  run(world, frame) {
    const { cache, mappings, readAhead, stats, table } = world.mm;
    const inode = frame.get(R.inode);
    const mapping = frame.get(R.mapping);
    const page = faultPage(frame);
    frame.set(R.count, 0);
    const window = cacheValues(world).mapAroundPages;
    const area = mappings.areas.find(mapping, page);
    if (window < 2 || area === NO_AREA) return 0;
    const slotStart = table.slotStart(mapping, page);
    const aligned = page - ((page - slotStart) % window);
    const first = Math.max(aligned, mappings.areas.start(area));
    const shown = mappings.firstPage(mapping);
    const size = world.volume.inodes.sizeBytes(inode);
    const limit = Math.min(
      first + window,
      mappings.areas.end(area),
      Math.ceil(size / BLOCK_BYTES) - shown,
      slotStart + HUGE_PAGES,
    );
    const handle = readAhead.handleOf(mapping);
    let misses = readAhead.missCount(handle);
    let isMapped = false;
    let mapped = 0;
    for (let at = first; at < limit; at += 1) {
      const filePage = shown + at;
      if (!cache.isReady(inode, filePage) || cache.isMarked(inode, filePage)) continue;
      if (misses > 0) misses -= 1;
      if (table.kind(mapping, at) !== Translation.Absent) continue;
      table.install(mapping, at, Translation.Cached, cache.slot(inode, filePage));
      mapped += 1;
      if (at === page) isMapped = true;
    }
    readAhead.setMissCount(handle, misses);
    stats.pagesAround += Math.max(0, mapped - 1);
    frame.set(R.count, mapped);
    return isMapped ? 1 : 0;
  },
};

/** Whether the page of the fault can be mapped, or what must be read first. */
export const findFaultFolio: Step = {
  name: 'findFaultFolio',
  outcomes: ['Cached', 'Missing', 'Marked', 'Filling', 'Beyond'],
  touches: ['cacheIndex', 'size', 'handle'],
  run(world, frame) {
    const { cache, readAhead, stats } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.faultPage);
    const isFirst = frame.get(R.hasRead) === 0;
    frame.set(R.page, page);
    frame.set(R.entryPage, cache.head(inode, page));
    if (page * BLOCK_BYTES >= world.volume.inodes.sizeBytes(inode)) {
      stats.signalFaults += 1;
      return 4;
    }
    frame.set(R.hasRead, 1);
    if (!cache.has(inode, page)) return 1;
    if (!cache.isReady(inode, page)) return 3;
    if (!isFirst) return 0;
    const handle = readAhead.handleOf(frame.get(R.mapping));
    const misses = readAhead.missCount(handle);
    if (misses > 0) readAhead.setMissCount(handle, misses - 1);
    if (!cache.isMarked(inode, page)) return 0;
    frame.set(R.handle, handle);
    frame.set(R.flags, ReadAheadCause.Mark);
    frame.set(R.page, cache.head(inode, page));
    frame.set(R.count, cacheValues(world).readAheadPages);
    return 2;
  },
};

/** Under the folio's lock: whether the folio still is the file's there. */
function isGone(world: World, frame: Frame): boolean {
  const { cache } = world.mm;
  const inode = frame.get(R.inode);
  const page = frame.get(R.faultPage);
  return !cache.isReady(inode, page) || cache.head(inode, page) !== frame.get(R.entryPage);
}

/** Under the folio's lock: maps the page for loads if it still is the file's, inside its size. */
export const mapCachedPage: Step = {
  name: 'mapCachedPage',
  outcomes: ['Ok', 'Gone', 'Beyond'],
  touches: ['folio', 'pageTable', 'size'],
  run(world, frame) {
    const { cache, stats, table } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.faultPage);
    if (isGone(world, frame)) return 1;
    if (page * BLOCK_BYTES >= world.volume.inodes.sizeBytes(inode)) {
      stats.signalFaults += 1;
      return 2;
    }
    stats.pageFaults += 1;
    cache.touch(inode, page);
    const mapping = frame.get(R.mapping);
    const place = placeInMapping(world, frame);
    if (place < 0 || table.kind(mapping, place) !== Translation.Absent) return 0;
    table.install(mapping, place, Translation.Cached, cache.slot(inode, page));
    return 0;
  },
};

/** What a store finds in the page table: a page to be made writable, or none. */
export const findMapped: Step = {
  name: 'findMapped',
  outcomes: ['Absent', 'Mapped', 'Writable'],
  touches: ['pageTable', 'cacheIndex'],
  run(world, frame) {
    const { cache, table } = world.mm;
    const kind = table.kind(frame.get(R.mapping), faultPage(frame));
    frame.set(R.entryPage, cache.head(frame.get(R.inode), frame.get(R.faultPage)));
    if (kind === Translation.CachedWritable) return 2;
    return kind === Translation.Cached || kind === Translation.CachedDirty ? 1 : 0;
  },
};

/** Under the folio's lock: may it become dirty? Aims the promise at its bytes inside the file. */
export const checkFolio: Step = {
  name: 'checkFolio',
  outcomes: ['Ok', 'Gone', 'Busy'],
  touches: ['folio', 'size'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.faultPage);
    const size = world.volume.inodes.sizeBytes(inode);
    if (isGone(world, frame) || page * BLOCK_BYTES >= size) return 1;
    if (mustWait(world, inode, page)) return 2;
    frame.set(R.firstPage, cache.head(inode, page));
    frame.set(R.endPage, cache.behind(inode, page));
    holdPages(world, inode, frame.get(R.firstPage), frame.get(R.endPage));
    frame.set(R.cursor, frame.get(R.firstPage) * BLOCK_BYTES);
    frame.set(R.end, Math.min(cache.behind(inode, page) * BLOCK_BYTES, size));
    return 0;
  },
};

/** Whether all of the folio has blocks or promises. */
export const nextPromise: Step = {
  name: 'nextPromise',
  outcomes: ['More', 'End'],
  touches: [],
  run(_world, frame) {
    frame.set(R.cursor, frame.get(R.mappedEnd));
    return frame.get(R.mappedEnd) < frame.get(R.end) ? 0 : 1;
  },
};

/** The folio becomes dirty, and its page of the fault writable. */
export const mapCachedForWriting: Step = {
  name: 'mapCachedForWriting',
  outcomes: ['Ok'],
  touches: ['folio', 'dirtyTag', 'pageTable', 'size'],
  run(world, frame) {
    const { cache, stats, table } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.faultPage);
    const mapping = frame.get(R.mapping);
    const size = world.volume.inodes.sizeBytes(inode);
    const behind = Math.min(cache.behind(inode, page), Math.ceil(size / BLOCK_BYTES));
    letPagesGo(world, inode, frame.get(R.firstPage), frame.get(R.endPage));
    markDirty(world, inode, cache.head(inode, page), behind);
    cache.touch(inode, page);
    stats.pageFaults += 1;
    const place = placeInMapping(world, frame);
    if (place < 0) return 0;
    if (table.kind(mapping, place) === Translation.Cached) stats.upgradeFaults += 1;
    table.install(mapping, place, Translation.CachedWritable, cache.slot(inode, page));
    return 0;
  },
};

/** The folio of a store for which there is no space may go. */
export const letFolioGo: Step = {
  name: 'letFolioGo',
  outcomes: ['Ok'],
  touches: ['cacheIndex'],
  run(world, frame) {
    letPagesGo(world, frame.get(R.inode), frame.get(R.firstPage), frame.get(R.endPage));
    return 0;
  },
};

/** A store for which there is no space ends in SIGBUS. */
export const giveUpStore: Step = {
  name: 'giveUpStore',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    frame.set(R.errno, Errno.None);
    world.mm.stats.signalFaults += 1;
    return 0;
  },
};

/** Takes memory for a private copy of a cached page, or finds that there is a copy. */
export const takeCachedCopy: Step = {
  name: 'takeCachedCopy',
  outcomes: ['Fill', 'Ready', 'Gone'],
  touches: ['folio', 'pageTable', 'mappings'],
  run(world, frame) {
    const { cache, privatePages, stats, table } = world.mm;
    if (isGone(world, frame)) return 2;
    stats.copyFaults += 1;
    const mapping = frame.get(R.mapping);
    const place = placeInMapping(world, frame);
    if (place < 0 || isCopy(table.kind(mapping, place))) return 1;
    const page = frame.get(R.faultPage);
    frame.set(R.firstPage, page);
    frame.set(R.endPage, page + 1);
    holdPages(world, frame.get(R.inode), page, page + 1);
    frame.set(R.block, cache.slot(frame.get(R.inode), page));
    frame.set(R.moveFile, privatePages.take());
    return 0;
  },
};
