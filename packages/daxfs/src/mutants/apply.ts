/**
 * Finds mutations by name and puts them into a system's recipes. The recipes that come of it are
 * kept, so that systems made again and again under one mutation share their programs.
 */
import { ConfigError, nearestName, seq, step } from '@daxsim/sim';
import { mutationsOf } from './sites.js';
import type { Arms, LockPlan, Recipe, RecipeNode, StepDefinition } from '@daxsim/sim';
import type { Knobs } from '../knobs.js';
import type { Mutation } from './mutation.js';
import type { World } from '../world.js';

/** A name that changes nothing: every place tells when it is run. */
export const EVERY_PLACE = 'every place';

/** Stands before what a mutation changes; without a price, since mutants are not timed. */
function note(name: string): Node {
  const definition: StepDefinition<World> = {
    name: 'noteMutation',
    outcomes: ['Ok'],
    touches: [],
    run(world) {
      world.metMutations.add(name);
      return 0;
    },
  };
  return step(definition);
}

type Node = RecipeNode<World>;
/** What stands in place of a node; null to look inside of it. */
type Replacer = (node: Node, inner: (node: Node) => Node) => Node | null;
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
  const result = name === EVERY_PLACE ? noted(recipes, byName) : changed(recipes, byName, name);
  // Programs are kept as long as their recipes are: those of the mutant before are let go.
  for (const before of mutated.keys()) if (before !== EVERY_PLACE) mutated.delete(before);
  mutated.set(name, result);
  return result;
}

function changed(recipes: Recipes, byName: Known['byName'], name: string): Recipes {
  const mutation = byName.get(name);
  if (mutation === undefined) {
    throw new ConfigError({
      where: 'mutation',
      found: `"${name}"`,
      allowed: 'the name of a place at which a recipe can be changed',
      nearest: nearestName(name, byName.keys()),
    });
  }
  const by: Replacer = (node) =>
    node === mutation.target ? seq(note(name), mutation.replacement) : null;
  return recipes.map((recipe) => {
    const body = replaced(recipe.body, by);
    return body === recipe.body ? recipe : { ...recipe, body };
  });
}

function noted(recipes: Recipes, byName: Known['byName']): Recipes {
  const namesOf = new Map<Node, string[]>();
  for (const { name, target } of byName.values()) {
    namesOf.set(target, [...(namesOf.get(target) ?? []), name]);
  }
  const by: Replacer = (node, inner) => {
    const names = namesOf.get(node);
    return names === undefined ? null : seq(...names.map(note), inner(node));
  };
  return recipes.map((recipe) => ({ ...recipe, body: replaced(recipe.body, by) }));
}

/** Whether a mutation of these recipes has the name: others have other places. */
export function hasMutation(recipes: Recipes, knobs: Knobs, name: string): boolean {
  return knownFor(recipes, knobs).byName.has(name);
}

/** Whether the plan holds a lock over what the mutation shortens; else it changes nothing. */
export function isUnderPlan(mutation: Mutation, plan: LockPlan): boolean {
  if (mutation.region === null) return true;
  const holds = Object.hasOwn(plan.holds, mutation.recipe) ? plan.holds[mutation.recipe] : [];
  return holds.some(({ region }) => region === mutation.region);
}

/** The tree with what `by` replaces replaced; the same object if it is nothing. */
function replaced(root: Node, by: Replacer): Node {
  const visit = (node: Node): Node => by(node, inside) ?? inside(node);
  const inside = (node: Node): Node => withinNode(node, visit);
  return visit(root);
}

function withinNode(node: Node, visit: (node: Node) => Node): Node {
  switch (node.kind) {
    case 'seq': {
      const body = node.body.map(visit);
      return body.every((one, i) => one === node.body[i]) ? node : { ...node, body };
    }
    case 'step':
    case 'move':
    case 'call':
    case 'wait': {
      const arms = node.arms === null ? null : withinArms(node.arms, visit);
      return arms === node.arms ? node : { ...node, arms };
    }
    case 'validate': {
      const arms = withinArms(node.arms, visit);
      return arms === node.arms ? node : { ...node, arms };
    }
    case 'repeat':
    case 'cleanup':
    case 'region': {
      const body = visit(node.body);
      return body === node.body ? node : { ...node, body };
    }
    default:
      return node;
  }
}

function withinArms(arms: Arms<World>, visit: (node: Node) => Node): Arms<World> {
  const changed = Object.entries(arms).map(([outcome, arm]) => [outcome, visit(arm)] as const);
  return changed.every(([outcome, arm]) => arm === arms[outcome])
    ? arms
    : Object.fromEntries(changed);
}
