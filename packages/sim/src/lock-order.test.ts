/** Which orders of locks are cycles, which are not, and what the report says. */
import { describe, expect, test } from '@jest/globals';
import { LockOrder, type LockRef } from './lock-order.js';
import { LockOrderRecorder, type HeldLocks } from './lock-order-recorder.js';
import { LockMode } from './locks/lock-table.js';

const NAMES = ['freeze', 'inode', 'mmap', 'journal'];
const [FREEZE, INODE, MMAP, JOURNAL] = [0, 1, 2, 3];

const lock = (cls: number, key = 0, mode: number = LockMode.Exclusive): LockRef => ({
  cls,
  key,
  mode,
});

test('one order in all programs is no cycle', () => {
  const order = new LockOrder(NAMES);
  order.note(1, 'punch', [lock(INODE)], lock(MMAP));
  order.note(1, 'punch', [lock(INODE), lock(MMAP)], lock(JOURNAL));
  order.note(2, 'fault', [lock(MMAP)], lock(JOURNAL));
  expect(order.cycle()).toBeNull();
  expect(order.all().map(({ from, to, count }) => [from, to, count])).toEqual([
    [INODE, MMAP, 1],
    [INODE, JOURNAL, 1],
    [MMAP, JOURNAL, 2],
  ]);
});

test('opposite orders are a cycle, reported with the first witness of each side', () => {
  const order = new LockOrder(NAMES);
  order.note(1, 'unlink', [lock(INODE, 7)], lock(JOURNAL));
  order.note(3, 'unlink', [lock(INODE, 8)], lock(JOURNAL));
  order.note(2, 'force', [lock(JOURNAL)], lock(INODE, 7, LockMode.Shared));
  const cycle = order.cycle();
  expect(cycle).not.toBeNull();
  expect(order.report(cycle ?? [])).toBe(
    [
      'inode -> journal -> inode',
      '  unlink (task 1) takes journal[0] exclusive under inode[7] exclusive, 2 times, first',
      '  force (task 2) takes inode[7] shared under journal[0] exclusive, once',
    ].join('\n'),
  );
});

test('the shortest of several cycles is reported', () => {
  const order = new LockOrder(NAMES);
  order.note(1, 'a', [lock(FREEZE)], lock(INODE));
  order.note(1, 'b', [lock(INODE)], lock(MMAP));
  order.note(1, 'c', [lock(MMAP)], lock(FREEZE));
  expect(order.cycle()?.map(({ from }) => from)).toEqual([FREEZE, INODE, MMAP]);
  order.note(1, 'd', [lock(JOURNAL)], lock(MMAP));
  order.note(1, 'e', [lock(MMAP)], lock(JOURNAL));
  expect(order.cycle()?.map(({ from }) => from)).toEqual([MMAP, JOURNAL]);
});

describe('two instances of one class', () => {
  test('are in order when the keys ascend', () => {
    const order = new LockOrder(NAMES);
    order.note(1, 'rename', [lock(INODE, 3)], lock(INODE, 9));
    expect(order.cycle()).toBeNull();
  });

  test('are a cycle when the keys descend once', () => {
    const order = new LockOrder(NAMES);
    order.note(1, 'rename', [lock(INODE, 9)], lock(INODE, 3));
    expect(order.cycle()?.map(({ from, to }) => [from, to])).toEqual([[INODE, INODE]]);
  });
});

describe('a gate', () => {
  function gated(first: LockRef, second: LockRef): LockOrder {
    const order = new LockOrder(NAMES);
    order.note(1, 'a', [first, lock(INODE)], lock(JOURNAL));
    order.note(2, 'b', [second, lock(JOURNAL)], lock(INODE));
    return order;
  }

  test('held exclusively on both sides excludes the cycle', () => {
    const order = gated(lock(FREEZE), lock(FREEZE));
    expect(order.cycle()).toBeNull();
    expect(order.cycle(true)).not.toBeNull();
  });

  test('held shared on one side excludes nothing', () => {
    expect(gated(lock(FREEZE), lock(FREEZE, 0, LockMode.Shared)).cycle()).not.toBeNull();
  });

  test('of two instances excludes nothing', () => {
    expect(gated(lock(MMAP, 1), lock(MMAP, 2)).cycle()).not.toBeNull();
  });

  test('is lost when one later witness takes the edge without it', () => {
    const order = gated(lock(FREEZE), lock(FREEZE));
    order.note(3, 'c', [lock(INODE)], lock(JOURNAL));
    expect(order.cycle()).not.toBeNull();
  });
});

describe('the recorder', () => {
  function recorded(): { recorder: LockOrderRecorder; held: Map<number, LockRef[]> } {
    const held = new Map<number, LockRef[]>();
    const tasks: HeldLocks = {
      forEachHeld: (task, visit) => {
        for (const { cls, key, mode } of held.get(task) ?? []) visit(cls, key, mode);
      },
    };
    return { recorder: new LockOrderRecorder(NAMES, tasks, (task) => `program ${task}`), held };
  }

  test('notes what was asked for though it was never granted', () => {
    const { recorder, held } = recorded();
    held.set(1, [lock(INODE, 4)]);
    recorder.blocked(1, JOURNAL, 0, LockMode.Exclusive);
    expect(recorder.order.all().map(({ from, to }) => [from, to])).toEqual([[INODE, JOURNAL]]);
    expect(recorder.order.all()[0].witness.program).toBe('program 1');
  });

  test('counts a request that blocked and then was granted once, never against itself', () => {
    const { recorder, held } = recorded();
    held.set(1, [lock(INODE, 4)]);
    recorder.blocked(1, JOURNAL, 0, LockMode.Exclusive);
    held.set(1, [lock(INODE, 4), lock(JOURNAL, 0)]);
    recorder.acquired(1, JOURNAL, 0, LockMode.Exclusive);
    recorder.acquired(1, JOURNAL, 0, LockMode.Exclusive);
    expect(recorder.order.all().map(({ from, to, count }) => [from, to, count])).toEqual([
      [INODE, JOURNAL, 2],
    ]);
  });
});
