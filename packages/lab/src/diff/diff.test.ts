import { expect, test } from '@jest/globals';
import { diffResults, renderDiff } from './diff.js';

const base = { digest: 'aa', operations: { read: { count: 3, latency_ns: { p99: 10 } } } };

test('results that differ only in what describes the host are equal', () => {
  const diff = diffResults({ ...base, host: { seconds: 1 } }, { ...base, host: { seconds: 2 } });
  expect(diff.isEqual).toBe(true);
  expect(renderDiff(diff)).toEqual(['equal outside host']);
});

test('the first difference is the first in the order of the keys', () => {
  const other = { digest: 'bb', operations: { read: { count: 3, latency_ns: { p99: 25 } } } };
  const diff = diffResults(base, other);
  expect(diff.first).toEqual({ path: 'digest', a: 'aa', b: 'bb' });
  expect(diff.metrics).toEqual([
    { path: 'operations.read.latency_ns.p99', a: 10, b: 25, ratio: 2.5 },
  ]);
});

test('a key that one result lacks is a difference', () => {
  const diff = diffResults({ list: [1, 2] }, { list: [1] });
  expect(diff.first).toEqual({ path: 'list[1]', a: 2, b: undefined });
  expect(diff.metrics).toEqual([]);
});
