/**
 * Steps of unbuffered transfers: Linux 6.12 fs/iomap/direct-io.c.
 *
 *      under the inode lock   pin the buffer · find the blocks · count the transfer
 *      after it               the device moves the bytes ─▶ the transfer is over, waiters go on
 *
 * `pin` numbers the buffer's pages and the transfer's blocks alike; `access` says what happens to
 * the buffer. A buffer is a mapping, or for a write payload when `mapping` is −1.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { ExtentState } from '../../media/outcome.js';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { releasePin, pageIdle } from '../mapped/pinning.js';
import { Answer } from './answers.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from './answers.js';
import type { World } from '../../world.js';

/** Whether the buffer is a mapping, to be pinned; it is read by a write and written by a read. */
function bufferStep(name: string, access: Access): Step {
  return {
    name,
    outcomes: ['Mapping', 'Payload'],
    touches: [],
    run(_world, frame) {
      frame.set(R.access, access);
      return frame.get(R.mapping) >= 0 ? 0 : 1;
    },
  };
}
export const sourceOfDirect: Step = bufferStep('sourceOfDirect', Access.Read);
export const targetOfDirect: Step = bufferStep('targetOfDirect', Access.Write);

/** Notes the blocks of the chunk under the cursor; they are in flight from now on. */
export const noteBlocks: Step = {
  name: 'noteBlocks',
  outcomes: ['Ok'],
  touches: ['transfers', 'pins'],
  run(world, frame) {
    const { transfers } = world.mm;
    const inode = frame.get(R.inode);
    const isHole = frame.get(R.access) === Access.Write && !isWritten(frame);
    let at = frame.get(R.cursor);
    const end = at + frame.get(R.chunk);
    const firstPage = Math.floor(at / BLOCK_BYTES);
    while (at < end) {
      const page = Math.floor(at / BLOCK_BYTES);
      const next = Math.min(end, (page + 1) * BLOCK_BYTES);
      const block = isHole ? NO_PAGE : frame.get(R.block) + page - firstPage;
      transfers.list.add(frame.get(R.pin), inode, at, next - at, block);
      if (block !== NO_PAGE) transfers.begin(inode, block);
      at = next;
    }
    return Answer.Ok;
  },
};

function isWritten(frame: Frame): boolean {
  return frame.get(R.state) === ExtentState.Written;
}

/** Nothing has been moved yet. */
export const startPieces: Step = {
  name: 'startPieces',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.done, 0);
    return Answer.Ok;
  },
};

/** A place on the device, and how many bytes follow in its page. */
const place = { address: 0, room: 0 };

/** Where byte `at` of a pinned or noted range lies; false for zeros. */
function find(pages: World['mm']['pins'], pin: number, at: number): boolean {
  const block = pages.block(pin, pages.pageAt(pin, at));
  const offset = (pages.start(pin) + at) % BLOCK_BYTES;
  place.address = block * BLOCK_BYTES + offset;
  place.room = BLOCK_BYTES - offset;
  return block !== NO_PAGE;
}

/** Aims the device at the next bytes that lie together on both sides. */
export const nextPiece: Step = {
  name: 'nextPiece',
  outcomes: ['Device', 'Payload', 'Zeros', 'End'],
  touches: ['transfers', 'pins'],
  run(world, frame) {
    const { pins, transfers } = world.mm;
    const pin = frame.get(R.pin);
    const at = frame.get(R.done);
    const left = transfers.list.bytes(pin) - at;
    if (left <= 0) return 3;
    const isFileSource = frame.get(R.access) === Access.Write;
    const isThere = find(transfers.list, pin, at);
    let count = Math.min(left, place.room);
    const fileAddress = place.address;
    if (frame.get(R.mapping) < 0) {
      aim(frame, fileAddress, count, transfers.list.start(pin) + at);
      return 1;
    }
    const hasBuffer = find(pins, pin, at);
    count = Math.min(count, place.room);
    const source = isFileSource ? fileAddress : place.address;
    const target = isFileSource ? place.address : fileAddress;
    const hasBytes = isFileSource ? isThere : hasBuffer;
    aim(frame, hasBytes ? source : target, count, target);
    return hasBytes ? 0 : 2;
  },
};

/** The next `count` bytes of a transfer go from `from`; `file` is their other side. */
export function aim(frame: Frame, from: number, count: number, file: number): void {
  frame.set(R.moveFrom, from);
  frame.set(R.moveTo, from + count);
  frame.set(R.moveFile, file);
  frame.set(R.done, frame.get(R.done) + count);
}

/** The blocks of a transfer are let go, and who waits for them goes on. */
export function letBlocksGo(world: World, frame: Frame): void {
  const { transfers } = world.mm;
  const { list } = transfers;
  const pin = frame.get(R.pin);
  const inode = frame.get(R.inode);
  for (let page = 0; page < list.pages(pin); page += 1) {
    const block = list.block(pin, page);
    if (block === NO_PAGE) continue;
    list.release(pin, page);
    if (transfers.end(inode, block)) world.signal(pageIdle.name, block);
  }
  list.forget(pin);
  if (frame.get(R.done) > 0) frame.set(R.errno, Errno.None);
}

/** The device is done with blocks and buffer. */
export const endTransfer: Step = {
  name: 'endTransfer',
  outcomes: ['Ok'],
  touches: ['transfers', 'pins'],
  run(world, frame) {
    letBlocksGo(world, frame);
    if (frame.get(R.mapping) >= 0) releasePin(world, frame.get(R.pin));
    return Answer.Ok;
  },
};
