/**
 * Steps of what befalls a file system from outside, or is done to it by its administrator: a media
 * error under a file, a shutdown, the loss of power.
 */
import { LINE_BYTES } from '@daxsim/sim';
import { Errno, FallocMode } from '../../abi.js';
import { BYTES_PER_BLOCK } from '../../media/layout.js';
import { ExtentState } from '../../media/outcome.js';
import { R } from '../../registers.js';
import { WorldFlag } from '../../world.js';
import { Answer, OK_FAILED, fail } from './answers.js';
import type { Step } from './answers.js';
import { spareBlocks } from './buddy-placement.js';

/** Lines under written bytes [offset, offset + length) of the file become unreadable. */
export const poisonRange: Step = {
  name: 'poisonRange',
  outcomes: ['Ok'],
  touches: ['extentMap', 'fileBytes'],
  run(world, frame) {
    const { extents } = world.volume;
    const inode = frame.get(R.inode);
    const first = Math.floor(frame.get(R.offset) / LINE_BYTES);
    const end = Math.ceil((frame.get(R.offset) + frame.get(R.length)) / LINE_BYTES);
    const linesPerBlock = BYTES_PER_BLOCK / LINE_BYTES;
    for (let line = first; line < end; line += 1) {
      const state = extents.lookup(inode, Math.floor(line / linesPerBlock));
      if (state !== ExtentState.Written) continue;
      world.memory.poison?.(extents.block * linesPerBlock + (line % linesPerBlock));
    }
    return Answer.Ok;
  },
};

/** Asks for so many blocks that no more than `length` can be allocated afterwards. */
export const aimToFill: Step = {
  name: 'aimToFill',
  outcomes: [...OK_FAILED, 'Nothing'],
  touches: ['freeSpace'],
  run(world, frame) {
    const blocks = spareBlocks(world) - frame.get(R.length) - world.personality.treeReserveBlocks;
    frame.set(R.offset, 0);
    frame.set(R.length, Math.max(0, blocks) * BYTES_PER_BLOCK);
    frame.set(R.flags, FallocMode.KeepSize);
    frame.set(R.cursor, 0);
    frame.set(R.end, frame.get(R.length));
    return blocks > 0 ? Answer.Ok : 2;
  },
};

/** An allocation failed: as it should if nothing is left. */
export const endFill: Step = {
  name: 'endFill',
  outcomes: OK_FAILED,
  touches: ['freeSpace'],
  run(world, frame) {
    if (spareBlocks(world) > 0) return Answer.Failed;
    frame.set(R.errno, Errno.None);
    return Answer.Ok;
  },
};

/** XFS_IOC_GOINGDOWN: what is durable stays, nothing else will be. `flags` 0 takes it back. */
export const switchShutdown: Step = {
  name: 'switchShutdown',
  outcomes: ['Ok'],
  touches: ['shutdown'],
  run(world, frame) {
    world.flags.set(WorldFlag.Shutdown, frame.get(R.flags));
    return Answer.Ok;
  },
};

/** Refuses what may not be done to a file system that was shut down. */
export const refuseShutdown: Step = {
  name: 'refuseShutdown',
  outcomes: OK_FAILED,
  touches: ['shutdown'],
  run(world, frame) {
    return world.isDown ? fail(frame, Errno.Io) : Answer.Ok;
  },
};

/** The moment at which power goes. */
export const losePower: Step = {
  name: 'losePower',
  outcomes: ['Ok'],
  touches: ['fileBytes', 'logBytes', 'homeBytes'],
  run() {
    return Answer.Ok;
  },
};
