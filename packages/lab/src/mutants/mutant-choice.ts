/**
 * Which mutants are made: so many of all places at which recipes can be changed, drawn by a seed.
 *
 * A place does not count if the lock plan holds nothing over the span that would be shorter, if the
 * result does not compile, or if no search runs it: those are counted apart.
 */
import { ConfigError, Prng } from '@daxsim/sim';
import {
  compileSystem,
  isUnderPlan,
  mutationsOf,
  recipesFor,
  resolveKnobs,
  withMutation,
} from '@daxsim/daxfs';
import { loadFileSystem } from '../config/systems.js';
import type { FileSystemChoice, Mutation } from '@daxsim/daxfs';

/** All places of a file system at which a mutation makes a system that could be one. */
export function mutantPlaces(fileSystem: string): readonly Mutation[] {
  const { personality, plan } = loadFileSystem(fileSystem);
  const knobs = resolveKnobs(`lock plan ${plan.name}`, plan.knobs ?? {});
  return mutationsOf(recipesFor(personality), knobs).filter((one) => isUnderPlan(one, plan));
}

/** `count` of those that are `run`, in the order in which they are drawn. */
export function drawMutants(
  fileSystem: string,
  run: ReadonlySet<string>,
  count: number,
  seed: number,
): readonly Mutation[] {
  const places = mutantPlaces(fileSystem).filter(({ name }) => run.has(name));
  const choice = loadFileSystem(fileSystem);
  const prng = new Prng(seed);
  const drawn: Mutation[] = [];
  while (drawn.length < count && places.length > 0) {
    const [place] = places.splice(prng.below(places.length), 1);
    if (place !== undefined && canCompile(choice, place.name)) drawn.push(place);
  }
  return drawn;
}

function canCompile({ personality, plan }: FileSystemChoice, name: string): boolean {
  const knobs = resolveKnobs(`lock plan ${plan.name}`, plan.knobs ?? {});
  try {
    compileSystem(plan, null, withMutation(recipesFor(personality), knobs, name));
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
