/**
 * Every recipe of the system. Adding one is one file and one entry here.
 *
 * Not entries: `synchronous.ts`, which makes other recipes of these, `variants.ts`, which chooses
 * among variants of them.
 */
import type { Recipe, StepDefinition } from '@daxsim/sim';
import { entryMode } from '../steps/mapped/install.js';
import type { Personality } from '../personality.js';
import type { World } from '../world.js';
import { CACHED_DATA_RECIPES } from './cached/data.js';
import { CACHED_DEVICE_RECIPES } from './cached/device.js';
import { CACHED_DIRECT_RECIPES } from './cached/direct.js';
import { CACHED_FAULT_RECIPES } from './cached/faults.js';
import { CACHED_PAGE_RECIPES } from './cached/pages.js';
import { CACHED_PIN_RECIPES } from './cached/pinning.js';
import { faultMode } from '../steps/mapped/fault-size.js';
import { CLONE_RECIPES } from './files/cloning.js';
import { DATA_RECIPES } from './files/data.js';
import { DIRECT_RECIPES } from './files/direct.js';
import { FALLOCATE_RECIPES } from './files/fallocate.js';
import { LOG_RECIPES } from './files/log.js';
import { NAME_RECIPES } from './files/names.js';
import { OUTSIDE_RECIPES } from './files/outside.js';
import { OPEN_RECIPES } from './files/opening.js';
import { RESIZE_RECIPES } from './files/resizing.js';
import { ACCESS_RECIPES } from './mapped/access.js';
import { DEVICE_RECIPES } from './mapped/device.js';
import { FAULT_RECIPES } from './mapped/faults.js';
import { MAPPING_RECIPES } from './mapped/mapping-calls.js';
import { PAGE_RECIPES } from './mapped/page-ranges.js';
import { PIN_RECIPES } from './mapped/pinning.js';
import { XATTR_RECIPES } from './files/xattrs.js';
import { CLIENT_ATTRIBUTE_RECIPES } from './remote/attributes.js';
import { CLIENT_FILE_RECIPES } from './remote/client.js';
import { CLIENT_DATA_RECIPES } from './remote/data.js';
import { CLIENT_DIRECT_RECIPES } from './remote/direct.js';
import { SERVER_RECIPES } from './remote/serving.js';
import { guestRecipes } from './window/guest-recipes.js';
import { durableOnReturn } from './synchronous.js';

export const ALL_RECIPES: readonly Recipe<World>[] = [
  ...LOG_RECIPES,
  ...NAME_RECIPES,
  ...XATTR_RECIPES,
  ...OPEN_RECIPES,
  ...DATA_RECIPES,
  ...RESIZE_RECIPES,
  ...FALLOCATE_RECIPES,
  ...CLONE_RECIPES,
  ...FAULT_RECIPES,
  ...PAGE_RECIPES,
  ...PIN_RECIPES,
  ...ACCESS_RECIPES,
  ...MAPPING_RECIPES,
  ...DIRECT_RECIPES,
  ...DEVICE_RECIPES,
  ...OUTSIDE_RECIPES,
];

/** Steps that decide the mode of a hold. */
export const MODE_STEPS: readonly StepDefinition<World>[] = [faultMode, entryMode];

/** The same operations where files are cached in memory. */
export const CACHED_RECIPES: readonly Recipe<World>[] = replaced(ALL_RECIPES, [
  ...CACHED_DATA_RECIPES,
  ...CACHED_PAGE_RECIPES,
  ...CACHED_FAULT_RECIPES,
  ...CACHED_PIN_RECIPES,
  ...CACHED_DEVICE_RECIPES,
  ...CACHED_DIRECT_RECIPES,
]);

/** `recipes` with those of the same name from `others`, and the rest of these behind them. */
function replaced(
  recipes: readonly Recipe<World>[],
  others: readonly Recipe<World>[],
): readonly Recipe<World>[] {
  const names = new Set(recipes.map((recipe) => recipe.name));
  const byName = new Map(others.map((recipe) => [recipe.name, recipe]));
  const kept = recipes.map((recipe) => byName.get(recipe.name) ?? recipe);
  return [...kept, ...others.filter((recipe) => !names.has(recipe.name))];
}

/** The same where a server keeps the files, with what the server does. */
export const CLIENT_RECIPES: readonly Recipe<World>[] = replaced(CACHED_RECIPES, [
  ...CLIENT_FILE_RECIPES,
  ...CLIENT_DATA_RECIPES,
  ...CLIENT_DIRECT_RECIPES,
  ...CLIENT_ATTRIBUTE_RECIPES,
  ...SERVER_RECIPES,
]);
/** The operations of a guest with a window, those that its server does, and the host's own. */
const GUEST_RECIPES: readonly Recipe<World>[] = guestRecipes(ALL_RECIPES, ALL_RECIPES);
const GUEST_OF_CACHED_RECIPES: readonly Recipe<World>[] = guestRecipes(ALL_RECIPES, CACHED_RECIPES);

const SYNCHRONOUS_RECIPES = durableOnReturn(ALL_RECIPES);
const SYNCHRONOUS_CACHED_RECIPES = durableOnReturn(CACHED_RECIPES);

/** The recipes by which a personality does its operations. */
export function recipesFor(personality: Personality): readonly Recipe<World>[] {
  if (personality.server !== null) return CLIENT_RECIPES;
  if (personality.window !== null) {
    return personality.cache === null ? GUEST_RECIPES : GUEST_OF_CACHED_RECIPES;
  }
  const isSynchronous = personality.metadata === 'synchronous';
  if (personality.cache === null) return isSynchronous ? SYNCHRONOUS_RECIPES : ALL_RECIPES;
  return isSynchronous ? SYNCHRONOUS_CACHED_RECIPES : CACHED_RECIPES;
}
