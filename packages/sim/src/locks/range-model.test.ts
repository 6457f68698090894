/**
 * Range locks and sequence counts against a model that keeps plain lists and looks at all of them
 * after every change; and what each of the two is for, in a few lines.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '../state/space.js';
import { LockKind, LockMode, LockTable } from './lock-table.js';

const TREE = 0;
const LIST = 1;
const SEGMENTS = 2;
const SEQUENCE = 3;
const CLASSES = [
  { name: 'tree', kind: LockKind.Range },
  { name: 'list', kind: LockKind.Range, waitersBar: false },
  { name: 'segments', kind: LockKind.Range, granularity: 4 },
  { name: 'sequence', kind: LockKind.Seqcount },
];
const TASKS = 5;
const { Shared, Exclusive } = LockMode;

interface Claim {
  readonly task: number;
  readonly cls: number;
  readonly mode: number;
  readonly from: number;
  readonly to: number;
  isStale: boolean;
}

/** Everything held and everything wanted, oldest first. */
class Model {
  held: Claim[] = [];
  queue: Claim[] = [];

  keepsOut(one: Claim, other: Claim): boolean {
    if (one.cls !== other.cls) return false;
    const unit = one.cls === SEGMENTS ? 4 : 1;
    const start = Math.floor(one.from / unit) < Math.ceil(other.to / unit);
    const end = Math.floor(other.from / unit) < Math.ceil(one.to / unit);
    if (!start || !end) return false;
    if (one.cls === SEQUENCE) return one.mode === Exclusive;
    return one.mode === Exclusive || other.mode === Exclusive;
  }

  mayTake(claim: Claim): boolean {
    if (this.held.some((one) => this.keepsOut(one, claim))) return false;
    if (claim.cls === LIST || claim.cls === SEQUENCE) return true;
    const place = this.queue.indexOf(claim);
    const before = place < 0 ? this.queue : this.queue.slice(0, place);
    return !before.some((one) => this.keepsOut(one, claim));
  }

  take(claim: Claim): void {
    this.queue = this.queue.filter((one) => one !== claim);
    this.crossed(claim);
    this.held.push(claim);
  }

  drop(claim: Claim): void {
    this.held = this.held.filter((one) => one !== claim);
    this.crossed(claim);
  }

  /** Tasks that may go on now, in the order of the queue. */
  settle(): number[] {
    const granted: number[] = [];
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.take(next);
      granted.push(next.task);
    }
    return granted;
  }

  private next(): Claim | undefined {
    return this.queue.find((claim) => this.mayTake(claim));
  }

  private crossed(claim: Claim): void {
    if (claim.cls !== SEQUENCE || claim.mode !== Exclusive) return;
    for (const one of this.held) {
      if (one.cls === SEQUENCE && one.from < claim.to && claim.from < one.to) one.isStale = true;
    }
  }
}

const move = fc.record({
  what: fc.nat({ max: 8 }),
  task: fc.nat({ max: TASKS - 1 }),
  cls: fc.nat({ max: 3 }),
  mode: fc.nat({ max: 1 }),
  from: fc.nat({ max: 9 }),
  length: fc.integer({ min: 1, max: 6 }),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

function world(): { space: StateSpace; locks: LockTable } {
  const space = new StateSpace();
  space.startHashing();
  return { space, locks: new LockTable(space, CLASSES) };
}

function release(locks: LockTable, { cls, mode, task, from, to }: Claim): void {
  locks.release(cls, 7, mode, task, 0, from, to);
}

function play(locks: LockTable, model: Model, { what, task, cls, mode, from, length }: Move): void {
  const to = from + length;
  const waiting = model.queue.find((claim) => claim.task === task);
  const mine = model.held.filter((claim) => claim.task === task);
  if (what < 5 && waiting === undefined) {
    const claim = { task, cls, mode, from, to, isStale: false };
    const isFree = model.mayTake(claim);
    expect(locks.acquire(cls, 7, mode, task, 0, from, to)).toBe(isFree);
    if (isFree) model.take(claim);
    else model.queue.push(claim);
  } else if (what < 8 && mine.length > 0) {
    const claim = mine[what % mine.length];
    model.drop(claim);
    release(locks, claim);
  } else if (waiting !== undefined) {
    model.queue = model.queue.filter((claim) => claim !== waiting);
    locks.cancelWait(task);
  }
  for (const granted of model.settle()) expect(locks.takeGranted()).toBe(granted);
  expect(locks.takeGranted()).toBe(-1);
  for (const claim of model.held) {
    if (claim.cls !== SEQUENCE || claim.mode !== Shared) continue;
    const same = model.held.filter(
      (one) => one.task === claim.task && one.from === claim.from && one.to === claim.to,
    );
    // Of two equal samples the table answers for the newer one.
    if (same.length > 1 || claim.cls !== SEQUENCE) continue;
    const isFresh = locks.validate(SEQUENCE, 7, claim.task, claim.from, claim.to);
    expect(isFresh).toBe(!claim.isStale);
  }
}

test('grants, their order and what is stale are those of the model after every move', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const { locks } = world();
      const model = new Model();
      for (const one of moves) play(locks, model, one);
    }),
    { numRuns: 400 },
  );
});

test('parts that were all given back leave the state of locks never touched', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const { space, locks } = world();
      const model = new Model();
      for (const one of moves) play(locks, model, one);
      while (model.queue.length > 0) {
        locks.cancelWait(model.queue[0].task);
        model.queue.shift();
        for (const granted of model.settle()) expect(locks.takeGranted()).toBe(granted);
      }
      for (const claim of model.held) release(locks, claim);
      expect(space.hash()).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test('moves undone and made again end in the same state', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const { space, locks } = world();
      const mark = space.mark();
      const run = (): number => {
        const model = new Model();
        for (const one of moves) play(locks, model, one);
        return space.hash();
      };
      const first = run();
      space.rewind(mark);
      expect(space.hash()).toBe(0);
      expect(run()).toBe(first);
    }),
    { numRuns: 100 },
  );
});

describe('a range lock', () => {
  const take = (locks: LockTable, cls: number, task: number, from: number, to: number): boolean =>
    locks.acquire(cls, 1, Exclusive, task, 0, from, to);

  test('lets parts that do not overlap be held at once', () => {
    const { locks } = world();
    expect([take(locks, TREE, 0, 0, 4), take(locks, TREE, 1, 4, 8)]).toEqual([true, true]);
    expect([take(locks, TREE, 2, 3, 5), locks.holders(TREE, 1)]).toEqual([false, [0, 1]]);
  });

  test('as a tree keeps out who overlaps a waiter, as a list it does not', () => {
    for (const [cls, passes] of [[TREE, false] as const, [LIST, true] as const]) {
      const { locks } = world();
      take(locks, cls, 0, 0, 4);
      take(locks, cls, 1, 2, 8);
      expect(take(locks, cls, 2, 6, 9)).toBe(passes);
    }
  });

  test('of segments makes neighbours in one segment wait', () => {
    const { locks } = world();
    expect([take(locks, SEGMENTS, 0, 0, 1), take(locks, SEGMENTS, 1, 3, 4)]).toEqual([true, false]);
    expect(take(locks, SEGMENTS, 2, 4, 5)).toBe(true);
  });

  test('taken crosswise in two parts is found as a circle', () => {
    const { locks } = world();
    take(locks, TREE, 0, 0, 1);
    take(locks, TREE, 1, 1, 2);
    take(locks, TREE, 0, 1, 2);
    expect(locks.cycle()).toBeNull();
    take(locks, TREE, 1, 0, 1);
    expect(locks.cycle()).toEqual([0, 1]);
  });
});

describe('a sequence count', () => {
  test('lets readers and a writer in together and tells the readers', () => {
    const { locks } = world();
    expect(locks.acquire(SEQUENCE, 1, Shared, 0, 0)).toBe(true);
    expect(locks.validate(SEQUENCE, 1, 0)).toBe(true);
    expect(locks.acquire(SEQUENCE, 1, Exclusive, 1, 0)).toBe(true);
    expect(locks.validate(SEQUENCE, 1, 0)).toBe(false);
  });

  test('keeps a read section waiting while a write section is open', () => {
    const { locks } = world();
    locks.acquire(SEQUENCE, 1, Exclusive, 1, 0);
    expect(locks.acquire(SEQUENCE, 1, Shared, 0, 0)).toBe(false);
    locks.release(SEQUENCE, 1, Exclusive, 1, 0);
    expect([locks.takeGranted(), locks.validate(SEQUENCE, 1, 0)]).toEqual([0, true]);
  });

  test('sampled inside a write section is stale once that ends', () => {
    const { locks } = world();
    locks.acquire(SEQUENCE, 1, Shared, 0, 0);
    locks.acquire(SEQUENCE, 1, Exclusive, 1, 0);
    locks.sample(SEQUENCE, 1, 0);
    expect(locks.validate(SEQUENCE, 1, 0)).toBe(true);
    locks.release(SEQUENCE, 1, Exclusive, 1, 0);
    expect(locks.validate(SEQUENCE, 1, 0)).toBe(false);
  });
});
