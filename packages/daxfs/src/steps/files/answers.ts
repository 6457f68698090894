/**
 * How steps answer: a failure puts its number into `errno`, a transaction that found the log full
 * or the space busy says so and has changed nothing, so the recipe can make room and repeat it.
 */
import type { Frame, StepDefinition } from '@daxsim/sim';
import { Errno } from '../../abi.js';
import { MediaOutcome } from '../../media/outcome.js';
import { R } from '../../registers.js';
import type { LogNeed } from '../../media/volume.js';
import type { World } from '../../world.js';

export type Step = StepDefinition<World>;

/** Outcomes of a step that can only fail: indices 0 and 1. */
export const OK_FAILED = ['Ok', 'Failed'] as const;
/** Outcomes of a step with a transaction; further ones come behind. */
export const TRANSACTION = ['Ok', 'Failed', 'LogFull', 'Busy'] as const;

export const Answer = { Ok: 0, Failed: 1, LogFull: 2, Busy: 3, First: 4 } as const;

/** How often an operation waits for busy blocks: a force, then a checkpoint. */
const BUSY_RETRIES = 2;

/** Sets the error number and answers `Failed`. */
export function fail(frame: Frame, errno: number): number {
  frame.set(R.errno, errno);
  return Answer.Failed;
}

const ERRNO_OF: readonly number[] = [
  Errno.None,
  Errno.None,
  Errno.NoSpace,
  Errno.NoSpace,
  Errno.NoSpace,
  Errno.Exists,
  Errno.NotFound,
  Errno.NotEmpty,
  Errno.NotDirectory,
  Errno.IsDirectory,
  Errno.NameTooLong,
  Errno.Invalid,
  Errno.Io,
];

/** The answer to what the volume said: done, to be repeated when blocks are back, or failed. */
export function settle(frame: Frame, outcome: MediaOutcome): number {
  if (outcome === MediaOutcome.Done || outcome === MediaOutcome.More) return Answer.Ok;
  if (outcome === MediaOutcome.SpaceBusy && frame.get(R.retries) < BUSY_RETRIES) {
    return Answer.Busy;
  }
  return fail(frame, ERRNO_OF[outcome]);
}

/** Opens a transaction if the log has room for one of this kind. */
export function begin(world: World, frame: Frame, need: LogNeed): boolean {
  const { volume } = world;
  if (!volume.journal.hasRoomFor(need)) return false;
  volume.begin(world.nowNs(frame.task));
  return true;
}
