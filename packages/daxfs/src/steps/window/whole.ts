/** Steps of a guest that concern all files, or choose among forms of a request. */
import { FallocMode } from '../../abi.js';
import { R } from '../../registers.js';
import { windowOf } from './guest.js';
import type { Step } from '../files/answers.js';

/** The next file of a guest with dirty pages. */
export const nextDirtyGuestInode: Step = {
  name: 'nextDirtyGuestInode',
  outcomes: ['Found', 'End'],
  touches: ['daxEntry'],
  run(world, frame) {
    const { stride, values } = windowOf(world);
    for (let inode = frame.get(R.inode) + 1; inode < stride * values.guests; inode += 1) {
      if (world.mm.entries.dirtyCount(inode) === 0) continue;
      frame.set(R.inode, inode);
      return 0;
    }
    frame.set(R.inode, 0);
    return 1;
  },
};

/** Whether a fallocate makes pages void: punches and zeroed ranges. */
export const removesPages: Step = {
  name: 'removesPages',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return (frame.get(R.flags) & (FallocMode.PunchHole | FallocMode.ZeroRange)) === 0 ? 0 : 1;
  },
};
