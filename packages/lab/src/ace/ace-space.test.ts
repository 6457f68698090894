/** The space of generated crash workloads: its numbers, and the programs made of it. */
import { describe, expect, test } from '@jest/globals';
import { aceBounds } from './ace-bounds.js';
import { describeWorkload } from './ace-operation.js';
import { programOf } from './ace-program.js';
import { AceSpace, persistNames } from './ace-space.js';
import type { AceMode } from './ace-bounds.js';
import type { AceWorkload } from './ace-operation.js';

/** All workloads of one operation. */
function singles(mode: AceMode): AceWorkload[] {
  const space = new AceSpace(aceBounds(mode), 1);
  const found: AceWorkload[] = [];
  for (let i = 0; i < space.tuples; i += 1) found.push(...space.workloadsOf(i, found.length));
  return found;
}

describe('the bounded space of crash workloads', () => {
  test('has the published numbers of workloads', () => {
    const count = (mode: AceMode, length: number): unknown =>
      new AceSpace(aceBounds(mode), length).counts();
    expect(count('block', 1)).toEqual({ generated: 328, distinct: 316 });
    expect(count('block', 2)).toEqual({ generated: 241_720, distinct: 221_584 });
    expect(count('pm', 1)).toEqual({ generated: 56, distinct: 56 });
    expect(count('pm', 2)).toEqual({ generated: 3136, distinct: 3136 });
  });

  test('has the published numbers for each operation', () => {
    const space = new AceSpace(aceBounds('block'), 1);
    const byOperation: Record<string, number> = {};
    for (let i = 0; i < space.tuples; i += 1) {
      const [operation] = space.operationsOf(i);
      const name = operation?.op ?? '?';
      byOperation[name] = (byOperation[name] ?? 0) + space.generatedOf(i);
    }
    expect(byOperation).toEqual({
      creat: 8,
      mkdir: 4,
      falloc: 120,
      write: 24,
      dwrite: 16,
      mmapwrite: 16,
      link: 36,
      unlink: 16,
      remove: 16,
      rename: 40,
      setxattr: 8,
      removexattr: 8,
      truncate: 16,
    });
  });

  test('lists as many distinct workloads as it counts, no two alike', () => {
    for (const mode of ['block', 'pm', 'dax'] as const) {
      const texts = singles(mode).map(describeWorkload);
      expect(new Set(texts).size).toBe(texts.length);
      expect(texts.length).toBe(new AceSpace(aceBounds(mode), 1).counts().distinct);
    }
  });

  test('lets fsync name what was used, the sibling and the parent', () => {
    const names = persistNames([{ op: 'link', path: 'foo', to: 'A/bar' }]);
    expect(names).toEqual(['.', 'A', 'A/bar', 'A/foo', 'bar', 'foo']);
  });
});

describe('what a workload needs', () => {
  const text = (workload: AceWorkload, mode: AceMode = 'block'): string =>
    programOf(workload, aceBounds(mode))
      .calls.map((call) => Object.values(call).join(' '))
      .join('; ');

  test('is made before a rename, and files are closed for it', () => {
    const operations = [{ op: 'rename', path: 'A/foo', to: 'bar' }] as const;
    const calls = text({ number: 0, operations, persist: [{ kind: 'fsync', path: 'bar' }] });
    expect(calls).toBe(
      'mkdir A; open A/foo; close A/foo; rename A/foo bar; open bar; fsync bar; close bar',
    );
  });

  test('is content, where an overlap is written to an empty file', () => {
    const operations = [{ op: 'write', path: 'foo', range: 'overlap-extend' }] as const;
    const calls = text({ number: 0, operations, persist: [{ kind: 'sync' }] });
    expect(calls).toBe('open foo; write foo 0 32768; write foo 30768 5000; sync; close foo');
  });

  test('is emptiness, where a directory is made again', () => {
    const operations = [
      { op: 'creat', path: 'A/foo' },
      { op: 'mkdir', path: 'A' },
    ] as const;
    const persist = [{ kind: 'none' }, { kind: 'sync' }] as const;
    const calls = text({ number: 0, operations, persist });
    expect(calls).toBe('mkdir A; open A/foo; close A/foo; unlink A/foo; rmdir A; mkdir A; sync');
  });

  test('marks where the last operation begins', () => {
    const operations = [
      { op: 'creat', path: 'foo' },
      { op: 'unlink', path: 'foo' },
    ] as const;
    const persist = [{ kind: 'none' }, { kind: 'sync' }] as const;
    const { calls, mark } = programOf({ number: 0, operations, persist }, aceBounds('block'));
    expect(calls.slice(mark).map(({ call }) => call)).toEqual(['close', 'unlink', 'sync']);
  });
});
