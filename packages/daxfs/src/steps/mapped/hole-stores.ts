/**
 * As a defect: a store to a page that shows a hole has no journal handle, because whoever made the
 * path took it for one that only makes a page writable (ext4 until Linux 4.2).
 *
 *     load   ─▶ the page shows a hole
 *     store  ─▶ page_mkwrite: allocates ─▶ metadata change in core, without a record
 *                                             └─▶ stored where they lie, some time or never
 *
 * fsync then has nothing to wait for: the inode's last transaction is an older one.
 */
import { ExtentState, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { EntryKind } from '../../mm/dax-entries.js';
import { R } from '../../registers.js';
import { Answer, TRANSACTION, begin, settle } from '../files/answers.js';
import { convertNeeded } from '../files/extents.js';
import type { Step } from '../files/answers.js';

/** Whether the page of the fault was read before, as a hole. */
export const showsHole: Step = {
  name: 'showsHole',
  outcomes: ['No', 'Yes'],
  touches: ['daxEntry', 'entryIndex'],
  run(world, frame) {
    const kind = world.mm.entries.kind(frame.get(R.inode), frame.get(R.page));
    return kind === EntryKind.Zero ? 1 : 0;
  },
};

/** As enterFaultBlocks, and what it changes is left to the move behind it. */
export const enterUnlogged: Step = {
  name: 'enterUnlogged',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    const { volume } = world;
    const inode = frame.get(R.inode);
    const last = volume.inodes.lastSequence(inode);
    const lastData = volume.inodes.lastDataSequence(inode);
    const from = volume.unlogged?.count ?? 0;
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const block = frame.get(R.block);
    const count = frame.get(R.count);
    const isHole = frame.get(R.state) === ExtentState.Hole;
    const outcome = isHole
      ? volume.extents.insert(inode, frame.get(R.page), block, count, false)
      : convertNeeded(world, frame);
    volume.commitUnlogged(inode, last, lastData);
    frame.set(R.moveFrom, from);
    frame.set(R.moveTo, volume.unlogged?.count ?? from);
    if (outcome === MediaOutcome.Done) frame.set(R.isNew, 1);
    else if (isHole) volume.allocator.giveBack(block, count);
    return settle(frame, outcome);
  },
};
