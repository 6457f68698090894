/** A thousand rounds of filling and deleting, with a power cut in each. */
import { expect, test } from '@jest/globals';
import { fillAndEmpty } from './filling.js';

test('a thousand rounds give each block back, a thousand power cuts leave sound images', () => {
  const filled = fillAndEmpty(Number(process.env['DAXSIM_SEED'] ?? '1'), 1000);
  expect(filled).toMatchObject({ rounds: 1000, cuts: 1000 });
  expect(filled.refusals).toBeGreaterThan(2000);
});
