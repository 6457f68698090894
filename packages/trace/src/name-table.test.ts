import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NameTable } from './name-table.js';

test('a name has one id, by text and by bytes, and the id gives the name', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 6 })), (texts) => {
      const table = new NameTable();
      const ids = new Map<string, number>();
      for (const text of texts) {
        const bytes = new TextEncoder().encode(`<${text}>`);
        const id = table.internBytes(bytes, 1, bytes.length - 1);
        expect(table.intern(text)).toBe(id);
        expect(ids.get(text) ?? id).toBe(id);
        ids.set(text, id);
        expect(table.text(id)).toBe(text);
      }
      expect(table.size).toBe(ids.size);
    }),
  );
});

test('ten thousand names keep ten thousand ids', () => {
  const table = new NameTable();
  for (let i = 0; i < 10_000; i += 1) expect(table.intern(`/d/${i}`)).toBe(i);
  expect(table.intern('/d/77')).toBe(77);
});

test('a name that is appended is the next id, even if it is known', () => {
  const table = new NameTable();
  table.intern('a');
  table.append('a');
  expect([table.size, table.text(1), table.intern('a')]).toEqual([2, 'a', 0]);
});
