/**
 * Steps of unbuffered transfers between a file that is cached and memory that may be a mapping:
 * Linux 6.12 fs/iomap/direct-io.c, fs/fuse/file.c (fuse_direct_io), fs/nfs/direct.c.
 *
 *      write back the range ─▶ [write: take it out of the cache] ─▶ pin the buffer
 *          ─▶ file system of one's own: block by block, from or to the pinned pages
 *          ─▶ client: page by page through a request
 *          ─▶ let go of the buffer ─▶ [write: take the range out of the cache again]
 *
 * The buffer's pages are pages of the cache, maybe of the same file. Who pins one that is not
 * there, or that is being written back and is to be written to, must fault first, with the locks
 * of the call held.
 */
import { BLOCK_BYTES, LINE_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { ExtentState, MediaOutcome } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { Answer, OK_FAILED, TRANSACTION, begin, fail, settle } from '../files/answers.js';
import { aim, letBlocksGo } from '../files/direct.js';
import { found, lookUp } from './extents.js';
import { letPinGo } from './pinning.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** Unit of the device, for offset, length and place of the buffer. */
const SECTOR_BYTES = 512;

/**
 * Whether a transfer asks for whole sectors, which a server does not mind; [firstPage, endPage) is
 * its range of the file, and `firstByte` where it begins.
 */
export const aimDirectRange: Step = {
  name: 'aimDirectRange',
  outcomes: OK_FAILED,
  touches: [],
  run(world, frame) {
    const cursor = frame.get(R.cursor);
    frame.set(R.firstPage, Math.floor(cursor / BLOCK_BYTES));
    frame.set(R.endPage, Math.ceil(frame.get(R.end) / BLOCK_BYTES));
    if (world.personality.server !== null) return Answer.Ok;
    const buffer = frame.get(R.mapping) >= 0 ? frame.get(R.offset2) : 0;
    const places = [cursor, frame.get(R.length), buffer];
    const isWhole = places.every((byte) => byte % SECTOR_BYTES === 0);
    return isWhole ? Answer.Ok : fail(frame, Errno.Invalid);
  },
};

/** Byte `at` of the buffer: the pinned page that holds it, and where in it. */
const place = { slot: 0, offset: 0, room: 0 };

function findInBuffer(world: World, pin: number, at: number): void {
  const { pins } = world.mm;
  place.slot = pins.cachedSlot(pin, pins.pageAt(pin, at));
  place.offset = (pins.start(pin) + at) % BLOCK_BYTES;
  place.room = BLOCK_BYTES - place.offset;
}

/** Aims the device at the next bytes that lie together in the file and in the buffer. */
export const nextCachedPiece: Step = {
  name: 'nextCachedPiece',
  outcomes: ['Write', 'Read', 'Payload', 'Zeros', 'End'],
  touches: ['transfers', 'pins', 'cachedBytes'],
  run(world, frame) {
    const { cache, transfers } = world.mm;
    const { list } = transfers;
    const pin = frame.get(R.pin);
    const at = frame.get(R.done);
    const left = list.bytes(pin) - at;
    if (left <= 0) return 4;
    const byte = list.start(pin) + at;
    const block = list.block(pin, list.pageAt(pin, at));
    const inBlock = byte % BLOCK_BYTES;
    const room = Math.min(left, BLOCK_BYTES - inBlock);
    if (frame.get(R.mapping) < 0) {
      aim(frame, block * BLOCK_BYTES + inBlock, room, byte);
      return 2;
    }
    findInBuffer(world, pin, at);
    const { slot, offset } = place;
    const count = Math.min(room, place.room);
    aim(frame, block * BLOCK_BYTES + inBlock, count, slot * BLOCK_BYTES + offset);
    if (frame.get(R.access) === Access.Read) return 0;
    // Where the file ends in a sector, the device reads the rest of its line as well.
    frame.set(R.moveTo, Math.ceil(frame.get(R.moveTo) / LINE_BYTES) * LINE_BYTES);
    if (block !== NO_PAGE) return 1;
    cache.bytes.zero(slot, offset, count);
    return 3;
  },
};

/** Back to the first byte of the transfer, whose blocks are to be made written. */
export const aimAtTransfer: Step = {
  name: 'aimAtTransfer',
  outcomes: ['Ok'],
  touches: ['transfers', 'pins'],
  run(world, frame) {
    const { list } = world.mm.transfers;
    const pin = frame.get(R.pin);
    frame.set(R.cursor, list.start(pin));
    frame.set(R.end, list.start(pin) + list.bytes(pin));
    return Answer.Ok;
  },
};

/** Under the mapping lock: the next unwritten blocks of [cursor, end) become written. */
export const convertTransferred: Step = {
  name: 'convertTransferred',
  outcomes: [...TRANSACTION, 'End'],
  touches: ['extentMap', 'inodeCore', 'log'],
  per: 'transactions',
  run(world, frame) {
    frame.set(R.transactions, 0);
    const end = frame.get(R.end);
    const inode = frame.get(R.inode);
    while (frame.get(R.cursor) < end) {
      const page = Math.floor(frame.get(R.cursor) / BLOCK_BYTES);
      const state = lookUp(world, inode, page);
      const behind = Math.min(end, found.end * BLOCK_BYTES);
      if (state !== ExtentState.Unwritten) {
        frame.set(R.cursor, behind);
        continue;
      }
      if (!begin(world, frame, LogNeed.Extents)) return Answer.LogFull;
      const count = Math.ceil(behind / BLOCK_BYTES) - page;
      const outcome = world.volume.extents.convert(inode, page, count);
      frame.set(R.sequence, world.volume.commit());
      frame.set(R.transactions, 1);
      if (outcome === MediaOutcome.Done) frame.set(R.cursor, behind);
      return settle(frame, outcome);
    }
    return TRANSACTION.length;
  },
};

/** The transfer is over; the buffer stays. */
export const endCachedTransfer: Step = {
  name: 'endCachedTransfer',
  outcomes: ['Ok'],
  touches: ['transfers', 'pins'],
  run(world, frame) {
    letBlocksGo(world, frame);
    return Answer.Ok;
  },
};

/** Aims at the pinned bytes that belong to the part of the file under the cursor. */
export const aimAtBuffer: Step = {
  name: 'aimAtBuffer',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    const cursor = frame.get(R.cursor);
    frame.set(R.moveFrom, cursor - frame.get(R.offset));
    frame.set(R.moveTo, cursor - frame.get(R.offset) + frame.get(R.chunk));
    frame.set(R.moveFile, cursor);
    return Answer.Ok;
  },
};

/** The buffer is let go when the device is done, or the server has answered. */
export const letBufferGo: Step = {
  name: 'letBufferGo',
  outcomes: ['Ok'],
  touches: ['pins', 'cachedBytes'],
  run(world, frame) {
    if (frame.get(R.mapping) >= 0) letPinGo(world, frame.get(R.pin));
    return Answer.Ok;
  },
};
