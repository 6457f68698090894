import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressSpace } from './address-space.js';

const source = { handle: 0, path: 0, fileOffset: 0, flags: 0 };
const pages = 64;

test('maps what a page-by-page table would, after any order of mapping and unmapping', () => {
  const step = fc.record({
    isMap: fc.boolean(),
    start: fc.nat(pages - 1),
    count: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const space = new AddressSpace();
      const table = new Array<string>(pages * 2).fill('');
      steps.forEach(({ isMap, start, count }, mapping) => {
        const end = start + count;
        space.remove(start, end);
        if (isMap) space.add({ start, end, mapping, base: start, source });
        for (let page = start; page < end; page += 1) {
          table[page] = isMap ? `${mapping}+${page - start}` : '';
        }
      });
      const found = new Array<string>(pages * 2).fill('');
      for (const { mapping, offset, length } of space.pieces(0, pages * 2)) {
        const region = space.all.find((r) => r.mapping === mapping && r.start - r.base === offset);
        for (let i = 0; i < length; i += 1) {
          found[(region?.start ?? 0) + i] = `${mapping}+${offset + i}`;
        }
      }
      expect(found).toEqual(table);
    }),
  );
});
