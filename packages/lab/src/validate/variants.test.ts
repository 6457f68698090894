/** Variants of machines change what they name and nothing else; the descent goes down. */
import { expect, test } from '@jest/globals';
import { figuresOf } from '@daxsim/pmem';
import { loadMachine } from '../config/systems.js';
import { descend } from './descent.js';
import { ablations, fittedNumbers, withChanges } from './variants.js';

const { config } = loadMachine('optane-100-6dimm');

test('a variant differs from its machine in the figures named and in no other', () => {
  const changed = withChanges(config, { 'stages.0.windowLines': 7, 'stages.9.none': 1 });
  const before = figuresOf(config);
  const moved = figuresOf(changed).filter(
    ({ figure }, at) => figure.value !== before[at]?.figure.value,
  );
  expect(moved.map(({ path, figure }) => [path, figure.value])).toEqual([
    ['stages.0.windowLines', 7],
  ]);
});

test('fitted figures lie within their bounds and name their points', () => {
  for (const { value, bounds, points } of fittedNumbers(config)) {
    expect(value).toBeGreaterThanOrEqual(bounds[0]);
    expect(value).toBeLessThanOrEqual(bounds[1]);
    expect(points.length).toBeGreaterThan(0);
  }
});

test('an ablation changes one figure at a time, and each mechanism is found', () => {
  const [first, ...others] = ablations(config);
  expect(first?.changes).toEqual({});
  for (const { changes } of others) expect(Object.keys(changes)).toHaveLength(1);
  expect(others.filter(({ name }) => name.startsWith('without'))).toHaveLength(13);
});

test('the descent finds the bottom of a bowl and stays within bounds', () => {
  const at = (path: string, value: number, least: number) => ({
    path,
    value,
    isWhole: false,
    bounds: [least, 100] as const,
    points: [],
  });
  const bowl = (c: Readonly<Record<string, number | boolean>>) =>
    Math.abs(Number(c.a) - 30) + Math.abs(Number(c.b) - 5);
  const { changes, error } = descend([at('a', 20, 1), at('b', 20, 10)], 40, bowl);
  expect(changes.a).toBeCloseTo(30, 0);
  expect(changes.b).toBe(10);
  expect(error).toBeLessThan(5.5);
});
