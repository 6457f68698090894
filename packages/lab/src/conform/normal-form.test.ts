/** What two records may differ in and still agree: merged extents, merged page runs, cut lists. */
import { describe, expect, test } from '@jest/globals';
import { compareOp } from './compare-op.js';
import {
  blocksForm,
  extentForm,
  faultForm,
  lockForm,
  mapForm,
  placementForm,
} from './normal-form.js';
import { comparableRuns, runLengthText } from './run-length.js';
import type { ExtentRow, OpFacts } from './record.js';

const MIB = 1024 * 1024;

describe('extents', () => {
  test('neighbours of one kind are one extent wherever they lie', () => {
    const rows: ExtentRow[] = [
      [0, 81920, 4096, ''],
      [4096, 40960, 4096, ''],
      [8192, 12288, 4096, 'unwritten'],
      [12288, 16384, 4096, 'unwritten,last'],
      [20480, 16384, 4096, 'shared,last'],
    ];
    expect(extentForm(rows)).toEqual(['0+8192', '8192+8192 unwritten', '20480+4096 shared']);
  });

  test('a chunk can be huge only when whole, in one run and aligned', () => {
    const rows: ExtentRow[] = [
      [0, 4 * MIB, MIB, ''],
      [MIB, 5 * MIB, MIB, 'unwritten'],
      [2 * MIB, 7 * MIB, 2 * MIB, ''],
      [4 * MIB, 10 * MIB, MIB, ''],
      [5 * MIB, 20 * MIB, MIB, ''],
      [6 * MIB, 30 * MIB, MIB, 'last'],
    ];
    expect(placementForm(rows)).toEqual(['0 yes', '1 no', '2 no']);
  });

  test('blocks of the tree do not count, blocks of data do', () => {
    const extents = Array.from({ length: 30 }, (_, i): ExtentRow => [i * 8192, i * 4096, 4096, '']);
    expect(blocksForm({ size: 0, blocks512: 240, extents })).toBe(240);
    expect(blocksForm({ size: 0, blocks512: 248, extents })).toBe(240);
    expect(blocksForm({ size: 0, blocks512: 256, extents })).toBe(256);
    const [only] = extents;
    expect(blocksForm({ size: 0, blocks512: 16, extents: only ? [only] : [] })).toBe(16);
  });
});

test('pages of one kind are one run whatever blocks they map', () => {
  const runs = [
    [0, 2, 'dax', 9],
    [2, 1, 'dax', 700],
    [3, 1, 'zero'],
    [5, 1, 'zero'],
  ] as const;
  expect(mapForm(runs)).toEqual(['0+3 dax', '3+1 zero', '5+1 zero']);
});

test('fault results are what is left of the events', () => {
  const events = { 'dax_pte_fault_done:NOPAGE': 2, dax_pte_fault: 2, dax_pte_fault_done: 1 };
  expect(faultForm(events)).toEqual(['pte x1', 'pte:NOPAGE x2']);
});

describe('locks', () => {
  test('an entry stands for each of its flags and repeats, without caller and ILOCK', () => {
    const { locks, isCut } = lockForm([
      'IOLOCK_EXCL|MMAPLOCK_EXCL xfs_file_fallocate',
      'ILOCK_EXCL xfs_trans_alloc_inode *3',
      'g:MMAPLOCK_SHARED __xfs_filemap_fault *2',
      'IOLOCK_SHARED nowait xfs_ilock_iocb',
      'MMAPLOCK_EXCL demote',
    ]);
    expect(isCut).toBe(false);
    expect(locks).toEqual([
      'IOLOCK_EXCL',
      'MMAPLOCK_EXCL',
      'g:MMAPLOCK_SHARED',
      'g:MMAPLOCK_SHARED',
      'IOLOCK_SHARED nowait',
      'MMAPLOCK_EXCL demote',
    ]);
  });

  function agrees(expected: readonly string[], got: readonly string[]): boolean {
    const op = { n: 0, op: 'sync', ret: 0, err: '', files: {}, maps: {}, events: {} };
    const a: OpFacts = { ...op, locks: expected };
    const b: OpFacts = { ...op, locks: got };
    const results = compareOp(a, b, { faults: false, locks: true });
    return results.find(({ field }) => field === 'lock_order')?.agrees === true;
  }

  test('a list that was cut decides up to its cut', () => {
    const cut = ['MMAPLOCK_SHARED f *2', '... 7 more'];
    expect(agrees(cut, ['MMAPLOCK_SHARED *9'])).toBe(true);
    expect(agrees(cut, ['MMAPLOCK_SHARED'])).toBe(false);
    expect(agrees(cut, ['MMAPLOCK_SHARED', 'IOLOCK_SHARED'])).toBe(false);
    expect(agrees(['MMAPLOCK_SHARED f *2'], ['MMAPLOCK_SHARED *3'])).toBe(false);
  });
});

describe('run-length text', () => {
  test('few runs are listed whole', () => {
    expect(runLengthText(Uint8Array.from([0x41, 0x41, 0, 0xee]))).toBe('41x2 00x1 eex1');
    expect(runLengthText(new Uint8Array(0))).toBe('');
  });

  test('after 48 runs a hash of all bytes follows', () => {
    const bytes = Uint8Array.from({ length: 60 }, (_, i) => i);
    const text = runLengthText(bytes);
    expect(text).toMatch(/^00x1 01x1 .* 2fx1 \.\.\. fnv1a64=[0-9a-f]{16}$/);
    bytes[59] = 0;
    expect(runLengthText(bytes)).not.toBe(text);
    expect(comparableRuns(runLengthText(bytes))).toBe(comparableRuns(text));
    expect(comparableRuns(text).split(' ')).toHaveLength(48);
  });
});
