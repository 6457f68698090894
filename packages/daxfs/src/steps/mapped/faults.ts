/**
 * Steps of a page fault up to the block: who may fault, what time it is, which blocks are there and
 * which are missing. Linux 6.12 fs/xfs/xfs_file.c (__xfs_write_fault) and
 * fs/xfs/xfs_iomap.c (xfs_iomap_write_direct).
 *
 * Registers: `mapping` and `offset` come from the trap; [page, page + span) is what the attempt may
 * map, `block` the device block of its first page, `state` what the extent map said of that, and
 * `count` how many blocks from there on are alike, or were allocated.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { ExtentState, MediaOutcome, Stamp } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { NO_AREA, Protection } from '../../mm/areas.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import { WorldFlag } from '../../world.js';
import type { World } from '../../world.js';
import { Answer, TRANSACTION, begin, settle } from '../files/answers.js';
import type { Step } from '../files/answers.js';
import { convertNeeded, reserveFor } from '../files/extents.js';
import { commitStamps } from '../files/stamps.js';
import { aimAlone, aimNeighbours } from '../files/neighbours.js';
import { mustCopy } from '../files/sharing.js';
import { chooseSpan, fallBack } from './fault-size.js';

/** The exception, and the search for the area: is there one, and does it allow the access? */
export const enterFault: Step = {
  name: 'enterFault',
  outcomes: ['Shared', 'Denied', 'Private'],
  touches: ['mappings', 'pageTable'],
  run(world, frame) {
    const { mm } = world;
    const mapping = frame.get(R.mapping);
    const isWrite = frame.get(R.access) === Access.Write;
    if (isWrite) mm.stats.writeFaults += 1;
    else mm.stats.readFaults += 1;
    const page = Math.floor(frame.get(R.offset) / BLOCK_BYTES);
    const { areas } = mm.mappings;
    const area = mm.mappings.isLive(mapping) ? areas.find(mapping, page) : NO_AREA;
    const wanted = isWrite ? Protection.Write : Protection.Read | Protection.Write;
    if (area === NO_AREA || (areas.protection(area) & wanted) === 0) {
      mm.stats.signalFaults += 1;
      return 1;
    }
    frame.set(R.inode, mm.mappings.inode(mapping));
    frame.set(R.faultPage, mm.mappings.firstPage(mapping) + page);
    const isShared = mm.mappings.isShared(mapping);
    chooseSpan(world, frame, isShared);
    frame.set(R.toFile, isWrite && isShared ? 1 : 0);
    return isShared ? 0 : 2;
  },
};

/**
 * A write fault stamps the file, before anything else can fail. A stamp of the same instant is no
 * change and no transaction.
 */
export const stampFault: Step = {
  name: 'stampFault',
  outcomes: TRANSACTION,
  touches: ['inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    return commitStamps(world, frame, Stamp.Modify | Stamp.Change);
  },
};

/** Which block is there, and in which state. */
export const lookupFaultExtent: Step = {
  name: 'lookupFaultExtent',
  outcomes: ['Ok'],
  touches: ['extentMap'],
  run(world, frame) {
    const { extents } = world.volume;
    const state = extents.lookup(frame.get(R.inode), frame.get(R.page));
    frame.set(R.state, state);
    frame.set(R.block, state === ExtentState.Hole ? 0 : extents.block);
    frame.set(R.count, Math.min(extents.length, frame.get(R.span)));
    if (world.personality.sharing !== null) noteShares(world, frame);
    return 0;
  },
};

/**
 * A store to the file copies shared blocks. A load maps them as they are, but some kernels tell it
 * how far they are shared (xfs_read_iomap_begin); a private copy is made like a load.
 */
function noteShares(world: World, frame: Frame): void {
  const { personality, volume } = world;
  frame.set(R.isShared, 0);
  frame.set(R.isCopy, 0);
  if (frame.get(R.toFile) === 1) {
    frame.set(R.isCopy, mustCopy(world, frame) ? 1 : 0);
    return;
  }
  const isWritten = frame.get(R.state) === ExtentState.Written;
  if (!isWritten || personality.sharing?.readFaultsSeeShares !== true) return;
  frame.set(R.isShared, volume.shares.owners(frame.get(R.block)) > 1 ? 1 : 0);
  frame.set(R.count, Math.min(frame.get(R.count), volume.shares.length));
}

/** A write fault can use a written block only, and one that is the file's alone. */
export const needsBlock: Step = {
  name: 'needsBlock',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.state) === ExtentState.Written && frame.get(R.isCopy) === 0 ? 0 : 1;
  },
};

/** The same question again, now that nobody else changes the extents, and how much to allocate. */
export const lookupFaultAgain: Step = {
  name: 'lookupFaultAgain',
  outcomes: ['Written', 'Unwritten', 'Hole', 'Copy'],
  touches: ['extentMap', 'size'],
  run(world, frame) {
    const { extents } = world.volume;
    const page = frame.get(R.page);
    const state = extents.lookup(frame.get(R.inode), page);
    frame.set(R.state, state);
    frame.set(R.count, Math.min(extents.length, frame.get(R.span)));
    aimAlone(frame);
    if (state !== ExtentState.Hole) frame.set(R.block, extents.block);
    if (world.personality.sharing !== null) {
      noteShares(world, frame);
      if (frame.get(R.isCopy) === 1) return 3;
    }
    if (state === ExtentState.Hole) return 2;
    if (state === ExtentState.Unwritten) {
      aimNeighbours(world, frame, page, frame.get(R.count));
    }
    return state === ExtentState.Written ? 0 : 1;
  },
};

/**
 * Takes the blocks that the attempt misses, or more at the end of the file. Nothing is on media
 * yet. XFS reserves space for all of them before it looks for a run.
 */
export const reserveFaultBlocks: Step = {
  name: 'reserveFaultBlocks',
  outcomes: TRANSACTION,
  touches: ['freeSpace', 'extentMap', 'size', 'inodeCore'],
  run(world, frame) {
    const { allocator } = world.volume;
    const count = frame.get(R.count);
    const needsAll = count > 1 && world.personality.hugeAllocation === 'whole';
    if (needsAll && allocator.available < count) {
      return settle(frame, allocator.busy > 0 ? MediaOutcome.SpaceBusy : MediaOutcome.NoSpace);
    }
    return reserveFor(world, frame, count);
  },
};

/** The blocks are zero and durable: now they may become the file's, as written. */
export const enterFaultBlocks: Step = {
  name: 'enterFaultBlocks',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const { volume } = world;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    const block = frame.get(R.block);
    const count = frame.get(R.count);
    let outcome: MediaOutcome = MediaOutcome.Done;
    if (frame.get(R.state) === ExtentState.Unwritten) {
      const converts = world.knobs.unwrittenFault === 'converts';
      if (converts) outcome = convertNeeded(world, frame);
    } else if (isHole(world, inode, page, count)) {
      outcome = volume.extents.insert(inode, page, block, count, false);
    } else {
      // Without a lock somebody was faster: theirs stays.
      volume.allocator.giveBack(block, count);
      volume.extents.lookup(inode, page);
      frame.set(R.block, volume.extents.block);
      frame.set(R.count, volume.extents.length);
    }
    frame.set(R.sequence, volume.commit());
    const answer = settle(frame, outcome);
    if (answer === Answer.Ok) frame.set(R.isNew, 1);
    else if (answer === Answer.Failed) {
      if (frame.get(R.state) === ExtentState.Hole) volume.allocator.giveBack(block, count);
      else if (world.knobs.completionErrors === 'dropped') return untold(frame);
    }
    return answer;
  },
};

/** As a defect: the block stays unwritten, and the fault goes on as if it were not. */
function untold(frame: Frame): number {
  frame.set(R.errno, Errno.None);
  return Answer.Ok;
}

/** Whether the fault was told of a block that it has to zero. */
export const wantsZeroing: Step = {
  name: 'wantsZeroing',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.state) === ExtentState.Unwritten ? 1 : 0;
  },
};

/** Whether this attempt of the fault has entered a block. */
export const isNewBlock: Step = {
  name: 'isNewBlock',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.isNew) === 1 ? 1 : 0;
  },
};

/** The blocks become the file's, not yet written: the fault has still to zero them. */
export const enterUnwritten: Step = {
  name: 'enterUnwritten',
  outcomes: TRANSACTION,
  touches: ['extentMap', 'freeSpace', 'inodeCore', 'log'],
  run(world, frame) {
    if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
    const { volume } = world;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    const count = frame.get(R.count);
    let outcome: MediaOutcome = MediaOutcome.Done;
    if (isHole(world, inode, page, count)) {
      outcome = volume.extents.insert(inode, page, frame.get(R.block), count, true);
    } else {
      volume.allocator.giveBack(frame.get(R.block), count);
      volume.extents.lookup(inode, page);
      frame.set(R.block, volume.extents.block);
    }
    frame.set(R.sequence, volume.commit());
    const answer = settle(frame, outcome);
    if (answer === Answer.Failed) volume.allocator.giveBack(frame.get(R.block), count);
    else if (answer === Answer.Ok) frame.set(R.state, ExtentState.Unwritten);
    return answer;
  },
};

function isHole(world: World, inode: number, page: number, count: number): boolean {
  const { extents } = world.volume;
  return extents.lookup(inode, page) === ExtentState.Hole && extents.length >= count;
}

/** No blocks: an attempt at 2 MiB falls back, the last one ends in SIGBUS. */
export const giveUpFault: Step = {
  name: 'giveUpFault',
  outcomes: ['Signal', 'Smaller', 'Retry'],
  touches: ['faultRetries'],
  run(world, frame) {
    frame.set(R.errno, Errno.None);
    if (world.knobs.faultWithoutSpace === 'retries') {
      world.flags.add(WorldFlag.FaultRetries, 1);
      return 2;
    }
    if (frame.get(R.span) > 1) {
      fallBack(world, frame, 'fallbacksNoSpace');
      return 1;
    }
    world.mm.stats.signalFaults += 1;
    return 0;
  },
};
