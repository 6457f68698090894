/**
 * Steps that take translations and entries away: Linux 6.12 mm/truncate.c, mm/memory.c
 * (unmap_mapping_pages) and fs/dax.c (dax_layout_busy_page, __dax_invalidate_entry).
 *
 * Pages [cursor, end) of `inode`; a zap is complete, shoot-down included, when its step ends, and
 * `count` says how many translations it removed.
 */
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';

/** Register `flags` of unmapRange. */
export const UnmapFlag = {
  /** Private copies go as well, as when the file ends before them. */
  EvenCopies: 1,
} as const;

/** Removes the translations to a range from all mappings. */
export const zapRange: Step = {
  name: 'zapRange',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  per: 'count',
  run(world, frame) {
    const evenCopies = (frame.get(R.flags) & UnmapFlag.EvenCopies) !== 0;
    const from = frame.get(R.cursor);
    const end = Math.min(frame.get(R.end), PAGE_LIMIT);
    frame.set(R.count, world.mm.zapInode(frame.get(R.inode), from, end, evenCopies));
    return 0;
  },
};

/** Before a layout changes: the whole file on XFS with DAX, else the range or nothing, and no
 * private copies. */
export const zapForLayout: Step = {
  name: 'zapForLayout',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  per: 'count',
  run(world, frame) {
    frame.set(R.count, 0);
    if (world.personality.layoutBreakScope === 'none') return 0;
    const isWholeFile = world.personality.layoutBreakScope === 'file';
    const from = isWholeFile ? 0 : frame.get(R.cursor);
    const end = isWholeFile ? PAGE_LIMIT : Math.min(frame.get(R.end), PAGE_LIMIT);
    frame.set(R.count, 0);
    // Whoever frees first unmaps behind that only.
    if (world.knobs.punchOrder === 'freeThenUnmap') return 0;
    world.mm.leavesStale = world.knobs.shootDown === 'afterFree';
    frame.set(R.count, world.mm.zapInode(frame.get(R.inode), from, end, false));
    world.mm.leavesStale = false;
    return 0;
  },
};

/** The next entry with a page in [cursor, end); its lock is to be taken next. */
export const nextEntry: Step = {
  name: 'nextEntry',
  outcomes: ['Found', 'End'],
  touches: ['entryIndex'],
  run(world, frame) {
    const { entries } = world.mm;
    const end = Math.min(frame.get(R.end), PAGE_LIMIT);
    const page = entries.next(frame.get(R.inode), frame.get(R.cursor), end);
    if (page === NO_PAGE) return 1;
    frame.set(R.page, page);
    frame.set(R.entryPage, page);
    frame.set(R.cursor, page + entries.pages(frame.get(R.inode), page));
    return 0;
  },
};

/** Removes an entry, dirty or not: what it stood for is gone from the file. */
export const dropEntry: Step = {
  name: 'dropEntry',
  outcomes: ['Ok'],
  touches: ['daxEntry', 'dirtyTag'],
  run(world, frame) {
    const isThere = world.mm.entries.remove(frame.get(R.inode), frame.get(R.page));
    if (isThere) world.mm.stats.droppedEntries += 1;
    return 0;
  },
};

/**
 * Removes an entry if it is clean; a dirty one holds stores that no extent change invalidates. An
 * entry that came in its place is found by going back.
 */
export const dropCleanEntry: Step = {
  name: 'dropCleanEntry',
  outcomes: ['Ok'],
  touches: ['daxEntry', 'dirtyTag'],
  run(world, frame) {
    const { entries, stats } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (entries.isDirty(inode, page) && world.knobs.dirtyEntries === 'kept') return 0;
    const start = entries.start(inode, page);
    if (start !== NO_PAGE && start !== page) frame.set(R.cursor, page);
    else if (entries.remove(inode, page)) stats.droppedEntries += 1;
    return 0;
  },
};

/** Goes back to the first page of the range, kept in `offset`, for another pass. */
export const restartRange: Step = {
  name: 'restartRange',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.cursor, frame.get(R.offset));
    return 0;
  },
};

/** Remembers the first page of the range. */
export const rememberRange: Step = {
  name: 'rememberRange',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.offset, frame.get(R.cursor));
    return 0;
  },
};
