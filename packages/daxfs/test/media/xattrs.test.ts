/** Extended attributes on the media, held against a map of names and values. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '@daxsim/sim';
import { fsck } from '../../src/media/fsck.js';
import { MediaImage } from '../../src/media/media-image.js';
import { MediaOutcome } from '../../src/media/outcome.js';
import type { MountedVolume } from '../../src/media/mounted-volume.js';
import type { XattrLimits } from '../../src/media/volume.js';
import { LogNeed } from '../../src/media/volume.js';
import { MediaFixture, mounted } from './media-fixture.js';

const NAMES = ['a', 'b', 'name-of-9', 'c'.repeat(40), 'd'.repeat(200)];
const LENGTHS = [0, 1, 8, 30, 60, 500, 3000, 4060, 4064, 4072, 5000, 20000, 65536];
const EXT4: XattrLimits = { bodyBytes: 88, blockBytes: 4060 };

interface Change {
  readonly isRemoval: boolean;
  readonly name: number;
  readonly space: number;
  readonly length: number;
  readonly fill: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  isRemoval: fc.integer({ min: 0, max: 3 }).map((draw) => draw === 0),
  name: fc.integer({ min: 0, max: NAMES.length - 1 }),
  space: fc.integer({ min: 0, max: 2 }),
  length: fc.constantFrom(...LENGTHS),
  fill: fc.integer({ min: 0, max: 255 }),
});

function valueOf({ length, fill }: Change): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (fill + i * 7) & 0xff);
}

function keyOf(space: number, name: string): string {
  return `${String(space)}.${name}`;
}

/** Attributes in core, by key. */
function inCore(volume: MountedVolume, inode: number): Map<string, string> {
  const { names, xattrs } = volume;
  const found = new Map<string, string>();
  for (let at = xattrs.next(inode, 0); at >= 0; at = xattrs.next(inode, at)) {
    const key = keyOf(xattrs.entrySpace, names.textOf(xattrs.entryName));
    const value = new Uint8Array(xattrs.valueBytes);
    xattrs.readValue(value);
    expect(found.has(key)).toBe(false);
    found.set(key, value.join());
  }
  return found;
}

function onImage(image: MediaImage, inode: number): Map<string, string> {
  const decoder = new TextDecoder();
  return new Map(
    image
      .xattrs(inode)
      .map(({ space, name, value }) => [keyOf(space, decoder.decode(name)), value.join()]),
  );
}

function apply(fixture: MediaFixture, inode: number, one: Change, limits: XattrLimits | null) {
  const { volume } = fixture;
  const name = volume.names.idOf(NAMES[one.name] ?? '');
  const value = valueOf(one);
  return fixture.commit(({ xattrs }) =>
    one.isRemoval
      ? xattrs.remove(inode, one.space, name)
      : xattrs.set(inode, one.space, name, value, value.length, limits),
  );
}

describe('extended attributes', () => {
  test.each([
    ['without limits', null],
    ['of one block', EXT4],
  ])('%s are what was set last, in core and on the media', (_title, limits) => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25, size: 'max' }), (changes) => {
        const fixture = new MediaFixture(500);
        const { volume } = fixture;
        const inode = fixture.file('f');
        const free = volume.allocator.free;
        const expected = new Map<string, string>();
        for (const one of changes) {
          const key = keyOf(one.space, NAMES[one.name] ?? '');
          fixture.quiesce();
          const before = volume.journal.committedSequence;
          const outcome = apply(fixture, inode, one, limits);
          if (outcome === MediaOutcome.NotFound) expect(expected.has(key)).toBe(false);
          else if (outcome === MediaOutcome.NoSpace) {
            expect(limits === null).toBe(false);
            expect(volume.journal.committedSequence).toBe(before);
          } else if (one.isRemoval) expect(expected.delete(key)).toBe(true);
          else expected.set(key, valueOf(one).join());
          expect(volume.journal.lastLines).toBeLessThanOrEqual(
            volume.journal.needLines(LogNeed.Xattr),
          );
          expect(inCore(volume, inode)).toEqual(expected);
        }
        fixture.quiesce();
        expect(fsck(fixture.memory)).toEqual([]);
        const image = MediaImage.open(fixture.memory);
        expect(image === null ? null : onImage(image, inode)).toEqual(expected);
        expect(inCore(mounted(fixture.memory, new StateSpace()), inode)).toEqual(expected);
        expect(volume.allocator.free).toBe(free - volume.inodes.blocks(inode));
      }),
      { numRuns: 12, seed: 4 },
    );
  });

  test('go with their inode, block by block', () => {
    const fixture = new MediaFixture(500);
    const { volume } = fixture;
    // The directory gets its block before the count.
    fixture.file('other');
    const free = volume.allocator.free;
    const inode = fixture.file('f');
    const big = new Uint8Array(65536).fill(3);
    for (const text of ['a', 'b', 'c']) {
      const name = volume.names.idOf(text);
      expect(fixture.commit((v) => v.xattrs.set(inode, 0, name, big, 60000, null))).toBe(0);
      fixture.commit((v) => v.xattrs.set(inode, 1, name, big, 3000, null));
      fixture.quiesce();
    }
    expect(volume.inodes.blocks(inode)).toBe(3 * 15 + 3);
    fixture.commit((v) => v.unlink(1, fixture.name('f')));
    while (volume.isOrphan(inode)) {
      fixture.commit((v) => v.reclaimOrphan(inode, 2));
      fixture.quiesce();
    }
    expect(volume.allocator.free).toBe(free);
    expect(fsck(fixture.memory)).toEqual([]);
  });

  test('of a short symlink take blocks without being mistaken for extents', () => {
    const fixture = new MediaFixture(500);
    const { volume } = fixture;
    fixture.commit((v) => v.symlink(1, fixture.name('s'), Uint8Array.of(65, 66), 0, 0));
    const inode = volume.created;
    const name = volume.names.idOf('x');
    fixture.commit((v) => v.xattrs.set(inode, 1, name, new Uint8Array(9000), 9000, null));
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    fixture.commit((v) => v.unlink(1, fixture.name('s')));
    while (volume.isOrphan(inode)) fixture.commit((v) => v.reclaimOrphan(inode, 2));
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    expect(volume.inodes.isUsed(inode)).toBe(false);
  });

  test('that the device has no room for change nothing', () => {
    const fixture = new MediaFixture(150);
    const { volume } = fixture;
    const inode = fixture.file('f');
    const name = volume.names.idOf('x');
    const value = new Uint8Array(65536);
    fixture.commit((v) => v.xattrs.set(inode, 0, name, value, 20, null));
    while (volume.allocator.reserve(0, 8, 1) > 0);
    const before = volume.journal.committedSequence;
    expect(fixture.commit((v) => v.xattrs.set(inode, 0, name, value, 65536, null))).toBe(
      MediaOutcome.NoSpace,
    );
    expect(volume.journal.committedSequence).toBe(before);
    expect(volume.xattrs.find(inode, 0, name)).toBe(true);
    expect(volume.xattrs.valueBytes).toBe(20);
  });
});
