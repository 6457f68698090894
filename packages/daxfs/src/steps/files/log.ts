/**
 * Steps of the journal: what a force writes, what a checkpoint writes, and who needs a force.
 *
 *     planForce ─▶ writeLog (move) ─▶ endForce     planHome ─▶ writeHome ─▶ writeTail ─▶ endHome
 *
 * A force takes everything that is committed when it starts, so one that finds its transaction
 * durable leaves: group commit.
 */
import { R } from '../../registers.js';
import { Answer } from './answers.js';
import type { Step } from './answers.js';

const LOG = ['log'] as const;
/** Records that one push writes home: the whole log at once would keep the mutex for long. */
const RECORDS_PER_PUSH = 4096;

/** Collects the lines of a force to `sequence`, and of all that was committed with it. */
export const planForce: Step = {
  name: 'planForce',
  outcomes: ['Write', 'Durable'],
  touches: LOG,
  run(world, frame) {
    const { journal } = world.volume;
    if (journal.durableSequence >= frame.get(R.sequence)) return 1;
    const upTo = journal.committedSequence;
    frame.set(R.end, upTo);
    frame.set(R.count, journal.planForce(upTo));
    // Kept in the frame: a field of the journal would not come back when a search rewinds.
    frame.set(R.moveFrom, journal.planFirstLine);
    frame.set(R.moveTo, journal.planFirstLine + frame.get(R.count));
    return 0;
  },
};

/** The force's fence has completed. */
export const endForce: Step = {
  name: 'endForce',
  outcomes: ['Ok'],
  touches: ['log', 'freeSpace'],
  run(world, frame) {
    world.volume.journal.forceDone(frame.get(R.end));
    return Answer.Ok;
  },
};

/** Everything committed so far is to become durable. */
export const aimAtAll: Step = {
  name: 'aimAtAll',
  outcomes: ['Ok'],
  touches: LOG,
  run(world, frame) {
    frame.set(R.sequence, world.volume.journal.committedSequence);
    return Answer.Ok;
  },
};

/** Whether a force writes dirty pages back before it writes its records. */
export const commitsData: Step = {
  name: 'commitsData',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(world) {
    return world.knobs.commitWritesData === 'yes' ? 1 : 0;
  },
};

/** Collects the home lines of the oldest durable records. */
export const planHome: Step = {
  name: 'planHome',
  outcomes: ['Write', 'Nothing'],
  touches: LOG,
  per: 'count',
  run(world, frame) {
    const lines = world.volume.journal.planCheckpoint(RECORDS_PER_PUSH);
    frame.set(R.count, lines);
    return lines > 0 ? 0 : 1;
  },
};

/** The tail's fence has completed: ring space and busy metadata blocks are free again. */
export const endHome: Step = {
  name: 'endHome',
  outcomes: ['Ok'],
  touches: ['log', 'freeSpace'],
  run(world) {
    world.volume.journal.checkpointDone();
    return Answer.Ok;
  },
};

/** Counts how often an operation made room for its blocks: first a force, then a checkpoint. */
export const chooseRoom: Step = {
  name: 'chooseRoom',
  outcomes: ['Force', 'Checkpoint'],
  touches: [],
  run(_world, frame) {
    const retries = frame.get(R.retries) + 1;
    frame.set(R.retries, retries);
    return retries === 1 ? 0 : 1;
  },
};

/** fsync(2): the inode's last change (xfs_fsync_seq). */
export const noteSequence: Step = {
  name: 'noteSequence',
  outcomes: ['Ok'],
  touches: ['inodeCore'],
  run(world, frame) {
    frame.set(R.sequence, world.volume.inodes.lastSequence(frame.get(R.inode)));
    return Answer.Ok;
  },
};

/** fdatasync(2): the last change of more than time stamps. */
export const noteDataSequence: Step = {
  name: 'noteDataSequence',
  outcomes: ['Ok'],
  touches: ['inodeCore'],
  run(world, frame) {
    frame.set(R.sequence, world.volume.inodes.lastDataSequence(frame.get(R.inode)));
    return Answer.Ok;
  },
};

/** Whether the noted transaction is durable already; then no force is needed. */
export const isDurable: Step = {
  name: 'isDurable',
  outcomes: ['Yes', 'No'],
  touches: ['log'],
  run(world, frame) {
    return frame.get(R.sequence) > world.volume.journal.durableSequence ? 1 : 0;
  },
};

/** sync(2): the next inode that has dirty pages. */
export const nextDirtyInode: Step = {
  name: 'nextDirtyInode',
  outcomes: ['Found', 'End'],
  touches: ['daxEntry', 'cacheIndex'],
  run(world, frame) {
    const { inodes } = world.volume;
    for (let inode = frame.get(R.inode) + 1; inode < inodes.count; inode += 1) {
      const { cache, entries } = world.mm;
      if (entries.dirtyCount(inode) === 0 && cache.dirtyCount(inode) === 0) continue;
      frame.set(R.inode, inode);
      return 0;
    }
    frame.set(R.inode, 0);
    return 1;
  },
};
