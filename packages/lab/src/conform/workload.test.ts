/** Workload files: numbers as sums, headers, and errors that name the line. */
import { describe, expect, test } from '@jest/globals';
import { parseNumber, parseWorkload } from './workload.js';

describe('numbers of workload files', () => {
  test.each([
    ['0', 0],
    ['4096', 4096],
    ['0x1000', 4096],
    ['64K', 65536],
    ['2M+4K', 2 * 2 ** 20 + 4096],
    ['4M-1', 4 * 2 ** 20 - 1],
    ['1G-1M+0x10K', 2 ** 30 - 2 ** 20 + 16384],
  ])('%s is %i', (text, value) => {
    expect(parseNumber('here', text)).toBe(value);
  });

  test.each(['', 'K', '1k', '1+', '2MM', '1 2', '4..5', '9999999999G'])('"%s" is none', (text) => {
    expect(() => parseNumber('w.wl:3', text)).toThrow(/w\.wl:3: .* for a number/);
  });
});

describe('workload files', () => {
  test('headers, comments and blank lines are no operations', () => {
    const text = '%title two ops\n%configs xfs-dax x\n\n# note\nopen f a trunc # why\n  sync\n';
    const workload = parseWorkload('w', 'w.wl', text);
    expect(workload).toMatchObject({ title: 'two ops', configs: ['xfs-dax', 'x'] });
    expect(workload.ops.map((op) => op.text)).toEqual(['open f a trunc', 'sync']);
  });

  test('an operation under a timer keeps its own words', () => {
    const text = 'open f a\ntimeout 300 pwrite f 64K 100 6a';
    const [, op] = parseWorkload('w', 'w.wl', text).ops;
    expect(op).toMatchObject({
      text: 'timeout 300 pwrite f 64K 100 6a',
      name: 'pwrite',
      timeoutMs: 300,
      offset: 65536,
      length: 100,
      byte: 0x6a,
    });
  });

  test('options of mmap come in any order', () => {
    const text = 'open f a\nmmap m f 2M 4M rw shared populate colour=3';
    const [, op] = parseWorkload('w', 'w.wl', text).ops;
    expect(op).toMatchObject({ mapping: 'm', choice: 'rw', choice2: 'shared', colour: 3 });
    expect([...(op?.options ?? [])]).toEqual(['populate', 'colour=']);
  });

  test.each([
    ['open f a\npwritte f 0 1 41', /w\.wl:2: unknown operation "pwritte".*"pwrite"/],
    ['open f a\npread f 0', /w\.wl:2: pread with 2 of its 3 words/],
    ['open f a\nseek f 0 dta', /w\.wl:2: unknown word "dta".*"data"/],
    ['open f a\nopen g b tronc', /w\.wl:2: unknown word "tronc".*"trunc"/],
    ['open file a\nfsync fil', /w\.wl:2: fsync of "fil", which no line before opens.*"file"/],
    ['open f a\npwrite f 0 1 xyz', /w\.wl:2: "xyz" for a byte/],
    ['sync now', /w\.wl:1: unknown word "now"; allowed: no further word/],
    ['load m 0\ttouchr', /w\.wl:1: load with 2|for a number/],
    ['touchr m 0 4K 0', /w\.wl:1: a step of 0/],
    ['timeout 300', /w\.wl:1: no operation/],
  ])('%j is refused with its place', (text, message) => {
    expect(() => parseWorkload('w', 'w.wl', text)).toThrow(message);
  });
});
