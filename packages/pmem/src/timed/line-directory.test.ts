import { expect, test } from '@jest/globals';
import { LineDirectory } from './line-directory.js';

test('a home judges untouched lines by the traffic of its own channel', () => {
  const directory = new LineDirectory(true, 2);
  directory.takeBack(0, 0);
  // Two channels that decide at one instant have no order: the one may not hear of the other.
  expect(directory.isLent(1, 1)).toBe(true);
  expect(directory.isLent(2, 0)).toBe(false);
});

test('what the other socket read is lent until it is written', () => {
  const directory = new LineDirectory(false, 1);
  expect(directory.isLent(5, 0)).toBe(false);
  expect(directory.lend(5, 0)).toBe(true);
  expect(directory.isLent(5, 0)).toBe(true);
  expect(directory.own(5, 0)).toBe(false);
  directory.takeBack(5, 0);
  expect(directory.isLent(5, 0)).toBe(false);
});
