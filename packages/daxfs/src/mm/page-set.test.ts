/** Sparse sets of pages against sets of numbers, at the borders of their levels above all. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_BIT, StateSpace } from '@daxsim/sim';
import { PAGE_LIMIT, PageSets } from './page-set.js';

const page = fc.oneof(
  fc.nat(200),
  fc.nat(PAGE_LIMIT - 1),
  fc.constantFrom(0, 31, 32, 1023, 1024, 32768, 1048576, PAGE_LIMIT - 1),
);
const change = fc.record({ set: fc.nat(2), page, adds: fc.boolean() });

function nextOf(model: ReadonlySet<number>, from: number, limit: number): number {
  const found = [...model].filter((p) => p >= from && p < limit);
  return found.length === 0 ? NO_BIT : Math.min(...found);
}

describe('sets of pages', () => {
  test('answer like sets of numbers', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.array(page), (changes, probes) => {
        const sets = new PageSets(new StateSpace(), 'test');
        const models = [new Set<number>(), new Set<number>(), new Set<number>()];
        for (const { set, page: p, adds } of changes) {
          if (adds) sets.add(set, p);
          else sets.remove(set, p);
          if (adds) models[set].add(p);
          else models[set].delete(p);
        }
        models.forEach((model, set) => {
          expect(sets.count(set)).toBe(model.size);
          for (const at of [...probes, ...changes.map((c) => c.page)]) {
            expect(sets.has(set, at)).toBe(model.has(at));
            expect(sets.next(set, at, PAGE_LIMIT)).toBe(nextOf(model, at, PAGE_LIMIT));
            expect(sets.next(set, at, at + 5000)).toBe(nextOf(model, at, at + 5000));
          }
        });
      }),
    );
  });

  test('a set that was filled and emptied hashes like one never touched', () => {
    const space = new StateSpace();
    const sets = new PageSets(space, 'test');
    space.startHashing();
    const before = space.hash();
    for (const p of [0, 5, 40000, PAGE_LIMIT - 1]) sets.add(7, p);
    expect(space.hash()).not.toBe(before);
    for (const p of [5, PAGE_LIMIT - 1, 0, 40000]) sets.remove(7, p);
    expect(space.hash()).toBe(before);
  });
});
