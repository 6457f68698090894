/** The interval map against an array that holds a value for every byte. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IntervalMap } from './interval-map.js';

const size = 200_000;
const range = fc
  .tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 90_000 }))
  .map(([from, length]) => [from, Math.min(size, from + length)] as const);
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), range, value: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('truncate' as const), range, value: fc.constant(0) }),
);

test('it answers like an array of bytes with their values', () => {
  fc.assert(
    fc.property(fc.nat(size), fc.array(change, { maxLength: 25 }), (baseEnd, changes) => {
      const map = new IntervalMap(77, baseEnd);
      const model = new Int32Array(size);
      model.fill(77, 0, baseEnd);
      for (const {
        kind,
        range: [from, to],
        value,
      } of changes) {
        if (kind === 'set') {
          map.set(from, to, value, from);
          model.fill(value, from, to);
        } else {
          map.truncate(from);
          model.fill(0, from);
        }
      }
      for (let at = 0; at < size; at = map.pieceEnd) {
        map.find(at);
        const end = Math.min(size, map.pieceEnd);
        expect(model.subarray(at, end).every((value) => value === map.value)).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

test('writing the same places again does not grow it', () => {
  const map = new IntervalMap();
  for (let round = 1; round <= 50; round += 1) {
    for (let at = 0; at < 262_144; at += 512) map.set(at, at + 512, round);
  }
  expect(map.pieces).toBe(512);
});
