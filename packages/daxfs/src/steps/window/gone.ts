/** Steps of an access to a page that the host took away. */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Errno, Signal } from '../../abi.js';
import { R } from '../../registers.js';
import { WorldFlag } from '../../world.js';
import { Answer } from '../files/answers.js';
import { faultPage } from '../mapped/fault-size.js';
import { windowOf } from './guest.js';
import type { Frame, WaitDefinition } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** A copy ends with what was copied before the page: short, or EIO if that is nothing. */
export const endAtGone: Step = {
  name: 'endAtGone',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    cutShort(world, frame, Errno.Io);
    return Answer.Ok;
  },
};

/** The same, and whoever called is killed by SIGBUS. */
export const endKilled: Step = {
  name: 'endKilled',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    cutShort(world, frame, Errno.Fault);
    frame.set(R.signal, Signal.Bus);
    return Answer.Ok;
  },
};

function cutShort(world: World, frame: Frame, errno: number): void {
  windowOf(world).figures.backingLost += 1;
  const reached = frame.get(R.moveFile) - frame.get(R.cursor);
  const moved = world.knobs.goneCount === 'reached' ? reached : frame.get(R.chunk);
  frame.set(R.chunk, moved);
  frame.set(R.end, frame.get(R.cursor) + moved);
  if (frame.get(R.done) + moved === 0) frame.set(R.errno, errno);
}

/** A program's access ends with a signal at the byte that it reached. */
export const endWithBus: Step = {
  name: 'endWithBus',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    windowOf(world).figures.backingLost += 1;
    frame.set(R.signal, Signal.Bus);
    return Answer.Ok;
  },
};

/** Which page of the file is waited for. */
export const noteGonePage: Step = {
  name: 'noteGonePage',
  outcomes: ['Ok'],
  touches: ['mappings'],
  run(world, frame) {
    const window = windowOf(world);
    window.figures.backingLost += 1;
    const inode = frame.get(R.inode);
    frame.set(R.server, window.serverInode(inode));
    frame.set(R.page, Math.floor(placeOf(world, frame) / BLOCK_BYTES));
    return Answer.Ok;
  },
};

/** The same for the page that a private copy is made of: that of the fault. */
export const noteGoneSource: Step = {
  name: 'noteGoneSource',
  outcomes: ['Ok'],
  touches: [],
  run(world, frame) {
    const window = windowOf(world);
    window.figures.backingLost += 1;
    frame.set(R.server, window.serverInode(frame.get(R.inode)));
    return Answer.Ok;
  },
};

/** Whether what a private copy is made of is still mapped. */
export const isStillMapped: Step = {
  name: 'isStillMapped',
  outcomes: ['Yes', 'No'],
  touches: ['pageTable'],
  run(world, frame) {
    const word = world.mm.table.word(frame.get(R.mapping), faultPage(frame));
    return word === frame.get(R.state) ? 0 : 1;
  },
};

/** A copy that cannot be made: its page goes back. */
export const dropCopy: Step = {
  name: 'dropCopy',
  outcomes: ['Ok'],
  touches: ['pageTable'],
  run(world, frame) {
    windowOf(world).figures.backingLost += 1;
    world.mm.privatePages.giveBack(frame.get(R.moveFile));
    return Answer.Ok;
  },
};

/** Byte of the file: of a call's copy where it stands, of a program's access by its mapping. */
function placeOf(world: World, frame: Frame): number {
  const isCall = frame.get(R.chunk) > 0;
  if (isCall) return frame.get(R.moveFile);
  const { mappings } = world.mm;
  const first = mappings.firstPage(frame.get(R.mapping)) * BLOCK_BYTES;
  return first + frame.get(R.moveFrom);
}

/** The fault says that all is well although nothing was mapped. */
export const countRetry: Step = {
  name: 'countRetry',
  outcomes: ['Ok'],
  touches: ['faultRetries'],
  run(world) {
    world.flags.add(WorldFlag.FaultRetries, 1);
    return Answer.Ok;
  },
};

/** Asleep until the host's file reaches page `page` again. */
export const backingPage: WaitDefinition<World> = {
  name: 'backingPage',
  key: (_world, frame) => frame.get(R.server),
  ready(world, frame) {
    const size = world.volume.inodes.sizeBytes(frame.get(R.server));
    return size > frame.get(R.page) * BLOCK_BYTES;
  },
  describe: (_world, frame) =>
    `page ${String(frame.get(R.page))} of inode ${String(frame.get(R.server))} of the host`,
};
