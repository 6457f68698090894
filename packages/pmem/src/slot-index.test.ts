/** The index against a map, with slots that are freed, taken again and moved to larger arrays. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SlotIndex } from './slot-index.js';

const SHIFT = 2;
const LINK = 3;

describe('SlotIndex', () => {
  test('finds what a map would find, whatever is added, taken out and moved', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 60 }), moves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let keys = new Int32Array(8 << SHIFT);
        const index = new SlotIndex(keys, SHIFT, keys, LINK);
        const slotOf = new Map<number, number>();
        const freed: number[] = [];
        let used = 0;
        for (const { key, moves } of steps) {
          const slot = slotOf.get(key);
          if (slot === undefined) {
            const taken = freed.pop() ?? used++;
            if (taken << SHIFT === keys.length || (moves && keys.length < 512)) {
              const larger = new Int32Array(keys.length * 2);
              larger.set(keys);
              keys = larger;
              index.moveTo(keys, keys);
            }
            keys[taken << SHIFT] = key;
            index.add(taken);
            slotOf.set(key, taken);
          } else {
            index.remove(slot);
            keys[slot << SHIFT] = -1;
            slotOf.delete(key);
            freed.push(slot);
          }
          expect(index.size).toBe(slotOf.size);
          for (let other = 0; other <= 60; other += 1) {
            expect(index.find(other)).toBe(slotOf.get(other) ?? -1);
          }
        }
        expect(index.sortedKeys()).toEqual([...slotOf.keys()].sort((a, b) => a - b));
      }),
      { seed: 1, numRuns: 12 },
    );
  });
});
