/**
 * Steps of a guest around requests: its number of a file, and the attributes that replies bring.
 *
 * A guest knows the size of a file as the last reply had it. Between two replies another guest or
 * the host may change it, and nobody tells.
 */
import { BLOCK_BYTES, assert } from '@daxsim/sim';
import { Errno } from '../../abi.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import { Answer } from '../files/answers.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import { NO_RANGE } from '../../window/window-ranges.js';
import type { WindowRanges } from '../../window/window-ranges.js';
import type { World } from '../../world.js';

/** The windows of a world that has some. */
export function windowOf(world: World): WindowRanges {
  assert(world.window !== null, 'a step of a window without a window');
  return world.window;
}

/** From the server's number of a file to the guest's. */
export const enterGuest: Step = {
  name: 'enterGuest',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    const window = windowOf(world);
    const inode = frame.get(R.inode);
    const guest = window.guestOf(frame.task);
    frame.set(R.server, inode);
    frame.set(R.guest, guest);
    frame.set(R.inode, inode + guest * window.stride);
    return Answer.Ok;
  },
};

/** From the guest's number of a file to the server's. */
export const findServer: Step = {
  name: 'findServer',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    const window = windowOf(world);
    const inode = frame.get(R.inode);
    frame.set(R.server, window.serverInode(inode));
    frame.set(R.guest, window.guestOfInode(inode));
    frame.set(R.range, NO_RANGE);
    return Answer.Ok;
  },
};

/** A reply brought the file's size; who waits for a page behind the old end may look again. */
export const takeAttributes: Step = {
  name: 'takeAttributes',
  outcomes: ['Ok'],
  touches: ['size'],
  run(world, frame) {
    const server = frame.get(R.server);
    noteSize(world, frame.get(R.inode), server);
    world.signal('backingPage', server);
    return Answer.Ok;
  },
};

/** The attributes that come with opening a file: FUSE_OPEN, FUSE_LOOKUP. */
export const takeOpenAttributes: Step = {
  name: 'takeOpenAttributes',
  outcomes: ['Ok'],
  touches: ['size', 'handle', 'inodeCore'],
  run(world, frame) {
    const inode = world.handles.inode(frame.get(R.handle));
    const window = windowOf(world);
    if (inode !== 0 && frame.get(R.errno) === Errno.None) {
      noteSize(world, inode + window.guestOf(frame.task) * window.stride, inode);
    }
    return Answer.Ok;
  },
};

function noteSize(world: World, inode: number, server: number): void {
  windowOf(world).setSize(inode, world.volume.inodes.sizeBytes(server));
}

/** The host changed the file; guests that wait for its pages may look again. */
export const tellWaiters: Step = {
  name: 'tellWaiters',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    world.signal('backingPage', frame.get(R.inode));
    return Answer.Ok;
  },
};

/** All of the file, for breaking layouts and unmapping. */
export const wholeGuestFile: Step = {
  name: 'wholeGuestFile',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    setPages(frame, 0, PAGE_LIMIT);
    return Answer.Ok;
  },
};

/** Pages wholly behind the size that the reply brought; private copies of them go, too. */
export const pagesBehindReply: Step = {
  name: 'pagesBehindReply',
  outcomes: ['Ok'],
  touches: ['size'],
  run(world, frame) {
    const size = windowOf(world).sizeOf(frame.get(R.inode));
    setPages(frame, Math.ceil(size / BLOCK_BYTES), PAGE_LIMIT);
    frame.set(R.evenCopies, 1);
    return Answer.Ok;
  },
};

export function setPages(frame: Frame, first: number, end: number): void {
  frame.set(R.firstPage, first);
  frame.set(R.endPage, Math.min(end, PAGE_LIMIT));
}
