/** Steps of chmod(2), chown(2) and utimensat(2): who may, and the change. */
import type { Frame } from '@daxsim/sim';
import { Errno } from '../../abi.js';
import { FileType, Stamp } from '../../media/outcome.js';
import { LogNeed } from '../../media/volume.js';
import { R } from '../../registers.js';
import type { World } from '../../world.js';
import { Answer, TRANSACTION, begin, fail } from './answers.js';
import type { Step } from './answers.js';
import { May, allowedMode, isOwner, may, mayGive, modeAfterGiving } from './permissions.js';

/** Register values that utimens takes in place of a time: now, and leave it. */
const TIME_NOW = -1;
const TIME_OMIT = -2;

/** A change of attributes: `refuse` says why not, `act` does it in one transaction. */
function setting(
  name: string,
  refuse: (world: World, frame: Frame, inode: number) => number,
  act: (world: World, frame: Frame, inode: number) => void,
): Step {
  return {
    name,
    outcomes: TRANSACTION,
    touches: ['inodeCore', 'log'],
    run(world, frame) {
      const inode = frame.get(R.inode);
      const errno = refuse(world, frame, inode);
      if (errno !== Errno.None) return fail(frame, errno);
      if (!begin(world, frame, LogNeed.Inode)) return Answer.LogFull;
      act(world, frame, inode);
      frame.set(R.sequence, world.volume.commit());
      return Answer.Ok;
    },
  };
}

/** chmod(2); the permissions of symlinks do not change. */
export const setMode: Step = setting(
  'setMode',
  (world, frame, inode) => {
    if (world.volume.inodes.type(inode) === FileType.Symlink) return Errno.NotSupported;
    return isOwner(world, frame.task, inode) ? Errno.None : Errno.NotPermitted;
  },
  (world, frame, inode) => {
    const { inodes } = world.volume;
    inodes.setMode(inode, allowedMode(world, frame.task, inode, frame.get(R.mode)));
  },
);

/** chown(2): `offset` is the user, `offset2` the group, −1 leaves one as it is. */
export const setOwner: Step = setting(
  'setOwner',
  (world, frame, inode) => {
    const [uid, gid] = [frame.get(R.offset), frame.get(R.offset2)];
    // notify_change turns bits that go into a change of the mode, which only an owner may make.
    const losesBits = modeAfterGiving(world, frame.task, inode) !== world.volume.inodes.mode(inode);
    if (losesBits && !isOwner(world, frame.task, inode)) return Errno.NotPermitted;
    return mayGive(world, frame.task, inode, uid, gid) ? Errno.None : Errno.NotPermitted;
  },
  (world, frame, inode) => {
    const { inodes } = world.volume;
    const uid = frame.get(R.offset);
    const gid = frame.get(R.offset2);
    const mode = modeAfterGiving(world, frame.task, inode);
    inodes.setOwner(inode, uid < 0 ? inodes.uid(inode) : uid, gid < 0 ? inodes.gid(inode) : gid);
    if (mode !== inodes.mode(inode)) inodes.setMode(inode, mode);
  },
);

/** utimensat(2): `offset` and `offset2` are nanoseconds, or −1 for now, −2 for unchanged. */
export const setTimes: Step = setting(
  'setTimes',
  (world, frame, inode) => {
    if (isOwner(world, frame.task, inode)) return Errno.None;
    const isTouch = frame.get(R.offset) === TIME_NOW && frame.get(R.offset2) === TIME_NOW;
    if (!isTouch) return Errno.NotPermitted;
    return may(world, frame.task, inode, May.Write) ? Errno.None : Errno.Access;
  },
  (world, frame, inode) => {
    const { inodes } = world.volume;
    world.volume.touch(inode, Stamp.Change);
    const now = inodes.changeNs(inode);
    inodes.setTimes(
      inode,
      chosenTime(frame.get(R.offset), now, inodes.accessNs(inode)),
      chosenTime(frame.get(R.offset2), now, inodes.modifyNs(inode)),
    );
  },
);

/** Whether utimensat(2) has anything to do: two unchanged times are not even looked up. */
export const setsTimes: Step = {
  name: 'setsTimes',
  outcomes: ['Yes', 'No'],
  touches: [],
  run(_world, frame) {
    const isNothing = frame.get(R.offset) === TIME_OMIT && frame.get(R.offset2) === TIME_OMIT;
    return isNothing ? 1 : 0;
  },
};

function chosenTime(asked: number, now: number, present: number): number {
  if (asked === TIME_NOW) return now;
  return asked === TIME_OMIT ? present : asked;
}
