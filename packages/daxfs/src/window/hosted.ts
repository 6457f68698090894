/**
 * The recipes of the host's file system inside the system of its guests: the same trees under names
 * with `host.`, whose steps act on the host's world.
 *
 *      recipe write ─▶ recipe host.write       step startWrite ─▶ step host.startWrite (world.host)
 *
 * So one interpreter runs guests and host with one clock, one set of decisions and one order of
 * locks. What knobs change in a recipe is the guests' business; the host has the default of each.
 */
import { assert } from '@daxsim/sim';
import type {
  Arms,
  MoveDefinition,
  RangeSelector,
  Recipe,
  RecipeNode,
  Selector,
  StepDefinition,
  WaitDefinition,
} from '@daxsim/sim';
import { resolveKnobs } from '../knobs.js';
import { resolveVariants } from '../recipes/variants.js';
import type { DaxMove } from '../moves/definitions.js';
import type { World } from '../world.js';

/** Before the names of all that is the host's. */
export const HOST = 'host.';

/** A move that the host's move unit carries on. */
export interface HostedMove extends DaxMove {
  readonly isHosted: true;
}

type Node = RecipeNode<World>;

const steps = new Map<StepDefinition<World>, StepDefinition<World>>();
const moves = new Map<MoveDefinition<World>, MoveDefinition<World>>();
const waits = new Map<WaitDefinition<World>, WaitDefinition<World>>();

/** The world of the host. */
export function hostOf(world: World): World {
  assert(world.host !== null, 'a step of a host without a host');
  return world.host;
}

/** Whether the host's move unit carries a move on. */
export function isHostedMove(move: MoveDefinition<World>): boolean {
  return 'isHosted' in move;
}

/** Recipes of these names, and all that they call, as the host runs them. */
export function hostedRecipes(
  recipes: readonly Recipe<World>[],
  entries: readonly string[],
): readonly Recipe<World>[] {
  const byName = new Map(recipes.map((recipe) => [recipe.name, recipe]));
  const knobs = resolveKnobs('host', {});
  const wanted = [...entries];
  const found = new Map<string, Recipe<World>>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const recipe = byName.get(name);
    if (recipe === undefined || found.has(name)) continue;
    const plain = resolveVariants(recipe, knobs);
    found.set(name, { ...plain, name: HOST + name, body: hosted(plain.body) });
    forEachCall(plain.body, (callee) => wanted.push(callee));
  }
  return recipes.flatMap(({ name }) => found.get(name) ?? []);
}

function forEachCall(node: Node, visit: (callee: string) => void): void {
  if (node.kind === 'call' || node.kind === 'spawn') visit(node.recipe);
  if (node.kind === 'seq') for (const one of node.body) forEachCall(one, visit);
  else if ('body' in node) forEachCall(node.body, visit);
  if (node.kind === 'region' && node.busy !== null) forEachCall(node.busy, visit);
  if (node.kind === 'cleanup') forEachCall(node.onError, visit);
  if (!('arms' in node) || node.arms === null) return;
  for (const arm of Object.values(node.arms)) forEachCall(arm, visit);
}

function armsOf(arms: Arms<World> | null): Arms<World> | null {
  if (arms === null) return null;
  return Object.fromEntries(Object.entries(arms).map(([name, node]) => [name, hosted(node)]));
}

function hosted(node: Node): Node {
  switch (node.kind) {
    case 'seq':
      return { ...node, body: node.body.map(hosted) };
    case 'step':
      return { ...node, step: hostedStep(node.step), arms: armsOf(node.arms) };
    case 'move':
      return { ...node, move: hostedMove(node.move), arms: armsOf(node.arms) };
    case 'call':
      return { ...node, recipe: HOST + node.recipe, arms: armsOf(node.arms) };
    case 'spawn':
      return { ...node, recipe: HOST + node.recipe };
    case 'wait':
      return { ...node, wait: hostedWait(node.wait), arms: armsOf(node.arms) };
    case 'validate':
      return { ...node, arms: armsOf(node.arms) ?? {} };
    case 'repeat':
      return { ...node, body: hosted(node.body) };
    case 'region':
      return {
        ...node,
        body: hosted(node.body),
        busy: node.busy === null ? null : hosted(node.busy),
      };
    case 'cleanup':
      return { ...node, body: hosted(node.body), onError: hosted(node.onError) };
    default:
      return node;
  }
}

/** A step on the host's world; the same one for the same step. */
export function hostedStep(step: StepDefinition<World>): StepDefinition<World> {
  const known = steps.get(step);
  if (known !== undefined) return known;
  const made: StepDefinition<World> = {
    ...step,
    name: HOST + step.name,
    run: (world, frame) => step.run(hostOf(world), frame),
  };
  steps.set(step, made);
  return made;
}

function hostedMove(move: MoveDefinition<World>): MoveDefinition<World> {
  const known = moves.get(move);
  if (known !== undefined) return known;
  const made = {
    ...move,
    name: HOST + move.name,
    isHosted: true,
    begin: (world: World, frame: Parameters<typeof move.begin>[1]) => {
      move.begin(hostOf(world), frame);
    },
  };
  moves.set(move, made);
  return made;
}

function hostedWait(wait: WaitDefinition<World>): WaitDefinition<World> {
  const known = waits.get(wait);
  if (known !== undefined) return known;
  const made: WaitDefinition<World> = {
    name: HOST + wait.name,
    key: (world, frame) => wait.key(hostOf(world), frame),
    ready: (world, frame) => wait.ready(hostOf(world), frame),
  };
  waits.set(wait, made);
  return made;
}

/** Which instances the host takes. */
export function hostedSelector(selector: Selector<World>): Selector<World> {
  return {
    ...selector,
    name: HOST + selector.name,
    key: (world, frame, position) => selector.key(hostOf(world), frame, position),
  };
}

export function hostedRange(range: RangeSelector<World>): RangeSelector<World> {
  return {
    name: HOST + range.name,
    from: (world, frame) => range.from(hostOf(world), frame),
    to: (world, frame) => range.to(hostOf(world), frame),
  };
}
