/**
 * The reduced search against the full one: on random lists of the toy's operations, and on tiny
 * systems whose dependence is known. And the canary: a system that keeps something from the watch
 * is not reduced rightly, and the comparison says so.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IntColumn, StateSpace, StepMachine, compareEnds, explore } from '@daxsim/sim';
import type { Explorable, LockPlan } from '@daxsim/sim';
import { TOY_PLANS, ToyRun, compileToy } from './toy/toy-system.js';
import type { ToyOperation } from './toy/toy-system.js';

type Lists = readonly (readonly ToyOperation[])[];

const programs = new Map(Object.values(TOY_PLANS).map((one) => [one, compileToy(one)]));

/** The toy; `limit`: no file may ever have more blocks, which may fail in the middle. */
function toy(plan: LockPlan, lists: Lists, limit: number): Explorable {
  const run = new ToyRun(programs.get(plan) ?? compileToy(plan), lists);
  const machine = new StepMachine(run.interpreter, run, lists.length);
  const broken = (): string | null =>
    [1, 2].some((file) => run.world.blocks.get(file) > limit) ? 'too many blocks' : null;
  return {
    space: run.space,
    privateArenas: machine.privateArenas,
    choices: () => machine.choices(),
    taskOf: (i) => machine.taskOf(i),
    placeOf: (i) => machine.placeOf(i),
    take: (i) => {
      machine.take(i);
    },
    broken,
    failure: () => {
      const wrong = broken();
      if (wrong !== null || machine.choices() > 0) return wrong;
      const stuck = machine.stuckTasks();
      return stuck.length > 0 ? `stuck: ${stuck.join(' ')}` : null;
    },
  };
}

const operation = fc.record({
  name: fc.constantFrom('append', 'move', 'give', 'take'),
  file: fc.integer({ min: 1, max: 2 }),
  target: fc.integer({ min: 1, max: 2 }),
});
const lists = fc.array(fc.array(operation, { minLength: 1, maxLength: 2 }), {
  minLength: 2,
  maxLength: 3,
});
const plan = fc.constantFrom(TOY_PLANS.none, TOY_PLANS.safe, TOY_PLANS.unordered);

test('on random lists of operations both searches reach the same ends, failing ones too', () => {
  let saved = 0;
  fc.assert(
    fc.property(plan, lists, fc.integer({ min: 1, max: 3 }), (under, operations, limit) => {
      const found = compareEnds(() => toy(under, operations, limit));
      expect([found.isComplete, found.missing, found.extra]).toEqual([true, [], []]);
      expect(found.reduced.states).toBeLessThanOrEqual(found.full.states);
      saved += found.full.states - found.reduced.states;
    }),
    { numRuns: 60 },
  );
  expect(saved).toBeGreaterThan(0);
});

interface Action {
  readonly reads?: readonly number[];
  readonly writes?: readonly number[];
}

/** Tasks that copy cells about: each action sums what it reads into what it writes. */
class Cells implements Explorable {
  readonly space = new StateSpace();
  readonly cells = new IntColumn(this.space, 'cells');
  private readonly at = new IntColumn(this.space, 'at');
  private runnable: number[] = [];

  constructor(
    private readonly tasks: readonly (readonly Action[])[],
    private readonly isSecret = false,
  ) {
    this.cells.set(0, 1);
  }

  choices(): number {
    this.runnable = this.tasks.flatMap((actions, task) =>
      this.at.get(task) < actions.length ? [task] : [],
    );
    return this.runnable.length;
  }

  taskOf(i: number): number {
    return this.runnable[i];
  }

  take(i: number): void {
    const task = this.runnable[i];
    const { reads = [], writes = [] } = this.tasks[task][this.at.get(task)];
    let sum = task + 1;
    for (const cell of reads) sum = (sum * 7 + this.look(cell)) % 1009;
    for (const cell of writes) this.cells.set(cell, sum);
    this.at.add(task, 1);
  }

  failure(): string | null {
    return null;
  }

  /** Without telling the watch when the system is the canary. */
  private look(cell: number): number {
    const { watch } = this.space;
    if (this.isSecret) this.space.watch = null;
    const value = this.cells.get(cell);
    this.space.watch = watch;
    return value;
  }
}

describe('tasks that do not mind each other', () => {
  test('are run in one order, whatever their number', () => {
    const own = (cell: number): Action[] => Array.from({ length: 4 }, () => ({ writes: [cell] }));
    const found = explore(new Cells([own(1), own(2), own(3), own(4)]), { reduce: true });
    expect([found.states, found.schedules, found.complete]).toEqual([17, 1n, true]);
  });

  test('may read the same', () => {
    const read = (cell: number): Action => ({ reads: [9], writes: [cell] });
    const found = explore(new Cells([[read(1)], [read(2)], [read(3)]]), { reduce: true });
    expect(found.schedules).toBe(1n);
  });
});

test('random tasks over few cells reach the same ends both ways', () => {
  const cell = fc.array(fc.nat({ max: 3 }), { maxLength: 2 });
  const action = fc.record({ reads: cell, writes: cell });
  const tasks = fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 4,
  });
  fc.assert(
    fc.property(tasks, (actions) => {
      const found = compareEnds(() => new Cells(actions));
      expect([found.isComplete, found.missing, found.extra]).toEqual([true, [], []]);
    }),
    { numRuns: 300 },
  );
});

test('an action that reads what it does not tell is caught by the comparison', () => {
  const race: Action[][] = [[{ writes: [1] }, { writes: [2] }], [{ reads: [1], writes: [3] }]];
  expect(compareEnds(() => new Cells(race)).missing).toEqual([]);
  expect(compareEnds(() => new Cells(race, true)).missing).not.toEqual([]);
});
