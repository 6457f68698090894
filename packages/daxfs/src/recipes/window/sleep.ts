import { nothing, wait } from '@daxsim/sim';
import type { WaitDefinition } from '@daxsim/sim';
import type { World } from '../../world.js';
import type { Part } from '../files/shapes.js';

/** Sleeps with whatever is held; no signal ends it. */
export function sleepOn(what: WaitDefinition<World>): Part {
  return wait(what, { drop: [] }, { Woken: nothing(), Interrupted: nothing() });
}
