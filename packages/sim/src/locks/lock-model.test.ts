/**
 * The lock table against a model that keeps plain lists and asks, after every change, whether the
 * head of the queue may have the lock now. Also: undo, and no trace of locks that were given back.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '../state/space.js';
import { LockKind, LockMode, LockTable } from './lock-table.js';

const CLASSES = [
  { name: 'inode', kind: LockKind.Rwsem },
  { name: 'journal', kind: LockKind.Mutex },
  { name: 'logSpace', kind: LockKind.Resource, capacity: 3 },
];
const RESOURCE = 2;
const TASKS = 6;

interface Claim {
  readonly task: number;
  readonly mode: number;
  readonly amount: number;
}

interface Instance {
  holds: Claim[];
  queue: Claim[];
  given: number;
}

class Model {
  readonly instances = new Map<string, Instance>();
  readonly granted: number[] = [];

  at(cls: number, key: number): Instance {
    const name = `${cls} ${key}`;
    const found = this.instances.get(name) ?? { holds: [], queue: [], given: 0 };
    this.instances.set(name, found);
    return found;
  }

  acquire(cls: number, key: number, claim: Claim): boolean {
    const instance = this.at(cls, key);
    if (instance.queue.length === 0 && this.fits(cls, instance, claim)) {
      instance.holds.push(claim);
      return true;
    }
    instance.queue.push(claim);
    return false;
  }

  settle(cls: number, key: number): void {
    const instance = this.at(cls, key);
    while (instance.queue.length > 0 && this.fits(cls, instance, instance.queue[0])) {
      const claim = instance.queue.shift() as Claim;
      instance.holds.push(claim);
      this.granted.push(claim.task);
    }
  }

  waits(task: number): string | undefined {
    for (const [name, { queue }] of this.instances) {
      if (queue.some((claim) => claim.task === task)) return name;
    }
    return undefined;
  }

  private fits(cls: number, { holds, given }: Instance, claim: Claim): boolean {
    const used = holds.reduce((sum, { amount }) => sum + amount, 0);
    if (cls === RESOURCE) return used + claim.amount <= 3 + given;
    const exclusive = holds.some(({ mode }) => mode === LockMode.Exclusive);
    return holds.length === 0 || (claim.mode === LockMode.Shared && !exclusive);
  }
}

const move = fc.record({
  what: fc.nat({ max: 9 }),
  task: fc.nat({ max: TASKS - 1 }),
  cls: fc.nat({ max: 2 }),
  key: fc.nat({ max: 1 }),
  mode: fc.nat({ max: 1 }),
  amount: fc.integer({ min: 1, max: 3 }),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

/** Does one move on both, or nothing when it would be a misuse, and compares. */
function play(locks: LockTable, model: Model, { what, task, cls, key, mode, amount }: Move): void {
  const instance = model.at(cls, key);
  const claim = { task, mode: cls === 0 ? mode : 1, amount: cls === RESOURCE ? amount : 0 };
  const held = instance.holds.findIndex((hold) => hold.task === task);
  if (what < 5 && model.waits(task) === undefined) {
    expect(locks.acquire(cls, key, mode, task, amount)).toBe(model.acquire(cls, key, claim));
  } else if (what < 8 && held >= 0) {
    const hold = instance.holds.splice(held, 1)[0];
    locks.release(cls, key, hold.mode, task, hold.amount);
  } else if (what === 8 && cls === 0 && held >= 0 && instance.holds[held].mode === 1) {
    instance.holds[held] = { ...instance.holds[held], mode: LockMode.Shared };
    locks.downgrade(cls, key, task);
  } else if (what === 9 && model.waits(task) === `${cls} ${key}`) {
    instance.queue = instance.queue.filter((waiting) => waiting.task !== task);
    locks.cancelWait(task);
  } else if (what === 9 && cls === RESOURCE) {
    instance.given += amount;
    locks.give(cls, key, amount);
  }
  model.settle(cls, key);
  for (const next of model.granted.splice(0)) expect(locks.takeGranted()).toBe(next);
  expect(locks.takeGranted()).toBe(-1);
  expect(locks.waiters(cls, key)).toEqual(instance.queue.map((waiting) => waiting.task));
  const holders = [...new Set(instance.holds.map((hold) => hold.task))].sort((a, b) => a - b);
  expect(locks.holders(cls, key)).toEqual(holders);
}

function world(): { space: StateSpace; locks: LockTable } {
  const space = new StateSpace();
  space.startHashing();
  return { space, locks: new LockTable(space, CLASSES) };
}

test('grants, holders and queues are those of the model after every move', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
      const { locks } = world();
      const model = new Model();
      for (const one of moves) play(locks, model, one);
    }),
    { numRuns: 400 },
  );
});

test('moves undone and made again end in the same state', () => {
  const moves = fc.array(move, { maxLength: 40 });
  fc.assert(
    fc.property(moves, moves, (before, after) => {
      const { space, locks } = world();
      const model = new Model();
      for (const one of before) play(locks, model, one);
      const mark = space.mark();
      const atMark = space.hash();
      const kept = structuredClone(model.instances);
      for (const one of after) play(locks, model, one);
      const first = space.hash();
      space.rewind(mark);
      expect(space.hash()).toBe(atMark);
      const again = new Model();
      for (const [name, instance] of kept) again.instances.set(name, instance);
      for (const one of after) play(locks, again, one);
      expect(space.hash()).toBe(first);
    }),
    { numRuns: 200 },
  );
});

test('locks that were all given back leave the state of locks never touched', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const { space, locks } = world();
      const model = new Model();
      for (const one of moves) if (one.what !== 9) play(locks, model, one);
      for (let task = 0; task < TASKS; task += 1) {
        const waiting = locks.waitsFor(task);
        if (waiting === null) continue;
        locks.cancelWait(task);
        const instance = model.at(waiting.cls, waiting.key);
        instance.queue = instance.queue.filter((claim) => claim.task !== task);
        model.settle(waiting.cls, waiting.key);
      }
      for (const [name, { holds }] of model.instances) {
        const [cls, key] = name.split(' ').map(Number);
        for (const { task, mode, amount } of holds) locks.release(cls, key, mode, task, amount);
      }
      while (locks.takeGranted() >= 0);
      expect(space.hash()).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test('units taken in two parts can be given back in any parts', () => {
  const { locks } = world();
  expect(locks.acquire(2, 1, 0, 5, 1)).toBe(true);
  expect(locks.acquire(2, 1, 0, 5, 2)).toBe(true);
  locks.release(2, 1, 0, 5, 1);
  locks.release(2, 1, 0, 5, 2);
  expect(locks.holders(2, 1)).toEqual([]);
});

test('a task is in a deadlock exactly when no order of releases ever lets it go on', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const { locks } = world();
      const model = new Model();
      for (const one of moves) if (one.what < 5) play(locks, model, one);
      expect(locks.cycle() !== null).toBe(someStayStuck(model));
    }),
    { numRuns: 300 },
  );
});

/** Lets every task that does not wait give everything back, until nothing moves. */
function someStayStuck(model: Model): boolean {
  for (let moved = true; moved;) {
    moved = false;
    for (const [name, instance] of model.instances) {
      const [cls, key] = name.split(' ').map(Number);
      const kept = instance.holds.filter(({ task }) => model.waits(task) !== undefined);
      moved ||= kept.length < instance.holds.length;
      instance.holds = kept;
      model.settle(cls, key);
    }
  }
  return [...model.instances.values()].some(({ queue }) => queue.length > 0);
}
