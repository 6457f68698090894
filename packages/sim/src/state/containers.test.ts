/** The containers against the plain JavaScript ones that they replace. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from './space.js';
import { IntMap } from './int-map.js';
import { IntTable } from './int-table.js';
import { IntLists, NO_ID } from './int-list.js';
import { Bitmap, NO_BIT } from './bitmap.js';

describe('IntMap', () => {
  // Few distinct keys in a small table: long runs, wrap-around and gaps are common.
  const key = fc.oneof(
    fc.nat({ max: 40 }),
    fc.nat({ max: 40 }).map((n) => n * 2 ** 40),
  );

  test('holds what a Map holds, through any sequence of sets and deletes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat({ max: 3 })), { maxLength: 300 }), (all) => {
        const map = new IntMap(new StateSpace(), 'map');
        const model = new Map<number, number>();
        for (const [at, value] of all) {
          map.set(at, value);
          if (value === 0) model.delete(at);
          else model.set(at, value);
        }
        expect(map.size).toBe(model.size);
        expect(map.keys()).toEqual([...model.keys()].sort((a, b) => a - b));
        for (const [at] of all) expect(map.get(at, -7)).toBe(model.get(at) ?? -7);
      }),
      { numRuns: 200 },
    );
  });

  test('setting 0 deletes, and an absent key answers as the caller wishes', () => {
    const map = new IntMap(new StateSpace(), 'map');
    map.set(5, 9);
    expect([map.get(5), map.has(5), map.size]).toEqual([9, true, 1]);
    map.set(5, 0);
    expect([map.get(5), map.get(5, -1), map.has(5), map.size]).toEqual([0, -1, false, 0]);
  });

  test('keys beyond 2^53 - 1, negative and fractional ones are refused', () => {
    const table = new IntTable();
    for (const bad of [-1, 2 ** 53, 0.5]) expect(() => table.set(bad, 1)).toThrow('IntTable');
  });

  test('a cleared table is empty and can be filled again', () => {
    const table = new IntTable();
    for (let i = 0; i < 1000; i += 1) table.set(i * 4096, i + 1);
    table.clear();
    expect([table.size, table.get(4096)]).toEqual([0, 0]);
    table.set(4096, 3);
    expect(table.keys()).toEqual([4096]);
  });
});

describe('IntLists', () => {
  test('are first in, first out, and any id can leave', () => {
    const move = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 4 }), fc.nat({ max: 3 }));
    const moves = fc.array(move, { maxLength: 80 });
    fc.assert(
      fc.property(moves, (all) => {
        const lists = new IntLists(new StateSpace(), 'lists');
        const model: number[][] = [[], [], []];
        for (const [list, id, what] of all) {
          const on = model.findIndex((ids) => ids.includes(id));
          if (what === 0) expect(lists.shift(list)).toBe(model[list].shift() ?? NO_ID);
          else if (on < 0) {
            lists.push(list, id);
            model[list].push(id);
          } else {
            lists.remove(on, id);
            model[on] = model[on].filter((other) => other !== id);
          }
        }
        expect([0, 1, 2].map((list) => lists.ids(list))).toEqual(model);
        expect(lists.last(0)).toBe(model[0].at(-1) ?? NO_ID);
        expect(lists.isEmpty(1)).toBe(model[1].length === 0);
      }),
      { numRuns: 300 },
    );
  });

  test('an id cannot be on two lists, nor leave a list it is not on', () => {
    const lists = new IntLists(new StateSpace(), 'lists');
    lists.push(1, 4);
    expect(() => lists.push(2, 4)).toThrow('already on a list');
    expect(() => lists.remove(2, 4)).toThrow('another list');
    expect(() => lists.remove(1, 5)).toThrow('on no list');
  });
});

describe('Bitmap', () => {
  const LIMIT = 3000;
  const change = fc.tuple(
    fc.nat({ max: LIMIT - 1 }),
    fc.integer({ min: 1, max: 200 }),
    fc.boolean(),
  );

  test('finds the bits and runs that a plain scan finds', () => {
    const query = fc.tuple(
      fc.nat({ max: LIMIT }),
      fc.integer({ min: 1, max: 90 }),
      fc.nat({ max: LIMIT }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.array(query), (changes, queries) => {
        const bits = new Bitmap(new StateSpace(), 'bits');
        const model = new Array<boolean>(LIMIT + 300).fill(false);
        for (const [from, length, on] of changes) {
          if (on) bits.setRange(from, length);
          else bits.clearRange(from, length);
          model.fill(on, from, from + length);
        }
        expect(bits.count).toBe(model.filter(Boolean).length);
        for (const [from, wanted, limit] of queries) {
          expect(bits.nextSet(from, limit)).toBe(scan(model, from, limit, true));
          expect(bits.nextClear(from, limit)).toBe(scan(model, from, limit, false));
          expect([bits.findRun(from, wanted, limit), bits.runLength]).toEqual(
            scanRun(model, from, wanted, limit),
          );
        }
      }),
    );
  });

  test('single bits keep to themselves at word borders', () => {
    const bits = new Bitmap(new StateSpace(), 'bits');
    for (const bit of [0, 31, 32, 1023, 1024, 1055]) bits.set(bit);
    bits.clear(32);
    expect([31, 32, 33, 1023, 1024, 1025].map((bit) => bits.get(bit))).toEqual([
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(bits.count).toBe(5);
  });
});

function scan(model: boolean[], from: number, limit: number, wanted: boolean): number {
  for (let at = from; at < limit; at += 1) if ((model[at] ?? false) === wanted) return at;
  return NO_BIT;
}

function scanRun(model: boolean[], from: number, wanted: number, limit: number): [number, number] {
  let best: [number, number] = [NO_BIT, 0];
  for (let start = from; start < limit; start += 1) {
    if (!model[start] || (start > from && model[start - 1])) continue;
    let end = start;
    while (end < limit && end - start < wanted && model[end]) end += 1;
    if (end - start > best[1]) best = [start, end - start];
    if (best[1] === wanted) break;
  }
  return best;
}
