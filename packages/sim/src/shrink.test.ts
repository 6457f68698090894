/**
 * Shrinking ends at lists from which nothing can be dropped, and never at one that does not
 * fail.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shrinkChoices, shrinkList } from './shrink.js';

describe('shrinkList', () => {
  test('keeps exactly the elements that the failure needs, in order', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 40 }),
        fc.func(fc.boolean()),
        (list, pick) => {
          const needed = list.filter((element) => pick(element));
          const shrunk = shrinkList(list, (some) =>
            needed.every((element) => some.includes(element)),
          );
          expect(shrunk.list).toEqual(needed);
          expect(shrunk.isMinimal).toBe(true);
        },
      ),
    );
  });

  test('ends where no single element can be dropped, whatever the predicate', () => {
    // Not monotone: fails with an even number of odd elements above two.
    const fails = (list: readonly number[]): boolean => {
      const odd = list.filter((element) => element % 2 === 1).length;
      return odd > 2 && odd % 2 === 0;
    };
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }).filter(fails), (list) => {
        const { list: least } = shrinkList(list, fails);
        expect(fails(least)).toBe(true);
        least.forEach((_, i) => expect(fails(least.filter((_other, j) => j !== i))).toBe(false));
      }),
    );
  });

  test('drops an element that only became superfluous because an earlier one went', () => {
    const pair = fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 }));
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 });
    fc.assert(
      fc.property(order, fc.array(pair, { maxLength: 8 }), (list, needs) => {
        // Element 0 is at fault; others may only be there together with what they need.
        const fails = (some: readonly number[]): boolean =>
          some.includes(0) && needs.every(([a, b]) => !some.includes(a) || some.includes(b));
        const { list: least } = shrinkList(list, fails);
        least.forEach((_, i) => {
          expect(fails(least.filter((_other, j) => j !== i))).toBe(false);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('tries simpler elements after dropping, and drops again after that', () => {
    // Needs as many elements as the first one says.
    const fails = (list: readonly number[]): boolean => list.length > 0 && list.length >= list[0];
    const simpler = (element: number): number[] => (element > 0 ? [0, element - 1] : []);
    expect(shrinkList([3, 7, 7], fails).list).toEqual([3, 7, 7]);
    expect(shrinkList([3, 7, 7], fails, { simpler }).list).toEqual([0]);
  });

  test('halves first: one needed element of a thousand costs few tries', () => {
    const list = Array.from({ length: 1000 }, (_, i) => i);
    const { tries } = shrinkList(list, (some) => some.includes(777));
    expect(tries).toBeLessThan(40);
  });

  test('gives up after its tries and says that more may be possible', () => {
    const list = Array.from({ length: 100 }, (_, i) => i);
    const fails = (some: readonly number[]): boolean => some.length >= 3;
    const shrunk = shrinkList(list, fails, { maxTries: 2 });
    expect([shrunk.tries, shrunk.isMinimal, fails(shrunk.list)]).toEqual([2, false, true]);
  });
});

describe('shrinkChoices', () => {
  test('drops trailing zeros without asking and turns choices into 0 where it can', () => {
    const fails = (choices: readonly number[]): boolean => (choices[4] ?? 0) >= 2;
    const shrunk = shrinkChoices([3, 1, 2, 5, 7, 1, 0, 0], fails);
    expect(shrunk.list).toHaveLength(5);
    expect(shrunk.list).toEqual([0, 0, 0, 0, 2]);
  });

  test('a failure that needs no choice is the empty list', () => {
    expect(shrinkChoices([1, 2, 3], () => true).list).toEqual([]);
  });
});
