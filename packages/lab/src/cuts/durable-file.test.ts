/** What may be found of a file's bytes after power loss: what was synced, or any change since. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FileOracle } from '../oracle/file-oracle.js';
import { PayloadWords } from '../oracle/payload-words.js';
import { DurableFile, type Tally } from './durable-file.js';

const inode = 5;
const blank = 0xcd;
let oracle: FileOracle;
let file: DurableFile;

beforeEach(() => {
  oracle = new FileOracle(new PayloadWords(blank), { generation: () => 1 });
  file = new DurableFile(oracle.contentOf(inode), undefined);
  oracle.listener = { changed: (_content, change) => file.changed(change) };
});

function begin(task: number, source: number, from: number, length: number): void {
  oracle.beginWrite(task, inode, source);
  oracle.fill(source, from, length, new Uint8Array(length), 0);
}

function write(source: number, from: number, length: number, task = 0): void {
  begin(task, source, from, length);
  oracle.end(task, true);
}

function truncate(size: number): void {
  oracle.beginClear(0, inode, size, Infinity);
  oracle.end(0, true);
}

function now(): number {
  oracle.stamp += 1;
  return oracle.stamp;
}

function sync(size: number): void {
  file.syncEnded(now(), size);
}

function bytesOf(source: number, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  oracle.words.fill(source, from, length, bytes, 0);
  return bytes;
}

function judged(from: number, bytes: Uint8Array): Tally {
  const tally: Tally = { lost: 0, foreign: 0 };
  file.judge(oracle.words, from, bytes.length, bytes, tally);
  return tally;
}

const fine: Tally = { lost: 0, foreign: 0 };

/** Bytes of the value that are not zero: only these can be missed. */
function count(bytes: Uint8Array): number {
  return bytes.filter((byte) => byte !== 0).length;
}

describe('a byte that was synced', () => {
  test('may be itself, and nothing else', () => {
    write(7, 0, 64);
    sync(64);
    expect(judged(0, bytesOf(7, 0, 64))).toEqual(fine);
    expect(judged(0, new Uint8Array(64)).lost).toBe(count(bytesOf(7, 0, 64)));
    expect(judged(0, new Uint8Array(64).fill(blank))).toEqual({ lost: 64, foreign: 64 });
  });

  test('is lost and stale when it is what the file held before the sync', () => {
    write(7, 0, 64);
    write(8, 0, 64);
    sync(64);
    const tally = judged(0, bytesOf(7, 0, 64));
    expect(tally.lost).toBeGreaterThan(56);
    expect(tally.foreign).toBeGreaterThan(56);
  });

  test('is foreign when it belongs to another place of the file', () => {
    write(7, 0, 128);
    sync(128);
    expect(judged(0, bytesOf(7, 64, 64)).foreign).toBeGreaterThan(56);
  });

  test('may be what was written since, in whole or in part', () => {
    write(7, 0, 64);
    sync(64);
    write(8, 0, 64);
    const mixed = bytesOf(7, 0, 64);
    mixed.set(bytesOf(8, 0, 24), 0);
    expect(judged(0, mixed)).toEqual(fine);
    sync(64);
    expect(judged(0, mixed).lost).toBeGreaterThan(30);
  });

  test('may be what a write that still runs brings', () => {
    write(7, 0, 64);
    sync(64);
    begin(1, 9, 0, 64);
    expect(judged(0, bytesOf(9, 0, 64))).toEqual(fine);
    oracle.end(1, false);
    expect(judged(0, bytesOf(9, 0, 64)).foreign).toBeGreaterThan(56);
  });

  test('may not be zero, though it was written again since', () => {
    write(7, 0, 64);
    sync(64);
    write(8, 0, 64);
    expect(judged(0, new Uint8Array(64)).lost).toBeGreaterThan(56);
  });

  test('may be gone when the file was cut since, and not before', () => {
    write(7, 0, 8192);
    sync(8192);
    expect(file.mayBeCut(4096)).toBe(false);
    truncate(4096);
    expect([file.mayBeCut(4095), file.mayBeCut(4096)]).toEqual([false, true]);
    expect(judged(4096, new Uint8Array(64))).toEqual(fine);
    sync(4096);
    expect([file.mayBeCut(4096), file.syncedSize]).toEqual([false, 4096]);
  });
});

describe('a byte that was not synced', () => {
  test('may be missing, but not what nobody wrote', () => {
    write(7, 0, 64);
    expect(judged(0, bytesOf(7, 0, 64))).toEqual(fine);
    expect(judged(0, new Uint8Array(64))).toEqual(fine);
    expect(judged(0, new Uint8Array(64).fill(blank))).toEqual({ lost: 0, foreign: 64 });
  });

  test('is not promised by a sync that began before its write ended', () => {
    begin(0, 7, 0, 64);
    const stamp = now();
    oracle.end(0, true);
    file.syncEnded(stamp, 64);
    expect(judged(0, bytesOf(7, 0, 64))).toEqual(fine);
    expect(judged(0, new Uint8Array(64)).foreign).toBe(0);
    sync(64);
    expect(judged(0, new Uint8Array(64)).lost).toBeGreaterThan(56);
  });
});

describe('of writes that overlapped in time', () => {
  test('either may be found after the sync that follows both', () => {
    begin(0, 7, 0, 64);
    begin(1, 8, 0, 64);
    oracle.end(0, true);
    oracle.end(1, true);
    sync(64);
    expect(judged(0, bytesOf(7, 0, 64))).toEqual(fine);
    expect(judged(0, bytesOf(8, 0, 64))).toEqual(fine);
    write(9, 0, 64);
    sync(64);
    expect(judged(0, bytesOf(7, 0, 64)).lost).toBeGreaterThan(56);
  });

  test('the first may be found after a sync between their ends and one after both', () => {
    begin(1, 8, 0, 64);
    write(7, 0, 64);
    sync(64);
    oracle.end(1, true);
    sync(64);
    expect(judged(0, bytesOf(7, 0, 64))).toEqual(fine);
    expect(judged(0, bytesOf(8, 0, 64))).toEqual(fine);
  });
});

test('a sync of a range promises what lies in it, and an older change does not come back', () => {
  write(7, 0, 8192);
  write(8, 4096, 4096);
  file.syncEnded(now(), 8192, 4096, 8192);
  expect(judged(0, new Uint8Array(64))).toEqual(judged(0, bytesOf(0, 0, 64)));
  expect(judged(4096, bytesOf(7, 4096, 64)).lost).toBeGreaterThan(56);
  sync(8192);
  expect(judged(4096, bytesOf(8, 4096, 4096))).toEqual(fine);
  expect(judged(4096, bytesOf(7, 4096, 64)).lost).toBeGreaterThan(56);
});

test('a write that syncs itself promises its bytes and no others', () => {
  write(7, 0, 64);
  const stamp = now();
  write(8, 64, 64);
  const own = file.onlyChange(stamp, 64, 64);
  expect(own?.value).toBe(8);
  file.writeSynced(own!.end + 0.5, 64, 128);
  expect(judged(64, new Uint8Array(64)).lost).toBeGreaterThan(56);
  expect(file.syncedSize).toBe(128);
});

const step = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    from: fc.nat(200),
    length: fc.integer({ min: 1, max: 80 }),
  }),
  fc.record({ kind: fc.constant('sync' as const), from: fc.nat(200), length: fc.nat(120) }),
  fc.record({ kind: fc.constant('syncAll' as const), from: fc.nat(0), length: fc.nat(0) }),
);

test('byte by byte it allows the synced value and every later one, and no other', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      oracle = new FileOracle(new PayloadWords(blank), { generation: () => 1 });
      file = new DurableFile(oracle.contentOf(inode), undefined);
      oracle.listener = { changed: (_content, change) => file.changed(change) };
      const allowed = Array.from({ length: 280 }, () => [0]);
      steps.forEach(({ kind, from, length }, index) => {
        const to = kind === 'syncAll' ? 280 : Math.min(280, from + length);
        if (kind === 'write') write(index + 1, from, to - from);
        else file.syncEnded(now(), 280, kind === 'syncAll' ? 0 : from, to);
        for (let at = kind === 'syncAll' ? 0 : from; at < to; at += 1) {
          if (kind === 'write') allowed[at]!.push(index + 1);
          else allowed[at] = allowed[at]!.slice(-1);
        }
      });
      for (let value = 0; value <= steps.length; value += 1) {
        const bytes = bytesOf(value, 0, 280);
        const wrong: number[] = [];
        const found: number[] = [];
        for (let at = 0; at < 280; at += 1) {
          const values = allowed[at]!.map((known) => oracle.words.byteAt(known, at));
          const isFine = values.includes(bytes[at]!) || (bytes[at] === 0 && !file.isPromised);
          if (!isFine) wrong.push(at);
          const { lost, foreign } = judged(at, bytes.subarray(at, at + 1));
          if (lost + foreign > 0) found.push(at);
        }
        expect(found).toEqual(wrong);
      }
    }),
    { numRuns: 40 },
  );
});

describe('a shift', () => {
  const block = 4096;

  function insert(): void {
    oracle.beginInsert(0, inode, block, block);
    oracle.end(0, true);
  }

  test('leaves what is before it judged, and nothing behind it until a sync', () => {
    write(7, 0, 4 * block);
    sync(4 * block);
    insert();
    expect(judged(0, new Uint8Array(block)).lost).toBeGreaterThan(0);
    expect(judged(2 * block, bytesOf(7, 3 * block, block))).toEqual(fine);
    sync(5 * block);
    expect(judged(2 * block, bytesOf(7, block, block))).toEqual(fine);
    expect(judged(block, new Uint8Array(block))).toEqual(fine);
    expect(judged(2 * block, bytesOf(7, 2 * block, block)).lost).toBeGreaterThan(0);
    expect(judged(2 * block, new Uint8Array(block)).lost).toBeGreaterThan(0);
  });

  test('is not settled by a sync that began before it ended, nor by one of a range', () => {
    write(7, 0, 4 * block);
    sync(4 * block);
    const early = now();
    insert();
    file.syncEnded(early, 4 * block);
    file.syncEnded(now(), 5 * block, 0, block);
    expect(judged(2 * block, bytesOf(7, 2 * block, block))).toEqual(fine);
  });
});
