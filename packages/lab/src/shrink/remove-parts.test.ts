/** Taking pieces from a scenario: what is left is needed, and every piece of it was tried. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { removeParts } from './remove-parts.js';
import type { Parts } from './remove-parts.js';

const all = ({ setup, threads }: Parts<string>): string[] => [...setup, ...threads.flat()];

describe('what a failure does not need', () => {
  test('goes, whole tasks first', () => {
    const parts = {
      setup: ['make', 'idle'],
      threads: [['a', 'x'], ['b'], ['y', 'c']],
    };
    const { parts: left, counts } = removeParts(parts, (candidate) => {
      const has = all(candidate);
      if (!has.includes('make')) return 'senseless';
      return has.includes('x') && has.includes('y') ? 'fails' : 'passes';
    });
    expect(left).toEqual({ setup: ['make'], threads: [['x'], ['y']] });
    expect(counts).toMatchObject({ last_tasks: 2, last_operations: 1, last_senseless: 1 });
  });

  test('stays if nothing can go, after each piece was tried once', () => {
    const parts = { setup: ['s'], threads: [['a', 'b'], ['c']] };
    const found = removeParts(parts, () => 'passes');
    expect(found.parts).toBe(parts);
    // Two tasks, two operations of the first one, one of the set-up.
    expect(found.counts).toMatchObject({ tried: 5, last_tasks: 2, last_operations: 3 });
  });
});

test('no single piece of what is left can go, whatever the failure needs', () => {
  const piece = fc.constantFrom('a', 'b', 'c', 'd');
  const lists = fc.array(fc.array(piece, { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  });
  const needs = fc.array(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(piece), lists, needs, (setup, threads, alternatives) => {
      const fails = (candidate: Parts<string>): boolean =>
        alternatives.some((set) => set.every((one) => all(candidate).includes(one)));
      const start = { setup, threads };
      fc.pre(fails(start));
      const { parts } = removeParts(start, (one) => (fails(one) ? 'fails' : 'passes'));
      expect(fails(parts)).toBe(true);
      for (let task = 0; task < parts.threads.length; task += 1) {
        const list = parts.threads[task] ?? [];
        for (let at = 0; at < list.length; at += 1) {
          if (list.length === 1 && parts.threads.length === 1) continue;
          const shorter = list.length === 1 ? [] : [list.toSpliced(at, 1)];
          const rest = parts.threads.toSpliced(task, 1, ...shorter);
          expect(fails({ ...parts, threads: rest })).toBe(false);
        }
      }
      for (let at = 0; at < parts.setup.length; at += 1) {
        expect(fails({ ...parts, setup: parts.setup.toSpliced(at, 1) })).toBe(false);
      }
    }),
  );
});
