/**
 * Compiles a system — recipes under one lock plan, with prices — into a program set.
 *
 * Refused, with the fix in the message: a span over a step that the recipe lacks, an impossible
 * region, an outcome without an arm, a step without a price, a lock-order cycle with no gate.
 */
import { ConfigError, nearestName } from '../errors.js';
import { checkLockOrder } from './order-check.js';
import { Linker } from './linker.js';
import { Lowerer } from './lower.js';
import { applySpans } from './spans.js';
import type { Hold, LockPlan } from './lock-plan.js';
import type { Program, ProgramSet, StepPrice } from './program.js';
import type { RangeSelector, Recipe, Selector, StepDefinition } from './recipe.js';

/** Everything that makes up a system. */
export interface SystemDefinition<W> {
  readonly recipes: readonly Recipe<W>[];
  readonly plan: LockPlan;
  readonly selectors: readonly Selector<W>[];
  readonly rangeSelectors?: readonly RangeSelector<W>[];
  /** Steps that decide the mode of a hold, with outcomes `Shared` and `Exclusive`. */
  readonly modeSteps?: readonly StepDefinition<W>[];
  readonly registerNames: readonly string[];
  /** Whether a cycle in the lock order is let pass, to see what it leads to; default no. */
  readonly allowsOrderCycles?: boolean;
  /** Price of each step by name; null for systems that are only explored. */
  readonly prices: ReadonlyMap<string, StepPrice> | null;
}

/** Compiles; throws `ConfigError` for anything that cannot be a system. */
export function compile<W>(system: SystemDefinition<W>): ProgramSet<W> {
  checkPlanNames(system);
  const linker = new Linker(
    system.recipes,
    system.plan,
    new Map(system.selectors.map((selector) => [selector.name, selector])),
    new Map((system.rangeSelectors ?? []).map((selector) => [selector.name, selector])),
    new Map((system.modeSteps ?? []).map((step) => [step.name, step])),
    system.registerNames,
  );
  let slotsPerFrame = 1;
  const programs = system.recipes.map((recipe, index): Program => {
    const where = `lock plan ${system.plan.name}, recipe ${recipe.name}`;
    const spanned = applySpans(recipe, holdsOf(system.plan, recipe.name), system.plan.name);
    const lowered = new Lowerer(where, recipe.outcomes, spanned.holds, linker).lower(spanned.body);
    slotsPerFrame = Math.max(slotsPerFrame, lowered.slots);
    const { code, tables, regionsAt } = lowered;
    return { name: recipe.name, index, outcomes: recipe.outcomes, code, tables, regionsAt };
  });
  const set: ProgramSet<W> = {
    planName: system.plan.name,
    programs,
    programByName: new Map(programs.map((program) => [program.name, program.index])),
    steps: linker.steps,
    ...priceColumns(system, linker),
    moves: linker.moves,
    holds: linker.holds,
    calls: linker.calls,
    waits: linker.waits,
    lockNames: linker.lockNames,
    locks: Object.values(system.plan.locks),
    registerNames: system.registerNames,
    slotsPerFrame,
  };
  if (system.allowsOrderCycles !== true) checkLockOrder(set);
  return set;
}

function holdsOf(plan: LockPlan, recipe: string): readonly Hold[] {
  return Object.hasOwn(plan.holds, recipe) ? plan.holds[recipe] : [];
}

function checkPlanNames<W>(system: SystemDefinition<W>): void {
  const names = system.recipes.map((recipe) => recipe.name);
  for (const recipe of Object.keys(system.plan.holds)) {
    if (names.includes(recipe)) continue;
    throw new ConfigError({
      where: `lock plan ${system.plan.name}`,
      found: `holds for an unknown recipe "${recipe}"`,
      allowed: `one of ${names.join(', ')}`,
      nearest: nearestName(recipe, names),
    });
  }
}

function priceColumns<W>(
  system: SystemDefinition<W>,
  linker: Linker<W>,
): Pick<ProgramSet<W>, 'stepFixedTicks' | 'stepEachTicks' | 'stepPerRegister'> {
  const count = linker.steps.length;
  const stepFixedTicks = new Float64Array(count);
  const stepEachTicks = new Float64Array(count);
  const stepPerRegister = new Int32Array(count).fill(-1);
  linker.steps.forEach((step, index) => {
    const price = system.prices?.get(step.name);
    if (price === undefined) {
      if (system.prices === null) return;
      throw new ConfigError({
        where: 'step prices',
        found: `no price for step "${step.name}"`,
        allowed: 'a price for every step that a recipe uses',
        nearest: nearestName(step.name, system.prices.keys()),
      });
    }
    stepFixedTicks[index] = price.fixedTicks;
    stepEachTicks[index] = price.eachTicks;
    if (step.per !== undefined) stepPerRegister[index] = linker.register(step.per, step.name);
  });
  return { stepFixedTicks, stepEachTicks, stepPerRegister };
}
