/** What the log promises: who is durable, what goes home, when space comes back. */
import { describe, expect, test } from '@jest/globals';
import { LogScan } from '../../src/media/log-scan.js';
import { MediaFixture } from './media-fixture.js';
import { LogNeed } from '../../src/media/volume.js';

describe('the log', () => {
  test('a transaction that changes nothing gets no record', () => {
    const fixture = new MediaFixture(400);
    const before = fixture.volume.journal.committedSequence;
    fixture.commit(() => undefined);
    expect(fixture.volume.journal.committedSequence).toBe(before);
  });

  test('a force covers the records asked for and no later one', () => {
    const fixture = new MediaFixture(400);
    const { journal } = fixture.volume;
    fixture.file('a');
    const first = journal.lastLines;
    fixture.file('b');
    const second = journal.lastLines;
    expect(journal.planForce(journal.durableSequence + 1)).toBe(first);
    expect(journal.planForce(journal.committedSequence)).toBe(first + second);
    journal.forceDone(journal.durableSequence + 1);
    expect(journal.planForce(journal.committedSequence)).toBe(second);
    expect(journal.durableSequence).toBe(1);
  });

  test('the later of two forces that overlap wins, whichever ends first', () => {
    const fixture = new MediaFixture(400);
    const { journal } = fixture.volume;
    fixture.file('a');
    fixture.file('b');
    journal.forceDone(2);
    journal.forceDone(1);
    expect(journal.durableSequence).toBe(2);
    expect(journal.planForce(2)).toBe(0);
  });

  test('home units get the values of durable records, not later ones', () => {
    const fixture = new MediaFixture(400);
    const { journal, inodes } = fixture.volume;
    const inode = fixture.file('a');
    fixture.commit((v) => {
      v.setSize(inode, 111);
    });
    fixture.force();
    fixture.commit((v) => {
      v.setSize(inode, 222);
    });
    expect(inodes.sizeBytes(inode)).toBe(222);
    const lines = journal.planCheckpoint(100);
    const words = new Int32Array(16);
    let size = 0;
    const address = fixture.volume.geometry.inodeFirstBlock * 4096 + inode * 512;
    for (let i = 0; i < lines; i += 1) {
      if (journal.homeAddress(i) !== address) continue;
      journal.homeInto(i, words);
      expect(journal.homeMask(i) & 8).toBe(8);
      size = words[6];
    }
    expect(size).toBe(111);
  });

  test('neighbouring units at the border of two blocks are two runs', () => {
    const fixture = new MediaFixture(400);
    // The last word of one inode block and the first of the next.
    fixture.volume.begin(0);
    const { inodes } = fixture.volume;
    inodes.set(15, 127, 12345);
    inodes.set(16, 0, 54321);
    fixture.volume.commit();
    fixture.quiesce();
    const base = fixture.volume.geometry.inodeFirstBlock * 4096;
    expect(fixture.memory.peek32(base + 15 * 512 + 127 * 4)).toBe(12345);
    expect(fixture.memory.peek32(base + 16 * 512)).toBe(54321);
  });

  test('space comes back when the tail has moved, and not before', () => {
    const fixture = new MediaFixture(400);
    const { journal } = fixture.volume;
    const empty = journal.spaceLines();
    fixture.file('a');
    fixture.force();
    const used = empty - journal.spaceLines();
    expect(used).toBe(journal.lastLines);
    expect(journal.planCheckpoint(10)).toBeGreaterThan(0);
    expect(journal.spaceLines()).toBe(empty - used);
    journal.checkpointDone();
    expect(journal.spaceLines()).toBe(empty);
    expect(journal.hasRoomFor(LogNeed.Extents)).toBe(true);
  });

  test('what a force wrote is what a scan reads', () => {
    const fixture = new MediaFixture(400);
    fixture.file('a');
    fixture.directory('d');
    fixture.force();
    const scan = new LogScan(fixture.memory, fixture.volume.geometry);
    let units = 0;
    let records = 0;
    while (scan.next()) {
      records += 1;
      scan.forEachUnit(() => {
        units += 1;
      });
    }
    expect(records).toBe(2);
    expect(units).toBeGreaterThan(20);
    fixture.memory.poke32(fixture.volume.journal.lineAddress(0) + 24, 1);
    expect(new LogScan(fixture.memory, fixture.volume.geometry).next()).toBe(false);
  });

  test('time stamps alone leave fdatasync clean, anything else does not', () => {
    const fixture = new MediaFixture(400);
    const { inodes } = fixture.volume;
    const inode = fixture.file('a');
    const made = inodes.lastDataSequence(inode);
    fixture.commit((v) => {
      v.touch(inode, 3);
    });
    expect(inodes.lastDataSequence(inode)).toBe(made);
    expect(inodes.lastSequence(inode)).toBe(made + 1);
    fixture.commit((v) => {
      v.setSize(inode, 1);
    });
    expect(inodes.lastDataSequence(inode)).toBe(made + 2);
  });

  test('a new extent and a new name are more than time stamps', () => {
    const fixture = new MediaFixture(400);
    const { allocator, extents, inodes, journal } = fixture.volume;
    const inode = fixture.file('a');
    allocator.reserve(0, 1, 1);
    fixture.commit(() => extents.insert(inode, 0, allocator.reservedBlock, 1, false));
    expect(inodes.lastSequence(inode)).toBe(journal.committedSequence);
    expect(inodes.lastDataSequence(inode)).toBe(journal.committedSequence);
    fixture.commit((v) => v.rename(1, fixture.name('a'), 1, fixture.name('b')));
    expect(inodes.lastDataSequence(inode)).toBe(journal.committedSequence);
    expect(inodes.lastDataSequence(1)).toBe(journal.committedSequence);
  });

  test('a unit that changes twice in a transaction is in its record once', () => {
    const fixture = new MediaFixture(400);
    const inode = fixture.file('a');
    fixture.commit((v) => {
      v.setSize(inode, 1);
    });
    const once = fixture.volume.journal.lastLines;
    fixture.commit((v) => {
      for (let i = 0; i < 50; i += 1) v.setSize(inode, i);
    });
    expect(fixture.volume.journal.lastLines).toBe(once);
  });
});
