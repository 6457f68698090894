/** The allocator against a map of who has which block; and when freed blocks come back. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MediaOutcome } from '../../src/media/outcome.js';
import { MediaFixture } from './media-fixture.js';

describe('the allocator', () => {
  test('never hands out a block that is reserved, allocated or busy', () => {
    const step = fc.record({
      kind: fc.constantFrom('reserve', 'reserve', 'giveBack', 'insert', 'remove', 'force', 'push'),
      goal: fc.integer({ min: 0, max: 400 }),
      wanted: fc.integer({ min: 1, max: 20 }),
      align: fc.constantFrom(1, 1, 8),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const fixture = new MediaFixture(400);
        const { allocator, extents, geometry } = fixture.volume;
        const inode = fixture.file('a');
        const total = allocator.free + allocator.reserved;
        const owner = new Map<number, string>();
        const reservations: [number, number][] = [];
        let at = 0;
        for (const { kind, goal, wanted, align } of steps) {
          if (kind === 'reserve') {
            const length = allocator.reserve(goal, wanted, align);
            const block = allocator.reservedBlock;
            for (let i = 0; i < length; i += 1) {
              expect(owner.get(block + i)).toBeUndefined();
              expect(block + i).toBeGreaterThanOrEqual(geometry.firstFileBlock);
              owner.set(block + i, 'reserved');
            }
            if (length > 0) reservations.push([block, length]);
          } else if (kind === 'giveBack' || kind === 'insert') {
            const [block, length] = reservations.pop() ?? [0, 0];
            if (length === 0) continue;
            for (let i = 0; i < length; i += 1) {
              if (kind === 'giveBack') owner.delete(block + i);
              else owner.set(block + i, 'allocated');
            }
            if (kind === 'giveBack') allocator.giveBack(block, length);
            else {
              fixture.commit(() => extents.insert(inode, at, block, length, false));
              at += length + 1;
            }
          } else if (kind === 'remove') {
            fixture.commit(() => extents.remove(inode, 0, at, 1));
          } else if (kind === 'force') fixture.force();
          else fixture.quiesce();
          for (const block of owner.keys()) {
            if (owner.get(block) !== 'allocated' || allocator.isAllocated(block)) continue;
            if (!allocator.isBusy(block)) owner.delete(block);
          }
          const owned = fixture.volume.inodes.blocks(inode);
          expect(allocator.free + allocator.reserved + owned).toBe(total);
        }
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  test('a freed block is busy until the freeing transaction is durable', () => {
    const fixture = new MediaFixture(400);
    const { allocator, extents } = fixture.volume;
    const inode = fixture.file('a');
    allocator.reserve(0, 4, 1);
    const block = allocator.reservedBlock;
    fixture.commit(() => extents.insert(inode, 0, block, 4, false));
    fixture.force();
    fixture.commit(() => extents.remove(inode, 0, 4, 1));
    expect(allocator.isBusy(block)).toBe(true);
    expect(allocator.isAvailable(block)).toBe(false);
    expect(allocator.busy).toBe(4);
    fixture.force();
    expect(allocator.isAvailable(block)).toBe(true);
    expect(allocator.busy).toBe(0);
  });

  test('a freed directory block is busy until the freeing transaction is checkpointed', () => {
    const fixture = new MediaFixture(400);
    const { allocator, extents, names } = fixture.volume;
    const dir = fixture.directory('d');
    fixture.commit((v) => v.createInode(dir, names.idOf('x'), 0o100644, 0, 0));
    fixture.commit((v) => v.unlink(dir, names.idOf('x')));
    extents.lookup(dir, 0);
    const { block } = extents;
    fixture.commit((v) => v.rmdir(1, names.idOf('d')));
    fixture.commit((v) => v.reclaimOrphan(dir, 2));
    fixture.force();
    expect(allocator.isBusy(block)).toBe(true);
    fixture.quiesce();
    expect(allocator.isAvailable(block)).toBe(true);
  });

  test('a full file system says whether waiting for the log would help', () => {
    const fixture = new MediaFixture(400);
    const { allocator, extents } = fixture.volume;
    const inode = fixture.file('a');
    let at = 0;
    for (let got = allocator.reserve(0, 64, 1); got > 0; got = allocator.reserve(0, 64, 1)) {
      const block = allocator.reservedBlock;
      fixture.commit(() => extents.insert(inode, at, block, got, false));
      at += got;
    }
    expect(allocator.failure()).toBe(MediaOutcome.NoSpace);
    fixture.commit(() => extents.remove(inode, 0, 3, 1));
    expect(allocator.reserve(0, 1, 1)).toBe(0);
    expect(allocator.failure()).toBe(MediaOutcome.SpaceBusy);
    fixture.force();
    expect(allocator.reserve(0, 1, 1)).toBe(1);
  });

  test('a run starts at the goal when it is available, else where it fits whole', () => {
    const fixture = new MediaFixture(400);
    const { allocator, geometry } = fixture.volume;
    const first = geometry.firstFileBlock;
    expect(allocator.reserveExactly(first + 10, 2)).toBe(true);
    expect(allocator.reserveExactly(first + 11, 2)).toBe(false);
    expect(allocator.reserve(first + 4, 6, 1)).toBe(6);
    expect(allocator.reservedBlock).toBe(first + 4);
    expect(allocator.reserve(first, 6, 1)).toBe(6);
    expect(allocator.reservedBlock).toBe(first + 12);
    expect(allocator.reserve(first, 16, 16)).toBe(16);
    expect(allocator.reservedBlock % 16).toBe(0);
  });
});
