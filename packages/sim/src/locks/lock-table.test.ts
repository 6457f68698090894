/** Each kind of lock: who is granted, when, and in which order. */
import { describe, expect, test } from '@jest/globals';
import { StateSpace } from '../state/space.js';
import { LockKind, LockMode, LockTable } from './lock-table.js';

const { Shared, Exclusive } = LockMode;
const SEM = 0;
const MUTEX = 1;
const BIT = 2;
const UNITS = 3;

function table(): { space: StateSpace; locks: LockTable } {
  const space = new StateSpace();
  space.startHashing();
  const locks = new LockTable(space, [
    { name: 'inode', kind: LockKind.Rwsem },
    { name: 'journal', kind: LockKind.Mutex },
    { name: 'entry', kind: LockKind.Bit },
    { name: 'logSpace', kind: LockKind.Resource, capacity: 10 },
  ]);
  return { space, locks };
}

function granted(locks: LockTable): number[] {
  const tasks: number[] = [];
  for (let task = locks.takeGranted(); task >= 0; task = locks.takeGranted()) tasks.push(task);
  return tasks;
}

describe('a semaphore', () => {
  test('is held by many readers or by one writer', () => {
    const { locks } = table();
    expect(locks.acquire(SEM, 5, Shared, 1, 0)).toBe(true);
    expect(locks.acquire(SEM, 5, Shared, 2, 0)).toBe(true);
    expect(locks.acquire(SEM, 5, Exclusive, 3, 0)).toBe(false);
    expect(locks.holders(SEM, 5)).toEqual([1, 2]);
    locks.release(SEM, 5, Shared, 1, 0);
    expect(granted(locks)).toEqual([]);
    locks.release(SEM, 5, Shared, 2, 0);
    expect(granted(locks)).toEqual([3]);
    expect(locks.holders(SEM, 5)).toEqual([3]);
  });

  test('makes an arriving reader queue behind a queued writer', () => {
    const { locks } = table();
    locks.acquire(SEM, 5, Shared, 1, 0);
    locks.acquire(SEM, 5, Exclusive, 2, 0);
    expect(locks.tryAcquire(SEM, 5, Shared, 3, 0)).toBe(false);
    expect(locks.acquire(SEM, 5, Shared, 3, 0)).toBe(false);
    expect(locks.waiters(SEM, 5)).toEqual([2, 3]);
    locks.release(SEM, 5, Shared, 1, 0);
    expect(granted(locks)).toEqual([2]);
  });

  test('grants the whole leading run of readers when its writer leaves, and no other', () => {
    const { locks } = table();
    locks.acquire(SEM, 5, Exclusive, 1, 0);
    for (const [task, mode] of [
      [2, Shared],
      [3, Shared],
      [4, Exclusive],
      [5, Shared],
    ] as const) {
      locks.acquire(SEM, 5, mode, task, 0);
    }
    locks.release(SEM, 5, Exclusive, 1, 0);
    expect(granted(locks)).toEqual([2, 3]);
    locks.release(SEM, 5, Shared, 3, 0);
    locks.release(SEM, 5, Shared, 2, 0);
    expect(granted(locks)).toEqual([4]);
  });

  test('a downgrade lets the readers at the head in and keeps the writer behind them out', () => {
    const { locks } = table();
    locks.acquire(SEM, 5, Exclusive, 1, 0);
    locks.acquire(SEM, 5, Shared, 2, 0);
    locks.acquire(SEM, 5, Exclusive, 3, 0);
    locks.downgrade(SEM, 5, 1);
    expect(granted(locks)).toEqual([2]);
    expect(locks.holders(SEM, 5)).toEqual([1, 2]);
    locks.release(SEM, 5, Shared, 1, 0);
    locks.release(SEM, 5, Shared, 2, 0);
    expect(granted(locks)).toEqual([3]);
  });

  test('a reader behind a writer that gives up joins the readers who hold it', () => {
    const { locks } = table();
    locks.acquire(SEM, 5, Shared, 1, 0);
    locks.acquire(SEM, 5, Exclusive, 2, 0);
    locks.acquire(SEM, 5, Shared, 3, 0);
    locks.cancelWait(2);
    expect(granted(locks)).toEqual([3]);
    expect(locks.waitsFor(2)).toBeNull();
  });

  test('may be read twice by one task, and is free after the second release', () => {
    const { locks } = table();
    locks.acquire(SEM, 5, Shared, 1, 0);
    locks.acquire(SEM, 5, Shared, 1, 0);
    locks.release(SEM, 5, Shared, 1, 0);
    expect(locks.tryAcquire(SEM, 5, Exclusive, 2, 0)).toBe(false);
    locks.release(SEM, 5, Shared, 1, 0);
    expect(locks.tryAcquire(SEM, 5, Exclusive, 2, 0)).toBe(true);
  });
});

describe('mutexes and bit locks', () => {
  test.each([MUTEX, BIT])('class %i is exclusive whatever the mode, and serves in order', (cls) => {
    const { locks } = table();
    expect(locks.acquire(cls, 7, Shared, 1, 0)).toBe(true);
    expect(locks.acquire(cls, 7, Shared, 2, 0)).toBe(false);
    expect(locks.acquire(cls, 7, Exclusive, 3, 0)).toBe(false);
    locks.release(cls, 7, Shared, 1, 0);
    expect(granted(locks)).toEqual([2]);
    locks.release(cls, 7, Shared, 2, 0);
    expect(granted(locks)).toEqual([3]);
  });

  test('keys do not wake each other: not even ones that share their low 32 bits', () => {
    const { locks } = table();
    for (const key of [3, 4, 3 + 2 ** 32]) locks.acquire(BIT, key, Exclusive, 0, 0);
    locks.acquire(BIT, 3, Exclusive, 1, 0);
    locks.acquire(BIT, 4, Exclusive, 2, 0);
    locks.acquire(BIT, 3 + 2 ** 32, Exclusive, 3, 0);
    locks.release(BIT, 4, Exclusive, 0, 0);
    expect(granted(locks)).toEqual([2]);
    locks.release(BIT, 3 + 2 ** 32, Exclusive, 0, 0);
    expect(granted(locks)).toEqual([3]);
    expect(locks.waiters(BIT, 3)).toEqual([1]);
  });
});

describe('a resource', () => {
  test('serves by amount in order; a small request does not overtake a large one', () => {
    const { locks } = table();
    expect(locks.acquire(UNITS, 0, 0, 1, 6)).toBe(true);
    expect(locks.acquire(UNITS, 0, 0, 2, 5)).toBe(false);
    expect(locks.acquire(UNITS, 0, 0, 3, 1)).toBe(false);
    expect(locks.unitsFree(UNITS, 0)).toBe(4);
    locks.release(UNITS, 0, 0, 1, 1);
    expect(granted(locks)).toEqual([2]);
    locks.release(UNITS, 0, 0, 1, 5);
    expect(granted(locks)).toEqual([3]);
    expect(locks.holders(UNITS, 0)).toEqual([2, 3]);
  });

  test('units that were spent come back when they are given, not before', () => {
    const { locks } = table();
    locks.acquire(UNITS, 0, 0, 1, 8);
    locks.spend(UNITS, 0, 1, 8);
    expect(locks.acquire(UNITS, 0, 0, 2, 4)).toBe(false);
    expect(locks.holders(UNITS, 0)).toEqual([]);
    locks.give(UNITS, 0, 1);
    expect(granted(locks)).toEqual([]);
    locks.give(UNITS, 0, 1);
    expect(granted(locks)).toEqual([2]);
  });

  test('may be given more than its capacity, and an amount of 0 costs nothing', () => {
    const { locks } = table();
    locks.give(UNITS, 0, 5);
    expect(locks.acquire(UNITS, 0, 0, 1, 15)).toBe(true);
    expect(locks.acquire(UNITS, 0, 0, 2, 0)).toBe(true);
    locks.release(UNITS, 0, 0, 2, 0);
    expect(locks.holders(UNITS, 0)).toEqual([1]);
  });

  test('units that were not held cannot be given back', () => {
    const { locks } = table();
    locks.acquire(UNITS, 0, 0, 1, 3);
    expect(() => locks.release(UNITS, 0, 0, 1, 4)).toThrow('not held');
    expect(() => locks.release(UNITS, 0, 0, 2, 1)).toThrow('not held');
  });
});

describe('a lock that was not held', () => {
  test('cannot be released or downgraded, and a task cannot wait twice', () => {
    const { locks } = table();
    locks.acquire(SEM, 1, Shared, 1, 0);
    expect(() => locks.release(SEM, 1, Shared, 2, 0)).toThrow('not shared');
    expect(() => locks.release(SEM, 1, Exclusive, 1, 0)).toThrow('not held exclusively');
    expect(() => locks.downgrade(SEM, 1, 1)).toThrow('downgrade');
    locks.acquire(SEM, 1, Exclusive, 3, 0);
    expect(() => locks.acquire(MUTEX, 1, Exclusive, 3, 0)).toThrow('two locks');
    expect(() => locks.cancelWait(1)).toThrow('does not wait');
  });
});

test('the line of a lock word belongs to whoever touched it last, waiting included', () => {
  const { locks } = table();
  expect(locks.lastOwner(SEM, 1)).toBe(-1);
  locks.acquire(SEM, 1, Exclusive, 4, 0);
  expect(locks.lastOwner(SEM, 1)).toBe(4);
  locks.acquire(SEM, 1, Exclusive, 6, 0);
  expect(locks.lastOwner(SEM, 1)).toBe(6);
  locks.release(SEM, 1, Exclusive, 4, 0);
  expect(locks.lastOwner(SEM, 1)).toBe(6);
  locks.release(SEM, 1, Exclusive, 6, 0);
  expect(locks.lastOwner(SEM, 1)).toBe(6);
});

describe('a deadlock', () => {
  test('of two tasks in opposite order is found with both', () => {
    const { locks } = table();
    locks.acquire(SEM, 1, Exclusive, 1, 0);
    locks.acquire(MUTEX, 1, Exclusive, 2, 0);
    locks.acquire(MUTEX, 1, Exclusive, 1, 0);
    expect(locks.cycle()).toBeNull();
    locks.acquire(SEM, 1, Shared, 2, 0);
    expect(locks.cycle()).toEqual([1, 2]);
  });

  test('of a task with itself: taking again, or wanting to write what it reads', () => {
    const again = table().locks;
    again.acquire(MUTEX, 1, Exclusive, 3, 0);
    again.acquire(MUTEX, 1, Exclusive, 3, 0);
    expect(again.cycle()).toEqual([3]);
    const upgrade = table().locks;
    upgrade.acquire(SEM, 1, Shared, 3, 0);
    upgrade.acquire(SEM, 1, Exclusive, 3, 0);
    expect(upgrade.cycle()).toEqual([3]);
  });

  test('through a queued writer: a reader that reads again behind it is stuck', () => {
    const { locks } = table();
    locks.acquire(SEM, 1, Shared, 1, 0);
    locks.acquire(SEM, 1, Exclusive, 2, 0);
    expect(locks.cycle()).toBeNull();
    locks.acquire(SEM, 1, Shared, 1, 0);
    expect(locks.cycle()).toEqual([1, 2]);
  });

  test('through a resource only when no other holder could return enough', () => {
    const { locks } = table();
    locks.acquire(MUTEX, 1, Exclusive, 3, 0);
    locks.acquire(UNITS, 0, 0, 1, 5);
    locks.acquire(UNITS, 0, 0, 2, 5);
    locks.acquire(UNITS, 0, 0, 3, 5);
    locks.acquire(MUTEX, 1, Exclusive, 1, 0);
    expect(locks.cycle()).toBeNull();
    locks.acquire(MUTEX, 1, Exclusive, 2, 0);
    expect(locks.cycle()).toEqual([1, 3]);
  });

  test('on spent units is one only when nobody is left to return them', () => {
    const { locks } = table();
    locks.acquire(MUTEX, 1, Exclusive, 1, 0);
    locks.acquire(UNITS, 0, 0, 1, 10);
    locks.spend(UNITS, 0, 1, 10);
    locks.acquire(UNITS, 0, 0, 1, 1);
    locks.acquire(MUTEX, 1, Exclusive, 2, 0);
    expect(locks.cycle()).toBeNull();
    expect(locks.cycle(false)).toEqual([1]);
  });

  test('on more units than there can ever be is one at once', () => {
    const { locks } = table();
    locks.acquire(UNITS, 0, 0, 1, 11);
    expect(locks.cycle()).toEqual([1]);
  });
});
