/**
 * Copies at any alignment: the edges of a copy go through the caches and must be flushed, its words
 * pass them. What a file holds is compared with plain arrays, before and after a power loss that
 * takes all it may.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MappedFixture, PAGE } from './mapped-fixture.js';

const BYTES = 2 * PAGE;
const place = fc.oneof(fc.nat(BYTES - 1), fc.nat(200));
const length = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: BYTES }));

describe('bytes of any alignment', () => {
  test('are what was written, and stay when the power goes after fsync', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(place, length), { minLength: 1, maxLength: 6 }), (writes) => {
        const fs = new MappedFixture();
        const handle = fs.open('/f');
        const model: number[] = [];
        writes.forEach(([offset, count], index) => {
          fs.write(handle, offset, count, index + 1);
          while (model.length < offset + count) model.push(0);
          model.fill(index + 1, offset, offset + count);
        });
        expect(fs.read(handle, 0, 2 * BYTES)).toEqual(model);
        fs.run('fsync', { handle });
        const after = fs.afterPowerLoss();
        expect(after.read(after.open('/f'), 0, 2 * BYTES)).toEqual(model);
      }),
      { numRuns: 20 },
    );
  });

  test('arrive in another file as they were', () => {
    fc.assert(
      fc.property(place, place, length, (from, to, count) => {
        const fs = new MappedFixture();
        const handle = fs.open('/f');
        const handle2 = fs.open('/g');
        for (let at = 0; at < BYTES; at += 61) fs.write(handle, at, 61, (at % 250) + 1);
        fs.write(handle2, 0, BYTES, 255);
        const source = fs.read(handle, from, count);
        const expected = new Array<number>(Math.max(BYTES, to + source.length)).fill(255);
        source.forEach((byte, i) => {
          expected[to + i] = byte;
        });
        const copied = fs.run('copyRange', {
          handle,
          offset: from,
          handle2,
          offset2: to,
          length: count,
        });
        expect(copied.result).toBe(source.length);
        expect(fs.read(handle2, 0, 3 * BYTES)).toEqual(expected);
        fs.run('fsync', { handle: handle2 });
        const after = fs.afterPowerLoss();
        expect(after.read(after.open('/g'), 0, 3 * BYTES)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });
});
