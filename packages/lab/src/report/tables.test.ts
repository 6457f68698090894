/** Texts of reports: three digits, one unit, straight columns. */
import { expect, test } from '@jest/globals';
import { countText, sizeText, table, timeText } from './tables.js';

test.each([
  [0, '0 ns'],
  [999, '999 ns'],
  [1000, '1.00 µs'],
  [12_345, '12.3 µs'],
  [123_456_789, '123 ms'],
  [2_500_000_000, '2.50 s'],
])('%d ns is %s', (ns, text) => {
  expect(timeText(ns)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [1_610_612_736, '1.50 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test('digits stand in groups of three', () => {
  expect([1, 123, 1234, 1234567].map(countText)).toEqual(['1', '123', '1 234', '1 234 567']);
});

test('columns are as wide as their widest cell', () => {
  const lines = table(
    [{ title: 'name' }, { title: 'n', isRight: true }],
    [
      ['a', '10'],
      ['longer', '5'],
    ],
  );
  expect(lines).toEqual(['name     n', 'a       10', 'longer   5']);
});
