/**
 * The law every arena obeys: write at random, mark, write, rewind, write the same again, and both
 * contents and hash are the same as the first time.
 *
 *      W1 ── mark ── W2 ─▶ A      rewind ── W2 ─▶ A'      A = A'; after rewind the state is W1's
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from './space.js';
import { IntColumn, NumberColumn } from './column.js';
import { IntMap } from './int-map.js';
import { IntLists } from './int-list.js';
import { Bitmap } from './bitmap.js';

const KEYS = [0, 1, 2, 7, 31, 32, 63, 64, 500, 1100];
const SPARSE = [0, 1, 2, 16, 4096, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1];
const VALUES = [0, 1, -1, 2, 3, 2 ** 31 - 1, -(2 ** 31)];
const WIDE = [0, 1, -1, 2 ** 32 - 1, 2 ** 32, 2 ** 52, -(2 ** 52), Infinity];

interface Write {
  readonly arena: number;
  readonly at: number;
  readonly value: number;
}

const write = fc.record({
  arena: fc.nat({ max: 4 }),
  at: fc.nat({ max: 9 }),
  value: fc.nat({ max: 7 }),
});
const writes = fc.array(write, { maxLength: 40 });

class World {
  readonly space = new StateSpace();
  readonly ints = new IntColumn(this.space, 'ints');
  readonly numbers = new NumberColumn(this.space, 'numbers');
  readonly map = new IntMap(this.space, 'map');
  readonly lists = new IntLists(this.space, 'lists');
  readonly bits = new Bitmap(this.space, 'bits');

  constructor() {
    this.space.startHashing();
  }

  apply(all: readonly Write[]): void {
    for (const one of all) this.do(one);
  }

  contents(): string {
    const bits = KEYS.map((key) => (this.bits.get(key) ? 1 : 0)).join('');
    const map = this.map.keys().map((key) => `${key}=${this.map.get(key)}`);
    const lists = SPARSE.map((list) => this.lists.ids(list).join(' '));
    return JSON.stringify([
      KEYS.map((key) => [this.ints.get(key), String(this.numbers.get(key))]),
      [map, this.map.size, lists, bits, this.bits.count],
    ]);
  }

  private do({ arena, at, value }: Write): void {
    if (arena === 0) this.ints.set(KEYS[at], VALUES[value % VALUES.length]);
    else if (arena === 1) this.numbers.set(KEYS[at], WIDE[value]);
    else if (arena === 2) this.map.set(SPARSE[at], WIDE[value]);
    else if (arena === 3) this.list(SPARSE[value], at);
    else if (value > 4) this.bits.setRange(KEYS[at], value * 9);
    else if (value > 2) this.bits.clearRange(KEYS[at], value * 9);
    else if (value > 0) this.bits.set(KEYS[at]);
    else this.bits.clear(KEYS[at]);
  }

  private list(list: number, id: number): void {
    if (!this.lists.isListed(id)) this.lists.push(list, id);
    else this.lists.remove(this.listOf(id), id);
  }

  private listOf(id: number): number {
    return SPARSE.find((list) => this.lists.ids(list).includes(id)) ?? -1;
  }
}

test('writes undone and done again leave the same contents and the same hash', () => {
  fc.assert(
    fc.property(writes, writes, (before, after) => {
      const world = new World();
      world.apply(before);
      const atMark = [world.contents(), world.space.hash()];
      const mark = world.space.mark();
      world.apply(after);
      const first = [world.contents(), world.space.hash()];
      world.space.rewind(mark);
      expect([world.contents(), world.space.hash()]).toEqual(atMark);
      world.apply(after);
      expect([world.contents(), world.space.hash()]).toEqual(first);
    }),
    { numRuns: 300 },
  );
});

test('marks nest: each rewind returns to its own mark, in any order outwards', () => {
  fc.assert(
    fc.property(writes, writes, writes, (one, two, three) => {
      const world = new World();
      const outer = world.space.mark();
      world.apply(one);
      const atMiddle = world.contents();
      const middle = world.space.mark();
      world.apply(two);
      const atInner = world.contents();
      const inner = world.space.mark();
      world.apply(three);
      world.space.rewind(inner);
      expect(world.contents()).toBe(atInner);
      world.space.release(inner);
      world.space.rewind(middle);
      expect(world.contents()).toBe(atMiddle);
      world.space.rewind(outer);
      expect(world.contents()).toBe(new World().contents());
      expect(world.space.hash()).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test('the hash depends on contents alone, not on the order or number of writes', () => {
  const cell = fc.record({
    arena: fc.nat({ max: 2 }),
    at: fc.nat({ max: 9 }),
    value: fc.nat({ max: 6 }),
  });
  const cells = fc.uniqueArray(cell, { maxLength: 30, selector: (c) => `${c.arena} ${c.at}` });
  fc.assert(
    fc.property(cells, writes, (contents, detour) => {
      const straight = new World();
      straight.apply(contents);
      const crooked = new World();
      const mark = crooked.space.mark();
      crooked.apply(detour);
      crooked.space.rewind(mark);
      crooked.space.release(mark);
      crooked.apply([...contents].reverse());
      expect(crooked.space.hash()).toBe(straight.space.hash());
    }),
  );
});

test('different contents have different hashes', () => {
  const seen = new Map<number, string>();
  fc.assert(
    fc.property(writes, (all) => {
      const world = new World();
      world.apply(all);
      const contents = world.contents();
      expect(seen.get(world.space.hash()) ?? contents).toBe(contents);
      seen.set(world.space.hash(), contents);
    }),
    { numRuns: 500 },
  );
});

describe('StateSpace', () => {
  test('a cell that was never written is 0, at any index', () => {
    const { ints, numbers, map, bits } = new World();
    expect([ints.get(1e6), numbers.get(1e6), map.get(2 ** 52), bits.get(1e6)]).toEqual([
      0,
      0,
      0,
      false,
    ]);
  });

  test('neighbouring cells and values that share their low words hash apart', () => {
    const hashes = new Set<number>();
    const cells = [0, 1, 2 ** 32, 2 ** 33, 2 ** 52];
    for (const key of cells) {
      for (const value of [1, -1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, -(2 ** 32)]) {
        const world = new World();
        world.map.set(key, value);
        hashes.add(world.space.hash());
      }
    }
    expect(hashes.size).toBe(cells.length * 6);
  });

  test('a fraction in a hashed space is refused: two fractions would hash alike', () => {
    expect(() => new World().numbers.set(0, 0.5)).toThrow('fraction');
  });

  test('a value that does not fit 32 bits is refused by an IntColumn', () => {
    expect(() => new World().ints.set(0, 2 ** 31)).toThrow('32-bit');
    expect(() => new World().ints.set(-1, 0)).toThrow('negative');
  });

  test('what changes for ever is stopped when the log of changes is as long as it may be', () => {
    const world = new World();
    world.space.logEntriesMost = 2048;
    world.space.mark();
    expect(() => {
      for (let i = 1; ; i += 1) world.ints.set(0, i);
    }).toThrow(/more than 2048 changes/);
  });

  test('without mark, hash and watch nothing is logged, and writes are not reported', () => {
    const space = new StateSpace();
    const ints = new IntColumn(space, 'ints');
    ints.set(0, 1);
    expect(space.tracking).toBe(false);
    const mark = space.mark();
    ints.set(0, 2);
    space.rewind(mark);
    expect(ints.get(0)).toBe(1);
    space.release(mark);
    expect(space.tracking).toBe(false);
  });

  test('a watch hears reads and writes of every arena, with the arena by name', () => {
    const { space, ints, map } = new World();
    const heard: string[] = [];
    space.watch = {
      read: (arena, key) => heard.push(`read ${space.arenaName(arena)} ${key}`),
      wrote: (arena, key) => heard.push(`wrote ${space.arenaName(arena)} ${key}`),
      met: () => undefined,
      about: () => undefined,
      began: () => undefined,
      ended: () => undefined,
    };
    ints.set(3, ints.get(2));
    map.set(9, 1);
    space.watch = null;
    ints.set(4, 1);
    expect(heard).toEqual(['read ints 2', 'wrote ints 3', 'wrote map 9']);
  });

  test('a mark dropped by an outer rewind cannot be used', () => {
    const { space, ints } = new World();
    const outer = space.mark();
    ints.set(0, 1);
    const inner = space.mark();
    space.rewind(outer);
    expect(() => space.rewind(inner)).toThrow('already dropped');
  });

  test('the undo log grows beyond its first size', () => {
    const { space, ints } = new World();
    const mark = space.mark();
    for (let i = 0; i < 5000; i += 1) ints.add(i % 7, 1);
    space.rewind(mark);
    expect([0, 1, 2, 3, 4, 5, 6].map((i) => ints.get(i))).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(space.hash()).toBe(0);
  });
});
