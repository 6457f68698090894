/**
 * All recipes of a system of guests and their host.
 *
 *      guest's own     reading, writing, faults, mappings, ranges
 *      served          names, attributes, the log: as they are, on the server's volume
 *      host.…          what the server calls for a guest, and what the host does by itself
 */
import { region, seq, step } from '@daxsim/sim';
import type { Recipe, RecipeNode } from '@daxsim/sim';
import { takeOpenAttributes } from '../../steps/window/guest.js';
import { hostedRecipes } from '../../window/hosted.js';
import type { World } from '../../world.js';
import { GUEST_CALL_RECIPES } from './calls.js';
import { GUEST_DATA_RECIPES } from './data.js';
import { GUEST_FAULT_RECIPES } from './faults.js';
import { RANGE_RECIPES } from './ranges.js';

/** What a guest cannot be asked for. */
const UNSUPPORTED: readonly string[] = [
  'clone',
  'directRead',
  'directWrite',
  'deviceWrite',
  'releaseWritten',
  'pinPages',
  'pinFast',
  'readPinned',
  'unpinPages',
  'tagWrittenPages',
];

/** What is called of the host. */
const HOST_ENTRIES: readonly string[] = [
  'read',
  'write',
  'truncateInode',
  'fallocate',
  'copyRange',
  'syncInode',
  'syncInodeData',
  'sync',
  'readFault',
  'writeFault',
  'reclaimOrphan',
  'evict',
];

const OWN: readonly Recipe<World>[] = [
  ...RANGE_RECIPES,
  ...GUEST_FAULT_RECIPES,
  ...GUEST_DATA_RECIPES,
  ...GUEST_CALL_RECIPES,
];

/** `served` as the server does it for guests, and the host's recipes out of `hosted`. */
export function guestRecipes(
  served: readonly Recipe<World>[],
  hosted: readonly Recipe<World>[],
): readonly Recipe<World>[] {
  const own = new Set(OWN.map(({ name }) => name));
  const kept = served.filter(({ name }) => !own.has(name) && !UNSUPPORTED.includes(name));
  const opened = kept.map((recipe) => (recipe.name === 'open' ? withAttributes(recipe) : recipe));
  return [...opened, ...OWN, ...hostedRecipes(hosted, HOST_ENTRIES)];
}

/** Opening a file brings its attributes. */
function withAttributes(recipe: Recipe<World>): Recipe<World> {
  return { ...recipe, body: beforeFinish(recipe.body) };
}

function beforeFinish(body: RecipeNode<World>): RecipeNode<World> {
  if (body.kind !== 'region' || body.body.kind !== 'seq') return body;
  const parts = body.body.body;
  return region('call', seq(...parts.slice(0, -1), step(takeOpenAttributes), ...parts.slice(-1)));
}
