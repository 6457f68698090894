/**
 * What becomes of an access to a page that the host took away, by policy.
 *
 *      Told      a program gets SIGBUS; a call ends with what it did, or EIO
 *      Killed    SIGBUS for both: nothing in the kernel expects the error
 *      Waits     the virtual CPU sleeps until the page is back, whatever its task holds
 *      Retries   the fault says that all is well, and the access faults again
 */
import {
  backingPage,
  countRetry,
  dropCopy,
  endAtGone,
  endKilled,
  endWithBus,
  isStillMapped,
  noteGonePage,
  noteGoneSource,
} from '../../steps/window/gone.js';
import type { World } from '../../world.js';
import { again, branch, leave, nothing, repeat, seq, step } from '../files/shapes.js';
import { sleepOn } from './sleep.js';
import { whatGoneMeans } from './variants.js';
import type { MoveDefinition } from '@daxsim/sim';
import { exit, move } from '@daxsim/sim';
import { endAccess } from '../../steps/mapped/access.js';
import type { Part } from '../files/shapes.js';

const sleep: Part = seq(step(noteGonePage), sleepOn(backingPage));

/** A copy of a call; one that ends early has set what was done. */
export function copyOrShort(bytes: MoveDefinition<World>): Part {
  return repeat(
    'copy',
    seq(
      move(bytes, {
        Gone: branch(whatGoneMeans, {
          Told: seq(step(endAtGone), leave('copy')),
          Killed: seq(step(endKilled), leave('copy')),
          Waits: seq(sleep, again('copy')),
          Retries: seq(step(countRetry), again('copy')),
        }),
      }),
      leave('copy'),
    ),
  );
}

/** A program's own access; exits `Signal`. */
export function accessOrSignal(bytes: MoveDefinition<World>): Part {
  const signal: Part = seq(step(endWithBus), step(endAccess), exit('Signal'));
  return repeat(
    'access',
    seq(
      move(bytes, {
        Signal: seq(step(endAccess), exit('Signal')),
        Gone: branch(whatGoneMeans, {
          Told: signal,
          Killed: signal,
          Waits: seq(sleep, again('access')),
          Retries: seq(step(countRetry), again('access')),
        }),
      }),
      leave('access'),
    ),
  );
}

/**
 * The source of a private copy, read by its fault, which first sees `whether` it is still wanted;
 * exits `Signal` behind `lost`.
 */
export function fillOrSignal(bytes: MoveDefinition<World>, whether: Part, lost: Part): Part {
  const signal: Part = seq(step(dropCopy), lost, exit('Signal'));
  const meaning = branch(whatGoneMeans, {
    Told: signal,
    Killed: signal,
    Waits: seq(step(noteGoneSource), sleepOn(backingPage), again('fill')),
    Retries: seq(step(countRetry), again('fill')),
  });
  return repeat('fill', seq(move(bytes, { Gone: seq(whether, meaning) }), leave('fill')));
}

/** What is copied because it was mapped, and no longer is: the store faults again. */
export const ifStillMapped: Part = branch(isStillMapped, {
  Yes: nothing(),
  No: seq(step(dropCopy), exit('Ok')),
});
