/** fallocate(2) that zeroes, collapses and inserts, against an array of bytes. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Errno, FallocMode, fsck } from '../../src/index.js';
import { Driver, byteOf } from '../driver.js';

const PAGE = 4096;
const PAGES = 12;

interface Call {
  readonly kind: 'write' | 'collapse' | 'insert' | 'zero' | 'zeroKeep' | 'punch' | 'truncate';
  readonly offset: number;
  readonly length: number;
}

const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Call['kind']>(
      'write',
      'write',
      'collapse',
      'insert',
      'zero',
      'zeroKeep',
      'punch',
      'truncate',
    ),
    offset: fc.integer({ min: 0, max: PAGES * 4 }).map((quarter) => quarter * 1024),
    length: fc.integer({ min: 1, max: 20 }).map((quarters) => quarters * 1024),
  }),
  { maxLength: 14 },
);

const MODES = {
  collapse: FallocMode.CollapseRange,
  insert: FallocMode.InsertRange,
  zero: FallocMode.ZeroRange,
  zeroKeep: FallocMode.ZeroRange | FallocMode.KeepSize,
  punch: FallocMode.PunchHole | FallocMode.KeepSize,
} as const;

/** What the bytes and the error number are after a call; the array is the file. */
function onBytes(bytes: number[], call: Call, source: number): number {
  const { kind, offset, length } = call;
  const zeroTo = (end: number) => {
    while (bytes.length < end) bytes.push(0);
  };
  if (kind === 'truncate') {
    zeroTo(offset);
    bytes.length = offset;
    return 0;
  }
  if (kind === 'collapse' || kind === 'insert') {
    if (offset % PAGE !== 0 || length % PAGE !== 0) return Errno.Invalid;
    if (kind === 'collapse' && offset + length >= bytes.length) return Errno.Invalid;
    if (kind === 'insert' && offset >= bytes.length) return Errno.Invalid;
    if (kind === 'collapse') bytes.splice(offset, length);
    else bytes.splice(offset, 0, ...new Array<number>(length).fill(0));
    return 0;
  }
  if (kind === 'write' || kind === 'zero') zeroTo(offset + length);
  const value = kind === 'write' ? byteOf(source) : 0;
  bytes.fill(value, offset, Math.min(offset + length, bytes.length));
  return 0;
}

function onFile(driver: Driver, handle: number, call: Call, source: number): number {
  const { kind, offset, length } = call;
  if (kind === 'write') return driver.write(handle, offset, length, source) === length ? 0 : -1;
  if (kind === 'truncate') return driver.run('ftruncate', { handle, length: offset }).errno;
  return driver.run('fallocate', { handle, offset, length, flags: MODES[kind] }).errno;
}

describe('shifting', () => {
  test('any sequence leaves the bytes that an array would hold, and a clean image', () => {
    fc.assert(
      fc.property(calls, (sequence) => {
        const driver = new Driver();
        const handle = driver.open('/a');
        const bytes: number[] = [];
        sequence.forEach((call, source) => {
          const expected = onBytes(bytes, call, source);
          expect(onFile(driver, handle, call, source)).toBe(expected);
          expect(driver.size('/a')).toBe(bytes.length);
        });
        expect(driver.read(handle, 0, bytes.length + PAGE)).toEqual(bytes);
        driver.run('close', { handle });
        driver.run('unmount', {});
        expect(fsck(driver.memory)).toEqual([]);
      }),
      { numRuns: 40, seed: 5 },
    );
  });

  test('a collapse joins what was apart and takes the space back', () => {
    const driver = new Driver();
    const { volume } = driver.system.world;
    const handle = driver.open('/a');
    driver.write(handle, 0, 8 * PAGE, 1);
    const flags = FallocMode.CollapseRange;
    driver.run('fallocate', { handle, offset: 2 * PAGE, length: 3 * PAGE, flags });
    const inode = driver.system.world.handles.inode(handle);
    expect(volume.inodes.blocks(inode)).toBe(5);
    expect(volume.extents.count(inode)).toBe(2);
  });

  test('a refused insert has set the stamps and nothing else', () => {
    const driver = new Driver();
    const handle = driver.open('/a');
    driver.write(handle, 0, 2 * PAGE, 1);
    const { handles, volume } = driver.system.world;
    const inode = handles.inode(handle);
    const before = volume.inodes.modifyNs(inode);
    const flags = FallocMode.InsertRange;
    const ended = driver.run('fallocate', { handle, offset: 4 * PAGE, length: PAGE, flags });
    expect(ended.errno).toBe(Errno.Invalid);
    expect(volume.inodes.modifyNs(inode)).toBeGreaterThan(before);
    expect(driver.read(handle, 0, 3 * PAGE).length).toBe(2 * PAGE);
  });

  test('zeroing allocates the range anew, in the unwritten state', () => {
    const driver = new Driver();
    const handle = driver.open('/a');
    driver.write(handle, 0, 4 * PAGE, 1);
    const { handles, volume } = driver.system.world;
    const inode = handles.inode(handle);
    const flags = FallocMode.ZeroRange;
    driver.run('fallocate', { handle, offset: PAGE, length: 2 * PAGE, flags });
    expect(volume.extents.count(inode)).toBe(3);
    expect(volume.inodes.blocks(inode)).toBe(4);
  });
});
