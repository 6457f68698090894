/**
 * Faults, private copies and durability of mapped access, one operation after another on untimed
 * memory, without locks.
 */
import { describe, expect, test } from '@jest/globals';
import { MapFlag, Signal } from '../../src/index.js';
import { MappedFixture, PAGE, SHARED_WRITABLE } from './mapped-fixture.js';

function bytes(count: number, value: number): number[] {
  return new Array<number>(count).fill(value);
}

/** A file of `pages` pages without blocks, and a mapping of all of them. */
function sparse(pages: number, flags = SHARED_WRITABLE, mappedPages = pages) {
  const fs = new MappedFixture();
  const handle = fs.open('/f');
  fs.run('ftruncate', { handle, length: pages * PAGE });
  return { fs, handle, mapping: fs.mmap(handle, mappedPages, 0, flags) };
}

describe('loads and stores through a mapping', () => {
  test('a load of a hole maps the zero page and allocates nothing', () => {
    const { fs, handle, mapping } = sparse(4);
    expect(fs.load(mapping, 100, 8)).toEqual(bytes(8, 0));
    expect(fs.system.world.volume.inodes.blocks(fs.inode(handle))).toBe(0);
    expect(fs.system.world.mm.stats.majorFaults).toBe(0);
  });

  test('a store allocates one block, and read sees it', () => {
    const { fs, handle, mapping } = sparse(4);
    expect(fs.store(mapping, PAGE + 60, 10, 7).result).toBe(10);
    expect(fs.system.world.volume.inodes.blocks(fs.inode(handle))).toBe(1);
    expect(fs.system.world.mm.stats.majorFaults).toBe(1);
    const expected = [...bytes(4, 0), ...bytes(10, 7), ...bytes(6, 0)];
    expect(fs.read(handle, PAGE + 56, 20)).toEqual(expected);
  });

  test('a store over pages faults once per page, and again only after msync', () => {
    const { fs, mapping } = sparse(4);
    const { stats } = fs.system.world.mm;
    fs.store(mapping, 0, 3 * PAGE, 1);
    fs.store(mapping, 0, 3 * PAGE, 2);
    expect(stats.writeFaults).toBe(3);
    expect(fs.msync(mapping, 0, 4 * PAGE)).toMatchObject({ outcome: 'Ok', result: 0 });
    expect(stats.flushedPages).toBe(3);
    fs.store(mapping, 0, 3 * PAGE, 3);
    expect(stats.writeFaults).toBe(6);
    expect(stats.upgradeFaults).toBe(3);
  });

  test('two mappings of one page fault each for itself', () => {
    const { fs, handle, mapping } = sparse(1);
    const other = fs.mmap(handle, 1);
    fs.store(mapping, 0, 1, 1);
    fs.store(other, 1, 1, 2);
    expect(fs.system.world.mm.stats.writeFaults).toBe(2);
    fs.msync(mapping, 0, PAGE);
    fs.store(other, 2, 1, 3);
    fs.store(mapping, 3, 1, 4);
    expect(fs.system.world.mm.stats.writeFaults).toBe(4);
    expect(fs.load(other, 0, 5)).toEqual([1, 2, 3, 4, 0]);
  });

  test('a zero page gives way to the block in every mapping', () => {
    const { fs, handle, mapping } = sparse(1);
    const other = fs.mmap(handle, 1);
    expect(fs.load(other, 0, 1)).toEqual([0]);
    fs.store(mapping, 0, 1, 9);
    expect(fs.load(other, 0, 1)).toEqual([9]);
  });

  test('a store beyond the end of the file is a bus error and still stamps the file', () => {
    const { fs, handle, mapping } = sparse(1, SHARED_WRITABLE, 2);
    const { inodes } = fs.system.world.volume;
    const before = inodes.modifyNs(fs.inode(handle));
    const answer = fs.store(mapping, PAGE - 8, 16, 5);
    expect(answer).toMatchObject({ outcome: 'Signal', signal: Signal.Bus, result: 8 });
    expect(inodes.modifyNs(fs.inode(handle))).toBeGreaterThan(before);
  });

  test('a store to a read-only mapping is a segmentation fault', () => {
    const { fs, mapping } = sparse(1, MapFlag.Read | MapFlag.Shared);
    expect(fs.store(mapping, 0, 1, 1)).toMatchObject({ signal: Signal.Segv, result: 0 });
  });

  test('without space a store into a hole is a bus error', () => {
    const { fs, mapping } = sparse(1);
    const { allocator } = fs.system.world.volume;
    while (allocator.reserve(0, 1024, 1) > 0);
    expect(fs.store(mapping, 0, 1, 1)).toMatchObject({ signal: Signal.Bus, result: 0 });
    expect(fs.load(mapping, 0, 1)).toEqual([0]);
  });
});

describe('private mappings', () => {
  test('keep their stores from the file', () => {
    const { fs, handle, mapping } = sparse(2, MapFlag.Read | MapFlag.Write | MapFlag.Private);
    fs.write(handle, 0, PAGE, 3);
    fs.store(mapping, 10, 4, 8);
    expect(fs.load(mapping, 8, 8)).toEqual([3, 3, 8, 8, 8, 8, 3, 3]);
    expect(fs.read(handle, 8, 8)).toEqual(bytes(8, 3));
    expect(fs.system.world.mm.privatePages.count).toBe(1);
    fs.run('munmap', { mapping, offset: 0, length: 2 * PAGE });
    expect(fs.system.world.mm.privatePages.count).toBe(0);
  });
});

describe('power loss', () => {
  test('takes a store without msync and keeps one with it', () => {
    const { fs, handle, mapping } = sparse(2);
    fs.store(mapping, 0, PAGE, 1);
    fs.msync(mapping, 0, PAGE);
    fs.store(mapping, PAGE, PAGE, 2);
    fs.run('fdatasync', { handle });
    fs.store(mapping, PAGE, PAGE, 4);
    const after = fs.afterPowerLoss();
    const reopened = after.open('/f');
    expect(after.read(reopened, 0, PAGE)).toEqual(bytes(PAGE, 1));
    expect(after.read(reopened, PAGE, PAGE)).toEqual(bytes(PAGE, 2));
  });

  test('a file that was never synced is gone', () => {
    const { fs, mapping } = sparse(1);
    fs.store(mapping, 0, PAGE, 1, 1);
    const after = fs.afterPowerLoss();
    const id = after.system.world.paths.idOf('/f');
    expect(after.run('stat', { path: id, handle: -1 }).errno).toBe(2);
  });

  test('a flushed store through a MAP_SYNC mapping survives without fsync', () => {
    const flags = MapFlag.Read | MapFlag.Write | MapFlag.Sync;
    const { fs, mapping } = sparse(2, flags);
    fs.store(mapping, PAGE + 100, 50, 6, 1);
    expect(fs.system.world.mm.stats.syncFaults).toBe(1);
    const after = fs.afterPowerLoss();
    expect(after.read(after.open('/f'), PAGE + 100, 50)).toEqual(bytes(50, 6));
    fs.store(mapping, PAGE + 100, 50, 7, 1);
    expect(fs.system.world.mm.stats.syncFaults).toBe(1);
  });

  test('loses msynced bytes when the log force skips its flushes', () => {
    const fs = new MappedFixture({ knobs: { logForceFlush: 'skip' } });
    const handle = fs.open('/f');
    fs.run('ftruncate', { handle, length: PAGE });
    const mapping = fs.mmap(handle, 1);
    fs.store(mapping, 0, PAGE, 1);
    fs.msync(mapping, 0, PAGE);
    const after = fs.afterPowerLoss();
    const id = after.system.world.paths.idOf('/f');
    expect(after.run('stat', { path: id, handle: -1 }).errno).toBe(2);
  });
});
