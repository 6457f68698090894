/** What a read may find, in order and while operations overlap; a wrong byte is counted. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { FileOracle } from './file-oracle.js';
import { PayloadWords } from './payload-words.js';

const inode = 5;
let oracle: FileOracle;
let generation = 1;

beforeEach(() => {
  generation = 1;
  oracle = new FileOracle(new PayloadWords(0xcd), { generation: () => generation });
});

function write(task: number, source: number, from: number, length: number): void {
  oracle.beginWrite(task, inode, source);
  oracle.fill(source, from, length, new Uint8Array(length), 0);
  oracle.end(task, true);
}

function bytesOf(source: number, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  oracle.words.fill(source, from, length, bytes, 0);
  return bytes;
}

function read(task: number, from: number, bytes: Uint8Array): void {
  oracle.beginRead(task, inode);
  oracle.saw(task, inode, from, bytes.length, bytes, 0);
  oracle.end(task, true);
}

test('a read of what was written last is right, at any alignment', () => {
  write(0, 7, 3, 100);
  read(0, 10, bytesOf(7, 10, 50));
  expect([oracle.violationCount, oracle.bytesChecked]).toEqual([0, 50]);
});

test('a read of what was written over before it began is wrong', () => {
  write(0, 7, 0, 64);
  write(0, 8, 0, 64);
  read(0, 0, bytesOf(7, 0, 64));
  expect(oracle.violationCount).toBe(1);
});

test('bytes nobody wrote are zero', () => {
  read(0, 4096, new Uint8Array(64));
  expect(oracle.violationCount).toBe(0);
  read(0, 4096, bytesOf(3, 4096, 64));
  expect(oracle.violationCount).toBe(1);
});

test('a new file with an old number has none of the old bytes', () => {
  write(0, 7, 0, 64);
  generation = 2;
  read(0, 0, bytesOf(7, 0, 64));
  expect(oracle.violationCount).toBe(1);
});

test('bytes moved by a copy are checked at their new place', () => {
  write(0, 7, 0, 4096);
  oracle.beginCopy(0, inode, inode, 10_000, 100, 10_000 - 48);
  oracle.end(0, true);
  read(0, 10_000, bytesOf(7, 48, 100));
  expect(oracle.violationCount).toBe(0);
});

describe('while operations overlap', () => {
  test('a read may see a running write, in part', () => {
    write(0, 7, 0, 64);
    oracle.beginWrite(1, inode, 8);
    oracle.fill(8, 0, 64, new Uint8Array(64), 0);
    const mixed = bytesOf(7, 0, 64);
    mixed.set(bytesOf(8, 0, 8), 0);
    read(0, 0, mixed);
    expect(oracle.violationCount).toBe(0);
  });

  test('a read may see what was replaced after it began, and not what was before', () => {
    write(0, 6, 0, 64);
    write(0, 7, 0, 64);
    oracle.beginRead(1, inode);
    write(0, 8, 0, 64);
    oracle.saw(1, inode, 0, 64, bytesOf(7, 0, 64), 0);
    oracle.saw(1, inode, 0, 64, bytesOf(8, 0, 64), 0);
    expect(oracle.violationCount).toBe(0);
    oracle.saw(1, inode, 0, 64, bytesOf(6, 0, 64), 0);
    expect(oracle.violationCount).toBe(1);
  });

  test('of two writes that overlapped, either may have come last', () => {
    oracle.beginWrite(0, inode, 7);
    oracle.beginWrite(1, inode, 8);
    oracle.fill(7, 0, 64, new Uint8Array(64), 0);
    oracle.fill(8, 0, 64, new Uint8Array(64), 0);
    oracle.end(0, true);
    oracle.end(1, true);
    read(0, 0, bytesOf(7, 0, 64));
    read(0, 0, bytesOf(8, 0, 64));
    expect(oracle.violationCount).toBe(0);
    write(0, 9, 0, 64);
    read(0, 0, bytesOf(7, 0, 64));
    expect(oracle.violationCount).toBe(1);
  });
});

test('a truncated range reads as zero when the file grows again', () => {
  write(0, 7, 0, 8192);
  oracle.beginClear(0, inode, 100, Infinity);
  oracle.end(0, true);
  read(0, 64, new Uint8Array([...bytesOf(7, 64, 36), ...new Uint8Array(28)]));
  expect(oracle.violationCount).toBe(0);
});

describe('a shift', () => {
  const block = 4096;

  test('moves what is behind a collapsed range down, and nothing else', () => {
    write(0, 7, 0, 4 * block);
    write(0, 8, 3 * block, 100);
    oracle.beginCollapse(0, inode, block, block);
    oracle.end(0, true);
    read(0, 0, bytesOf(7, 0, block));
    read(0, block, bytesOf(7, 2 * block, block));
    read(0, 2 * block, bytesOf(8, 3 * block, 100));
    read(0, 3 * block, new Uint8Array(block));
    expect(oracle.violationCount).toBe(0);
    read(0, block, bytesOf(7, block, block));
    read(0, block, bytesOf(7, 3 * block, block));
    read(0, 2 * block, new Uint8Array(100));
    expect(oracle.violationCount).toBe(3);
  });

  test('puts zeros where a range is inserted', () => {
    write(0, 7, 0, 4 * block);
    oracle.beginInsert(0, inode, block, 2 * block);
    oracle.end(0, true);
    read(0, block, new Uint8Array(2 * block));
    read(0, 3 * block, bytesOf(7, block, 3 * block));
    expect(oracle.violationCount).toBe(0);
    read(0, block, bytesOf(7, block, block));
    read(0, 3 * block, bytesOf(7, 2 * block, block));
    expect(oracle.violationCount).toBe(2);
  });

  test('that failed moves nothing', () => {
    write(0, 7, 0, 4 * block);
    oracle.beginInsert(0, inode, 0, block);
    oracle.end(0, false);
    read(0, 0, bytesOf(7, 0, 4 * block));
    expect(oracle.violationCount).toBe(0);
  });

  test('may be seen half done by a read beside it, and whole by one after it', () => {
    write(0, 7, 0, 4 * block);
    oracle.beginRead(2, inode);
    oracle.beginCollapse(1, inode, block, block);
    const seen = [bytesOf(7, block, block), bytesOf(7, 2 * block, block), new Uint8Array(block)];
    for (const bytes of seen) oracle.saw(2, inode, block, block, bytes, 0);
    oracle.end(1, true);
    for (const bytes of seen) oracle.saw(2, inode, block, block, bytes, 0);
    oracle.end(2, true);
    expect(oracle.violationCount).toBe(0);
    for (const bytes of seen) read(0, block, bytes);
    expect(oracle.violationCount).toBe(2);
  });

  test.each(['before', 'after'])('takes along a write that overlaps it and ends %s it', (order) => {
    write(0, 7, 0, 4 * block);
    oracle.beginWrite(1, inode, 8);
    oracle.beginCollapse(0, inode, block, block);
    oracle.fill(8, 2 * block, block, new Uint8Array(block), 0);
    for (const task of order === 'before' ? [1, 0] : [0, 1]) oracle.end(task, true);
    read(0, block, bytesOf(8, 2 * block, block));
    read(0, block, bytesOf(7, 2 * block, block));
    read(0, 2 * block, bytesOf(8, 2 * block, block));
    read(0, 2 * block, bytesOf(7, 3 * block, block));
    expect(oracle.violationCount).toBe(0);
    read(0, block, bytesOf(7, block, block));
    expect(oracle.violationCount).toBe(1);
  });
});
