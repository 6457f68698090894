/**
 * First half of compiling: lays a plan's holds onto a recipe's tree.
 *
 * A hold names a region that the recipe has, or two steps; `from … through` becomes a new region
 * around the consecutive nodes of the one sequence that holds both. Nothing is guessed: a span
 * whose ends lie in different branches, or that would cut another region, is refused with the
 * names of what is there.
 */
import { ConfigError, nearestName } from '../errors.js';
import type { Hold } from './lock-plan.js';
import type { Recipe, RecipeNode } from './recipe.js';

/** Region name → the holds over it, in the order in which they are taken. */
export type HoldsByRegion = ReadonlyMap<string, readonly Hold[]>;

export interface SpannedRecipe<W> {
  readonly body: RecipeNode<W>;
  readonly holds: HoldsByRegion;
}

/** Applies `holds` to a recipe; `planName` is for messages. */
export function applySpans<W>(
  recipe: Recipe<W>,
  holds: readonly Hold[],
  planName: string,
): SpannedRecipe<W> {
  const where = `lock plan ${planName}, recipe ${recipe.name}`;
  const byRegion = new Map<string, Hold[]>();
  let body = recipe.body;
  for (const hold of holds) {
    let name = hold.region;
    if (name === undefined) {
      name = `${hold.from ?? '?'}…${hold.through ?? '?'}`;
      if (!byRegion.has(name)) body = wrapSpan(body, hold, name, where);
    } else {
      requireRegion(body, name, where);
    }
    const list = byRegion.get(name) ?? [];
    list.push(hold);
    byRegion.set(name, list);
  }
  return { body, holds: byRegion };
}

/** Every region name of a tree, in order. */
export function regionNames<W>(node: RecipeNode<W>): string[] {
  const names: string[] = [];
  walk(node, (visited) => {
    if (visited.kind === 'region') names.push(visited.name);
  });
  return names;
}

/** Every step and move name of a tree, in order. */
export function stepNames<W>(node: RecipeNode<W>): string[] {
  const names: string[] = [];
  walk(node, (visited) => {
    const name = ownName(visited);
    if (name !== null) names.push(name);
  });
  return names;
}

/** Visits a node and everything below it, parents first. */
export function walk<W>(node: RecipeNode<W>, visit: (node: RecipeNode<W>) => void): void {
  visit(node);
  for (const child of childrenOf(node)) walk(child, visit);
}

export function childrenOf<W>(node: RecipeNode<W>): readonly RecipeNode<W>[] {
  switch (node.kind) {
    case 'seq':
      return node.body;
    case 'step':
    case 'move':
    case 'call':
    case 'wait':
      return node.arms === null ? [] : Object.values(node.arms);
    case 'region':
      return node.busy === null ? [node.body] : [node.body, node.busy];
    case 'repeat':
      return [node.body];
    case 'cleanup':
      return [node.body, node.onError];
    default:
      return [];
  }
}

/** The name by which a span may refer to a node. */
function ownName<W>(node: RecipeNode<W>): string | null {
  if (node.kind === 'step') return node.step.name;
  if (node.kind === 'move') return node.move.name;
  if (node.kind === 'call') return node.recipe;
  return null;
}

function requireRegion<W>(body: RecipeNode<W>, name: string, where: string): void {
  const names = regionNames(body);
  if (names.includes(name)) return;
  throw new ConfigError({
    where,
    found: `no region "${name}" in this recipe`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}

function wrapSpan<W>(root: RecipeNode<W>, hold: Hold, name: string, where: string): RecipeNode<W> {
  const from = hold.from ?? '';
  const through = hold.through ?? from;
  const names = stepNames(root);
  for (const end of [from, through]) {
    if (names.includes(end)) continue;
    throw new ConfigError({
      where,
      found: `the span of lock ${hold.lock} names a step "${end}" that the recipe lacks`,
      allowed: `one of ${[...new Set(names)].join(', ')}`,
      nearest: nearestName(end, names),
    });
  }
  const wrapped = wrapIn(root, from, through, name, where);
  if (wrapped !== null) return wrapped;
  throw new ConfigError({
    where,
    found: `steps "${from}" and "${through}" are not in one sequence`,
    allowed: `a region around both: ${regionNames(root).join(', ')}`,
  });
}

/** Wraps the span in the innermost sequence that holds both ends; null when there is none. */
function wrapIn<W>(
  node: RecipeNode<W>,
  from: string,
  through: string,
  name: string,
  where: string,
): RecipeNode<W> | null {
  const inside = rebuildFirst(node, (child) => wrapIn(child, from, through, name, where));
  if (inside !== null) return inside;
  if (node.kind !== 'seq') return wrapSingle(node, from, through, name);
  const start = node.body.findIndex((child) => containsName(child, from));
  const end = node.body.findLastIndex((child) => containsName(child, through));
  if (start < 0 || end < start) return null;
  if (firstName(node.body[start]) !== from) {
    throw new ConfigError({
      where,
      found: `a span from "${from}" would begin in the middle of a region`,
      allowed: 'a span that begins where its region begins',
    });
  }
  const region: RecipeNode<W> = {
    kind: 'region',
    name,
    body: { kind: 'seq', body: node.body.slice(start, end + 1) },
    busy: null,
  };
  return { kind: 'seq', body: [...node.body.slice(0, start), region, ...node.body.slice(end + 1)] };
}

function wrapSingle<W>(
  node: RecipeNode<W>,
  from: string,
  through: string,
  name: string,
): RecipeNode<W> | null {
  if (from !== through || ownName(node) !== from) return null;
  return { kind: 'region', name, body: node, busy: null };
}

/** Replaces the first child for which `change` answers a new node; null when none does. */
function rebuildFirst<W>(
  node: RecipeNode<W>,
  change: (child: RecipeNode<W>) => RecipeNode<W> | null,
): RecipeNode<W> | null {
  switch (node.kind) {
    case 'seq':
      for (let i = 0; i < node.body.length; i += 1) {
        const child = node.body[i];
        // A span within one step is taken where the step stands, in its sequence.
        if (child.kind !== 'seq' && childrenOf(child).length === 0) continue;
        const changed = change(child);
        if (changed !== null) return { kind: 'seq', body: node.body.with(i, changed) };
      }
      return null;
    case 'step':
    case 'move':
    case 'call':
    case 'wait': {
      if (node.arms === null) return null;
      for (const [outcome, arm] of Object.entries(node.arms)) {
        const changed = change(arm);
        if (changed !== null) return { ...node, arms: { ...node.arms, [outcome]: changed } };
      }
      return null;
    }
    case 'region':
    case 'repeat':
    case 'cleanup': {
      const changed = change(node.body);
      return changed === null ? null : { ...node, body: changed };
    }
    default:
      return null;
  }
}

function containsName<W>(node: RecipeNode<W>, name: string): boolean {
  return ownName(node) === name || childrenOf(node).some((child) => containsName(child, name));
}

function firstName<W>(node: RecipeNode<W>): string | null {
  const own = ownName(node);
  if (own !== null) return own;
  for (const child of childrenOf(node)) {
    const name = firstName(child);
    if (name !== null) return name;
  }
  return null;
}
