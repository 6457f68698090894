/**
 * Steps of writing dirty pages back: Linux 6.12 fs/dax.c, dax_writeback_one.
 *
 *      protect every mapping ─▶ flush the entry ─▶ clear the tag       under the entry's lock
 *
 * A store after the protection faults, and the fault waits for the entry: so nothing that is
 * flushed here can change between its flush and its tag.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { EntryKind } from '../../mm/dax-entries.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** The next dirty entry with a page in [cursor, end). */
export const nextDirtyPage: Step = {
  name: 'nextDirtyPage',
  outcomes: ['Found', 'End'],
  touches: ['dirtyTag', 'daxEntry'],
  run(world, frame) {
    const { entries } = world.mm;
    const inode = frame.get(R.inode);
    const page = entries.nextDirty(inode, frame.get(R.cursor), frame.get(R.end));
    if (page === NO_PAGE) return 1;
    frame.set(R.page, page);
    frame.set(R.entryPage, page);
    frame.set(R.cursor, page + entries.pages(inode, page));
    return 0;
  },
};

/**
 * Makes the pages of the entry read-only in every page table; there may be nothing to do any more,
 * or an entry of another size in its place, which is found by going back.
 */
export const protectEntry: Step = {
  name: 'protectEntry',
  outcomes: ['Ok', 'Clean', 'Zero'],
  touches: ['daxEntry', 'dirtyTag', 'pageTable'],
  per: 'count',
  run(world, frame) {
    const { mm } = world;
    const { entries } = mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    frame.set(R.count, 0);
    if (!entries.isDirty(inode, page)) return 1;
    if (entries.start(inode, page) !== page) {
      frame.set(R.cursor, page);
      return 1;
    }
    const pages = entries.pages(inode, page);
    if (protects(world, pages)) {
      frame.set(R.count, mm.protectPages(inode, page, page + pages));
    }
    if (entries.kind(inode, page) !== EntryKind.Block) return 2;
    frame.set(R.block, entries.block(inode, page));
    frame.set(R.chunk, pages * BLOCK_BYTES);
    return 0;
  },
};

function protects(world: World, pages: number): boolean {
  const { fsyncProtects } = world.knobs;
  return fsyncProtects === 'all' || (fsyncProtects === 'pagesOnly' && pages === 1);
}

export const clearDirtyTag: Step = {
  name: 'clearDirtyTag',
  outcomes: ['Ok'],
  touches: ['daxEntry', 'dirtyTag'],
  run(world, frame) {
    const { entries } = world.mm;
    const inode = frame.get(R.inode);
    if (world.knobs.syncedTags === 'ofRange') entries.clearDirty(inode, frame.get(R.page));
    else {
      for (let page = 0; page !== NO_PAGE; page = entries.nextDirty(inode, page, PAGE_LIMIT)) {
        if (entries.isDirty(inode, page)) entries.clearDirty(inode, page);
      }
    }
    world.mm.stats.flushedPages += 1;
    return 0;
  },
};
