/** Steps of a guest's read(2) and write(2): Linux 6.12 fs/fuse/dax.c, fuse_dax_write_iter. */
import { Access, Errno } from '../../abi.js';
import { R } from '../../registers.js';
import { Answer } from '../files/answers.js';
import { windowOf } from './guest.js';
import type { Step } from '../files/answers.js';

/** The ranges are wanted for stores. */
export const wantStores: Step = {
  name: 'wantStores',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.access, Access.Write);
    return Answer.Ok;
  },
};

/** Whether the write goes behind the end of the file, with its first byte or with a later one. */
export const extendsFile: Step = {
  name: 'extendsFile',
  outcomes: ['No', 'Partly', 'Wholly'],
  touches: ['size'],
  run(world, frame) {
    const size = windowOf(world).sizeOf(frame.get(R.inode));
    frame.set(R.size, size);
    frame.set(R.retries, frame.get(R.end));
    if (frame.get(R.end) <= size) return 0;
    return frame.get(R.cursor) < size ? 1 : 2;
  },
};

/** The part up to the old end goes through the window; `retries` keeps the end of all. */
export const aimBelowEnd: Step = {
  name: 'aimBelowEnd',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.end, frame.get(R.size));
    return Answer.Ok;
  },
};

/** The rest goes as a request, if the part before was written whole. */
export const aimAboveEnd: Step = {
  name: 'aimAboveEnd',
  outcomes: ['Ok', 'Short'],
  touches: [],
  run(_world, frame) {
    if (frame.get(R.cursor) < frame.get(R.size)) return 1;
    frame.set(R.end, frame.get(R.retries));
    return 0;
  },
};

/** A request for [cursor, end) of the file: FUSE_WRITE. */
export const aimRequest: Step = {
  name: 'aimRequest',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.chunk, frame.get(R.end) - frame.get(R.cursor));
    return Answer.Ok;
  },
};

/** The reply: bytes written, or an error; `result` and `errno` are the server's. */
export const takeWritten: Step = {
  name: 'takeWritten',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    if (frame.get(R.errno) === Errno.None) {
      frame.set(R.done, frame.get(R.done) + frame.get(R.result));
      frame.set(R.cursor, frame.get(R.cursor) + frame.get(R.result));
    }
    return Answer.Ok;
  },
};

/** As a defect: the new size for a request that sets it before the bytes are there. */
export const aimNewSize: Step = {
  name: 'aimNewSize',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.length, frame.get(R.end));
    return Answer.Ok;
  },
};

/** The call's answer: what was done; an error only if that is nothing. */
export const settleGuestWrite: Step = {
  name: 'settleGuestWrite',
  outcomes: ['Ok', 'Failed'],
  touches: [],
  run(_world, frame) {
    const done = frame.get(R.done);
    if (done === 0 && frame.get(R.errno) !== Errno.None) return Answer.Failed;
    frame.set(R.errno, Errno.None);
    frame.set(R.result, done);
    return Answer.Ok;
  },
};
