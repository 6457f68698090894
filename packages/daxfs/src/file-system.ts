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
import { DaxMoveUnit } from './moves/dax-move-unit.js';
import { REGISTER_NAMES } from './registers.js';
import { RANGE_SELECTORS } from './range-selectors.js';
import { SELECTORS } from './selectors.js';
import { NO_PAYLOAD, World } from './world.js';
import { ALL_RECIPES, MODE_STEPS, recipesFor } from './recipes/catalog.js';
import type { Personality } from './personality.js';
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
): ProgramSet<World> {
  return compile({
    recipes,
    plan,
    selectors: SELECTORS,
    rangeSelectors: RANGE_SELECTORS,
    modeSteps,
    registerNames: REGISTER_NAMES,
    prices,
  });
}

/** Programs without prices, by recipes and plan: many short systems share them. */
const UNPRICED = new WeakMap<readonly Recipe<World>[], WeakMap<LockPlan, ProgramSet<World>>>();

function programsOf(
  plan: LockPlan,
  prices: ReadonlyMap<string, StepPrice> | null,
  recipes: readonly Recipe<World>[],
): ProgramSet<World> {
  if (prices !== null) return compileSystem(plan, prices, recipes);
  const known = UNPRICED.get(recipes) ?? new WeakMap<LockPlan, ProgramSet<World>>();
  const set = known.get(plan) ?? compileSystem(plan, null, recipes);
  UNPRICED.set(recipes, known.set(plan, set));
  return set;
}

/** Mounts and wires everything. Throws `ConfigError` when the memory holds no file system. */
export function createSystem(options: SystemOptions): System {
  const { memory, space, personality, plan, prices, taskCapacity } = options;
  const volume = mount(memory, space, personality.inlineExtents);
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
  const payload = options.payload ?? NO_PAYLOAD;
  const world = new World({ space, memory, volume, personality, knobs, payload });
  const set = programsOf(plan, prices, recipesFor(personality));
  const mover = new DaxMoveUnit(world, set, taskCapacity);
  const costs = options.syncCosts ?? NO_COSTS;
  const interpreter = new Interpreter(set, world, space, mover, costs, taskCapacity);
  world.clock = prices === null ? null : interpreter.clock;
  world.wake = (waitName, key) => {
    interpreter.sync.signal(waitName, key, latest(interpreter.clock));
  };
  return { world, set, interpreter, mover };
}

function latest(clock: Float64Array): number {
  let at = 0;
  for (const time of clock) if (time > at) at = time;
  return at;
}
