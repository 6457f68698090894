/**
 * Three ways to try every order must agree, on random lists of the toy's operations: the search
 * that visits each state once, the search that walks every schedule, and running the toy from
 * scratch for each list of choices that the exhaustive decider makes.
 *
 * Also what the toy is for: it races without locks, deadlocks with unordered ones, and does neither
 * under its safe plan.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ExhaustiveDecider,
  Point,
  ReplayDecider,
  SeededDecider,
  RecordingDecider,
  StepMachine,
  explore,
  shrinkChoices,
} from '@daxsim/sim';
import type { Decider, Explorable, LockPlan } from '@daxsim/sim';
import { TOY_PLANS, ToyRun, compileToy } from './toy/toy-system.js';
import type { ToyOperation } from './toy/toy-system.js';

type Lists = readonly (readonly ToyOperation[])[];

interface ToySearch extends Explorable {
  readonly run: ToyRun;
}

const programs = new Map<LockPlan, ReturnType<typeof compileToy>>();

function compiled(plan: LockPlan): ReturnType<typeof compileToy> {
  const known = programs.get(plan) ?? compileToy(plan);
  programs.set(plan, known);
  return known;
}

/** The toy as something to explore; `wrong` judges end states. */
function toy(
  plan: LockPlan,
  lists: Lists,
  wrong: (run: ToyRun) => string | null = () => null,
): ToySearch {
  const run = new ToyRun(compiled(plan), lists);
  const machine = new StepMachine(run.interpreter, run, lists.length);
  return {
    run,
    space: run.space,
    choices: () => machine.choices(),
    taskOf: (i) => machine.taskOf(i),
    take: (i) => {
      machine.take(i);
    },
    failure: () => {
      if (machine.choices() > 0) return null;
      const stuck = machine.stuckTasks();
      return stuck.length > 0 ? `stuck: ${stuck.join(' ')}` : wrong(run);
    },
  };
}

/** Runs a toy to its end as a decider says; answers the hash of the end state. */
function runBy(system: Explorable, decider: Decider): number {
  for (let count = system.choices(); count > 0; count = system.choices()) {
    system.take(decider.decide(Point.Schedule, count));
  }
  return system.space.hash();
}

/** Hashes of all end states that a search reaches. */
function endsOf(system: ToySearch, dedupe: boolean): Set<number> {
  const ends = new Set<number>();
  const spied: Explorable = {
    ...system,
    failure: () => {
      if (system.choices() === 0) ends.add(system.space.hash());
      return null;
    },
  };
  explore(spied, { dedupe });
  return ends;
}

const operation = fc.record({
  name: fc.constantFrom('append', 'move', 'give'),
  file: fc.integer({ min: 1, max: 2 }),
  target: fc.integer({ min: 1, max: 2 }),
});
// Three operations in all: some have hundreds of schedules, each run from scratch.
const lists = fc.tuple(
  fc.array(operation, { minLength: 1, maxLength: 2 }),
  fc.array(operation, { minLength: 1, maxLength: 1 }),
);
const plan = fc.constantFrom(TOY_PLANS.none, TOY_PLANS.safe, TOY_PLANS.unordered);

test('every way of trying every order counts the same schedules and ends alike', () => {
  fc.assert(
    fc.property(plan, lists, (under, operations) => {
      const once = explore(toy(under, operations), { beyondFailure: true });
      const each = explore(toy(under, operations), { beyondFailure: true, dedupe: false });
      const decider = new ExhaustiveDecider();
      const ends = new Set<number>();
      do ends.add(runBy(toy(under, operations), decider));
      while (decider.next());
      expect([once.schedules, BigInt(each.ends)]).toEqual([each.schedules, BigInt(decider.runs)]);
      expect(endsOf(toy(under, operations), true)).toEqual(ends);
      expect(endsOf(toy(under, operations), false)).toEqual(ends);
      expect([once.complete, each.complete]).toEqual([true, true]);
    }),
    { numRuns: 20 },
  );
});

test('a state that is rewound and reached again is the state of a fresh run', () => {
  fc.assert(
    fc.property(plan, lists, fc.maxSafeNat(), (under, operations, seed) => {
      const system = toy(under, operations);
      const mark = system.space.mark();
      const recording = new RecordingDecider(new SeededDecider(seed));
      const first = runBy(system, recording);
      system.space.rewind(mark);
      expect(runBy(system, new ReplayDecider(recording.choices))).toBe(first);
      const fresh = toy(under, operations);
      expect(runBy(fresh, new ReplayDecider(recording.choices))).toBe(first);
    }),
  );
});

describe('the toy', () => {
  const appends: Lists = [
    [{ name: 'append', file: 1 }],
    [{ name: 'append', file: 1 }],
    [{ name: 'append', file: 2 }],
  ];
  const lost = (run: ToyRun): string | null =>
    run.world.blocks.get(1) === 2 ? null : 'a block was lost';
  const crossing: Lists = [
    [{ name: 'move', file: 1, target: 2 }],
    [{ name: 'move', file: 2, target: 1 }],
  ];

  test('loses a block without locks, at the least with one preemption', () => {
    const { failure } = explore(toy(TOY_PLANS.none, appends, lost), { shortest: true });
    expect([failure?.message, failure?.preemptions]).toEqual(['a block was lost', 1]);
  });

  test('loses none under its plan, in a complete search', () => {
    const found = explore(toy(TOY_PLANS.safe, appends, lost));
    expect([found.failure, found.complete]).toEqual([null, true]);
    expect(found.schedules > BigInt(found.states)).toBe(true);
  });

  test('deadlocks when its locks have no order, and the lock table names the circle', () => {
    const system = toy(TOY_PLANS.unordered, crossing);
    const failure = explore(system, { shortest: true }).failure;
    expect(failure?.message).toBe('stuck: 0 1');
    for (const choice of failure?.choices ?? []) {
      system.choices();
      system.take(choice);
    }
    expect(system.run.interpreter.sync.locks.cycle()).toEqual([0, 1]);
    expect(explore(toy(TOY_PLANS.safe, crossing)).failure).toBeNull();
  });

  test('found by chance, its race shrinks to the choices that it needs', () => {
    const system = toy(TOY_PLANS.none, appends, lost);
    const fails = (choices: readonly number[]): boolean => {
      const mark = system.space.mark();
      runBy(system, new ReplayDecider(choices, { lenient: true }));
      const message = system.failure();
      system.space.rewind(mark);
      system.space.release(mark);
      return message !== null;
    };
    const record = (seed: number): number[] => {
      const recording = new RecordingDecider(new SeededDecider(seed));
      runBy(toy(TOY_PLANS.none, appends, lost), recording);
      return recording.choices;
    };
    const seed = Array.from({ length: 50 }, (_, i) => i).find((i) => fails(record(i)));
    expect(seed).toBeDefined();
    const { list } = shrinkChoices(record(seed ?? 0), fails);
    expect(fails(list)).toBe(true);
    // Start with the first, interrupt it once with the second; the rest is undisturbed.
    expect(list.filter((choice) => choice !== 0)).toHaveLength(1);
  });
});
