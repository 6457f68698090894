/**
 * Third part of compiling: names become indices. One linker serves all recipes of a program set
 * and collects the steps, moves, holds, calls and waits they refer to; asking for a name that does
 * not exist is a configuration error with the nearest one.
 */
import { ConfigError, nearestName } from '../errors.js';
import type { Hold, LockPlan } from './lock-plan.js';
import type {
  MoveDefinition,
  Passing,
  RangeSelector,
  Recipe,
  Selector,
  StepDefinition,
  WaitDefinition,
} from './recipe.js';
import type { CompiledCall, CompiledHold, CompiledWait } from './program.js';

export class Linker<W> {
  readonly steps: StepDefinition<W>[] = [];
  readonly moves: MoveDefinition<W>[] = [];
  readonly holds: CompiledHold<W>[] = [];
  readonly calls: CompiledCall[] = [];
  readonly waits: CompiledWait<W>[] = [];
  readonly lockNames: readonly string[];
  private readonly rows: Hold[] = [];
  private readonly channels: string[] = [];
  private readonly recipeIndex = new Map<string, number>();

  constructor(
    private readonly recipes: readonly Recipe<W>[],
    private readonly plan: LockPlan,
    private readonly selectors: ReadonlyMap<string, Selector<W>>,
    private readonly ranges: ReadonlyMap<string, RangeSelector<W>>,
    private readonly modeSteps: ReadonlyMap<string, StepDefinition<W>>,
    private readonly registerNames: readonly string[],
  ) {
    this.lockNames = Object.keys(plan.locks);
    recipes.forEach((recipe, index) => this.recipeIndex.set(recipe.name, index));
  }

  step(step: StepDefinition<W>): number {
    return indexOrAdd(this.steps, step);
  }

  move(move: MoveDefinition<W>): number {
    return indexOrAdd(this.moves, move);
  }

  recipe(name: string, where: string): Recipe<W> {
    const index = this.recipeIndex.get(name);
    if (index !== undefined) return this.recipes[index];
    throw unknown(where, 'recipe', name, this.recipeIndex.keys());
  }

  /** The step that decides a hold's mode. */
  modeStep(name: string, where: string): StepDefinition<W> {
    const step = this.modeSteps.get(name);
    if (step !== undefined) return step;
    throw unknown(where, 'mode step', name, this.modeSteps.keys());
  }

  selectorOf(row: Hold, where: string): Selector<W> {
    const definition = this.plan.locks[row.lock];
    // A plan is data from outside the type system: a row may name a lock that it does not define.
    if ((definition as unknown) === undefined)
      throw unknown(where, 'lock', row.lock, this.lockNames);
    const name = row.of ?? definition.per;
    const selector = this.selectors.get(name);
    if (selector === undefined) throw unknown(where, 'selector', name, this.selectors.keys());
    return selector;
  }

  hold(
    row: Hold,
    shared: boolean,
    position: number,
    slot: number,
    regionName: string,
    where: string,
  ): number {
    const selector = this.selectorOf(row, where);
    const amountRegister = row.amount === undefined ? -1 : this.register(row.amount, where);
    this.holds.push({
      lock: this.lockNames.indexOf(row.lock),
      lockName: row.lock,
      shared,
      selector,
      range: this.rangeOf(row, where),
      position,
      slot,
      amountRegister,
      regionName,
    });
    this.rows.push(row);
    return this.holds.length - 1;
  }

  /** The row of the plan that a hold was made from. */
  rowOf(hold: number): Hold {
    return this.rows[hold];
  }

  private rangeOf(row: Hold, where: string): RangeSelector<W> | null {
    const { kind, range } = this.plan.locks[row.lock];
    const name = row.range ?? range;
    const isPartial = kind === 'range' || kind === 'seqcount';
    const validates = row.validateAt !== undefined || row.sampleAt !== undefined;
    if (validates && (kind !== 'seqcount' || row.mode !== 'shared')) {
      throw new ConfigError({
        where,
        found: `lock ${row.lock} is validated or sampled at a point of the recipe`,
        allowed: 'a shared hold of a lock of kind seqcount',
      });
    }
    if (name === undefined) return null;
    const found = this.ranges.get(name);
    if (found === undefined) throw unknown(where, 'range selector', name, this.ranges.keys());
    if (isPartial) return found;
    throw new ConfigError({
      where,
      found: `lock ${row.lock} of kind ${kind} is taken in parts, by range selector "${name}"`,
      allowed: 'a lock of kind range or seqcount',
    });
  }

  call(recipe: string, passing: Passing, where: string): number {
    const rename = passing.rename ?? {};
    const callee = (name: string): number => this.register(name, where);
    const caller = (name: string): number => this.register(rename[name] ?? name, where);
    this.calls.push({
      program: this.recipeIndex.get(recipe) ?? -1,
      giveFrom: passing.give.map(caller),
      giveTo: passing.give.map(callee),
      takeFrom: passing.take.map(callee),
      takeTo: passing.take.map(caller),
    });
    return this.calls.length - 1;
  }

  wait(wait: WaitDefinition<W>, drop: readonly number[], interruptible: boolean): number {
    this.waits.push({ wait, channel: indexOrAdd(this.channels, wait.name), drop, interruptible });
    return this.waits.length - 1;
  }

  /** Slot of a register, by name. */
  register(name: string, where: string): number {
    const slot = this.registerNames.indexOf(name);
    if (slot >= 0) return slot;
    throw unknown(where, 'register', name, this.registerNames);
  }
}

function indexOrAdd<T>(list: T[], item: T): number {
  const index = list.indexOf(item);
  if (index >= 0) return index;
  list.push(item);
  return list.length - 1;
}

function unknown(where: string, what: string, name: string, valid: Iterable<string>): ConfigError {
  const names = [...valid];
  return new ConfigError({
    where,
    found: `unknown ${what} "${name}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}
