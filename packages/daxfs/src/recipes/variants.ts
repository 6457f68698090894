/**
 * Variants of recipes: which steps there are and in which order, where that depends on knobs.
 *
 *      branch(whenToZero, { Before: …, After: … })   ── compile, knobs ──▶   one of the two
 *
 * A variant looks like a step with outcomes but never runs: when a system is compiled its branch is
 * replaced by the arm that the knobs choose. So the default rules cost nothing for what a plan or a
 * defect could change, and `explain` shows what is.
 */
import { assert, nothing } from '@daxsim/sim';
import type { Arms, Recipe, RecipeNode, StepDefinition } from '@daxsim/sim';
import type { Knobs } from '../knobs.js';
import type { World } from '../world.js';

/** A choice that knobs make, perhaps differently from recipe to recipe. */
export interface Variant extends StepDefinition<World> {
  /** Index of the outcome. */
  readonly choose: (knobs: Knobs, recipe: string) => number;
}

export function variant(
  name: string,
  outcomes: readonly string[],
  choose: (knobs: Knobs, recipe: string) => number,
): Variant {
  const run = (): number => {
    assert(false, `variant ${name} was not resolved`);
    return 0;
  };
  return { name, outcomes, touches: [], run, choose };
}

/** The recipe with every variant replaced by the arm that is chosen. */
export function resolveVariants(recipe: Recipe<World>, knobs: Knobs): Recipe<World> {
  return { ...recipe, body: resolved(recipe.body, knobs, recipe.name) };
}

type Node = RecipeNode<World>;

/** All steps of a recipe, whichever variant they belong to. */
export function stepsIn(recipe: Recipe<World>): readonly StepDefinition<World>[] {
  const found: StepDefinition<World>[] = [];
  const visit = (node: Node): void => {
    if (node.kind === 'step' && !isVariant(node.step)) found.push(node.step);
    const arms = 'arms' in node && node.arms !== null ? Object.values(node.arms) : [];
    for (const arm of arms) visit(arm);
    if (node.kind === 'seq') node.body.forEach(visit);
    else if ('body' in node) visit(node.body);
    if (node.kind === 'region' && node.busy !== null) visit(node.busy);
    if (node.kind === 'cleanup') visit(node.onError);
  };
  visit(recipe.body);
  return found;
}

function resolved(node: Node, knobs: Knobs, recipe: string): Node {
  const inner = (one: Node): Node => resolved(one, knobs, recipe);
  const arms = (all: Arms<World> | null): Arms<World> | null => {
    if (all === null) return null;
    return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, inner(one)]));
  };
  switch (node.kind) {
    case 'seq':
      return { ...node, body: node.body.map(inner) };
    case 'step': {
      const chosen = chosenArm(node, knobs, recipe);
      return chosen === null ? { ...node, arms: arms(node.arms) } : inner(chosen);
    }
    case 'move':
    case 'call':
    case 'wait':
      return { ...node, arms: arms(node.arms) };
    case 'validate':
      return { ...node, arms: arms(node.arms) ?? {} };
    case 'repeat':
      return { ...node, body: inner(node.body) };
    case 'region':
      return {
        ...node,
        body: inner(node.body),
        busy: node.busy === null ? null : inner(node.busy),
      };
    case 'cleanup':
      return { ...node, body: inner(node.body), onError: inner(node.onError) };
    default:
      return node;
  }
}

/** What a variant becomes, unresolved itself; null for a step that is none. */
export function chosenArm(
  node: Extract<Node, { readonly kind: 'step' }>,
  knobs: Knobs,
  recipe: string,
): Node | null {
  if (!isVariant(node.step)) return null;
  return node.arms?.[node.step.outcomes[node.step.choose(knobs, recipe)]] ?? nothing();
}

function isVariant(step: StepDefinition<World>): step is Variant {
  return 'choose' in step;
}
