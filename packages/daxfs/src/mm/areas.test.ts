/** Areas of a mapping against an array with one protection per page. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '@daxsim/sim';
import { Areas, NO_AREA } from './areas.js';

const PAGES = 24;
const span = fc
  .tuple(fc.nat(PAGES), fc.nat(PAGES))
  .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const change = fc.oneof(
  span.map(([from, to]) => ({ kind: 'remove' as const, from, to, protection: 0 })),
  fc
    .tuple(span, fc.nat(3))
    .map(([[from, to], protection]) => ({ kind: 'protect' as const, from, to, protection })),
);

describe('areas of a mapping', () => {
  test('say for each page what an array of protections says', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const areas = new Areas(new StateSpace());
        areas.append(3, 0, PAGES, 1);
        const model = new Array<number>(PAGES).fill(1);
        for (const { kind, from, to, protection } of changes) {
          if (kind === 'remove') areas.remove(3, from, to);
          else areas.protect(3, from, to, protection);
          for (let p = from; p < to; p += 1) {
            if (kind === 'remove') model[p] = -1;
            else if (model[p] >= 0) model[p] = protection;
          }
        }
        model.forEach((expected, p) => {
          const area = areas.find(3, p);
          expect(area === NO_AREA ? -1 : areas.protection(area)).toBe(expected);
          expect(areas.covers(3, p, p + 1)).toBe(expected >= 0);
        });
        expect(areas.covers(3, 0, PAGES)).toBe(model.every((protection) => protection >= 0));
        expect(areas.limit(3)).toBe(model.findLastIndex((protection) => protection >= 0) + 1);
      }),
    );
  });

  test('a mapping can grow at its end only as one more run or a longer one', () => {
    const areas = new Areas(new StateSpace());
    areas.append(0, 0, 4, 3);
    areas.append(0, 4, 8, 3);
    expect(areas.next(areas.first(0))).toBe(NO_AREA);
    areas.append(0, 8, 9, 1);
    expect(areas.limit(0)).toBe(9);
    expect(areas.next(areas.first(0))).not.toBe(NO_AREA);
  });

  test('do not tell in which order mappings came and went', () => {
    const hashOf = (order: readonly number[]): number => {
      const space = new StateSpace();
      space.startHashing();
      const areas = new Areas(space);
      for (const mapping of order) areas.append(mapping, 0, mapping + 1, 1);
      areas.remove(order[0], 0, PAGES);
      areas.append(order[0], 0, order[0] + 1, 1);
      return space.hash();
    };
    expect(hashOf([0, 1, 2])).toBe(hashOf([2, 0, 1]));
  });
});
