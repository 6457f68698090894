import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DirectoryHistory } from './presumed-entries.js';

/** Bytes of getdents64 for names, with the two dots. */
function listingOf(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + Math.ceil((name.length + 20) / 8) * 8, 48);
}

const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 60 });

test('names are made up that bring the listing to its bytes, and all differ', () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(name), (known, hidden) => {
      const history = new DirectoryHistory();
      history.listed(listingOf([...known, ...hidden]), history.beginsListing());
      const unnamed = history.unnamed(known);
      expect(listingOf([...known, ...unnamed])).toBe(listingOf([...known, ...hidden]));
      expect(new Set(unnamed).size).toBe(unnamed.length);
    }),
  );
});

test('what the trace made and removed before the listing is taken into account', () => {
  const history = new DirectoryHistory();
  history.removed('gone');
  history.added('made', undefined);
  const before = history.beginsListing();
  history.added('later', undefined);
  history.listed(listingOf(['made']), before);
  expect(history.unnamed(['gone'])).toEqual([]);
});

test('without a listing nothing is made up', () => {
  expect(new DirectoryHistory().unnamed([])).toEqual([]);
});
