/** Reading, writing and resizing, one operation at a time. */
import { describe, expect, test } from '@jest/globals';
import { Errno, FallocMode, OpenFlag, Whence, lockPlan } from '../../src/index.js';
import { Driver, byteOf } from '../driver.js';

const PAGE = 4096;

function repeated(byte: number, count: number): number[] {
  return new Array<number>(count).fill(byte);
}

describe('read and write', () => {
  test('a read sees what was written, and ends at the end of the file', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    expect(driver.write(file, 0, 10000, 7)).toBe(10000);
    expect(driver.read(file, 9000, 5000)).toEqual(repeated(byteOf(7), 1000));
    expect(driver.run('read', { handle: file, offset: 10000, length: 1 }).result).toBe(0);
  });

  test('bytes that were never written read as zero, in holes and in new blocks', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.write(file, 3 * PAGE + 100, 50, 3);
    const bytes = driver.read(file, 0, 4 * PAGE);
    expect(bytes.length).toBe(3 * PAGE + 150);
    expect(bytes.slice(0, 3 * PAGE + 100).every((byte) => byte === 0)).toBe(true);
    expect(bytes.slice(3 * PAGE + 100)).toEqual(repeated(byteOf(3), 50));
  });

  test('the file position moves with transfers that use it, and only with them', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.run('write', { handle: file, offset: -1, length: 100, source: 1 });
    driver.run('write', { handle: file, offset: -1, length: 100, source: 2 });
    driver.write(file, 0, 10, 3);
    expect(driver.run('lseek', { handle: file, offset: 0, whence: Whence.Current }).result).toBe(
      200,
    );
    expect(driver.size('/a')).toBe(200);
  });

  test('O_APPEND writes at the end wherever the position is', () => {
    const driver = new Driver();
    const file = driver.open('/a', OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Append);
    driver.write(file, 0, 100, 1);
    driver.write(file, 0, 100, 2);
    expect(driver.size('/a')).toBe(200);
    expect(driver.read(file, 100, 100)).toEqual(repeated(byteOf(2), 100));
  });

  test('a handle without the right cannot read or write', () => {
    const driver = new Driver();
    driver.open('/a');
    const reader = driver.open('/a', OpenFlag.ReadOnly);
    const writer = driver.open('/a', OpenFlag.WriteOnly);
    expect(driver.write(reader, 0, 1, 1)).toBe(-Errno.BadHandle);
    expect(driver.run('read', { handle: writer, length: 1 }).errno).toBe(Errno.BadHandle);
    expect(driver.run('read', { handle: 99, length: 1 }).errno).toBe(Errno.BadHandle);
    expect(driver.run('ftruncate', { handle: reader, length: 0 }).errno).toBe(Errno.Invalid);
  });

  test('a directory cannot be read as a file', () => {
    const driver = new Driver();
    driver.at('mkdir', '/d');
    const handle = driver.open('/d', OpenFlag.ReadOnly);
    expect(driver.run('read', { handle, length: 1 }).errno).toBe(Errno.IsDirectory);
  });

  test('growing a file does not bring back what lay behind its old end', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.write(file, 0, PAGE, 5);
    driver.run('ftruncate', { handle: file, length: 100 });
    driver.run('ftruncate', { handle: file, length: PAGE });
    expect(driver.read(file, 0, PAGE)).toEqual([
      ...repeated(byteOf(5), 100),
      ...repeated(0, PAGE - 100),
    ]);
    driver.run('ftruncate', { handle: file, length: 50 });
    driver.write(file, 200, 10, 6);
    expect(driver.read(file, 50, 150)).toEqual(repeated(0, 150));
  });

  test('copyRange refuses a target that is open for appending', () => {
    const driver = new Driver();
    const from = driver.open('/a');
    driver.write(from, 0, 100, 1);
    const to = driver.open('/b', OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Append);
    const args = { handle: from, offset: -1, handle2: to, offset2: -1, length: 100 };
    expect(driver.run('copyRange', args).errno).toBe(Errno.BadHandle);
    expect(driver.size('/b')).toBe(0);
  });

  test('copyRange copies data and holes and stops at the source’s end', () => {
    const driver = new Driver();
    const from = driver.open('/a');
    const to = driver.open('/b');
    driver.write(from, 0, 1000, 1);
    driver.write(from, 2 * PAGE, 1000, 2);
    const args = { handle: from, offset: 10, handle2: to, offset2: 5, length: 100000 };
    expect(driver.run('copyRange', args).result).toBe(2 * PAGE + 990);
    const source = driver.read(from, 10, 100000);
    expect(driver.read(to, 5, 100000)).toEqual(source);
    expect(driver.run('copyRange', { ...args, handle2: from }).errno).toBe(Errno.Invalid);
  });
});

describe('allocation', () => {
  test('preallocated blocks read as zero and are holes to SEEK_HOLE', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.run('fallocate', { handle: file, offset: 0, length: 4 * PAGE });
    expect(driver.size('/a')).toBe(4 * PAGE);
    expect(driver.read(file, 0, 4 * PAGE)).toEqual(repeated(0, 4 * PAGE));
    driver.write(file, PAGE, 10, 1);
    const seek = (offset: number, whence: number) =>
      driver.run('lseek', { handle: file, offset, whence });
    expect(seek(0, Whence.Data).result).toBe(PAGE);
    expect(seek(PAGE, Whence.Hole).result).toBe(2 * PAGE);
    expect(seek(2 * PAGE, Whence.Data).errno).toBe(Errno.NoDevice);
  });

  test('KEEP_SIZE keeps the size; a mode that no kernel has is refused', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    const args = { handle: file, offset: 0, length: PAGE };
    expect(driver.run('fallocate', { ...args, flags: FallocMode.KeepSize }).errno).toBe(0);
    expect(driver.size('/a')).toBe(0);
    expect(driver.run('fallocate', { ...args, flags: FallocMode.PunchHole }).errno).toBe(
      Errno.NotSupported,
    );
    expect(driver.run('fallocate', { ...args, length: 0 }).errno).toBe(Errno.Invalid);
  });

  test('a punch frees whole blocks and zeroes the parts of others', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.write(file, 0, 4 * PAGE, 9);
    const flags = FallocMode.PunchHole | FallocMode.KeepSize;
    driver.run('fallocate', { handle: file, offset: 100, length: 3 * PAGE, flags });
    const bytes = driver.read(file, 0, 4 * PAGE);
    expect(bytes.slice(0, 100)).toEqual(repeated(byteOf(9), 100));
    expect(bytes.slice(100, 3 * PAGE + 100)).toEqual(repeated(0, 3 * PAGE));
    expect(bytes.slice(3 * PAGE + 100)).toEqual(repeated(byteOf(9), PAGE - 100));
    expect(driver.system.world.volume.inodes.blocks(2)).toBe(2);
  });

  test('a hole that is filled later makes one extent with what surrounds it', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.write(file, 0, 8 * PAGE, 1);
    driver.write(file, 10 * PAGE, PAGE, 2);
    driver.write(file, 8 * PAGE, 2 * PAGE, 3);
    expect(driver.system.world.volume.extents.count(2)).toBe(1);
  });

  test('a write that does not fit fails whole up to 4 MiB, and is short beyond', () => {
    const driver = new Driver({ capacityBytes: 8 * 1024 * 1024, logBytes: 256 * 1024 });
    const file = driver.open('/a');
    const first = driver.write(file, 0, 8 * 1024 * 1024, 1);
    expect(first).toBe(4 * 1024 * 1024);
    expect(driver.write(file, first, 4 * 1024 * 1024, 1)).toBe(-Errno.NoSpace);
    driver.run('ftruncate', { handle: file, length: 0 });
    expect(driver.write(file, 0, first, 2)).toBe(first);
  });

  test('what the extent tree may need stays free: the last blocks go to nobody', () => {
    const driver = new Driver({ capacityBytes: 2 * 1024 * 1024, logBytes: 256 * 1024 });
    const { allocator } = driver.system.world.volume;
    const handle = driver.open('/a');
    for (let page = 0; allocator.free > 5; page += 1) driver.write(handle, page * PAGE, PAGE, 1);
    expect(allocator.free).toBe(5);
    const offset = 1024 * PAGE;
    expect(driver.run('fallocate', { handle, offset, length: 2 * PAGE }).errno).toBe(28);
    expect(driver.write(handle, offset, PAGE, 1)).toBe(PAGE);
    expect(driver.write(handle, offset + PAGE, PAGE, 1)).toBe(-Errno.NoSpace);
  });

  test('a close frees what the stripe unit added behind the end, not preallocation', () => {
    const options = { capacityBytes: 32 * 1024 * 1024, stripeBlocks: 512 };
    const blocksAfterClose = (preallocates: boolean): number => {
      const driver = new Driver(options);
      const { handles, volume } = driver.system.world;
      const handle = driver.open('/a');
      const inode = handles.inode(handle);
      if (preallocates) driver.run('fallocate', { handle, offset: 0, length: PAGE });
      driver.run('ftruncate', { handle, length: 513 * PAGE });
      driver.write(handle, 513 * PAGE, 100, 1);
      expect(volume.inodes.blocks(inode)).toBe(511 + (preallocates ? 1 : 0));
      driver.run('close', { handle });
      return volume.inodes.blocks(inode);
    };
    expect(blocksAfterClose(false)).toBe(1);
    expect(blocksAfterClose(true)).toBe(512);
  });

  test('a write inside the file is not rounded up, though its last page passes the end', () => {
    const driver = new Driver({ capacityBytes: 32 * 1024 * 1024, stripeBlocks: 512 });
    const { handles, volume } = driver.system.world;
    const handle = driver.open('/a');
    driver.run('ftruncate', { handle, length: 512 * PAGE + 200 });
    driver.write(handle, 512 * PAGE, 100, 1);
    expect(volume.inodes.blocks(handles.inode(handle))).toBe(1);
  });

  test('making a file wants room for inodes and directory blocks', () => {
    const driver = new Driver({ capacityBytes: 2 * 1024 * 1024, logBytes: 256 * 1024 });
    const { allocator } = driver.system.world.volume;
    const handle = driver.open('/a');
    driver.run('fallocate', { handle, offset: 0, length: (allocator.free - 47) * PAGE });
    expect(driver.tryOpen('/b', OpenFlag.Create)).toBeGreaterThanOrEqual(0);
    driver.run('fallocate', { handle, offset: 0, length: (allocator.free - 10) * PAGE, flags: 1 });
    driver.write(handle, 4096 * PAGE, PAGE, 1);
    expect(driver.tryOpen('/c', OpenFlag.Create)).toBe(-Errno.NoSpace);
  });

  test('preallocation is rounded to the extent size hint, as far as the hole goes', () => {
    const driver = new Driver();
    const { handles, volume } = driver.system.world;
    const handle = driver.open('/a');
    const inode = handles.inode(handle);
    expect(driver.run('setExtentHint', { handle, length: 100 }).errno).toBe(Errno.Invalid);
    expect(driver.run('setExtentHint', { handle, length: 16 * PAGE }).errno).toBe(0);
    driver.run('fallocate', { handle, offset: 20 * PAGE, length: PAGE });
    expect(volume.extents.next(inode, 0)).toBe(true);
    expect([volume.extents.start, volume.extents.length]).toEqual([16, 16]);
    expect(driver.size('/a')).toBe(21 * PAGE);
    expect(driver.run('setExtentHint', { handle, length: 0 }).errno).toBe(Errno.Invalid);
  });

  test('an orphan keeps its bytes until the last close, then its blocks are free', () => {
    const driver = new Driver();
    const before = driver.system.world.volume.allocator.available;
    const file = driver.open('/a');
    driver.write(file, 0, 20 * PAGE, 4);
    expect(driver.at('unlink', '/a').errno).toBe(0);
    expect(driver.read(file, 0, 10)).toEqual(repeated(byteOf(4), 10));
    driver.run('close', { handle: file });
    driver.run('sync', {});
    expect(driver.system.world.volume.inodes.isUsed(2)).toBe(false);
    // The root directory keeps the block that the name needed.
    expect(driver.system.world.volume.allocator.available).toBe(before - 1);
  });
});

describe('durability', () => {
  test.each(['fsync', 'fdatasync'])('%s makes bytes and size survive power loss', (call) => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.write(file, 0, 10000, 3);
    driver.run(call, { handle: file });
    const after = driver.afterPowerLoss();
    expect(after.size('/a')).toBe(10000);
    expect(after.read(after.open('/a'), 0, 10000)).toEqual(repeated(byteOf(3), 10000));
  });

  test('without a sync the file may not even exist', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.write(file, 0, 10000, 3);
    expect(driver.afterPowerLoss().at('stat', '/a').errno).toBe(Errno.NotFound);
  });

  test.each([OpenFlag.DataSync, OpenFlag.DataSync | OpenFlag.SyncAll])(
    'a write with O_DSYNC or O_SYNC is durable by itself (flag %i)',
    (flag) => {
      const driver = new Driver();
      const file = driver.open('/a', OpenFlag.ReadWrite | OpenFlag.Create | flag);
      driver.write(file, 0, 5000, 3);
      expect(driver.afterPowerLoss().size('/a')).toBe(5000);
    },
  );

  test('fdatasync does not force the log for time stamps, fsync does', () => {
    const driver = new Driver();
    const file = driver.open('/a');
    driver.write(file, 0, PAGE, 3);
    driver.run('fsync', { handle: file });
    const { journal } = driver.system.world.volume;
    const durable = journal.durableSequence;
    driver.write(file, 0, PAGE, 4);
    driver.run('fdatasync', { handle: file });
    expect(journal.durableSequence).toBe(durable);
    driver.run('fsync', { handle: file });
    expect(journal.durableSequence).toBeGreaterThan(durable);
  });

  test('unmount leaves a log with nothing to replay', () => {
    const driver = new Driver();
    driver.write(driver.open('/a'), 0, 5000, 3);
    driver.run('unmount', {});
    const { journal } = driver.system.world.volume;
    expect(journal.checkpointedSequence).toBe(journal.committedSequence);
  });

  test('a small log makes operations push its tail instead of failing', () => {
    const driver = new Driver({ logBytes: 256 * 1024 });
    for (let i = 0; i < 2500; i += 1) {
      const file = driver.open(`/f${String(i % 40)}`);
      expect(driver.write(file, (i % 300) * PAGE, 100, i)).toBe(100);
      driver.run('close', { handle: file });
    }
    expect(driver.system.world.volume.journal.checkpointedSequence).toBeGreaterThan(0);
  });
});

test.each(['xfs-upstream', 'none', 'global'])(
  'write, punch and read agree under plan %s',
  (plan) => {
    const driver = new Driver({ plan: lockPlan(plan) });
    const file = driver.open('/a');
    driver.write(file, 0, 8 * PAGE, 1);
    const flags = FallocMode.PunchHole | FallocMode.KeepSize;
    driver.run('fallocate', { handle: file, offset: PAGE, length: PAGE, flags });
    driver.write(file, PAGE + 10, 20, 2);
    expect(driver.read(file, PAGE, 40)).toEqual([
      ...repeated(0, 10),
      ...repeated(byteOf(2), 20),
      ...repeated(0, 10),
    ]);
  },
);
