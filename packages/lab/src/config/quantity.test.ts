import { expect, test } from '@jest/globals';
import { ConfigError } from '@daxsim/sim';
import { parseSize, parseSpan } from './quantity.js';

test.each([
  ['300ns', 300_000],
  ['1.5us', 1_500_000],
  ['2 ms', 2_000_000_000],
  ['7ps', 7],
])('%s is %d ticks', (text, ticks) => {
  expect(parseSpan(text, 'x')).toBe(ticks);
});

test.each([
  ['64KiB', 65_536],
  ['4096', 4096],
  ['1.5GiB', 1_610_612_736],
  ['1MB', 1_000_000],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize(text, 'x')).toBe(bytes);
});

test.each(['', '12', 'ns', '1e3ns', '5 parsecs', '-1ns'])('"%s" is no time', (text) => {
  expect(() => parseSpan(text, '--span')).toThrow(ConfigError);
});

test.each(['', '12 Gib', 'KiB', '99999999TiB'])('"%s" is no size', (text) => {
  expect(() => parseSize(text, '--size')).toThrow(ConfigError);
});
