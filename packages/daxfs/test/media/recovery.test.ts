/** What recovery does, by name; `crash.test.ts` has it at random places. */
import { describe, expect, test } from '@jest/globals';
import { fsck } from '../../src/media/fsck.js';
import { LineWriter } from '../../src/media/line-writer.js';
import { MediaImage } from '../../src/media/media-image.js';
import { MediaOutcome } from '../../src/media/outcome.js';
import { forceNow } from '../../src/media/quiesce.js';
import { recoverNow } from '../../src/media/recovery.js';
import { MediaFixture, mounted } from './media-fixture.js';
import { dumpImage, dumpVolume } from './tree-dump.js';

describe('recovery', () => {
  test('twice gives the same tree and writes no home line the second time', () => {
    const fixture = new MediaFixture(400);
    fixture.file('a');
    fixture.directory('d');
    fixture.force();
    const image = fixture.memory.crashImage({ keep: () => 0 });
    expect(recoverNow(image)).toMatchObject({ records: 2, orphans: 0 });
    const opened = MediaImage.open(image);
    expect(opened === null ? '' : dumpImage(opened)).toBe(dumpVolume(fixture.volume));
    expect(recoverNow(image)).toMatchObject({ records: 0, homeLines: 0 });
  });

  test('frees a file that was removed while held', () => {
    const fixture = new MediaFixture(400);
    const inode = fixture.file('a');
    const { allocator, extents } = fixture.volume;
    for (let at = 0; at < 24; at += 2) {
      allocator.reserve(0, 1, 1);
      fixture.commit(() => extents.insert(inode, at, allocator.reservedBlock, 1, false));
    }
    fixture.volume.hold(inode);
    fixture.commit((v) => v.unlink(1, fixture.name('a')));
    fixture.force();
    const image = fixture.memory.crashImage({ keep: () => 0 });
    expect(recoverNow(image)).toMatchObject({ orphans: 1 });
    expect(fsck(image)).toEqual([]);
    expect(MediaImage.open(image)?.isUsed(inode)).toBe(false);
  });

  test('never takes a record that a missing one before it tore off', () => {
    const fixture = new MediaFixture(400);
    const { journal } = fixture.volume;
    fixture.file('a');
    journal.planForce(0);
    const start = journal.planFirstLine;
    const first = journal.lastLines;
    fixture.file('b');
    // Only the second record reaches the media.
    const lines = journal.planForce(journal.committedSequence);
    for (let line = start + first; line < start + lines; line += 1) {
      journal.lineInto(line, fixture.memory.lineWords);
      fixture.writer.store(journal.lineAddress(line), 0xff);
    }
    fixture.writer.fence();
    const image = fixture.memory.crashImage({ keep: () => 0 });
    expect(recoverNow(image).records).toBe(0);
    // A record of the same size now ends where the torn one begins.
    const volume = mounted(image, image.space);
    volume.begin(1000);
    volume.createInode(1, volume.names.idOf('a'), 0o100644, 0, 0);
    volume.commit();
    expect(volume.journal.lastLines).toBe(first);
    forceNow(volume, image, new LineWriter(image, 0));
    const later = image.crashImage({ keep: () => 0 });
    expect(recoverNow(later).records).toBe(1);
    expect(
      MediaImage.open(later)
        ?.files()
        .map((f) => f.path),
    ).toEqual(['/a']);
  });

  test('of a memory without file system says so', () => {
    const fixture = new MediaFixture(400);
    fixture.memory.poke32(4, 99);
    expect(recoverNow(fixture.memory).outcome).toBe(MediaOutcome.NotMountable);
  });
});
