/**
 * Steps of private copies: Linux 6.12 mm/memory.c, do_cow_fault and wp_page_copy.
 *
 *      nothing mapped      the file system is asked for the page, which is copied (or zeros)
 *      a page of the file  is copied as it is mapped, and the file system does not hear of it
 *      the copy, no right  only the right was missing (mprotect)
 */
import { ExtentState } from '../../media/outcome.js';
import { isCopy } from '../../mm/memory-maps.js';
import { Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { faultPage, placeInMapping } from './fault-size.js';
import type { Step } from '../files/answers.js';

/** Takes a page for the copy of what is mapped, if anything is. */
export const takePresent: Step = {
  name: 'takePresent',
  outcomes: ['Absent', 'Fill', 'Zero', 'Ready'],
  touches: ['pageTable'],
  run(world, frame) {
    const { privatePages, table } = world.mm;
    const mapping = frame.get(R.mapping);
    const page = faultPage(frame);
    const kind = table.kind(mapping, page);
    if (kind === Translation.Absent || frame.get(R.span) > 1) return 0;
    if (isCopy(kind)) {
      table.install(mapping, page, Translation.Private, table.target(mapping, page));
      return 3;
    }
    frame.set(R.moveFile, privatePages.take());
    frame.set(R.block, table.target(mapping, page));
    frame.set(R.state, table.word(mapping, page));
    return kind === Translation.Zero ? 2 : 1;
  },
};

/** Installs the copy if what was copied is still there; else the store faults again. */
export const replacePresent: Step = {
  name: 'replacePresent',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    const { privatePages, table } = world.mm;
    const mapping = frame.get(R.mapping);
    const page = faultPage(frame);
    const slot = frame.get(R.moveFile);
    if (table.word(mapping, page) !== frame.get(R.state)) privatePages.giveBack(slot);
    else table.install(mapping, page, Translation.Private, slot);
    return 0;
  },
};

/** Takes a page for the copy of what the file holds, or finds that there is one. */
export const takeCopy: Step = {
  name: 'takeCopy',
  outcomes: ['Fill', 'Ready', 'Zero'],
  touches: ['pageTable'],
  run(world, frame) {
    const { privatePages, table, stats } = world.mm;
    stats.copyFaults += 1;
    const mapping = frame.get(R.mapping);
    const page = placeInMapping(world, frame);
    if (page < 0 || isCopy(table.kind(mapping, page))) return 1;
    frame.set(R.moveFile, privatePages.take());
    return frame.get(R.state) === ExtentState.Written ? 0 : 2;
  },
};

/** Installs the copy in place of what was there; a copy that somebody else made stays. */
export const mapCopy: Step = {
  name: 'mapCopy',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    const { privatePages, table } = world.mm;
    const mapping = frame.get(R.mapping);
    const slot = frame.get(R.moveFile);
    const page = placeInMapping(world, frame);
    if (page < 0 || isCopy(table.kind(mapping, page))) privatePages.giveBack(slot);
    else table.install(mapping, page, Translation.Private, slot);
    return 0;
  },
};
