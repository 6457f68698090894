/**
 * What steps do with folios: making them, waiting for them, marking them dirty, and making room
 * when the cache is full.
 *
 * Nothing is reclaimed that somebody uses: a step that finds pages and moves their bytes in a later
 * one *holds* them until then. A folio is made with all its pages or not at all.
 */
import type { Frame, WaitDefinition } from '@daxsim/sim';
import { PAGE_LIMIT, pageKey } from '../../mm/page-set.js';
import { NO_PAGE } from '../../mm/page-table.js';
import type { PageCache } from '../../mm/page-cache.js';
import { R } from '../../registers.js';
import type { CacheValues } from '../../personality.js';
import type { World } from '../../world.js';

/** The values of the personality's cache; recipes with these steps have one. */
export function cacheValues(world: World): CacheValues {
  const { cache } = world.personality;
  return cache ?? NO_CACHE;
}

/** Single pages and no readahead: what is left when a personality names no values. */
const NO_CACHE: CacheValues = Object.freeze({
  pagesMost: 32768,
  dirtyMost: 8192,
  readAheadLogic: 'split',
  readAheadPages: 0,
  requestPages: 1,
  mapAroundPages: 1,
  folioOrderMost: 0,
  writesLargeFolios: false,
  hasFoliosOfTwo: false,
  dirtyUnit: 'block',
  stablePages: false,
  delayedTree: 'none',
  preallocateBlocks: 0,
  zeroingSkipsUnwritten: false,
  flushesForSpace: true,
  zeroesDirtyPages: false,
  placesWrittenOnly: false,
  checksSectorsLate: false,
  flushesTruncated: false,
});

/** Whether a page of the folio of `page` is being written back, or sent to a server. */
export function isInFlight(cache: PageCache, inode: number, page: number): boolean {
  const head = cache.head(inode, page);
  const end = cache.behind(inode, page);
  if (cache.nextWriteback(inode, head, end) !== NO_PAGE) return true;
  return cache.nextSent(inode, head, end) !== NO_PAGE;
}

/** Until the folio of `entryPage` holds what the file does. */
export const folioReady: WaitDefinition<World> = {
  name: 'folioReady',
  key: (_world, frame) => pageKey(frame.get(R.inode), frame.get(R.entryPage)),
  ready: (world, frame) => !world.mm.cache.isFilling(frame.get(R.inode), frame.get(R.entryPage)),
};

/** Until no page of the folio of `entryPage` is being written back. */
export const folioWritten: WaitDefinition<World> = {
  name: 'folioWritten',
  key: (_world, frame) => frame.get(R.inode),
  ready(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.entryPage);
    return !isInFlight(cache, inode, page);
  },
};

/** Says that a folio of the frame's inode is filled, and wakes who waits for it. */
export function endFilling(world: World, inode: number, head: number): void {
  world.mm.cache.filled(inode, head);
  world.signal(folioReady.name, pageKey(inode, head));
}

/**
 * Makes a folio of 2^order pages at `head` that the task is to fill, after making room. False if
 * one of its pages is cached already.
 */
export function makeFolio(world: World, frame: Frame, head: number, order: number): boolean {
  const { cache } = world.mm;
  const inode = frame.get(R.inode);
  const pages = 1 << order;
  if (cache.hasAny(inode, head, pages)) return false;
  makeRoom(world, pages);
  cache.add(inode, head, order, frame.task);
  return true;
}

/** Takes clean folios that nobody uses out, those used longest ago first. */
function makeRoom(world: World, pages: number): void {
  const { cache, stats } = world.mm;
  const most = cacheValues(world).pagesMost;
  let key = -1;
  while (cache.pages + pages > most) {
    const next = cache.leastUsed(key);
    if (next < 0) return;
    const inode = Math.floor(next / PAGE_LIMIT);
    const page = next % PAGE_LIMIT;
    if (!isReclaimable(world, inode, page)) {
      key = next;
      continue;
    }
    world.mm.zapInode(inode, page, cache.behind(inode, page), false);
    cache.remove(inode, page);
    stats.foliosReclaimed += 1;
  }
}

function isReclaimable(world: World, inode: number, head: number): boolean {
  const { cache } = world.mm;
  const behind = cache.behind(inode, head);
  if (cache.isFilling(inode, head) || cache.isFolioDirty(inode, head)) return false;
  if (cache.nextWriteback(inode, head, behind) !== NO_PAGE) return false;
  return !isUsed(world, inode, head, behind);
}

/** Whether a pin or a running operation holds a page of [from, end). */
export function isUsed(world: World, inode: number, from: number, end: number): boolean {
  for (let page = from; page < end; page += 1) {
    if (world.mm.cache.isUsed(inode, page)) return true;
  }
  return false;
}

/** Keeps cached pages of [from, end) from being reclaimed, until `letPagesGo`. */
export function holdPages(world: World, inode: number, from: number, end: number): void {
  for (let page = from; page < end; page += 1) world.mm.cache.use(pageKey(inode, page));
}

export function letPagesGo(world: World, inode: number, from: number, end: number): void {
  for (let page = from; page < end; page += 1) world.mm.cache.endUse(pageKey(inode, page));
}

/** Marks pages [from, end) of one folio dirty, or all of it where that is the unit. */
export function markDirty(world: World, inode: number, from: number, end: number): void {
  const { cache } = world.mm;
  const isWhole = cacheValues(world).dirtyUnit === 'folio';
  const first = isWhole ? cache.head(inode, from) : from;
  const behind = isWhole ? cache.behind(inode, from) : end;
  for (let page = first; page < behind; page += 1) cache.markDirty(inode, page);
}
