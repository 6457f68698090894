/**
 * The recipes of file systems that promise more: every operation is durable when it returns, as in
 * NOVA, PMFS and WineFS (Chipmunk, EuroSys 2023, calls it the synchronous model).
 *
 *     region 'call' { … letGo …   forceAll   finish }        the same operation, one call longer
 *
 * It is the recipe of the logged file system with a log force before it answers, so that the two
 * differ in nothing else.
 */
import { call, region, seq } from '@daxsim/sim';
import type { Recipe, RecipeNode } from '@daxsim/sim';
import type { World } from '../world.js';
import { ALONE } from './files/shapes.js';

/** Every submitted operation with a log force at its end; parts and services stay as they are. */
export function durableOnReturn(recipes: readonly Recipe<World>[]): readonly Recipe<World>[] {
  return recipes.map((recipe) => {
    const body = withForce(recipe.body);
    return body === null ? recipe : { ...recipe, body };
  });
}

function withForce(body: RecipeNode<World>): RecipeNode<World> | null {
  if (body.kind !== 'region' || body.name !== 'call' || body.body.kind !== 'seq') return null;
  const parts = body.body.body;
  const last = parts.at(-1);
  if (last?.kind !== 'step' || last.step.name !== 'finish') return null;
  return region('call', seq(...parts.slice(0, -1), call('forceAll', ALONE), last));
}
