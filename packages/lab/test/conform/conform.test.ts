/** Recorded workloads of real kernels, run and compared; a planted difference in each field. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { conform, renderConform, writeRecord } from '../../src/index.js';
import type { ConformResult } from '../../src/index.js';
import type { KernelRecord, OpFacts } from '../../src/conform/record.js';

/** The tests run compiled, from `dist/test/conform`. */
const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/conform', import.meta.url));
const KERNEL = 'linux-6.12';
/** Fields in which every fixture agrees. */
const SETTLED = ['ret', 'err', 'sig', 'data', 'size', 'extents', 'blocks512', 'mtime', 'maps'];

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conform-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A copy of one fixture, changed. */
function changed(
  name: string,
  change: (record: Mutable<KernelRecord>, ops: Mutable<OpFacts>[]) => void,
  config = 'xfs-dax',
): void {
  const path = join('results', KERNEL, `${name}.xfs-dax.json`);
  const record = JSON.parse(readFileSync(join(FIXTURES, path), 'utf8')) as Mutable<KernelRecord>;
  const ops = [...record.ops];
  record.ops = ops;
  change(record, ops);
  put(join('results', KERNEL, `${name}.${config}.json`), JSON.stringify(record));
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function fieldsOf({ disagreements }: ConformResult): string[] {
  return disagreements.map(({ n, field }) => `${n} ${field}`);
}

describe('records of kernels', () => {
  test('every operation of the fixtures has the results, bytes and pages of the kernel', () => {
    const result = conform({ folders: [FIXTURES] });
    const kernels = new Set(result.settings.map(({ kernel }) => kernel));
    expect([...kernels]).toEqual(['linux-6.1', KERNEL]);
    const settled = result.disagreements.filter(({ field }) => SETTLED.includes(field));
    expect(settled).toEqual([]);
    expect(result.fields.ret.compared).toBe(result.ops);
    expect(result.ops).toBeGreaterThan(150);
    expect(result.disagreements.some(({ field }) => field === 'unsupported')).toBe(false);
  });

  test('two runs write down the same', () => {
    const first = conform({ folders: [FIXTURES], kernel: 'linux-6.1' });
    expect(conform({ folders: [FIXTURES], kernel: 'linux-6.1' })).toEqual(first);
  });

  test('records that we wrote agree with us in every field', () => {
    conform({
      folders: [FIXTURES],
      onRun: (one, run) => {
        writeRecord(folder, one, run);
      },
    });
    cpSync(join(FIXTURES, 'workloads'), join(folder, 'workloads'), { recursive: true });
    const result = conform({ folders: [folder] });
    expect(result.disagreements).toEqual([]);
    expect(result.agreed_ops).toBe(result.ops);
  });
});

describe('planted differences', () => {
  const PTE = 'p01-hole-read-then-write-pte';

  /** How the record disagrees as it is, so that only what was planted counts. */
  let known: string[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'conform-'));
    changed(PTE, () => undefined);
    known = fieldsOf(conform({ folders: [folder] }));
    rmSync(folder, { recursive: true });
  });

  function found(change: (ops: Mutable<OpFacts>[]) => void): string[] {
    changed(PTE, (_record, ops) => {
      change(ops);
    });
    return fieldsOf(conform({ folders: [folder] })).filter((one) => !known.includes(one));
  }

  function edit(n: number, part: Partial<OpFacts>): (ops: Mutable<OpFacts>[]) => void {
    return (ops) => {
      const op = ops[n];
      if (op !== undefined) ops[n] = { ...op, ...part };
    };
  }

  const file = { size: 1048576, blocks512: 8, mtime: 0, ctime: 0 };
  const extents = [[12288, 2129920, 4096, 'last']] as const;
  const maps = {
    m: [[2, 1, 'zero'] as const, [3, 1, 'dax', 520] as const, [4, 1, 'zero'] as const],
  };

  test.each([
    ['a return value', edit(11, { ret: 16383 }), '11 ret'],
    ['an error', edit(9, { err: 'EIO' }), '9 err'],
    ['a byte', edit(11, { data: '00x4096 41x8 42x8 43x7 00x12265' }), '11 data'],
    ['a signal', edit(8, { sig: { name: 'SIGBUS', code: 2, map: 'm', off: 0 } }), '8 sig'],
    ['a size', edit(9, { files: { f: { ...file, size: 4096, extents } } }), '9 size'],
    ['a block', edit(9, { files: { f: { ...file, blocks512: 16, extents } } }), '9 blocks512'],
    ['a stamp', edit(9, { files: { f: { ...file, mtime: 1, extents } } }), '9 mtime'],
    ['a page', edit(9, { maps: { m: maps.m.slice(1) } }), '9 maps'],
    ['a fault', edit(9, { events: { 'dax_pte_fault_done:NOPAGE': 1 } }), '9 fault_results'],
    ['a lock', edit(9, { locks: ['IOLOCK_EXCL xfs_file_fsync'] }), '9 lock_order'],
  ])('%s that differs is found, and nothing else', (_what, change, expected) => {
    expect(found(change)).toEqual([expected]);
  });

  test('a record of the same is not', () => {
    expect(found(edit(9, { files: { f: { ...file, extents } }, maps }))).toEqual([]);
  });
});

describe('what cannot be run', () => {
  test('a config without a personality disagrees in every operation', () => {
    changed(
      'p28-plain-io',
      (record) => {
        record.config = 'zfs-dax';
      },
      'zfs-dax',
    );
    const result = conform({ folders: [folder] });
    expect(result.agreed_ops).toBe(0);
    expect(result.fields.ret).toEqual({ compared: result.ops, agreed: 0 });
    expect(fieldsOf(result)).toEqual(['0 unsupported']);
    expect(renderConform(result, 1).join('\n')).toContain('no personality zfs-dax');
  });

  test('a handle that did not open makes its operations unsupported', () => {
    changed('p28-plain-io', (record, ops) => {
      const [first] = ops;
      if (first === undefined) return;
      const none = { ...first, files: {}, maps: {} };
      record.ops = [
        { ...none, op: 'open f missing ro', ret: -1, err: 'ENOENT' },
        { ...none, n: 1, op: 'fsync f' },
      ];
    });
    expect(fieldsOf(conform({ folders: [folder] }))).toContain('1 unsupported');
  });

  test('a record of other operations than its workload is refused', () => {
    changed('p28-plain-io', () => undefined);
    put('workloads/p28-plain-io.wl', 'open f a\nsync\n');
    expect(() => conform({ folders: [folder] })).toThrow(
      /ops\[1\]: .*"sync", as in p28-plain-io\.wl/,
    );
  });

  test('a folder without records runs its workloads all the same', () => {
    put('workloads/w.wl', 'open f a\npwrite f 0 10 41\npread f 0 10\n');
    const written: string[] = [];
    const result = conform({
      folders: [folder],
      onRun: (_one, run) => {
        written.push(...run.ops.map((op) => op.data ?? ''));
      },
    });
    expect(result).toMatchObject({ ops: 0, unrecorded: 1 });
    expect(written).toEqual(['', '', '41x10']);
  });

  test('an attempt at 2 MiB behind the end of the file is the one that ends in SIGBUS', () => {
    const lines = [
      'open f a',
      'ftruncate f 1M',
      'mmap m f 0 4M rw shared',
      'load m 3M 1',
      'load m 4K 1',
      'load m 1M+4K 1',
    ];
    put('workloads/w.wl', lines.join('\n'));
    const events: unknown[] = [];
    conform({
      folders: [folder],
      onRun: (_one, run) => {
        events.push(...run.ops.slice(3).map((op) => op.events));
      },
    });
    expect(events).toEqual([
      { 'dax_pmd_fault_done:SIGBUS': 1 },
      { 'dax_pmd_fault_done:FALLBACK': 1, 'dax_pte_fault_done:NOPAGE': 1 },
      { 'dax_pte_fault_done:SIGBUS': 1 },
    ]);
  });

  test('an unknown kernel is answered with those there are', () => {
    expect(() => conform({ folders: [FIXTURES], kernel: 'linux-6.2' })).toThrow(/linux-6\.1/);
  });
});
