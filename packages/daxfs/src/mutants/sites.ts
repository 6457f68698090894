/**
 * All mutations of a system's recipes, in the order in which their steps are written.
 *
 *     seq( a, b, region R( c, d ) )   drop … of a b c d   swap a b, b R, c d   shorten R by c, d
 *
 * A part that several recipes share, or that one has in several places, is one place, as it is in
 * the source. Of the variants of a recipe only those that the knobs choose are looked at. Steps are
 * numbered as they are met.
 */
import { assert, nothing } from '@daxsim/sim';
import { MUTABLE_RECIPES, MUTATION_GROUPS } from './mutation.js';
import { MoveKind } from '../moves/definitions.js';
import { chosenArm } from '../recipes/variants.js';
import type { Arms, Recipe, RecipeNode } from '@daxsim/sim';
import type { DaxMove } from '../moves/definitions.js';
import type { DroppedMove } from './dropping-moves.js';
import type { Knobs } from '../knobs.js';
import type { Mutation, MutationGroup, MutationOperator } from './mutation.js';
import type { World } from '../world.js';

type Node = RecipeNode<World>;

/** Moves that write lines back, those that fence, and those whose absence loses bytes. */
const FLUSHING: readonly number[] = [
  MoveKind.CopyIn,
  MoveKind.CopyAcross,
  MoveKind.ZeroBytes,
  MoveKind.FlushBlocks,
  MoveKind.WriteLog,
  MoveKind.WriteHome,
  MoveKind.WriteTail,
];
const FENCING: readonly number[] = [
  MoveKind.ZeroBlocks,
  MoveKind.ZeroBytes,
  MoveKind.FlushBlocks,
  MoveKind.Fence,
  MoveKind.WriteLog,
  MoveKind.WriteHome,
  MoveKind.WriteTail,
];
const WRITING: readonly number[] = [
  MoveKind.ZeroBlocks,
  MoveKind.ZeroBytes,
  MoveKind.FlushBlocks,
  MoveKind.WriteLog,
  MoveKind.WriteHome,
  MoveKind.WriteTail,
];
/** Calls whose absence leaves something not durable. */
const PERSISTING: readonly string[] = [
  'forceLog',
  'forceAll',
  'forceRoom',
  'pushTail',
  'writebackRange',
  'syncInode',
  'syncInodeData',
];

const NOTHING: Node = nothing();

/** Every mutation of a system's recipes, as its knobs make them. Names are unique. */
export function mutationsOf(recipes: readonly Recipe<World>[], knobs: Knobs): readonly Mutation[] {
  const byName = new Map(recipes.map((recipe) => [recipe.name, recipe]));
  const seen = new Set<Node>();
  const found = MUTATION_GROUPS.flatMap((group) =>
    MUTABLE_RECIPES[group].flatMap((name) => {
      const recipe = byName.get(name);
      return recipe === undefined ? [] : new SiteWalk(recipe, group, knobs, seen).all();
    }),
  );
  const names = new Set(found.map(({ name }) => name));
  assert(names.size === found.length, 'mutations: two of one name');
  return found;
}

class SiteWalk {
  private readonly found: Mutation[] = [];
  private step = 0;

  constructor(
    private readonly recipe: Recipe<World>,
    private readonly group: MutationGroup,
    private readonly knobs: Knobs,
    /** Parts met before, in this recipe or another. */
    private readonly seen: Set<Node>,
  ) {}

  all(): readonly Mutation[] {
    this.visit(this.recipe.body);
    return this.found;
  }

  private visit(node: Node): void {
    const isNew = !this.seen.has(node);
    this.seen.add(node);
    switch (node.kind) {
      case 'seq':
        if (isNew) this.swapNeighbours(node);
        node.body.forEach((child) => {
          this.visit(child);
        });
        return;
      case 'step':
      case 'wait':
        this.visitStep(node);
        return;
      case 'move':
        this.step += 1;
        if (isNew) this.mutateMove(node);
        this.visitArms(node.arms);
        return;
      case 'call':
        this.step += 1;
        if (isNew && PERSISTING.includes(node.recipe)) {
          this.add('skip persist', `at step ${this.step}, ${node.recipe}`, node, NOTHING);
        }
        this.visitArms(node.arms);
        return;
      case 'region':
        if (isNew) this.shorten(node);
        this.visit(node.body);
        return;
      case 'repeat':
      case 'cleanup':
        this.visit(node.body);
        return;
      default:
    }
  }

  private visitStep(node: Extract<Node, { kind: 'step' | 'wait' }>): void {
    const chosen = node.kind === 'step' ? chosenArm(node, this.knobs, this.recipe.name) : null;
    if (chosen !== null) {
      this.visit(chosen);
      return;
    }
    this.step += 1;
    this.visitArms(node.arms);
  }

  private visitArms(arms: Arms<World> | null): void {
    for (const arm of Object.values(arms ?? {})) this.visit(arm);
  }

  private swapNeighbours(node: Extract<Node, { kind: 'seq' }>): void {
    const { body } = node;
    const first = this.step + 1;
    body.forEach((child, i) => {
      const next = body[i + 1];
      if (next === undefined || !this.canMove(child) || !this.canMove(next)) return;
      const what = `from step ${first} on, ${this.nameOf(child)} and ${this.nameOf(next)}`;
      this.add('swap steps', what, node, { ...node, body: body.with(i, next).with(i + 1, child) });
    });
  }

  private mutateMove(node: Extract<Node, { kind: 'move' }>): void {
    const move = node.move as DaxMove;
    const at = `at step ${this.step}, ${move.name}`;
    const drop = (drops: 'flush' | 'fence'): void => {
      const dropped: DroppedMove = { ...move, drops };
      this.add(`drop ${drops}`, at, node, { ...node, move: dropped });
    };
    if (FLUSHING.includes(move.kind)) drop('flush');
    if (FENCING.includes(move.kind)) drop('fence');
    if (WRITING.includes(move.kind)) this.add('skip persist', at, node, NOTHING);
  }

  /** Takes the last, or the first, of two or more parts out of a region. */
  private shorten(node: Extract<Node, { kind: 'region' }>): void {
    const parts = partsOf(node.body);
    const [first] = parts;
    const last = parts.at(-1);
    if (first === undefined || last === undefined || parts.length < 2 || node.busy !== null) return;
    const shorter = (body: readonly Node[]): Node => ({ ...node, body: { kind: 'seq', body } });
    const add = (what: string, body: readonly Node[]): void => {
      const text = `at step ${this.step + 1}, ${node.name} without ${what}`;
      this.add('shorten span', text, node, { kind: 'seq', body }, node.name);
    };
    if (this.canMove(last))
      add(`${this.nameOf(last)}, its last`, [shorter(parts.slice(0, -1)), last]);
    if (this.canMove(first))
      add(`${this.nameOf(first)}, its first`, [first, shorter(parts.slice(1))]);
  }

  /** What can stand elsewhere: not a jump, and not nothing. */
  private canMove(node: Node): boolean {
    if (node.kind === 'seq') return node.body.some((part) => this.canMove(part));
    if (node.kind !== 'step')
      return ['move', 'call', 'region', 'repeat', 'spawn'].includes(node.kind);
    const chosen = chosenArm(node, this.knobs, this.recipe.name);
    return chosen === null || this.canMove(chosen);
  }

  /** The first step of a part, for people. */
  private nameOf(node: Node): string {
    switch (node.kind) {
      case 'seq':
        return this.nameOf(
          node.body.find((part) => this.canMove(part)) ?? { kind: 'exit', outcome: 'nothing' },
        );
      case 'step': {
        const chosen = chosenArm(node, this.knobs, this.recipe.name);
        return chosen === null ? node.step.name : this.nameOf(chosen);
      }
      case 'move':
        return node.move.name;
      case 'call':
      case 'spawn':
        return node.recipe;
      case 'region':
        return `region ${node.name}`;
      case 'repeat':
        return `loop ${node.label}`;
      default:
        return node.kind;
    }
  }

  private add(
    operator: MutationOperator,
    what: string,
    target: Node,
    replacement: Node,
    region: string | null = null,
  ): void {
    const { recipe, group } = this;
    const name = `${recipe.name}: ${operator} ${what}`;
    const again = this.found.filter((one) => one.name.startsWith(name)).length;
    this.found.push({
      name: again === 0 ? name : `${name} (${again + 1})`,
      group,
      operator,
      recipe: recipe.name,
      region,
      target,
      replacement,
    });
  }
}

/** The parts of a region's body; a sequence in a sequence is one sequence. */
function partsOf(body: Node): readonly Node[] {
  return body.kind === 'seq' ? body.body.flatMap(partsOf) : [body];
}
