/** All state of a volume is in its space: it can be rewound, hashed and run again. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '@daxsim/sim';
import { fsck } from '../../src/media/fsck.js';
import { MediaImage } from '../../src/media/media-image.js';
import { blockWriter } from './crash-fixture.js';
import { MediaFixture, mounted } from './media-fixture.js';
import { change, makeChange, needOf } from './random-metadata.js';
import type { Change } from './random-metadata.js';
import { dumpVolume } from './tree-dump.js';

function run(fixture: MediaFixture, changes: readonly Change[], most: number[]): void {
  const { volume } = fixture;
  const write = blockWriter(fixture.memory);
  changes.forEach((one, i) => {
    volume.journal.lastLines = 0;
    makeChange(volume, one, i, write);
    most[needOf(one.kind)] = Math.max(most[needOf(one.kind)] ?? 0, volume.journal.lastLines);
    if (one.at % 7 === 0) fixture.force();
    if (one.at % 11 === 0) fixture.quiesce();
  });
}

describe('the state of a volume', () => {
  test('is as it was after a rewind, and the same changes lead to the same state', () => {
    const changes = fc.array(change, { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(changes, changes, changes, (first, second, third) => {
        const fixture = new MediaFixture(400, { hashing: true });
        const most: number[] = [];
        run(fixture, first, most);
        const { memorySpace, space, volume } = fixture;
        const memoryMark = memorySpace.mark();
        const before = [space.hash(), dumpVolume(volume)];
        const mark = space.mark();
        run(fixture, second, most);
        const once = [space.hash(), dumpVolume(volume)];
        space.rewind(mark);
        memorySpace.rewind(memoryMark);
        expect([space.hash(), dumpVolume(volume)]).toEqual(before);
        run(fixture, third, most);
        space.rewind(mark);
        memorySpace.rewind(memoryMark);
        run(fixture, second, most);
        expect([space.hash(), dumpVolume(volume)]).toEqual(once);
        space.release(mark);
        most.forEach((lines, kind) => {
          expect(lines).toBeLessThanOrEqual(volume.journal.needLines(kind as 0 | 1 | 2));
        });
      }),
      { numRuns: 25, seed: 2 },
    );
  });

  test('a rewind finds a block that had not been read before it was freed and used again', () => {
    const fixture = new MediaFixture(400);
    const name = (text: string): number => fixture.name(text);
    const dir = fixture.directory('d');
    fixture.commit((v) => v.createInode(dir, name('x'), 0o100644, 0, 0));
    fixture.commit((v) => v.unlink(dir, name('x')));
    fixture.commit((v) => v.reclaimOrphan(v.removed, 1));
    fixture.quiesce();
    const space = new StateSpace();
    fixture.volume = mounted(fixture.memory, space);
    const mark = space.mark();
    const memoryMark = fixture.memorySpace.mark();
    fixture.commit((v) => v.rmdir(1, name('d')));
    fixture.commit((v) => v.reclaimOrphan(dir, 1));
    fixture.quiesce();
    for (const text of ['e', 'f', 'g']) {
      const used = fixture.directory(text);
      fixture.commit((v) => v.createInode(used, name('y'), 0o100644, 0, 0));
    }
    space.rewind(mark);
    fixture.memorySpace.rewind(memoryMark);
    fixture.commit((v) => v.createInode(dir, name('z'), 0o100644, 0, 0));
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    expect(
      MediaImage.open(fixture.memory)
        ?.files()
        .map((f) => f.path),
    ).toEqual(['/d', '/d/z']);
  });
});
