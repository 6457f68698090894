/** Every recipe of the system. Adding one is one file and one entry here. */
import type { Recipe, StepDefinition } from '@daxsim/sim';
import type { World } from '../world.js';

export const ALL_RECIPES: readonly Recipe<World>[] = [];

/** Steps that decide the mode of a hold. */
export const MODE_STEPS: readonly StepDefinition<World>[] = [];
