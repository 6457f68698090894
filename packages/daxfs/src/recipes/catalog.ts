/**
 * Every recipe of the system. Adding one is one file and one entry here.
 *
 * Not entries: `synchronous.ts`, which makes other recipes of these.
 */
import type { Recipe, StepDefinition } from '@daxsim/sim';
import type { World } from '../world.js';
import { DATA_RECIPES } from './files/data.js';
import { FALLOCATE_RECIPES } from './files/fallocate.js';
import { LOG_RECIPES } from './files/log.js';
import { NAME_RECIPES } from './files/names.js';
import { OPEN_RECIPES } from './files/opening.js';
import { RESIZE_RECIPES } from './files/resizing.js';
import { ACCESS_RECIPES } from './mapped/access.js';
import { FAULT_RECIPES } from './mapped/faults.js';
import { MAPPING_RECIPES } from './mapped/mapping-calls.js';
import { PAGE_RECIPES } from './mapped/page-ranges.js';
import { PIN_RECIPES } from './mapped/pinning.js';

export const ALL_RECIPES: readonly Recipe<World>[] = [
  ...LOG_RECIPES,
  ...NAME_RECIPES,
  ...OPEN_RECIPES,
  ...DATA_RECIPES,
  ...RESIZE_RECIPES,
  ...FALLOCATE_RECIPES,
  ...FAULT_RECIPES,
  ...PAGE_RECIPES,
  ...PIN_RECIPES,
  ...ACCESS_RECIPES,
  ...MAPPING_RECIPES,
];

/** Steps that decide the mode of a hold. */
export const MODE_STEPS: readonly StepDefinition<World>[] = [];
