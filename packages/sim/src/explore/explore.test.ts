/**
 * Searches of toy systems whose numbers of states and schedules are known: a counter that loses an
 * update, two locks taken in opposite order, independent tasks, a retry without end.
 */
import { describe, expect, test } from '@jest/globals';
import { IntColumn } from '../state/column.js';
import { StateSpace } from '../state/space.js';
import { LockKind, LockMode, LockTable } from '../locks/lock-table.js';
import type { Explorable } from './explorable.js';
import { follow } from './explorable.js';
import { explore } from './explore.js';

interface Step {
  readonly canRun?: () => boolean;
  readonly run?: () => void;
  /** Step to go on with; default the next one. */
  readonly then?: () => number;
}

/** Tasks of steps over cells; a task is its position. */
class Toy implements Explorable {
  readonly cells: IntColumn;
  private readonly at: IntColumn;
  private runnable: number[] = [];
  tasks: readonly (readonly Step[])[] = [];
  wrong: () => string | null = () => null;

  constructor(readonly space = new StateSpace()) {
    this.cells = new IntColumn(space, 'cells');
    this.at = new IntColumn(space, 'at');
  }

  choices(): number {
    this.runnable = [];
    this.tasks.forEach((steps, task) => {
      const step = steps[this.at.get(task)];
      if (step !== undefined && (step.canRun?.() ?? true)) this.runnable.push(task);
    });
    return this.runnable.length;
  }

  taskOf(i: number): number {
    return this.runnable[i];
  }

  take(i: number): void {
    const task = this.runnable[i];
    const step = this.tasks[task][this.at.get(task)];
    step.run?.();
    this.at.set(task, step.then?.() ?? this.at.get(task) + 1);
  }

  failure(): string | null {
    return this.wrong();
  }

  hasEnded(): boolean {
    return this.tasks.every((steps, task) => this.at.get(task) === steps.length);
  }
}

/** Tasks that do nothing but go on, `lengths[i]` steps each, in cells of their own. */
function independent(lengths: readonly number[]): Toy {
  const toy = new Toy();
  toy.tasks = lengths.map((length) => Array.from({ length }, () => ({})));
  return toy;
}

/** Two tasks that each read a counter, then write it back plus one, after `idle` other steps. */
function lostUpdate(idle = 0): Toy {
  const toy = new Toy();
  const { cells } = toy;
  const task = (own: number): Step[] => [
    ...Array.from({ length: idle }, () => ({})),
    { run: () => cells.set(own, cells.get(0)) },
    { run: () => cells.set(0, cells.get(own) + 1) },
  ];
  toy.tasks = [task(1), task(2)];
  toy.wrong = () => (toy.hasEnded() && cells.get(0) < 2 ? 'an update was lost' : null);
  return toy;
}

/** Two tasks with two mutexes; `order` says in which order the second takes them. */
function twoLocks(order: readonly [number, number]): Toy {
  const toy = new Toy();
  const locks = new LockTable(toy.space, [{ name: 'lock', kind: LockKind.Mutex }]);
  const free = (task: number): boolean => locks.waitsFor(task) === null;
  const task = (own: number, [first, second]: readonly [number, number]): Step[] => {
    const take = (key: number): Step => ({
      canRun: () => free(own),
      run: () => locks.acquire(0, key, LockMode.Exclusive, own, 0),
    });
    const drop = (key: number): Step => ({
      canRun: () => free(own),
      run: () => {
        locks.release(0, key, LockMode.Exclusive, own, 0);
        while (locks.takeGranted() >= 0);
      },
    });
    return [take(first), take(second), drop(second), drop(first)];
  };
  toy.tasks = [task(0, [0, 1]), task(1, order)];
  toy.wrong = () => {
    const cycle = locks.cycle();
    return cycle === null ? null : `tasks ${cycle.join(' and ')} wait for each other`;
  };
  return toy;
}

function multinomial(lengths: readonly number[]): bigint {
  let result = 1n;
  let total = 0n;
  for (const length of lengths) {
    for (let i = 1n; i <= BigInt(length); i += 1n) {
      total += 1n;
      result = (result * total) / i;
    }
  }
  return result;
}

describe('independent tasks', () => {
  test.each([[[1, 1]], [[3, 4]], [[2, 2, 2]], [[5, 1, 3, 2]]])(
    'of %j steps have as many schedules as the multinomial coefficient says',
    (lengths) => {
      const found = explore(independent(lengths));
      expect(found.schedules).toBe(multinomial(lengths));
      expect(found.states).toBe(lengths.reduce((product, length) => product * (length + 1), 1));
      expect([found.ends, found.complete, found.failure]).toEqual([1, true, null]);
      expect(found.maxDepth).toBe(lengths.reduce((sum, length) => sum + length, 0));
    },
  );

  test('are walked one schedule at a time without deduplication', () => {
    const found = explore(independent([3, 4]), { dedupe: false });
    expect([found.ends, found.schedules]).toEqual([35, 35n]);
  });

  test('have exactly counted schedules beyond 2^53', () => {
    const lengths = [12, 12, 12, 12, 12];
    const found = explore(independent(lengths.slice(0, 4)));
    expect(found.schedules).toBe(multinomial(lengths.slice(0, 4)));
    expect(found.schedules > 2n ** 53n).toBe(true);
  });

  test('report progress every ten thousand states', () => {
    const heard: number[] = [];
    explore(independent([12, 12, 12, 12]), { progress: (states) => heard.push(states) });
    expect(heard).toEqual([10000, 20000]);
  });

  test('are left as they were found', () => {
    const toy = independent([2, 2]);
    toy.choices();
    toy.take(1);
    toy.space.startHashing();
    const before = toy.space.hash();
    explore(toy);
    expect(toy.space.hash()).toBe(before);
    expect(toy.choices()).toBe(2);
  });
});

describe('a lost update', () => {
  test('is found, and its choices lead to it again', () => {
    const toy = lostUpdate();
    const { failure } = explore(toy);
    expect(failure?.message).toBe('an update was lost');
    expect(follow(toy, failure?.choices ?? [])).toEqual(failure);
  });

  test('happens in 4 of 6 schedules: whenever both read before one has written', () => {
    const found = explore(lostUpdate(), { dedupe: false, beyondFailure: true });
    expect([found.schedules, found.failures, found.complete]).toEqual([6n, 4, true]);
  });

  test('needs one preemption, and the shortest schedule has just that', () => {
    const { failure } = explore(lostUpdate(3), { shortest: true });
    expect(failure?.preemptions).toBe(1);
    expect(failure?.choices).toHaveLength(10);
    expect(failure?.tasks.join('')).toBe('0000111110');
  });

  test('is found with and without deduplication alike', () => {
    const [once, all] = [true, false].map((dedupe) => explore(lostUpdate(2), { dedupe }));
    expect(once.failure?.message).toBe(all.failure?.message);
    expect(once.states).toBeLessThanOrEqual(all.states);
  });
});

describe('two locks', () => {
  test('in opposite order deadlock, after two steps and one preemption at the least', () => {
    const { failure } = explore(twoLocks([1, 0]), { shortest: true });
    expect(failure?.message).toBe('tasks 0 and 1 wait for each other');
    expect(failure?.preemptions).toBe(1);
    expect(failure?.tasks).toEqual([0, 1, 1, 0]);
  });

  test('in one order do not deadlock, in a complete search', () => {
    const found = explore(twoLocks([0, 1]));
    expect([found.failure, found.complete, found.ends]).toEqual([null, true, 1]);
  });
});

describe('the shortest failure', () => {
  test('prefers a long way without preemption to a short one with', () => {
    const toy = new Toy();
    const { cells } = toy;
    // Failing needs task 1 to run at all; task 0 goes on for five steps.
    toy.tasks = [Array.from({ length: 5 }, () => ({})), [{ run: () => cells.set(0, 1) }]];
    toy.wrong = () =>
      cells.get(0) === 1 && toy.choices() < 2 && toy.hasEnded() ? 'both ran' : null;
    const { failure } = explore(toy, { shortest: true });
    expect([failure?.preemptions, failure?.choices.length]).toEqual([0, 6]);
  });

  test('is not lost when a costlier but shorter way meets the same state first', () => {
    const toy = new Toy();
    const { cells } = toy;
    const [WAY, ARRIVED, LEFT] = [0, 1, 2];
    // Task 0 arrives at once if task 2 has run, and can then go on; or it waits for task 2, and
    // then for task 1. Only while it has arrived can task 1 run, which forgets the way.
    const arrive = (way: number): void => {
      cells.set(WAY, way);
      cells.set(ARRIVED, 1);
    };
    toy.tasks = [
      [
        {
          run: () => (cells.get(LEFT) === 1 ? arrive(5) : undefined),
          then: () => 1 + cells.get(1),
        },
        { canRun: () => cells.get(LEFT) === 1, run: () => arrive(7) },
        { canRun: () => cells.get(WAY) !== 7, run: () => cells.set(ARRIVED, 0) },
      ],
      [
        { canRun: () => cells.get(ARRIVED) === 1, run: () => cells.set(WAY, 9) },
        { run: () => cells.set(LEFT, 2) },
      ],
      [{ run: () => cells.set(LEFT, 1) }],
    ];
    toy.wrong = () => (cells.get(LEFT) === 2 ? 'task 1 came through' : null);
    const { failure } = explore(toy, { shortest: true });
    expect([failure?.preemptions, failure?.tasks]).toEqual([0, [0, 2, 0, 1, 1]]);
  });

  test('has as few preemptions as the best of all schedules', () => {
    const toy = lostUpdate(1);
    let best = Infinity;
    for (let bits = 0; bits < 64; bits += 1) {
      const way = Array.from({ length: 6 }, (_, i) => (bits >> i) & 1);
      const failing =
        follow(toy, way) ??
        follow(
          toy,
          way.map((choice, i) => (i > 4 ? 0 : choice)),
        );
      if (failing !== null) best = Math.min(best, failing.preemptions);
    }
    expect(explore(toy, { shortest: true }).failure?.preemptions).toBe(best);
  });
});

describe('limits', () => {
  test('on states, schedules and depth leave the search incomplete, and say so', () => {
    const whole = explore(independent([4, 4]));
    expect(whole.complete).toBe(true);
    const few = explore(independent([4, 4]), { maxStates: 10 });
    expect([few.states, few.complete]).toEqual([10, false]);
    const some = explore(independent([4, 4]), { maxSchedules: 3, dedupe: false });
    expect([some.ends, some.complete]).toEqual([3, false]);
    const flat = explore(independent([4, 4]), { maxDepth: 3 });
    expect([flat.maxDepth, flat.complete, flat.ends]).toEqual([3, false, 0]);
  });

  test('a failure in the present state is a schedule of no steps', () => {
    const toy = independent([1]);
    toy.wrong = () => 'broken from the start';
    expect(explore(toy, { shortest: true }).failure).toEqual({
      message: 'broken from the start',
      choices: [],
      tasks: [],
      preemptions: 0,
    });
  });
});

test('a retry that changes nothing is noticed as a cycle and does not hang the search', () => {
  const toy = new Toy();
  const { cells } = toy;
  const retry: Step = { then: () => (cells.get(0) === 1 ? 1 : 0) };
  toy.tasks = [[retry], [{ run: () => cells.set(0, 1) }]];
  const found = explore(toy);
  expect([found.isCyclic, found.complete, found.ends]).toEqual([true, true, 1]);
  expect(explore(independent([2, 2])).isCyclic).toBe(false);
});
