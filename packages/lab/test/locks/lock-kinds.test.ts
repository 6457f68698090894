/** Locks of other kinds, and pictures in plain characters. */
import { describe, expect, test } from '@jest/globals';
import { lockPlan } from '@daxsim/daxfs';
import { ConfigError } from '@daxsim/sim';
import { checkLockKinds, timedLockKind, withLockKinds } from '../../src/locks/lock-kinds.js';
import { locksPlots } from '../../src/locks/text-plot.js';
import type { CaseAnswer } from '../../src/index.js';

describe('a lock of another kind', () => {
  test('keeps its holds, and locks that mean something else are left alone', () => {
    const plan = lockPlan('S3b');
    const changed = withLockKinds(plan, { mmap: 'range-tree', entry: 'mutex' });
    expect(changed.locks.mmap).toMatchObject({ kind: 'range', granularity: 1, waitersBar: true });
    expect(changed.locks.entry).toBe(plan.locks.entry);
    expect(changed.holds).toBe(plan.holds);
    expect(withLockKinds(plan, {})).toBe(plan);
  });

  test('is refused where no plan has such a lock, or there is no such kind', () => {
    const plans = [lockPlan('S3b')];
    expect(() => checkLockKinds({ entry: 'bravo' }, plans)).toThrow(ConfigError);
    expect(() => checkLockKinds({ mmap: 'bravo' }, plans)).not.toThrow();
    expect(() => timedLockKind('bravado')).toThrow(/bravo/);
  });
});

function answer(plan: string, threads: number, mean: number): CaseAnswer {
  const rate = { mean, half_width: 0, seeds: 1, warmup_ns: 0, window_ns: 0 };
  const of = { plan, workload: 'DRBM', threads, sockets: 1, throughput_per_s: rate };
  return of as unknown as CaseAnswer;
}

describe('a picture in plain characters', () => {
  const sweep = [
    ...[answer('S1', 1, 1e5), answer('S3b', 1, 1e5), answer('S1', 8, 8e5)],
    ...[answer('S3b', 8, 1e5), answer('S1', 56, 1e6), answer('S3b', 56, 1e5)],
  ];

  test('shows plans as letters, the fastest at the top, and a star where they meet', () => {
    const lines = locksPlots(sweep, 60);
    expect(lines[1]).toBe('DRBM, 1 socket: operations a second');
    expect(lines[2]).toMatch(/^ {3}1\.00M \| +a$/);
    expect(lines.find((line) => line.startsWith('    100k'))).toMatch(/\|\*.*b.*b$/);
    expect(lines.at(-1)?.trim()).toBe('a S1  b S3b');
  });

  test('is no wider than asked, and needs two numbers of threads', () => {
    const widest = Math.max(...locksPlots(sweep, 60).map(({ length }) => length));
    expect(widest).toBeLessThanOrEqual(60);
    expect(locksPlots([answer('S1', 1, 1e5)], 60)).toEqual([]);
  });
});
