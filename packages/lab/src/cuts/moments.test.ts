import { expect, test } from '@jest/globals';
import { SeededDecider } from '@daxsim/sim';
import { drawMoments } from './moments.js';

test('each slice of the run has one moment, wherever in it', () => {
  const moments = drawMoments(new SeededDecider(3), 200, 1_000_000);
  moments.forEach((at, slice) => {
    expect(at).toBeGreaterThanOrEqual(slice * 5000);
    expect(at).toBeLessThanOrEqual((slice + 1) * 5000);
  });
  expect(new Set(moments.map((at) => at % 5000)).size).toBeGreaterThan(150);
});

test('the same seed draws the same moments, another one others', () => {
  const draw = (seed: number): number[] => drawMoments(new SeededDecider(seed), 50, 7e12);
  expect(draw(1)).toEqual(draw(1));
  expect(draw(2)).not.toEqual(draw(1));
});

test('more moments than ticks still come one after another', () => {
  const moments = drawMoments(new SeededDecider(1), 20, 5);
  expect(moments.every((at, i) => i === 0 || at > moments[i - 1]!)).toBe(true);
});

test('of eight moments two fall into log forces and one into a checkpoint', () => {
  const spans = (every: number): { from: number; to: number }[] =>
    Array.from({ length: 10 }, (_, i) => ({ from: i * every + 1000, to: i * every + 1010 }));
  const phases = { forces: spans(100_000), checkpoints: spans(90_000) };
  const moments = drawMoments(new SeededDecider(3), 80, 1_000_000, phases);
  const hits = (kind: 'forces' | 'checkpoints'): number[] =>
    phases[kind].map(({ from, to }) => moments.filter((at) => from <= at && at <= to).length);
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  expect(sum(hits('forces'))).toBeGreaterThanOrEqual(20);
  expect(sum(hits('checkpoints'))).toBeGreaterThanOrEqual(10);
  expect(Math.min(...hits('forces'))).toBeGreaterThan(0);
});
