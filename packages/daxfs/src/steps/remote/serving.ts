/**
 * Steps of a server: it keeps files as extents of its device and carries requests out one page or
 * one call at a time. What a client believes of a file (its size in core, what it caches) is not
 * looked at; the server's size is the logged one.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { FallocMode } from '../../abi.js';
import { ExtentState } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { found, lookUp } from '../cached/extents.js';
import { folioWritten } from '../cached/folios.js';
import { Answer, TRANSACTION, begin } from '../files/answers.js';
import { aimMove, blockAfter } from '../files/extents.js';
import type { Step } from '../files/answers.js';

/** What the server has of `page`; aims the copy into the page in `slot`, or clears that. */
export const findStored: Step = {
  name: 'findStored',
  outcomes: ['Media', 'Zeros'],
  touches: ['extentMap', 'inodeCore', 'cachedBytes'],
  run(world, frame) {
    const slot = frame.get(R.slot);
    const state = lookUp(world, frame.get(R.inode), frame.get(R.page));
    if (state !== ExtentState.Written) {
      world.mm.cache.bytes.zero(slot, 0, BLOCK_BYTES);
      return 1;
    }
    world.mm.stats.pagesRead += 1;
    frame.set(R.moveFrom, found.block * BLOCK_BYTES);
    frame.set(R.moveTo, (found.block + 1) * BLOCK_BYTES);
    frame.set(R.moveFile, slot * BLOCK_BYTES);
    return 0;
  },
};

/** Aims at the bytes that a request brings: `length` of them for file byte `offset`. */
export const aimStored: Step = {
  name: 'aimStored',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    const offset = frame.get(R.offset);
    frame.set(R.cursor, offset);
    frame.set(R.end, offset + frame.get(R.length));
    world.mm.stats.pagesWritten += 1;
    return 0;
  },
};

/** Aims the copy from the page in `slot` at the blocks under the cursor, by whole lines. */
export const aimSlot: Step = {
  name: 'aimSlot',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    aimMove(frame, frame.get(R.block));
    const cursor = frame.get(R.cursor);
    frame.set(R.moveFile, frame.get(R.slot) * BLOCK_BYTES + (cursor % BLOCK_BYTES));
    return 0;
  },
};

/** The server's size reaches what was written, or what fallocate asked for. */
export const growStored: Step = {
  name: 'growStored',
  outcomes: TRANSACTION,
  touches: ['size', 'inodeCore', 'log'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const reached = frame.get(R.cursor);
    if (!inodes.isUsed(inode) || reached <= inodes.loggedSize(inode)) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
    inodes.setLoggedSize(inode, reached);
    frame.set(R.sequence, world.volume.commit());
    return Answer.Ok;
  },
};

/** A written page is the server's: its memory goes, and who waited for it may go on. */
export const endSent: Step = {
  name: 'endSent',
  outcomes: ['Ok'],
  touches: ['cacheIndex', 'dirtyTag', 'cachedBytes'],
  run(world, frame) {
    const { cache } = world.mm;
    const slot = frame.get(R.slot);
    cache.bytes.release(slot);
    const inode = frame.get(R.inode);
    const page = Math.floor(frame.get(R.offset) / BLOCK_BYTES);
    cache.clearSent(inode, page);
    cache.clearWriteback(inode, page);
    // Nobody hears of the error; what is still cached is kept to be sent again.
    if (frame.get(R.errno) !== 0 && cache.slot(inode, page) !== NO_PAGE) {
      cache.markDirty(inode, page);
    }
    world.signal(folioWritten.name, inode);
    return 0;
  },
};

/** Whether fallocate lets the file end where it ended; aims at the new end. */
export const growsStored: Step = {
  name: 'growsStored',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    frame.set(R.cursor, frame.get(R.offset) + frame.get(R.length));
    return (frame.get(R.flags) & FallocMode.KeepSize) === 0 ? 1 : 0;
  },
};

/** Which way the server's file is truncated; aims at what becomes zero. */
export const chooseStored: Step = {
  name: 'chooseStored',
  outcomes: ['Down', 'Up'],
  touches: ['size'],
  run(world, frame) {
    const length = frame.get(R.length);
    const size = world.volume.inodes.loggedSize(frame.get(R.inode));
    frame.set(R.cursor, Math.min(length, size));
    frame.set(R.end, blockAfter(Math.min(length, size)) * BLOCK_BYTES);
    return length <= size ? 0 : 1;
  },
};

/** The server's size becomes `length`. */
export const setStored: Step = {
  name: 'setStored',
  outcomes: TRANSACTION,
  touches: ['size', 'inodeCore', 'log'],
  run(world, frame) {
    const { inodes } = world.volume;
    const inode = frame.get(R.inode);
    const length = frame.get(R.length);
    if (length === inodes.loggedSize(inode)) return Answer.Ok;
    if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
    inodes.setLoggedSize(inode, length);
    frame.set(R.sequence, world.volume.commit());
    return Answer.Ok;
  },
};
