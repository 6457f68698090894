/**
 * Translations that a TLB still holds though the page table has lost them.
 *
 *      zap ─▶ every TLB flushed ─▶ blocks freed        one step zaps and flushes
 *      zap ─▶ blocks freed ─▶ every TLB flushed        the defect: between them stores go astray
 */
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';

/** All of them have answered. */
export const awaitShootDown: Step = {
  name: 'awaitShootDown',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    world.mm.forgetStale(frame.get(R.inode));
    return 0;
  },
};
