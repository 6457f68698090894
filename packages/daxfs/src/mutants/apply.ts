/**
 * Finds mutations by name and puts them into a system's recipes. The recipes that come of it are
 * kept, so that systems made again and again under one mutation share their programs.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { mutationsOf } from './sites.js';
import type { Arms, LockPlan, Recipe, RecipeNode } from '@daxsim/sim';
import type { Knobs } from '../knobs.js';
import type { Mutation } from './mutation.js';
import type { World } from '../world.js';

type Recipes = readonly Recipe<World>[];

interface Known {
  readonly byName: ReadonlyMap<string, Mutation>;
  readonly mutated: Map<string, Recipes>;
}

const KNOWN = new WeakMap<Recipes, Map<string, Known>>();

function knownFor(recipes: Recipes, knobs: Knobs): Known {
  const byKnobs = KNOWN.get(recipes) ?? new Map<string, Known>();
  KNOWN.set(recipes, byKnobs);
  const key = JSON.stringify(knobs);
  let known = byKnobs.get(key);
  if (known === undefined) {
    const all = mutationsOf(recipes, knobs);
    known = { byName: new Map(all.map((one) => [one.name, one])), mutated: new Map() };
    byKnobs.set(key, known);
  }
  return known;
}

/** The recipes with the mutation in them. Throws `ConfigError` for a name that is none. */
export function withMutation(recipes: Recipes, knobs: Knobs, name: string): Recipes {
  const { byName, mutated } = knownFor(recipes, knobs);
  const known = mutated.get(name);
  if (known !== undefined) return known;
  const mutation = byName.get(name);
  if (mutation === undefined) {
    throw new ConfigError({
      where: 'mutation',
      found: `"${name}"`,
      allowed: 'the name of a place at which a recipe can be changed',
      nearest: nearestName(name, byName.keys()),
    });
  }
  const result = recipes.map((recipe) => {
    const body = replaced(recipe.body, mutation);
    return body === recipe.body ? recipe : { ...recipe, body };
  });
  mutated.set(name, result);
  return result;
}

/** Whether the plan holds a lock over what the mutation shortens; else it changes nothing. */
export function isUnderPlan(mutation: Mutation, plan: LockPlan): boolean {
  if (mutation.region === null) return true;
  const holds = Object.hasOwn(plan.holds, mutation.recipe) ? plan.holds[mutation.recipe] : [];
  return holds.some(({ region }) => region === mutation.region);
}

type Node = RecipeNode<World>;

/** The tree with the target replaced wherever it is; the same object if it is nowhere. */
function replaced(node: Node, mutation: Mutation): Node {
  const inner = (one: Node): Node => replaced(one, mutation);
  if (node === mutation.target) return mutation.replacement;
  switch (node.kind) {
    case 'seq': {
      const body = node.body.map(inner);
      return body.every((one, i) => one === node.body[i]) ? node : { ...node, body };
    }
    case 'step':
    case 'move':
    case 'call':
    case 'wait': {
      const arms = changedArms(node.arms, inner);
      return arms === node.arms ? node : { ...node, arms };
    }
    case 'validate': {
      const arms = changedArms(node.arms, inner);
      return arms === node.arms || arms === null ? node : { ...node, arms };
    }
    case 'repeat':
    case 'cleanup':
    case 'region': {
      const body = inner(node.body);
      return body === node.body ? node : { ...node, body };
    }
    default:
      return node;
  }
}

function changedArms(
  arms: Arms<World> | null,
  inner: (node: Node) => Node,
): Arms<World> | null {
  if (arms === null) return null;
  const changed = Object.entries(arms).map(([outcome, arm]) => [outcome, inner(arm)] as const);
  return changed.every(([outcome, arm]) => arm === arms[outcome])
    ? arms
    : Object.fromEntries(changed);
}
