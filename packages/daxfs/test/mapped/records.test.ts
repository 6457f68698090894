/**
 * What kernels did with the same operations: Linux 6.1 and 6.12, XFS with DAX on an emulated
 * NVDIMM. In brackets stand the records' own names. Only 4 KiB pages are compared.
 */
import { describe, expect, test } from '@jest/globals';
import { Advice, FallocMode, MapFlag, Signal } from '../../src/index.js';
import { NO_PAGE } from '../../src/mm/page-table.js';
import { MappedFixture, PAGE, SHARED_WRITABLE } from './mapped-fixture.js';
import type { FixtureOptions } from './mapped-fixture.js';

/** A file of whole pages of ones, and a mapping of it. */
function written(pages: number, options: FixtureOptions = {}) {
  const fs = new MappedFixture(options);
  const handle = fs.open('/f');
  fs.write(handle, 0, pages * PAGE, 1);
  const mapping = fs.mmap(handle, pages);
  return { fs, handle, mapping, stats: fs.system.world.mm.stats };
}

/** Pages of a mapping that have a translation. */
function present(fs: MappedFixture, mapping: number): number[] {
  const { table } = fs.system.world.mm;
  const pages: number[] = [];
  for (let page = table.next(mapping, 0, 1000); page !== NO_PAGE;) {
    pages.push(page);
    page = table.next(mapping, page + 1, 1000);
  }
  return pages;
}

const PUNCH = FallocMode.PunchHole + FallocMode.KeepSize;

describe('taking blocks away from a mapped file', () => {
  test('a punch unmaps all of the file, reads as zero, and stores get another block (p14)', () => {
    const { fs, handle, mapping } = written(8);
    fs.load(mapping, 0, 8 * PAGE);
    const before = fs.system.world.mm.table.target(mapping, 3);
    fs.run('fallocate', { handle, offset: 2 * PAGE, length: 2 * PAGE, flags: PUNCH });
    expect(present(fs, mapping)).toEqual([]);
    expect(fs.load(mapping, 3 * PAGE, 2)).toEqual([0, 0]);
    fs.store(mapping, 3 * PAGE, 1, 9);
    expect(fs.system.world.mm.table.target(mapping, 3)).not.toBe(before);
    expect(fs.read(handle, 3 * PAGE, 2)).toEqual([9, 0]);
  });

  test('truncation unmaps the whole file and takes the pages behind its end (p13, p16)', () => {
    const { fs, handle, mapping } = written(4);
    fs.store(mapping, 0, 4 * PAGE, 2);
    fs.run('ftruncate', { handle, length: PAGE + 10 });
    expect(present(fs, mapping)).toEqual([]);
    expect(fs.system.world.mm.entries.nextDirty(fs.inode(handle), 2, 1000)).toBe(NO_PAGE);
    expect(fs.load(mapping, PAGE + 8, 4)).toEqual([2, 2, 0, 0]);
    expect(fs.store(mapping, 2 * PAGE, 1, 3)).toMatchObject({ signal: Signal.Bus });
  });

  test('bytes stored behind the end vanish when the file grows (p17)', () => {
    const { fs, handle, mapping } = written(1);
    fs.run('ftruncate', { handle, length: 100 });
    fs.store(mapping, 96, 16, 5);
    expect(fs.load(mapping, 96, 16)).toEqual(new Array<number>(16).fill(5));
    fs.run('ftruncate', { handle, length: PAGE });
    expect(fs.load(mapping, 96, 8)).toEqual([5, 5, 5, 5, 0, 0, 0, 0]);
  });

  test('private copies stay on punch and go with the end of the file (p22)', () => {
    const { fs, handle } = written(4);
    const mapping = fs.mmap(handle, 4, 0, MapFlag.Read | MapFlag.Write | MapFlag.Private);
    fs.store(mapping, 0, 1, 7);
    fs.store(mapping, 2 * PAGE, 1, 7);
    fs.run('fallocate', { handle, offset: 0, length: 4 * PAGE, flags: PUNCH });
    expect(fs.load(mapping, 0, 2)).toEqual([7, 1]);
    fs.run('ftruncate', { handle, length: PAGE });
    expect(present(fs, mapping)).toEqual([0]);
  });

  test('a file without names lives as long as its mapping (p33)', () => {
    const { fs, handle, mapping } = written(2);
    const inode = fs.inode(handle);
    fs.run('unlink', { path: fs.system.world.paths.idOf('/f') });
    fs.run('close', { handle });
    fs.store(mapping, PAGE, 1, 6);
    expect(fs.load(mapping, PAGE, 2)).toEqual([6, 1]);
    const { allocator, inodes } = fs.system.world.volume;
    fs.run('munmap', { mapping, offset: 0, length: 2 * PAGE });
    expect(inodes.isUsed(inode)).toBe(false);
    expect(allocator.busy).toBeGreaterThan(0);
    expect(fs.system.world.mm.entries.count(inode)).toBe(0);
  });
});

describe('dirty pages', () => {
  test('write(2) leaves none, and keeps translations to blocks that exist (p28, p18)', () => {
    const { fs, handle, mapping, stats } = written(4);
    fs.load(mapping, 0, 1);
    fs.write(handle, 0, 4 * PAGE, 2);
    fs.run('fsync', { handle });
    expect(stats.flushedPages).toBe(0);
    expect(present(fs, mapping)).toEqual([0]);
    expect(fs.load(mapping, 0, 1)).toEqual([2]);
  });

  test('write(2) into a hole takes the zero page away from a mapping (p18)', () => {
    const { fs, handle, mapping } = written(1);
    fs.run('ftruncate', { handle, length: 2 * PAGE });
    const both = fs.mmap(handle, 2);
    expect(fs.load(both, PAGE, 1)).toEqual([0]);
    fs.write(handle, PAGE, 10, 8);
    expect(present(fs, both)).toEqual([]);
    expect(fs.load(both, PAGE + 9, 2)).toEqual([8, 0]);
    expect(present(fs, mapping)).toEqual([]);
  });

  test('msync flushes those in its range only, and later (p12)', () => {
    const { fs, mapping, stats } = written(8);
    for (let page = 0; page < 8; page += 2) fs.store(mapping, page * PAGE, 1, 3);
    fs.msync(mapping, 2 * PAGE, 3 * PAGE);
    expect(stats.flushedPages).toBe(2);
    fs.run('msync', { mapping, offset: 0, length: 8 * PAGE, flags: 1 });
    expect(stats.flushedPages).toBe(2);
    fs.msync(mapping, 0, 8 * PAGE);
    expect(stats.flushedPages).toBe(4);
  });

  test.each([
    ['writeFault', 1],
    ['everyFault', 3],
  ] as const)(
    'where %s tags, one store and two loads flush %i pages (p02)',
    (tagsDirtyOn, count) => {
      const { fs, handle, mapping, stats } = written(2, { personality: { tagsDirtyOn } });
      fs.run('ftruncate', { handle, length: 3 * PAGE });
      const all = fs.mmap(handle, 3);
      fs.store(mapping, 0, 1, 2);
      fs.load(all, PAGE, 1);
      fs.load(all, 2 * PAGE, 1);
      fs.run('fsync', { handle });
      expect(stats.flushedPages).toBe(count);
    },
  );

  test('a sync mapping forces the log again after any metadata change of the file (p13)', () => {
    const { fs, handle } = written(4);
    const mapping = fs.mmap(handle, 4, 0, MapFlag.Read | MapFlag.Write | MapFlag.Sync);
    const { stats } = fs.system.world.mm;
    fs.store(mapping, 0, 1, 2);
    fs.store(mapping, PAGE, 1, 2);
    expect(stats.syncFaults).toBe(1);
    fs.run('ftruncate', { handle, length: 3 * PAGE });
    fs.store(mapping, 2 * PAGE, 1, 2);
    expect(stats.syncFaults).toBe(2);
  });
});

describe('calls on mappings', () => {
  test('a fault at the end of a striped file allocates to the stripe unit (p10)', () => {
    const options = { stripeBlocks: 16, personality: { eofAllocation: 'stripe' } } as const;
    const { fs, handle } = written(16, options);
    fs.run('ftruncate', { handle, length: 17 * PAGE + 5 });
    const mapping = fs.mmap(handle, 18);
    fs.store(mapping, 17 * PAGE, 1, 2);
    expect(fs.system.world.volume.inodes.blocks(fs.inode(handle))).toBe(16 + 15);
  });

  test('populate maps every page, shared ones for reading (p32)', () => {
    const { fs, handle, stats } = written(4);
    const mapping = fs.mmap(handle, 4, 0, SHARED_WRITABLE | MapFlag.Populate);
    expect(present(fs, mapping)).toEqual([0, 1, 2, 3]);
    expect([stats.readFaults, stats.writeFaults]).toEqual([4, 0]);
    const advice = { mapping, mm: 1, offset: PAGE, length: 2 * PAGE };
    fs.run('madvise', { ...advice, flags: Advice.PopulateWrite });
    expect([stats.readFaults, stats.writeFaults]).toEqual([4, 2]);
    fs.run('madvise', { ...advice, flags: Advice.DontNeed });
    expect(present(fs, mapping)).toEqual([0, 3]);
  });

  test('pages that were unmapped or protected refuse what they no longer allow (p27)', () => {
    const { fs, mapping } = written(4);
    fs.store(mapping, 0, 4 * PAGE, 2);
    fs.run('munmap', { mapping, offset: PAGE, length: PAGE });
    expect(fs.store(mapping, 0, 2 * PAGE, 3)).toMatchObject({ result: PAGE, signal: Signal.Segv });
    fs.run('mprotect', { mapping, offset: 0, length: PAGE, flags: MapFlag.Read });
    expect(fs.store(mapping, 0, 1, 4)).toMatchObject({ signal: Signal.Segv });
    expect(fs.load(mapping, 0, 1)).toEqual([3]);
    const gap = fs.run('mprotect', { mapping, offset: 0, length: 3 * PAGE, flags: MapFlag.Read });
    expect(gap.errno).toBe(12);
    expect(fs.msync(mapping, 0, 4 * PAGE).errno).toBe(12);
  });

  test('a mapping that grows and shrinks keeps the pages that stay', () => {
    const { fs, handle, mapping, stats } = written(4);
    fs.run('ftruncate', { handle, length: 64 * PAGE });
    fs.store(mapping, 0, 4 * PAGE, 2);
    const faults = stats.writeFaults;
    fs.run('mremap', { mapping, offset: 0, length: 4 * PAGE, offset2: 64 * PAGE });
    fs.store(mapping, 0, 5 * PAGE, 3);
    expect(stats.writeFaults).toBe(faults + 1);
    fs.run('mremap', { mapping, offset: 0, length: 64 * PAGE, offset2: 2 * PAGE });
    expect(present(fs, mapping)).toEqual([0, 1]);
    expect(fs.load(mapping, 2 * PAGE - 2, 4)).toEqual([3, 3]);
    expect(fs.read(handle, 4 * PAGE, 1)).toEqual([3]);
  });

  test.each([
    ['an unaligned offset', { offset: 100 }, 22],
    ['no length', { length: 0 }, 22],
    ['a closed handle', { handle: 77 }, 9],
  ])('mmap refuses %s', (_what, change, errno) => {
    const { fs, handle } = written(1);
    const args = { mapping: 40, mm: 1, handle, offset: 0, length: PAGE, flags: SHARED_WRITABLE };
    expect(fs.run('mmap', { ...args, ...change }).errno).toBe(errno);
  });
});
