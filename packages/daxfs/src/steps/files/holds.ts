/**
 * Keeping inodes alive while an operation runs: what a file reference or a dentry does in a kernel.
 * An operation keeps at most two, remembered in `held` and `held2`.
 */
import type { Frame } from '@daxsim/sim';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import type { Step } from './answers.js';

/** Keeps `inode` alive in one of the two slots, which must be empty. */
export function keep(world: World, frame: Frame, slot: number, inode: number): void {
  world.volume.hold(inode);
  frame.set(slot, inode);
}

function letGoOf(world: World, frame: Frame, slot: number): boolean {
  const inode = frame.get(slot);
  if (inode === 0) return false;
  frame.set(slot, 0);
  if (!world.volume.release(inode)) return false;
  frame.set(R.inode, inode);
  return true;
}

/** Lets go of what the operation kept; an inode left without name or user is to be reclaimed. */
export const letGo: Step = {
  name: 'letGo',
  outcomes: ['Ok', 'Orphan'],
  touches: ['references', 'inodeCore'],
  run(world, frame) {
    if (letGoOf(world, frame, R.held)) return 1;
    return letGoOf(world, frame, R.held2) ? 1 : 0;
  },
};

/** Turns the error number into the operation's outcome. */
export const finish: Step = {
  name: 'finish',
  outcomes: ['Ok', 'Error'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.errno) === 0 ? 0 : 1;
  },
};
