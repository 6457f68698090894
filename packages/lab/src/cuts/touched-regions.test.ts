import { expect, test } from '@jest/globals';
import { REGION_BYTES, TouchedRegions, nextRegion } from './touched-regions.js';

test('what was touched is due at every moment until it is cleared', () => {
  const regions = new TouchedRegions();
  regions.touch(REGION_BYTES - 1, REGION_BYTES + 1);
  for (let moment = 2; moment < 8; moment += 1) {
    expect(regions.isDue(0, moment)).toBe(true);
    expect(regions.isDue(REGION_BYTES, moment)).toBe(true);
    expect(regions.isDue(REGION_BYTES * 8, moment)).toBe(false);
  }
  regions.clear();
  expect(regions.isDue(0, 2)).toBe(false);
});

test('eight moments read every region', () => {
  const regions = new TouchedRegions();
  for (let at = 0; at < 20 * REGION_BYTES; at = nextRegion(at)) {
    const due = [0, 1, 2, 3, 4, 5, 6, 7].filter((moment) => regions.isDue(at, moment + 100));
    expect(due).toHaveLength(1);
  }
});

test('a truncation touches all that lies behind it', () => {
  const regions = new TouchedRegions();
  regions.touch(REGION_BYTES * 3 + 5, Infinity);
  expect(regions.isDue(REGION_BYTES * 3, 0)).toBe(true);
  expect(regions.isDue(REGION_BYTES * 99, 0)).toBe(true);
  expect(regions.isDue(REGION_BYTES * 2, 0)).toBe(false);
});
