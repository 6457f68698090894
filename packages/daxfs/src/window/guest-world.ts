/**
 * Puts the world of guests over that of their host: one volume, one memory, one set of handles; two
 * of all that a kernel has in core beside them.
 *
 *      guests' world: mappings, page tables, entries, window ─┐
 *      host's world:  mappings of the window, page tables,    ├─▶ one volume, one device
 *                     entries or page cache, its own tasks   ─┘
 */
import { RANGE_SELECTORS } from '../range-selectors.js';
import { SELECTORS } from '../selectors.js';
import { World } from '../world.js';
import { assert } from '@daxsim/sim';
import { personality as personalityOf } from '../personalities/catalog.js';
import { resolveKnobs } from '../knobs.js';
import type { KnobName, Knobs } from '../knobs.js';
import type { WorldParts } from '../world.js';
import { HOST, hostedRange, hostedSelector } from './hosted.js';
import { WindowRanges } from './window-ranges.js';

/** Which instances and parts recipes take, of guests and of hosts. */
export const ALL_SELECTORS = [...SELECTORS, ...SELECTORS.map(hostedSelector)];
export const ALL_RANGE_SELECTORS = [...RANGE_SELECTORS, ...RANGE_SELECTORS.map(hostedRange)];

/** Knobs that say how a run is set up, and so count for the host as well. */
const COMMON_KNOBS: readonly KnobName[] = ['stamps', 'reuse', 'freedBlocks', 'faultSizes'];

/** A guest's world, with its host's below. */
export function guestWorld(parts: WorldParts): World {
  const { window } = parts.personality;
  assert(window !== null, 'guestWorld: a personality without a window');
  const host = new World({
    ...parts,
    personality: personalityOf(window.host),
    knobs: hostKnobs(parts.knobs),
  });
  host.mm.givesNotice = parts.knobs.hostNotice === 'given';
  const ranges = new WindowRanges(parts.space, window, parts.volume.inodes.count);
  return new World({ ...parts, host, window: ranges });
}

function hostKnobs(knobs: Knobs): Knobs {
  return resolveKnobs('host', Object.fromEntries(COMMON_KNOBS.map((name) => [name, knobs[name]])));
}

/** Gives the host the guests' clock, and a way to wake its own sleepers. */
export function connectHost(world: World, host: World): void {
  host.clock = world.clock;
  host.wake = (waitName, key) => {
    world.wake(HOST + waitName, key);
  };
}
