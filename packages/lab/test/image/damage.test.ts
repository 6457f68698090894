/** The first bits of `damage.long.test.ts`. */
import { expect, test } from '@jest/globals';
import { changeBits } from './damage.js';

test('a changed bit of metadata is found, or leaves a sound file system', () => {
  expect(changeBits(200, 1)).toBeGreaterThan(25);
});
