/**
 * Planted defects in the primitives: each lock table here does one thing wrong, and the search over
 * a few tasks says what, while the right table passes the same search whole.
 */
import { describe, expect, test } from '@jest/globals';
import { IntColumn } from '../state/column.js';
import { StateSpace } from '../state/space.js';
import { explore } from '../explore/explore.js';
import type { Explorable } from '../explore/explorable.js';
import { LockKind, LockMode, LockTable } from './lock-table.js';

const { Shared, Exclusive } = LockMode;
const LOCK = 0;
const KEY = 1;

/** What a table's users see of it; defects stand between them and the table. */
interface Primitive {
  acquire(task: number, mode: number): boolean;
  release(task: number, mode: number): void;
  /** Tasks that may go on. */
  granted(): number;
  validate(task: number): boolean;
}

function right(locks: LockTable): Primitive {
  return {
    acquire: (task, mode) => locks.acquire(LOCK, KEY, mode, task, 0),
    release: (task, mode) => {
      locks.release(LOCK, KEY, mode, task, 0);
    },
    granted: () => locks.takeGranted(),
    validate: (task) => locks.validate(LOCK, KEY, task),
  };
}

type Op = 'S' | 'X' | 's' | 'x' | 'enter' | 'leave' | 'look' | 'check' | 'use' | 'break' | 'mend';

/**
 * Tasks of lock operations: `S X` take, `s x` give back, `enter leave` count who is inside, `look`
 * copies the value that `break mend` change, `check` validates, `use` wants the copy to be whole.
 */
function users(
  kind: number,
  scripts: readonly (readonly Op[])[],
  plant: (locks: LockTable) => Primitive = right,
): Explorable {
  const space = new StateSpace();
  const locks = new LockTable(space, [{ name: 'lock', kind }]);
  const lock = plant(locks);
  const at = new IntColumn(space, 'at');
  const isBlocked = new IntColumn(space, 'blocked');
  /** 0: tasks inside, 1: value, from 10 on: copies. */
  const cells = new IntColumn(space, 'cells');
  const wrong = new IntColumn(space, 'wrong');
  let runnable: number[] = [];
  const run = (task: number, op: Op): void => {
    if (op === 'S' || op === 'X') {
      if (!lock.acquire(task, op === 'S' ? Shared : Exclusive)) isBlocked.set(task, 1);
    } else if (op === 's' || op === 'x') lock.release(task, op === 's' ? Shared : Exclusive);
    else if (op === 'enter' && cells.add(0, 1) > 1) wrong.set(0, 1);
    else if (op === 'leave') cells.add(0, -1);
    else if (op === 'break') cells.add(1, 1);
    else if (op === 'mend') cells.add(1, -1);
    else if (op === 'look') cells.set(10 + task, cells.get(1));
    else if (op === 'check' && !lock.validate(task)) at.set(task, 1000);
    else if (op === 'use' && cells.get(10 + task) !== 0) wrong.set(0, 2);
    for (let next = lock.granted(); next >= 0; next = lock.granted()) isBlocked.set(next, 0);
  };
  const choices = (): number => {
    runnable = scripts.flatMap((script, task) =>
      at.get(task) < script.length && isBlocked.get(task) === 0 ? [task] : [],
    );
    return runnable.length;
  };
  return {
    space,
    choices,
    taskOf: (i) => runnable[i],
    take: (i) => {
      const task = runnable[i];
      const op = scripts[task][at.get(task)];
      at.add(task, 1);
      run(task, op);
    },
    failure: () => {
      if (wrong.get(0) === 1) return 'two inside';
      if (wrong.get(0) === 2) return 'half a change was used';
      if (choices() > 0) return null;
      const asleep = scripts.map((_, task) => task).filter((task) => isBlocked.get(task) === 1);
      return asleep.length === 0 ? null : `tasks ${asleep.join(' ')} sleep for ever`;
    },
  };
}

const inside: readonly Op[] = ['X', 'enter', 'leave', 'x'];
const reader: readonly Op[] = ['S', 'look', 's'];

describe.each([
  ['a mutex', LockKind.Mutex],
  ['a bit lock', LockKind.Bit],
  ['an rwsem', LockKind.Rwsem],
  ['a range lock', LockKind.Range],
])('%s', (_name, kind) => {
  test('lets one in at a time and everybody in the end', () => {
    const found = explore(users(kind, [inside, inside, inside]));
    expect([found.failure, found.complete]).toEqual([null, true]);
  });

  test('that loses a wake-up leaves somebody asleep', () => {
    const plant = (locks: LockTable): Primitive => {
      const lock = right(locks);
      // Task 1 is never told that it was granted what it waits for.
      const granted = (): number => {
        const task = lock.granted();
        return task === 1 ? lock.granted() : task;
      };
      return { ...lock, granted };
    };
    const found = explore(users(kind, [inside, inside, inside], plant));
    expect(found.failure?.message).toMatch(/sleep for ever/);
  });

  test('that misses the hand-off lets two in', () => {
    const plant = (locks: LockTable): Primitive => {
      const lock = right(locks);
      // Who comes while the lock is being handed over takes it as well.
      const acquire = (task: number, mode: number): boolean => {
        if (lock.acquire(task, mode)) return true;
        if (locks.waiters(LOCK, KEY).length < 2) return false;
        locks.cancelWait(task);
        return true;
      };
      const release = (task: number, mode: number): void => {
        if (locks.holders(LOCK, KEY).includes(task)) lock.release(task, mode);
      };
      return { ...lock, acquire, release };
    };
    const found = explore(users(kind, [inside, inside, inside], plant));
    expect(found.failure?.message).toBe('two inside');
  });
});

describe('an rwsem', () => {
  test('lets a writer in between streams of readers', () => {
    const found = explore(users(LockKind.Rwsem, [reader, reader, inside]));
    expect([found.failure, found.complete]).toEqual([null, true]);
  });

  test('that starves readers once a writer has waited leaves them asleep', () => {
    const plant = (locks: LockTable): Primitive => {
      const lock = right(locks);
      // Grants after a writer's release go to writers only.
      const granted = (): number => {
        const task = lock.granted();
        if (task < 0 || locks.holders(LOCK, KEY).length === 0) return task;
        return task === 0 && !locks.waiters(LOCK, KEY).includes(2) ? lock.granted() : task;
      };
      return { ...lock, granted };
    };
    const found = explore(users(LockKind.Rwsem, [reader, inside, inside], plant));
    expect(found.failure?.message).toMatch(/^tasks 0 .*sleep for ever/);
  });
});

describe('a sequence count', () => {
  const writer: readonly Op[] = ['X', 'break', 'mend', 'x'];

  test('validated before use never lets half a change be used', () => {
    const found = explore(users(LockKind.Seqcount, [['S', 'look', 'check', 'use', 's'], writer]));
    expect([found.failure, found.complete]).toEqual([null, true]);
  });

  test('validated in the wrong order, before the look, lets half a change be used', () => {
    const found = explore(users(LockKind.Seqcount, [['S', 'check', 'look', 'use', 's'], writer]));
    expect(found.failure?.message).toBe('half a change was used');
  });

  test('whose readers do not wait for the end of a write section lets it be used as well', () => {
    const plant = (locks: LockTable): Primitive => {
      const lock = right(locks);
      const isOutside = (task: number): boolean => !locks.holders(LOCK, KEY).includes(task);
      const acquire = (task: number, mode: number): boolean => {
        if (lock.acquire(task, mode)) return true;
        if (mode === Exclusive) return false;
        locks.cancelWait(task);
        return true;
      };
      const validate = (task: number): boolean => isOutside(task) || lock.validate(task);
      const release = (task: number, mode: number): void => {
        if (!isOutside(task)) lock.release(task, mode);
      };
      return { ...lock, acquire, validate, release };
    };
    const script: readonly Op[] = ['S', 'look', 'check', 'use', 's'];
    const found = explore(users(LockKind.Seqcount, [script, writer], plant));
    expect(found.failure?.message).toBe('half a change was used');
  });
});
