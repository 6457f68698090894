/**
 * Steps of writing dirty pages back: Linux 6.12 fs/dax.c, dax_writeback_one.
 *
 *      protect every mapping ─▶ flush the page ─▶ clear the tag        under the entry's lock
 *
 * A store after the protection faults, and the fault waits for the entry: so nothing that is
 * flushed here can change between its flush and its tag.
 */
import { EntryKind } from '../../mm/dax-entries.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';

/** The next dirty page of [cursor, end). */
export const nextDirtyPage: Step = {
  name: 'nextDirtyPage',
  outcomes: ['Found', 'End'],
  touches: ['dirtyTag'],
  run(world, frame) {
    const page = world.mm.entries.nextDirty(
      frame.get(R.inode),
      frame.get(R.cursor),
      frame.get(R.end),
    );
    if (page === NO_PAGE) return 1;
    frame.set(R.page, page);
    frame.set(R.cursor, page + 1);
    return 0;
  },
};

/** Makes the page clean and read-only in every page table; there may be nothing to do any more. */
export const protectPage: Step = {
  name: 'protectPage',
  outcomes: ['Ok', 'Clean', 'Zero'],
  touches: ['daxEntry', 'dirtyTag', 'pageTable'],
  per: 'count',
  run(world, frame) {
    const { mm } = world;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    frame.set(R.count, 0);
    if (!mm.entries.isDirty(inode, page)) return 1;
    frame.set(R.count, mm.protectPage(inode, page));
    if (mm.entries.kind(inode, page) !== EntryKind.Block) return 2;
    frame.set(R.block, mm.entries.block(inode, page));
    return 0;
  },
};

export const clearDirtyTag: Step = {
  name: 'clearDirtyTag',
  outcomes: ['Ok'],
  touches: ['daxEntry', 'dirtyTag'],
  run(world, frame) {
    world.mm.entries.clearDirty(frame.get(R.inode), frame.get(R.page));
    world.mm.stats.flushedPages += 1;
    return 0;
  },
};
