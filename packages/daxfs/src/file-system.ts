/**
 * Puts a system together: a mounted volume, the recipes of all operations under one lock plan with
 * one price table, the interpreter that runs them and the unit that moves their bytes.
 *
 *     memory (mkfs'ed, recovered) ─▶ mount ─▶ World ─┐
 *     recipes × plan × prices ────▶ compile ─▶ set ──┴─▶ Interpreter ◀── timed or step machine
 */
import { ConfigError, Interpreter, NO_COSTS, compile } from '@daxsim/sim';
import type {
  LockPlan,
  ProgramSet,
  Recipe,
  StateSpace,
  StepDefinition,
  StepPrice,
  SyncCosts,
} from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';
import { resolveKnobs } from './knobs.js';
import { mount } from './media/mounted-volume.js';
import { withMutation } from './mutants/apply.js';
import { DroppingMoves, dropsSomething } from './mutants/dropping-moves.js';
import { FilteredMemory } from './mutants/filtered-memory.js';
import {
  ALL_RANGE_SELECTORS,
  ALL_SELECTORS,
  connectHost,
  guestWorld,
} from './window/guest-world.js';
import { DaxMoveUnit } from './moves/dax-move-unit.js';
import { REGISTER_NAMES } from './registers.js';
import { NO_PAYLOAD, World } from './world.js';
import { ALL_RECIPES, MODE_STEPS, recipesFor } from './recipes/catalog.js';
import { resolveVariants, stepsIn } from './recipes/variants.js';
import { spareBlocks } from './steps/files/buddy-placement.js';
import type { Personality } from './personality.js';
import type { Knobs } from './knobs.js';
import type { Payload } from './world.js';

/** What a system is made of. */
export interface SystemOptions {
  /** Holds a file system whose log is empty: fresh from `mkfs`, or after `recoverNow`. */
  readonly memory: Memory;
  readonly space: StateSpace;
  readonly personality: Personality;
  readonly plan: LockPlan;
  /** Prices by step name; null for systems without time. */
  readonly prices: ReadonlyMap<string, StepPrice> | null;
  /** Costs of locks and sleeps; none without time. */
  readonly syncCosts?: SyncCosts;
  /** Tasks, those for spawned recipes included. */
  readonly taskCapacity: number;
  /** Settings of knobs; the plan's own come before these. */
  readonly knobs?: { readonly [knob: string]: string };
  readonly payload?: Payload;
  /** Whether a cycle in the plan's lock order is let pass, to see what comes of it; default no. */
  readonly allowsOrderCycles?: boolean;
  /** Name of a mutation of the recipes, see `mutationsOf`; none when absent. */
  readonly mutation?: string | undefined;
}

export interface System {
  readonly world: World;
  readonly set: ProgramSet<World>;
  readonly interpreter: Interpreter<World>;
  readonly mover: DaxMoveUnit;
}

/** All recipes and mode steps under a plan, compiled. Throws `ConfigError` when they do not fit. */
export function compileSystem(
  plan: LockPlan,
  prices: ReadonlyMap<string, StepPrice> | null,
  recipes: readonly Recipe<World>[] = ALL_RECIPES,
  modeSteps: readonly StepDefinition<World>[] = MODE_STEPS,
  allowsOrderCycles = false,
  knobs: Knobs = resolveKnobs(`lock plan ${plan.name}`, plan.knobs ?? {}),
): ProgramSet<World> {
  return compile({
    recipes: recipes.map((recipe) => resolveVariants(recipe, knobs)),
    plan,
    selectors: ALL_SELECTORS,
    rangeSelectors: ALL_RANGE_SELECTORS,
    modeSteps,
    registerNames: REGISTER_NAMES,
    allowsOrderCycles,
    prices,
  });
}

/** Every step of the system, of whatever variant of a recipe, each once. */
export function everyStep(
  recipes: readonly Recipe<World>[] = ALL_RECIPES,
): readonly StepDefinition<World>[] {
  return [...new Set([...recipes.flatMap(stepsIn), ...MODE_STEPS])];
}

/** Programs without prices, by recipes, plan and what makes variants: short systems share them. */
const UNPRICED = new WeakMap<readonly Recipe<World>[], Map<string, ProgramSet<World>>>();
/** Numbers of plans, which have no other identity than themselves. */
const PLAN_NUMBERS = new WeakMap<LockPlan, number>();
let plansSeen = 0;

function numberOf(plan: LockPlan): number {
  const known = PLAN_NUMBERS.get(plan);
  if (known !== undefined) return known;
  plansSeen += 1;
  PLAN_NUMBERS.set(plan, plansSeen);
  return plansSeen;
}

function programsOf(
  plan: LockPlan,
  prices: ReadonlyMap<string, StepPrice> | null,
  recipes: readonly Recipe<World>[],
  allowsCycles: boolean,
  knobs: Knobs,
): ProgramSet<World> {
  if (prices !== null) {
    return compileSystem(plan, prices, recipes, MODE_STEPS, allowsCycles, knobs);
  }
  const known = UNPRICED.get(recipes) ?? new Map<string, ProgramSet<World>>();
  UNPRICED.set(recipes, known);
  const key = JSON.stringify([numberOf(plan), knobs, allowsCycles]);
  const set = known.get(key) ?? compileSystem(plan, null, recipes, MODE_STEPS, allowsCycles, knobs);
  known.set(key, set);
  return set;
}

/** Mounts and wires everything. Throws `ConfigError` when the memory holds no file system. */
export function createSystem(options: SystemOptions): System {
  const { space, personality, plan, prices, taskCapacity } = options;
  const volume = mount(options.memory, space, personality.inlineExtents);
  if (volume === null) {
    throw new ConfigError({
      where: 'mount',
      found: 'a memory without a file system',
      allowed: 'a memory that mkfs wrote, with its log recovered',
    });
  }
  volume.extents.writtenMost = personality.extentMost.written;
  volume.extents.unwrittenMost = personality.extentMost.unwritten;
  const knobs = resolveKnobs(`lock plan ${plan.name}`, plan.knobs ?? {}, options.knobs ?? {});
  volume.allocator.policy = {
    atOnce: knobs.freedBlocks === 'atOnce',
    freedFirst: knobs.reuse === 'freedFirst',
  };
  volume.plant(space, knobs);
  const payload = options.payload ?? NO_PAYLOAD;
  const cycles = options.allowsOrderCycles === true;
  const plain = recipesFor(personality);
  const { mutation } = options;
  const recipes = mutation === undefined ? plain : withMutation(plain, knobs, mutation);
  const set = programsOf(plan, prices, recipes, cycles, knobs);
  const filtered = dropsSomething(set.moves) ? new FilteredMemory(options.memory) : null;
  const memory = filtered ?? options.memory;
  const parts = { space, memory, volume, personality, knobs, payload };
  const world = personality.window === null ? new World(parts) : guestWorld(parts);
  if (knobs.conversionBlocks === 'fromFree') {
    volume.extents.forConversions = (): number => spareBlocks(world);
  }
  const mover = new DaxMoveUnit(world, set, taskCapacity);
  const dropping = filtered === null ? null : new DroppingMoves(mover, set.moves);
  if (filtered !== null && dropping !== null) filtered.lets = dropping.lets;
  const costs = options.syncCosts ?? NO_COSTS;
  const interpreter = new Interpreter(set, world, space, dropping ?? mover, costs, taskCapacity);
  world.clock = prices === null ? null : interpreter.clock;
  world.wake = (waitName, key) => {
    interpreter.sync.signal(waitName, key, latest(interpreter.clock));
  };
  if (world.host !== null) connectHost(world, world.host);
  return { world, set, interpreter, mover };
}

function latest(clock: Float64Array): number {
  let at = 0;
  for (const time of clock) if (time > at) at = time;
  return at;
}
