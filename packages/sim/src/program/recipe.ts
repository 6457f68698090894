/**
 * What an operation is: a recipe, a small tree of named steps.
 *
 *     recipe('punchHole', seq(
 *       region('operation', seq(
 *         step(checkArguments), branch(step, { Ok: …, Invalid: exit('EINVAL') }), …
 *
 * A step is one short, indivisible, synchronous action on the world and a frame of plain numbers.
 * A recipe names no lock: a lock plan says which lock spans which region. Leaving a region by any
 * edge (its end, `exit`, `leave`, `again`) releases what the plan holds over it, in reverse order.
 *
 * Outcomes are closed: a step lists all it can answer and a `branch` names an arm for each; the
 * compiler refuses the rest.
 */
import type { Frame } from './registers.js';

/** One indivisible action. `W` is the world the system's steps act on. */
export interface StepDefinition<W> {
  readonly name: string;
  /** Everything `run` may answer, by index. */
  readonly outcomes: readonly string[];
  /** State the step reads or writes, as names that locks guard; empty when only its own frame. */
  readonly touches: readonly string[];
  /** Register that counts what the price's `each` is charged for. */
  readonly per?: string;
  /** Does the action and answers the index of its outcome. */
  run(world: W, frame: Frame): number;
}

/**
 * A movement of bytes, line by line, done by the system's move unit; the only way to move bytes.
 */
export interface MoveDefinition<W> {
  readonly name: string;
  /** Index 0 is the normal end; the others cut the move short. */
  readonly outcomes: readonly string[];
  readonly touches: readonly string[];
  /** Prepares the move before its first line; the move unit gives meaning to the registers. */
  begin(world: W, frame: Frame): void;
}

/** Which instances of a lock an operation takes, from its frame. */
export interface Selector<W> {
  readonly name: string;
  /** How many instances: 1, or 2 for operations on two objects (taken in ascending order). */
  readonly count: 1 | 2;
  /** The instance at `position` (0 or 1), a whole number 0 … 2^53−1. */
  key(world: W, frame: Frame, position: number): number;
}

/** Which part [from, to) of an instance an operation takes, from its frame. */
export interface RangeSelector<W> {
  readonly name: string;
  /** A whole number 0 … 2^53−1. */
  from(world: W, frame: Frame): number;
  /** Exclusive; at most `RANGE_END`. Not above `from`: the operation takes nothing. */
  to(world: W, frame: Frame): number;
}

/** A condition to sleep on; `World` code wakes sleepers through the machine's `signal`. */
export interface WaitDefinition<W> {
  readonly name: string;
  /** What the sleepers of one channel have in common. */
  key(world: W, frame: Frame): number;
  /** True when there is no need to sleep; checked before the holds are dropped. */
  ready(world: W, frame: Frame): boolean;
  /** What exactly is waited for, for reports of tasks that sleep for ever. */
  describe?(world: W, frame: Frame): string;
}

/** Registers handed to a callee and taken back: same name on both sides, or `callee: caller`. */
export interface Passing {
  readonly give: readonly string[];
  readonly take: readonly string[];
  readonly rename?: { readonly [calleeRegister: string]: string };
}

export type Arms<W> = { readonly [outcome: string]: RecipeNode<W> };

export type RecipeNode<W> =
  | { readonly kind: 'seq'; readonly body: readonly RecipeNode<W>[] }
  | { readonly kind: 'step'; readonly step: StepDefinition<W>; readonly arms: Arms<W> | null }
  | { readonly kind: 'move'; readonly move: MoveDefinition<W>; readonly arms: Arms<W> | null }
  | {
      readonly kind: 'call';
      readonly recipe: string;
      readonly passing: Passing;
      readonly arms: Arms<W> | null;
    }
  | { readonly kind: 'repeat'; readonly label: string; readonly body: RecipeNode<W> }
  | { readonly kind: 'again'; readonly label: string }
  | { readonly kind: 'leave'; readonly label: string }
  | {
      readonly kind: 'region';
      readonly name: string;
      readonly body: RecipeNode<W>;
      /** When present the holds are only tried; this runs instead when one of them is taken. */
      readonly busy: RecipeNode<W> | null;
    }
  | {
      readonly kind: 'cleanup';
      readonly body: RecipeNode<W>;
      /** Runs on each `exit` out of the body with an outcome other than `Ok`. */
      readonly onError: RecipeNode<W>;
    }
  | {
      readonly kind: 'wait';
      readonly wait: WaitDefinition<W>;
      readonly drop: readonly string[];
      readonly interruptible: boolean;
      readonly arms: Arms<W> | null;
    }
  | { readonly kind: 'spawn'; readonly recipe: string; readonly passing: Passing }
  | {
      readonly kind: 'validate';
      readonly point: string;
      /** Nothing comes between a validation that succeeds and the next step. */
      readonly withNext: boolean;
      readonly arms: Arms<W>;
    }
  | { readonly kind: 'exit'; readonly outcome: string };

/** A named operation or part of one. */
export interface Recipe<W> {
  readonly name: string;
  /** One sentence: what the operation does, and the kernel function it stands for. */
  readonly about: string;
  /** Everything the recipe may end with; falling off the end is `Ok`. */
  readonly outcomes: readonly string[];
  readonly body: RecipeNode<W>;
}

export function seq<W>(...body: RecipeNode<W>[]): RecipeNode<W> {
  return { kind: 'seq', body };
}

/** A step with a single outcome. */
export function step<W>(definition: StepDefinition<W>): RecipeNode<W> {
  return { kind: 'step', step: definition, arms: null };
}

/** A step and what follows each of its outcomes; `Ok` may be left out and falls through. */
export function branch<W>(definition: StepDefinition<W>, arms: Arms<W>): RecipeNode<W> {
  return { kind: 'step', step: definition, arms };
}

/** Moves bytes; arms for every outcome but the normal end. */
export function move<W>(definition: MoveDefinition<W>, arms: Arms<W> | null = null): RecipeNode<W> {
  return { kind: 'move', move: definition, arms };
}

/** Runs another recipe with the caller's locks held; arms as in `branch`. */
export function call<W>(
  recipe: string,
  passing: Passing,
  arms: Arms<W> | null = null,
): RecipeNode<W> {
  return { kind: 'call', recipe, passing, arms };
}

/** Repeats its body until an edge leaves it. */
export function repeat<W>(label: string, body: RecipeNode<W>): RecipeNode<W> {
  return { kind: 'repeat', label, body };
}

/** Starts the repeat with this label over. */
export function again<W>(label: string): RecipeNode<W> {
  return { kind: 'again', label };
}

/** Goes on behind the repeat with this label. */
export function leave<W>(label: string): RecipeNode<W> {
  return { kind: 'leave', label };
}

/** A part that a lock plan may name. */
export function region<W>(
  name: string,
  body: RecipeNode<W>,
  busy: RecipeNode<W> | null = null,
): RecipeNode<W> {
  return { kind: 'region', name, body, busy };
}

export function cleanup<W>(body: RecipeNode<W>, onError: RecipeNode<W>): RecipeNode<W> {
  return { kind: 'cleanup', body, onError };
}

/** Drops the holds of the named regions, sleeps, retakes them in order. */
export function wait<W>(
  definition: WaitDefinition<W>,
  options: { readonly drop: readonly string[]; readonly interruptible?: boolean },
  arms: Arms<W> | null = null,
): RecipeNode<W> {
  const interruptible = options.interruptible ?? false;
  return { kind: 'wait', wait: definition, drop: options.drop, interruptible, arms };
}

/**
 * A point at which a plan may validate the read sections of the regions around it (`validateAt`) or
 * sample them again (`sampleAt`). `Changed` names what follows when a write section came between;
 * under a plan that does neither here the point is nothing. `withNext`: one action with the step
 * that follows, as if both stood under a lock that the writer takes as well.
 */
export function validate<W>(
  point: string,
  arms: { readonly Changed: RecipeNode<W> },
  options: { readonly withNext?: boolean } = {},
): RecipeNode<W> {
  return { kind: 'validate', point, withNext: options.withNext ?? false, arms };
}

/** Starts another task on a recipe; the caller does not wait for it. */
export function spawn<W>(recipe: string, passing: Passing): RecipeNode<W> {
  return { kind: 'spawn', recipe, passing };
}

/** Leaves the recipe with an outcome. */
export function exit<W>(outcome: string): RecipeNode<W> {
  return { kind: 'exit', outcome };
}

/** Nothing, for arms with nothing to do. */
export function nothing<W>(): RecipeNode<W> {
  return { kind: 'seq', body: [] };
}
