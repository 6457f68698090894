/**
 * Steps of a client: Linux 6.12 fs/fuse/file.c, fs/nfs/write.c. It knows its files by the pages it
 * caches, and asks for one page at a time.
 *
 *      fill        make the folio ─▶ READ into its page ─▶ ready
 *      writeback   claim the folio ─▶ copy the page ─▶ free at once; the copy goes off
 *                                └──▶ or the page itself goes, and is free when it is answered
 *
 * The copy is FUSE's, so that a page never waits for a server that may be a program that
 * stores to it. While a page is on its way no other version of it is sent after it.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Errno, FallocMode } from '../../abi.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import { endFilling, folioWritten } from '../cached/folios.js';
import { Answer, OK_FAILED, fail } from '../files/answers.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** The next page of [cursor, end) that this task made and must fill. */
export const nextToFetch: Step = {
  name: 'nextToFetch',
  outcomes: ['Found', 'End'],
  touches: ['cacheIndex'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = cache.nextToFill(inode, frame.get(R.cursor), frame.get(R.end), frame.task);
    if (page === NO_PAGE) return 1;
    frame.set(R.page, page);
    frame.set(R.slot, cache.slot(inode, page));
    frame.set(R.cursor, page + 1);
    return 0;
  },
};

/** The page holds what the server answered. */
export const endFetch: Step = {
  name: 'endFetch',
  outcomes: ['Ok'],
  touches: ['cacheIndex'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (world.mm.cache.isFilling(inode, page)) endFilling(world, inode, page);
    return 0;
  },
};

function bounces(world: World, slot: number): boolean {
  if (world.knobs.pinnedWrites === 'asTheyAre') return false;
  const own = world.personality.server?.bouncePages ?? 'none';
  const which = world.knobs.pinnedWrites === 'bounced' && own === 'none' ? 'pinned' : own;
  if (which !== 'pinned') return which === 'all';
  return world.mm.cache.bytes.holdersOf(slot) > 1;
}

/** Under the folio's lock: the next claimed page of [firstPage, endPage), and how it is sent. */
export const nextToSend: Step = {
  name: 'nextToSend',
  outcomes: ['Bounce', 'Send', 'End'],
  touches: ['folio', 'size', 'cacheIndex', 'cachedBytes'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = cache.nextWriteback(inode, frame.get(R.firstPage), frame.get(R.endPage));
    if (page === NO_PAGE) return 2;
    const own = cache.slot(inode, page);
    const isCopied = bounces(world, own);
    frame.set(R.page, page);
    frame.set(R.firstPage, page + 1);
    frame.set(R.moveFile, page * BLOCK_BYTES);
    const size = world.volume.inodes.sizeBytes(inode);
    frame.set(R.chunk, Math.max(0, Math.min(BLOCK_BYTES, size - page * BLOCK_BYTES)));
    frame.set(R.block, own);
    if (!isCopied) cache.bytes.hold(own);
    frame.set(R.slot, isCopied ? cache.bytes.take() : own);
    cache.setSent(inode, page);
    return isCopied ? 0 : 1;
  },
};

/** Whether somebody must wait until the page is answered, because too many are on their way. */
export const sendsAlone: Step = {
  name: 'sendsAlone',
  outcomes: ['Yes', 'No'],
  touches: ['cacheIndex'],
  run(world) {
    const most = world.personality.server?.backgroundMost ?? 0;
    return world.mm.cache.sentPages <= most ? 0 : 1;
  },
};

/** The copy is made: the page is no longer under writeback (fuse_writepage_locked). */
export const endBounce: Step = {
  name: 'endBounce',
  outcomes: ['Ok'],
  touches: ['folio', 'cacheIndex'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    world.mm.cache.clearWriteback(inode, frame.get(R.page));
    world.signal(folioWritten.name, inode);
    return 0;
  },
};

/** Whether write(2) waits for its server; [firstPage, endPage) is what it wrote. */
export const writesThrough: Step = {
  name: 'writesThrough',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(world) {
    return world.personality.server?.writesThrough === true ? 1 : 0;
  },
};

/** What clients ask their servers for: allocation, punches, zeroing. */
export const refuseShifts: Step = {
  name: 'refuseShifts',
  outcomes: OK_FAILED,
  touches: [],
  run(_world, frame) {
    const shifts = FallocMode.CollapseRange | FallocMode.InsertRange | FallocMode.Unshare;
    if ((frame.get(R.flags) & shifts) !== 0) return fail(frame, Errno.NotSupported);
    return Answer.Ok;
  },
};

/** Whether a call takes bytes away, so that what is cached of them must go. */
export const losesBytes: Step = {
  name: 'losesBytes',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    const loses = FallocMode.PunchHole | FallocMode.ZeroRange;
    return (frame.get(R.flags) & loses) !== 0 ? 1 : 0;
  },
};

/** The pages from the one with the smaller end on: all that a truncation may find on its way. */
export const pagesFromEnd: Step = {
  name: 'pagesFromEnd',
  outcomes: ['Ok'],
  touches: ['size'],
  run(world, frame) {
    const size = world.volume.inodes.sizeBytes(frame.get(R.inode));
    frame.set(R.firstPage, Math.floor(Math.min(size, frame.get(R.length)) / BLOCK_BYTES));
    frame.set(R.endPage, PAGE_LIMIT);
    return 0;
  },
};

/** Aims at the page with the old end, before a write goes beyond it. */
export const aimAtGap: Step = {
  name: 'aimAtGap',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.entryPage, Math.floor(frame.get(R.cursor) / BLOCK_BYTES));
    return 0;
  },
};

/**
 * What a mapping stored behind the end of a cached page becomes zero (pagecache_isize_extended).
 */
export const zeroCachedGap: Step = {
  name: 'zeroCachedGap',
  outcomes: ['Ok'],
  touches: ['folio', 'cacheIndex', 'cachedBytes'],
  run(world, frame) {
    const { cache } = world.mm;
    const page = frame.get(R.entryPage);
    const slot = cache.slot(frame.get(R.inode), page);
    const cursor = frame.get(R.cursor);
    const end = Math.min(frame.get(R.end), (page + 1) * BLOCK_BYTES);
    if (slot !== NO_PAGE && end > cursor) {
      cache.bytes.zero(slot, cursor % BLOCK_BYTES, end - cursor);
    }
    return 0;
  },
};

/** Takes a page of memory for the next part of a call past the cache, a page of it at most. */
export const aimPast: Step = {
  name: 'aimPast',
  outcomes: ['Ok'],
  touches: ['cacheIndex', 'cachedBytes'],
  run(world, frame) {
    const cursor = frame.get(R.cursor);
    const page = Math.floor(cursor / BLOCK_BYTES);
    const end = Math.min(frame.get(R.end), (page + 1) * BLOCK_BYTES);
    const slot = world.mm.cache.bytes.take();
    frame.set(R.page, page);
    frame.set(R.slot, slot);
    frame.set(R.block, slot);
    frame.set(R.chunk, end - cursor);
    frame.set(R.moveFile, cursor);
    frame.set(R.moveTo, end);
    return 0;
  },
};

/** Aims the copy to the caller at the page that was answered. */
export const aimAnswer: Step = {
  name: 'aimAnswer',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    const cursor = frame.get(R.cursor);
    frame.set(R.moveFrom, cursor % BLOCK_BYTES);
    frame.set(R.moveTo, (cursor % BLOCK_BYTES) + frame.get(R.chunk));
    frame.set(R.moveFile, cursor);
    return 0;
  },
};

/** The memory of the part goes. */
export const endPast: Step = {
  name: 'endPast',
  outcomes: ['Ok'],
  touches: ['cacheIndex', 'cachedBytes'],
  run(world, frame) {
    world.mm.cache.bytes.release(frame.get(R.slot));
    return 0;
  },
};
