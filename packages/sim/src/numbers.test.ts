/** Ratios, random numbers and clock domains: exact where they promise to be. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from './errors.js';
import { Prng } from './prng.js';
import { parseRatio, ratio, scale } from './ratio.js';
import { ClockDomain } from './clock-domain.js';
import { ticks } from './units.js';

describe('Ratio', () => {
  test.each([
    ['3/8', 3, 8],
    ['12.5%', 1, 8],
    ['0.125', 1, 8],
    ['1', 1, 1],
    ['0', 0, 1],
    ['100%', 1, 1],
    ['0.1', 1, 10],
    [' 6 / 16 ', 3, 8],
  ])('%s is %i of %i', (text, parts, whole) => {
    expect(parseRatio(text, 'here')).toEqual({ parts, whole });
  });

  test.each(['-1', '2', '101%', '1/0', '3/2', 'often', '', '1e-3', '0.123456789'])(
    '"%s" is refused with its place',
    (text) => {
      expect(() => parseRatio(text, 'faults.chance')).toThrow(ConfigError);
      expect(() => parseRatio(text, 'faults.chance')).toThrow('faults.chance');
    },
  );

  test('scales without losing a unit', () => {
    expect(scale(9007199254740991, ratio(1, 3))).toBe(3002399751580330);
    expect(scale(10, ratio(1, 3))).toBe(3);
    expect(scale(9007199254740991, ratio(1, 1))).toBe(9007199254740991);
  });
});

describe('Prng', () => {
  test('repeats from a seed; seeds and streams differ', () => {
    const draw = (prng: Prng): number[] => Array.from({ length: 8 }, () => prng.next32());
    expect(draw(new Prng(1))).toEqual(draw(new Prng(1)));
    const all = [new Prng(1), new Prng(2), new Prng(2 ** 32 + 1), new Prng(1, 1), new Prng(1, 2)];
    expect(new Set(all.map((prng) => draw(prng).join())).size).toBe(5);
  });

  test('gives the same numbers for ever: choice lists and golden files rest on it', () => {
    const prng = new Prng(42);
    expect([prng.next32(), prng.next32(), prng.below(1000), prng.below(2 ** 40)]).toEqual([
      3960382089, 1547270628, 816, 506286160169,
    ]);
  });

  test('goes on from a saved state', () => {
    const prng = new Prng(7);
    prng.next32();
    const saved = prng.save();
    const next = [prng.next32(), prng.next32()];
    prng.restore(saved);
    expect([prng.next32(), prng.next32()]).toEqual(next);
  });

  test('stays below its limit, for every limit', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 53 - 1 }), (seed, limit) => {
        const drawn = new Prng(seed).below(limit);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < limit).toBe(true);
      }),
    );
  });

  test.each([2, 3, 7, 10, 3 * 2 ** 30, 2 ** 50])(
    'draws each tenth below %i equally often',
    (limit) => {
      const prng = new Prng(limit);
      const bins = Math.min(limit, 10);
      const seen = new Array<number>(bins).fill(0);
      const draws = 20000;
      for (let i = 0; i < draws; i += 1) seen[Math.floor((prng.below(limit) / limit) * bins)] += 1;
      // Six standard deviations of a binomial count.
      const slack = 6 * Math.sqrt((draws / bins) * (1 - 1 / bins));
      for (const count of seen) expect(Math.abs(count - draws / bins)).toBeLessThan(slack);
    },
  );

  test('a chance of none or all is certain, and 1 in 8 comes as often as it should', () => {
    const prng = new Prng(3);
    let hits = 0;
    for (let i = 0; i < 8000; i += 1) {
      expect(prng.chance(ratio(0, 1))).toBe(false);
      expect(prng.chance(ratio(1, 1))).toBe(true);
      if (prng.chance(ratio(1, 8))) hits += 1;
    }
    expect(Math.abs(hits - 1000)).toBeLessThan(180);
  });

  test('between takes in both ends', () => {
    const prng = new Prng(9);
    expect(new Set(Array.from({ length: 100 }, () => prng.between(4, 6)))).toEqual(
      new Set([4, 5, 6]),
    );
  });
});

describe('ClockDomain', () => {
  test('2.2 GHz is kept as 455 ps and knows that it runs 0.1 % slow', () => {
    const clock = new ClockDomain('cpu', 2.2e9);
    expect(clock.periodTicks).toBe(455);
    expect(clock.relativeError).toBeCloseTo(0.001, 6);
    expect(clock.cycles(1000)).toBe(455000);
  });

  test('a clock that would be more than 0.5 % off is refused, one just inside is kept', () => {
    expect(() => new ClockDomain('serdes', 32e9)).toThrow('serdes');
    expect(() => new ClockDomain('serdes', 32e9)).toThrow('0.80 %');
    expect(new ClockDomain('link', 1e12 / 99.505).periodTicks).toBe(100);
    expect(() => new ClockDomain('link', 1e12 / 99.5)).toThrow(ConfigError);
  });

  test.each([0, -1, NaN, 1e13])('%d Hz is no clock', (hz) => {
    expect(() => new ClockDomain('x', hz)).toThrow(ConfigError);
  });

  test('edges: a time on an edge stays, one past it waits for the next', () => {
    const clock = new ClockDomain('ddr', 1e12 / 750);
    expect(clock.edgeAtOrAfter(ticks(1500))).toBe(1500);
    expect(clock.edgeAtOrAfter(ticks(1501))).toBe(2250);
    expect(clock.wholeCycles(ticks(2249))).toBe(2);
  });

  test('fractions of cycles and spans beyond 2^51 ps are our own errors', () => {
    const clock = new ClockDomain('cpu', 1e9);
    expect(() => clock.cycles(0.5)).toThrow('whole number');
    expect(() => clock.cycles(2 ** 42)).toThrow('2^51');
  });
});
