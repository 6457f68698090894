/**
 * Full file systems: whatever is refused has changed nothing, whatever is done is sound, and space
 * that was freed can be had again.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fsck } from '../../src/media/fsck.js';
import { MediaOutcome } from '../../src/media/outcome.js';
import { MediaFixture } from './media-fixture.js';
import { dumpVolume } from './tree-dump.js';

const step = fc.record({
  kind: fc.constantFrom(
    'create',
    'symlink',
    'link',
    'rename',
    'insert',
    'insert',
    'insert',
    'punch',
    'convert',
    'unconvert',
    'split',
    'shift',
    'quiesce',
  ),
  n: fc.integer({ min: 0, max: 400 }),
  length: fc.integer({ min: 1, max: 9 }),
});

interface Step {
  readonly kind: string;
  readonly n: number;
  readonly length: number;
}

/** One operation in the open transaction. */
function act({ volume, name }: Acting, inode: number, { kind, n, length }: Step): MediaOutcome {
  const { allocator, extents } = volume;
  const long = name(`${'n'.repeat(200)}${String(n)}`);
  switch (kind) {
    case 'create':
      return volume.createInode(1, long, n % 3 === 0 ? 0o040755 : 0o100644, 0, 0);
    case 'symlink':
      return volume.symlink(1, long, new Uint8Array(n * 8 + 1).fill(65), 0, 0);
    case 'link':
      return volume.link(inode, 1, long);
    case 'rename':
      return volume.rename(1, name('f'), 1, name(n % 2 === 0 ? 'f' : 'f'.repeat(n % 250)));
    case 'punch':
      return extents.remove(inode, n, n + 1, 1);
    case 'convert':
      return extents.convert(inode, n, 1);
    case 'unconvert':
      return extents.unconvert(inode, n, 1);
    case 'split':
      return extents.splitAt(inode, n);
    case 'shift': {
      if (extents.next(inode, n) && extents.start >= n) {
        const { start, length: blocks } = extents;
        extents.lookup(inode, start + blocks);
        if (extents.state === 0) return extents.shift(inode, start, 1, start + 1);
      }
      return MediaOutcome.Done;
    }
    default:
      extents.lookup(inode, n);
      if (extents.state !== 0) return MediaOutcome.Done;
      return insert(volume, inode, n, Math.min(length, extents.length, allocator.available));
  }
}

type Acting = Pick<MediaFixture, 'volume'> & { readonly name: (text: string) => number };

function insert(
  { allocator, extents }: MediaFixture['volume'],
  inode: number,
  at: number,
  wanted: number,
): MediaOutcome {
  const got = allocator.reserve(0, wanted, 1);
  if (got === 0) return allocator.failure();
  const block = allocator.reservedBlock;
  const outcome = extents.insert(inode, at, block, got, at % 2 === 0);
  if (outcome !== MediaOutcome.Done) allocator.giveBack(block, got);
  return outcome;
}

describe('a full file system', () => {
  test('refuses without a trace, and stays sound', () => {
    let refused = 0;
    const steps = fc.array(step, { minLength: 40, maxLength: 120, size: 'max' });
    fc.assert(
      fc.property(steps, (all) => {
        const fixture = new MediaFixture(110, { inodes: 32 });
        const inode = fixture.file('f');
        const acting = { volume: fixture.volume, name: (text: string) => fixture.name(text) };
        const { allocator, journal } = fixture.volume;
        for (const one of all) {
          if (one.kind === 'quiesce') fixture.quiesce();
          const before = [dumpVolume(fixture.volume), allocator.available, allocator.reserved];
          const sequence = journal.committedSequence;
          const outcome = fixture.commit(() => act(acting, inode, one));
          if (outcome === MediaOutcome.Done || outcome === MediaOutcome.More) continue;
          if (outcome === MediaOutcome.NoSpace) refused += 1;
          expect(journal.committedSequence).toBe(sequence);
          const after = [dumpVolume(fixture.volume), allocator.available, allocator.reserved];
          expect(after).toEqual(before);
        }
        fixture.quiesce();
        expect(fsck(fixture.memory)).toEqual([]);
        expect(allocator.busy).toBe(0);
      }),
      { numRuns: 20, seed: 21 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  test('every inode in use is told apart from no space', () => {
    const fixture = new MediaFixture(400, { inodes: 16 });
    for (let i = 0; i < 14; i += 1) fixture.file(`f${String(i)}`);
    const outcome = fixture.commit((v) => v.createInode(1, fixture.name('x'), 0o100644, 0, 0));
    expect(outcome).toBe(MediaOutcome.NoInodes);
    fixture.commit((v) => v.unlink(1, fixture.name('f3')));
    fixture.commit((v) => v.reclaimOrphan(v.removed, 1));
    fixture.file('x');
    expect(fixture.volume.directories.lookup(1, fixture.name('x'))).toBe(5);
  });
});
