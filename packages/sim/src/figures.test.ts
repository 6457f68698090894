/** Statistics, histograms, digests and fan-out: what reports and comparisons rest on. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defineStats } from './stats.js';
import { Histogram } from './histogram.js';
import { Digest } from './digest.js';
import { fanOut } from './observer.js';
import type { MachineObserver } from './program/sync-unit.js';

describe('statistics', () => {
  const queue = defineStats({
    entries: ['count', 'Entries accepted.'],
    waitTicks: ['ticks', 'Time waited, summed.'],
    waitTicksMax: ['ticks', 'Longest wait.', 'max'],
    waitTicksMin: ['ticks', 'Shortest wait.', 'min'],
  });

  test('are declared with unit and meaning, in order', () => {
    expect(queue.fields.map(({ name, unit, merge }) => [name, unit, merge])).toEqual([
      ['entries', 'count', 'sum'],
      ['waitTicks', 'ticks', 'sum'],
      ['waitTicksMax', 'ticks', 'max'],
      ['waitTicksMin', 'ticks', 'min'],
    ]);
    expect(queue.fields[0].about).toBe('Entries accepted.');
  });

  test('records are separate, merge by their rule, and can start over', () => {
    const a = queue.create();
    const b = queue.create();
    a.entries += 2;
    a.waitTicksMax = 30;
    a.waitTicksMin = 10;
    b.entries += 1;
    b.waitTicksMax = 20;
    b.waitTicksMin = 5;
    queue.merge(a, b);
    expect(a).toEqual({ entries: 3, waitTicks: 0, waitTicksMax: 30, waitTicksMin: 5 });
    const kept = queue.snapshot(a);
    queue.reset(a);
    expect(a).toEqual(queue.create());
    expect(kept.entries).toBe(3);
  });
});

describe('Histogram', () => {
  const value = fc.oneof(fc.nat({ max: 300 }), fc.nat(), fc.maxSafeNat());
  const values = fc.array(value, { minLength: 1, maxLength: 200 });

  test('a percentile is within 0.8 % of the value of its rank; count and ends are exact', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100000 }), (all, thousandths) => {
        const histogram = new Histogram();
        for (const one of all) histogram.record(one);
        const sorted = [...all].sort((a, b) => a - b);
        const rank = Math.ceil((thousandths * all.length) / 100000);
        const exact = sorted[rank - 1];
        const answer = histogram.percentile(thousandths / 1000);
        expect(Math.abs(answer - exact)).toBeLessThanOrEqual(exact * 0.008);
        expect([histogram.count, histogram.min, histogram.max]).toEqual([
          all.length,
          sorted[0],
          sorted.at(-1),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  test('every value falls into the bucket whose ends contain it', () => {
    const borders = [0, 1, 127, 128, 129, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40 + 1];
    for (const one of [...borders, 2 ** 52, 2 ** 53 - 1]) {
      const histogram = new Histogram();
      histogram.record(one);
      const [bucket] = histogram.filled();
      expect(bucket.from <= one && one <= bucket.to).toBe(true);
      expect(bucket.to - bucket.from).toBeLessThanOrEqual(one / 64);
    }
  });

  test('merging in any grouping equals recording in one', () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const [a, b, whole] = [new Histogram(), new Histogram(), new Histogram()];
        for (const one of some) a.record(one);
        for (const one of others) b.record(one);
        for (const one of [...others, ...some]) whole.record(one);
        a.merge(b);
        expect(a.filled()).toEqual(whole.filled());
        expect([a.count, a.min, a.max]).toEqual([whole.count, whole.min, whole.max]);
      }),
    );
  });

  test('values below 128 are kept exactly, and ranks do not slip by rounding', () => {
    const histogram = new Histogram();
    for (let i = 1; i <= 100; i += 1) histogram.record(i);
    expect([50, 90, 99, 99.9, 100].map((p) => histogram.percentile(p))).toEqual([
      50, 90, 99, 100, 100,
    ]);
    expect(histogram.mean()).toBe(50.5);
    histogram.reset();
    expect([histogram.percentile(50), histogram.mean(), histogram.count]).toEqual([0, 0, 0]);
    expect(() => histogram.record(-1)).toThrow('outside');
  });
});

describe('Digest', () => {
  const hexOf = (values: readonly number[]): string => {
    const digest = new Digest();
    for (const value of values) digest.add(value);
    return digest.hex();
  };

  test('depends on every number and on their order', () => {
    const lists = [
      [],
      [0],
      [0, 0],
      [1],
      [-1],
      [2 ** 32 - 1],
      [2 ** 32],
      [2 ** 32, 0],
      [0, 2 ** 32],
    ];
    expect(new Set(lists.map(hexOf)).size).toBe(lists.length);
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat(), { minLength: 2 }), fc.nat(), (values, at) => {
        const swapped = [...values];
        const i = at % (values.length - 1);
        [swapped[i], swapped[i + 1]] = [swapped[i + 1], swapped[i]];
        expect(hexOf(swapped) === hexOf(values)).toBe(swapped[i] === values[i]);
      }),
    );
  });

  test('is the same text on every machine and goes on from a saved state', () => {
    const digest = new Digest();
    digest.add(2 ** 52 + 1);
    digest.addText('pmem');
    digest.addBytes(new Uint8Array([1, 2, 3]));
    const saved = digest.save();
    digest.addWord(5);
    const hex = digest.hex();
    expect(hex).toBe('39f32931f9e432e3');
    digest.restore(saved);
    expect(digest.hex()).not.toBe(hex);
    digest.addWord(5);
    expect(digest.hex()).toBe(hex);
  });
});

describe('fanOut', () => {
  const heard: string[] = [];
  const observer = (name: string): MachineObserver => ({
    retired: (...numbers) => heard.push(`${name} retired ${numbers.join(' ')}`),
    blocked: (...numbers) => heard.push(`${name} blocked ${numbers.join(' ')}`),
    acquired: (...numbers) => heard.push(`${name} acquired ${numbers.join(' ')}`),
    released: (...numbers) => heard.push(`${name} released ${numbers.join(' ')}`),
  });

  test('tells every observer every event, in the order in which they were given', () => {
    const both = fanOut([observer('a'), observer('b')]);
    both?.retired(1, 2, 3, 4, 5);
    both?.blocked(1, 2, 3, 4, 5);
    both?.acquired(1, 2, 3, 4, 5, 6);
    both?.released(1, 2, 3, 4, 5);
    expect(heard).toEqual([
      'a retired 1 2 3 4 5',
      'b retired 1 2 3 4 5',
      'a blocked 1 2 3 4 5',
      'b blocked 1 2 3 4 5',
      'a acquired 1 2 3 4 5 6',
      'b acquired 1 2 3 4 5 6',
      'a released 1 2 3 4 5',
      'b released 1 2 3 4 5',
    ]);
  });

  test('of none is null and of one is that one, so that nothing is paid for', () => {
    const one = observer('a');
    expect([fanOut([]), fanOut([one])]).toEqual([null, one]);
  });
});
