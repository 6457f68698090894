/**
 * Searches that are not of everything: within a number of preemptions, and by chance; and tasks
 * that go round for ever.
 */
import { describe, expect, test } from '@jest/globals';
import { IntColumn } from '../state/column.js';
import { StateSpace } from '../state/space.js';
import { follow, type Explorable } from './explorable.js';
import { explore } from './explore.js';
import { exploreByChance } from './pct.js';
import { exploreBounded } from './shortest.js';

type Cells = IntColumn;
type Step = (cells: Cells) => number | undefined;

/** Tasks of steps over cells; a step may answer the number of the step to go on with. */
function system(tasks: readonly (readonly Step[])[], wrong: (cells: Cells) => boolean): Explorable {
  const space = new StateSpace();
  space.startHashing();
  const cells = new IntColumn(space, 'cells');
  const at = new IntColumn(space, 'at');
  let runnable: number[] = [];
  const choices = (): number => {
    runnable = tasks.flatMap((steps, task) => (at.get(task) < steps.length ? [task] : []));
    return runnable.length;
  };
  return {
    space,
    choices,
    taskOf: (i) => runnable[i],
    take: (i) => {
      const task = runnable[i];
      const next = tasks[task][at.get(task)](cells);
      at.set(task, next ?? at.get(task) + 1);
    },
    failure: () => (wrong(cells) ? 'wrong' : null),
  };
}

const set =
  (cell: number, value: number): Step =>
  (cells) => {
    cells.set(cell, value);
    return undefined;
  };

/** Goes wrong only if task 1 runs within each of two windows of task 0. */
function twoWindows(idle: number): Explorable {
  const wait = Array.from({ length: idle }, () => set(9, 0));
  const look =
    (window: number): Step =>
    (cells) => {
      if (cells.get(0) === window) cells.add(1, 1);
      return undefined;
    };
  const open = [...wait, set(0, 1), ...wait, set(0, 0), set(0, 2), ...wait, set(0, 0)];
  return system([open, [look(1), look(2)]], (cells) => cells.get(1) === 2);
}

describe('a bound on preemptions', () => {
  test('finds a failure that needs as many, and calls a smaller bound a bound', () => {
    const few = exploreBounded(twoWindows(3), 2);
    expect([few.failure, few.complete, few.isBounded]).toEqual([null, true, true]);
    const enough = exploreBounded(twoWindows(3), 4);
    expect([enough.failure?.message, enough.failure?.preemptions]).toEqual(['wrong', 3]);
  });

  test('that no schedule exceeds leaves nothing out', () => {
    const found = exploreBounded(
      system([[set(0, 1)], [set(0, 2)]], () => false),
      1,
    );
    expect([found.failure, found.complete, found.isBounded]).toEqual([null, true, false]);
  });

  test('stopped by the number of states is not complete', () => {
    expect(exploreBounded(twoWindows(20), 1, 10).complete).toBe(false);
  });
});

describe('a search by chance', () => {
  test('finds a failure of its depth within the runs that make it as good as sure', () => {
    const found = exploreByChance(twoWindows(1), { depth: 4, runs: 20000, seed: 1 });
    expect(found.failure?.message).toBe('wrong');
    const replayed = follow(twoWindows(1), found.failure?.choices ?? []);
    expect(replayed).toEqual(found.failure);
  });

  test('states what its runs are worth: 1 − (1 − 1/(n·k^(d−1)))^runs', () => {
    const clean = system([[set(1, 1), set(1, 2)], [set(2, 1)]], () => false);
    const found = exploreByChance(clean, { depth: 2, runs: 11, seed: 5 });
    expect([found.failure, found.runs, found.tasks, found.steps]).toEqual([null, 11, 2, 3]);
    let missed = 1;
    for (let run = 1; run < 11; run += 1) missed *= 1 - 1 / 6;
    expect(found.confidence).toBeCloseTo(1 - missed, 12);
  });

  test('hits a failure of depth 2 at least as often as it promises', () => {
    // Task 1 must run between two given steps of task 0: n = 2, k = 11, 1 / 22 of the runs.
    let hits = 0;
    const runs = 400;
    for (let seed = 0; seed < runs; seed += 1) {
      const wait = Array.from({ length: 4 }, () => set(9, 0));
      const inWindow: Step = (cells) => {
        if (cells.get(0) === 1) cells.set(1, 1);
        return undefined;
      };
      const race = system(
        [[...wait, set(0, 1), set(0, 0), ...wait], [inWindow]],
        (cells) => cells.get(1) === 1,
      );
      const found = exploreByChance(race, { depth: 2, runs: 2, seed });
      if (found.failure !== null) hits += 1;
    }
    expect(hits / runs).toBeGreaterThan(1 / 22);
  });

  test('is the same again with the same seed', () => {
    const once = exploreByChance(twoWindows(4), { depth: 0, runs: 500, seed: 7 });
    expect(exploreByChance(twoWindows(4), { depth: 0, runs: 500, seed: 7 })).toEqual(once);
  });
});

describe('tasks that go round', () => {
  const spin: Step = (cells) => (cells.get(0) === 1 ? undefined : 0);

  test.each([true, false])('for ever are a livelock, with the way there: reduced %s', (reduce) => {
    const both = system([[set(3, 1), spin], [spin]], () => false);
    const found = explore(both, { reduce });
    expect(found.failure?.message).toMatch(/^livelock: tasks/);
    expect(found.isCyclic).toBe(true);
  });

  test.each([true, false])('until another one has acted are none: reduced %s', (reduce) => {
    const found = explore(
      system([[spin], [set(0, 1)]], () => false),
      { reduce },
    );
    expect([found.failure, found.isCyclic, found.complete]).toEqual([null, true, true]);
  });
});

describe('a sum', () => {
  const add: Step = (cells) => {
    cells.add(0, 1);
    return undefined;
  };
  const count: Step = (cells) => {
    cells.count(0, 1);
    return undefined;
  };
  const look: Step = (cells) => {
    cells.set(1, cells.get(0));
    return undefined;
  };
  const never = (): boolean => false;

  test('to which tasks only add is searched in one order', () => {
    const inOrder = [add, add, add];
    const anyOrder = [count, count, count];
    const minded = explore(system([inOrder, inOrder], never), { reduce: true });
    const commuting = explore(system([anyOrder, anyOrder], never), { reduce: true });
    expect(commuting.states).toBe(7);
    expect(minded.states).toBeGreaterThan(commuting.states);
  });

  test('that somebody looks at is searched in every order that shows', () => {
    const tasks = [[count, count], [count], [look]];
    const ends = (reduce: boolean): Set<number> => {
      const found = new Set<number>();
      const onEnd = (hash: number): void => {
        found.add(hash);
      };
      explore(system(tasks, never), { reduce, onEnd });
      return found;
    };
    expect(ends(true)).toEqual(ends(false));
    expect(ends(true).size).toBe(4);
  });

  test('that a check looks at is checked after each addition', () => {
    const tooMuch = system([[count, count], [count]], (cells) => cells.get(0) === 2);
    expect(explore(tooMuch, { reduce: true }).failure?.message).toBe('wrong');
  });
});
