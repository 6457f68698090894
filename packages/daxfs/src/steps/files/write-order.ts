/**
 * What write(2) does in another order where a plan or a defect says so: invalidating before it
 * allocates as well as after, and converting unwritten blocks after the copy.
 */
import { ExtentState, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { R } from '../../registers.js';
import { Answer, TRANSACTION, begin, settle } from './answers.js';
import { giveBack, isUnchanged } from './extents.js';
import type { Step } from './answers.js';

/** The pages that the write is about to allocate. */
export const pagesToAllocate: Step = {
  name: 'pagesToAllocate',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    const page = frame.get(R.page);
    frame.set(R.firstPage, page);
    frame.set(R.endPage, page + frame.get(R.count));
    return Answer.Ok;
  },
};

/** Whether what was copied has still to be converted. */
export const needsConversion: Step = {
  name: 'needsConversion',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.state) !== ExtentState.Written ? 1 : 0;
  },
};

/** Enters the reserved blocks of a hole as unwritten; those that are there stay as they are. */
export const enterAsUnwritten: Step = {
  name: 'enterAsUnwritten',
  outcomes: [...TRANSACTION, 'Changed'],
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    if (frame.get(R.state) !== ExtentState.Hole) return Answer.Ok;
    if (!isUnchanged(world, frame)) {
      giveBack(world, frame);
      return Answer.First;
    }
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const { extents } = world.volume;
    const page = frame.get(R.page);
    const block = frame.get(R.block);
    const outcome = extents.insert(frame.get(R.inode), page, block, frame.get(R.count), true);
    frame.set(R.sequence, world.volume.commit());
    const answer = settle(frame, outcome);
    if (answer === Answer.Failed) giveBack(world, frame);
    else if (outcome === MediaOutcome.Done) frame.set(R.state, ExtentState.Unwritten);
    return answer;
  },
};

/** What was copied becomes readable. */
export const convertBlocks: Step = {
  name: 'convertBlocks',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'inodeCore', 'log'],
  run(world, frame) {
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const { extents } = world.volume;
    const outcome = extents.convert(frame.get(R.inode), frame.get(R.page), frame.get(R.count));
    frame.set(R.sequence, world.volume.commit());
    return settle(frame, outcome);
  },
};
