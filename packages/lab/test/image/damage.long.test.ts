/** Twenty thousand changed bits of metadata. */
import { expect, test } from '@jest/globals';
import { changeBits } from './damage.js';

test('twenty thousand changed bits are found, or leave sound file systems', () => {
  expect(changeBits(20_000, Number(process.env['DAXSIM_SEED'] ?? '1'))).toBeGreaterThan(2500);
});
