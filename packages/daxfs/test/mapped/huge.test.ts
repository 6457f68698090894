/**
 * Faults of 2 MiB: when one is possible, what it leaves, and why it falls back. In brackets stand
 * the kernel records of Linux 6.1 and 6.12 that show the same.
 */
import { describe, expect, test } from '@jest/globals';
import { Access, FallocMode, MapFlag } from '../../src/index.js';
import { ExtentState } from '../../src/media/outcome.js';
import { EntryKind } from '../../src/mm/dax-entries.js';
import { Translation } from '../../src/mm/page-table.js';
import { MappedFixture, PAGE, SHARED_WRITABLE } from './mapped-fixture.js';
import type { FixtureOptions } from './mapped-fixture.js';

const HUGE = 512;
const HUGE_BYTES = HUGE * PAGE;

/** An empty file of `pages` pages on a device with a stripe unit of 2 MiB. */
function sparse(pages: number, options: FixtureOptions = {}) {
  const fs = new MappedFixture({ bytes: 32 * 1024 * 1024, stripeBlocks: HUGE, ...options });
  const handle = fs.open('/f');
  fs.run('ftruncate', { handle, length: pages * PAGE });
  const { mm, volume } = fs.system.world;
  const inode = fs.inode(handle);
  return { fs, handle, inode, mm, stats: mm.stats, volume };
}

describe('a file and a mapping of whole 2 MiB', () => {
  test('a load of a hole maps the huge zero page and allocates nothing (p03)', () => {
    const { fs, handle, inode, mm, stats, volume } = sparse(HUGE);
    const mapping = fs.mmap(handle, HUGE);
    expect(fs.load(mapping, PAGE, 1)).toEqual([0]);
    expect(fs.load(mapping, HUGE_BYTES - 1, 1)).toEqual([0]);
    expect(mm.table.kind(mapping, 300)).toBe(Translation.Zero);
    expect([stats.hugeFaults, stats.pageFaults]).toEqual([1, 0]);
    expect(volume.inodes.blocks(inode)).toBe(0);
  });

  test('a store of one byte allocates, zeroes and maps 2 MiB at once (p03, p06)', () => {
    const { fs, handle, inode, mm, stats, volume } = sparse(HUGE);
    const mapping = fs.mmap(handle, HUGE);
    fs.load(mapping, 0, 1);
    fs.store(mapping, PAGE, 1, 7);
    fs.store(mapping, HUGE_BYTES - 1, 1, 8);
    expect(volume.inodes.blocks(inode)).toBe(HUGE);
    expect(fs.load(mapping, PAGE, 2)).toEqual([7, 0]);
    expect(fs.load(mapping, HUGE_BYTES - 2, 2)).toEqual([0, 8]);
    expect(mm.table.target(mapping, 9) - mm.table.target(mapping, 0)).toBe(9);
    expect([stats.hugeFaults, stats.majorFaults, stats.fallbacks]).toEqual([2, 0, 0]);
  });

  test('a preallocated one is converted 2 MiB at a time (p06)', () => {
    const { fs, handle, inode, volume } = sparse(2 * HUGE);
    fs.run('fallocate', { handle, offset: 0, length: 2 * HUGE_BYTES, flags: 0 });
    const mapping = fs.mmap(handle, 2 * HUGE);
    fs.store(mapping, PAGE, 1, 7);
    expect(volume.extents.lookup(inode, HUGE - 1)).toBe(ExtentState.Written);
    expect(volume.extents.lookup(inode, HUGE)).toBe(ExtentState.Unwritten);
  });

  test('one msync of a page writes the 2 MiB back and protects them (p29)', () => {
    const { fs, handle, inode, mm, stats } = sparse(HUGE);
    const mapping = fs.mmap(handle, HUGE);
    fs.store(mapping, 0, 1, 7);
    fs.msync(mapping, 40 * PAGE, PAGE);
    expect(stats.flushedPages).toBe(1);
    expect(mm.entries.dirtyCount(inode)).toBe(0);
    expect(mm.table.kind(mapping, 7)).toBe(Translation.ReadOnly);
    const after = fs.afterPowerLoss();
    expect(after.read(after.open('/f'), 0, 1)).toEqual([7]);
    fs.store(mapping, 300 * PAGE, 1, 8);
    expect([stats.hugeFaults, stats.upgradeFaults]).toEqual([2, 1]);
  });

  test('a sync mapping forces the log before 2 MiB become writable', () => {
    const { fs, handle, stats } = sparse(HUGE);
    const mapping = fs.mmap(handle, HUGE, 0, MapFlag.Read | MapFlag.Write | MapFlag.Sync);
    fs.store(mapping, 5 * PAGE, 1, 9, 1);
    fs.store(mapping, 6 * PAGE, 1, 9, 1);
    expect([stats.hugeSyncFaults, stats.writeFaults]).toEqual([1, 1]);
    const after = fs.afterPowerLoss();
    expect(after.read(after.open('/f'), 5 * PAGE, 1)).toEqual([9]);
  });
});

describe('2 MiB are not tried, or given up', () => {
  test.each([
    ['the mapping ends inside', 'fallbacksOutside', { pages: HUGE - 1 }],
    ['address and offset differ', 'fallbacksColour', { colour: 1 }],
    ['the mapping is private', 'fallbacksPrivate', { flags: MapFlag.Private }],
    ['the file ends inside', 'fallbacksBeyondEnd', { size: HUGE_BYTES - PAGE }],
    ['the extent is short', 'fallbacksShort', { written: 3 }],
    ['the blocks begin elsewhere', 'fallbacksUnaligned', { stripeBlocks: 0 }],
    ['there is no space', 'fallbacksNoSpace', { bytes: 2 * 1024 * 1024 }],
  ])('when %s', (_when, reason, change) => {
    const given = { pages: HUGE, colour: 0, flags: MapFlag.Shared, size: 0, written: 0, ...change };
    const { bytes, stripeBlocks } = { bytes: undefined, stripeBlocks: HUGE, ...change };
    const { fs, handle, inode, mm, stats } = sparse(HUGE, {
      bytes: bytes ?? 32 << 20,
      stripeBlocks,
    });
    if (given.size > 0) fs.run('ftruncate', { handle, length: given.size });
    if (given.written > 0) fs.write(handle, 0, given.written * PAGE, 1);
    const flags = MapFlag.Read | MapFlag.Write | given.flags;
    const { colour } = given;
    fs.run('mmap', { mapping: 9, mm: 1, handle, length: given.pages * PAGE, flags, colour });
    expect(fs.store(9, PAGE, 1, 7)).toMatchObject({ outcome: 'Ok' });
    expect(fs.load(9, PAGE, 1)).toEqual([7]);
    expect([stats[reason as 'fallbacks'], stats.fallbacks, stats.hugeFaults]).toEqual([1, 1, 0]);
    expect(mm.entries.isHuge(inode, 0)).toBe(false);
    expect(mm.table.isHuge(9, 1)).toBe(false);
  });

  test('while any mapping has an entry of one page there (p30)', () => {
    const { fs, handle, stats } = sparse(HUGE);
    const small = fs.mmap(handle, 8);
    const large = fs.mmap(handle, HUGE);
    fs.load(small, 0, 1);
    fs.load(large, 5 * PAGE, 1);
    expect([stats.fallbacksOutside, stats.fallbacksEntry]).toEqual([1, 1]);
  });

  test('nor once the slot has a table, though everything in it was zapped (p14, p30)', () => {
    const { fs, handle, stats } = sparse(HUGE);
    const small = fs.mmap(handle, 8);
    const large = fs.mmap(handle, HUGE);
    fs.load(small, 0, 1);
    fs.load(large, PAGE, 1);
    fs.run('ftruncate', { handle, length: 0 });
    fs.run('ftruncate', { handle, length: HUGE_BYTES });
    fs.load(large, PAGE, 1);
    expect([stats.fallbacks, stats.hugeFaults, stats.pageFaults]).toEqual([2, 0, 3]);
    fs.load(fs.mmap(handle, HUGE), 0, 1);
    expect(stats.fallbacksEntry).toBe(2);
  });

  test('an unaligned allocation of 2 MiB stays, and the page then finds its block (p04)', () => {
    const { fs, handle, inode, stats, volume } = sparse(HUGE, { stripeBlocks: 0 });
    const mapping = fs.mmap(handle, HUGE);
    fs.store(mapping, 100, 1, 7);
    expect(volume.inodes.blocks(inode)).toBe(HUGE);
    expect([stats.fallbacksUnaligned, stats.majorFaults]).toEqual([1, 0]);
  });

  test('a fault behind the end of the file is a signal at any size (p16)', () => {
    const { fs, handle, stats } = sparse(1);
    const mapping = fs.mmap(handle, 3 * HUGE);
    expect(fs.store(mapping, 2 * HUGE_BYTES, 1, 7)).toMatchObject({ outcome: 'Signal' });
    expect([stats.signalFaults, stats.fallbacks]).toEqual([1, 0]);
  });
});

describe('pages and 2 MiB of one file', () => {
  test('a page of another mapping under a huge entry makes all of it dirty (p30)', () => {
    const { fs, handle, inode, mm, stats } = sparse(HUGE);
    const large = fs.mmap(handle, HUGE);
    const small = fs.mmap(handle, 8, 4);
    fs.store(large, 0, 1, 7);
    fs.run('fsync', { handle });
    fs.store(small, PAGE, 1, 8);
    expect(mm.entries.isHuge(inode, 0)).toBe(true);
    expect(mm.entries.isDirty(inode, 400)).toBe(true);
    expect(mm.table.target(small, 1)).toBe(mm.table.target(large, 5));
    fs.run('fsync', { handle });
    expect(stats.flushedPages).toBe(2);
    expect(mm.table.kind(small, 1)).toBe(Translation.ReadOnly);
  });

  test('a page takes the place of huge zeros, which leave every mapping (p04)', () => {
    const { fs, handle, inode, mm } = sparse(HUGE);
    const large = fs.mmap(handle, HUGE);
    const small = fs.mmap(handle, 8);
    fs.load(large, 0, 1);
    fs.store(small, PAGE, 1, 8);
    expect(mm.table.kind(large, 1)).toBe(Translation.Absent);
    expect(mm.entries.isHuge(inode, 0)).toBe(false);
    expect(mm.entries.kind(inode, 1)).toBe(EntryKind.Block);
    expect(fs.load(large, PAGE, 1)).toEqual([8]);
  });

  test('a write into huge zeros removes them from every mapping (p18)', () => {
    const { fs, handle, mm } = sparse(HUGE);
    const mapping = fs.mmap(handle, HUGE);
    fs.load(mapping, 0, 1);
    fs.write(handle, 100 * PAGE, 10, 8);
    expect(mm.table.kind(mapping, 0)).toBe(Translation.Absent);
    expect(fs.load(mapping, 100 * PAGE + 9, 2)).toEqual([8, 0]);
  });

  test('what cuts a huge translation removes it, what covers it changes its rights (p27)', () => {
    const { fs, handle, mm, stats } = sparse(HUGE);
    const mapping = fs.mmap(handle, HUGE);
    fs.store(mapping, 0, 1, 7);
    const all = { mapping, offset: 0, length: HUGE_BYTES, flags: MapFlag.Read };
    fs.run('mprotect', all);
    expect(mm.table.kind(mapping, 9)).toBe(Translation.ReadOnly);
    fs.run('mprotect', { ...all, length: PAGE, flags: SHARED_WRITABLE });
    expect(mm.table.kind(mapping, 9)).toBe(Translation.Absent);
    fs.load(mapping, 0, 1);
    expect(stats.fallbacksOutside).toBe(1);
  });

  test('a punch in the middle zaps the 2 MiB, and the rest keeps its bytes', () => {
    const { fs, handle, inode, mm, volume } = sparse(HUGE);
    const mapping = fs.mmap(handle, HUGE);
    fs.store(mapping, 0, 3 * PAGE, 7);
    const flags = FallocMode.PunchHole + FallocMode.KeepSize;
    fs.run('fallocate', { handle, offset: PAGE, length: PAGE, flags });
    expect(mm.table.count(mapping)).toBe(0);
    expect(volume.inodes.blocks(inode)).toBe(HUGE - 1);
    expect(fs.load(mapping, 0, 1)).toEqual([7]);
    expect(fs.load(mapping, PAGE, 1)).toEqual([0]);
  });

  test('filling in ahead maps 2 MiB by 2 MiB (p32)', () => {
    const { fs, handle, stats } = sparse(2 * HUGE);
    const mapping = fs.mmap(handle, 2 * HUGE, 0, SHARED_WRITABLE | MapFlag.Populate);
    expect([stats.hugeFaults, stats.readFaults]).toEqual([2, 2]);
    const args = { mapping, offset: HUGE_BYTES, length: 2 * HUGE_BYTES, access: Access.Write };
    expect(fs.run('madvise', { ...args, flags: 23 }).errno).toBe(12);
    expect(stats.writeFaults).toBe(1);
  });

  test('without huge faults everything is a page', () => {
    const { fs, handle, stats } = sparse(HUGE, { knobs: { faultSizes: 'pagesOnly' } });
    fs.store(fs.mmap(handle, HUGE), 0, 1, 7);
    expect([stats.pageFaults, stats.hugeFaults, stats.fallbacks]).toEqual([1, 0, 0]);
  });
});
