/** Where blocks go by buddies, on a volume of 64 MiB without files. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { mkfs } from '../media/mkfs.js';
import { mount } from '../media/mounted-volume.js';
import type { MountedVolume } from '../media/mounted-volume.js';
import { BuddySpace } from './buddy-space.js';

const BYTES = 64 * 1024 * 1024;
const ALONE = { lastBefore: -1, blockBefore: 0, firstBehind: 0, blockBehind: 0 };

interface Fixture {
  readonly volume: MountedVolume;
  readonly buddy: BuddySpace;
}

function fixture(): Fixture {
  const space = new StateSpace();
  const memory = createUntimedMemory(space, BYTES, 'adr');
  const sizes = { capacityBytes: BYTES, logBytes: 512 * 1024, inodes: 64, stripeBlocks: 0 };
  mkfs(memory, { ...sizes, seed: 1, label: 'buddy' });
  const volume = mount(memory, space);
  if (volume === null) throw new Error('test: no file system');
  return { volume, buddy: new BuddySpace(space, volume.geometry, volume.allocator) };
}

/** Takes blocks for a file that goes on from block `last`; answers the run. */
function take({ volume, buddy }: Fixture, inode: number, page: number, count: number, last = 0) {
  const around = last === 0 ? ALONE : { ...ALONE, lastBefore: page - 1, blockBefore: last };
  const near = last === 0 ? 0 : last + 1;
  const request = { inode, page, count, fileBlocks: page, around, near, isExact: false };
  const length = buddy.take(request);
  return { block: volume.allocator.reservedBlock, length };
}

describe('blocks by buddies', () => {
  test('of a growing file lie one behind the other, out of what was kept for it', () => {
    const made = fixture();
    let last = take(made, 3, 0, 20);
    expect(last.length).toBe(20);
    for (let page = 20; page < 32; page += 4) {
      const next = take(made, 3, page, 4, last.block + last.length - 1);
      expect(next).toEqual({ block: last.block + last.length, length: 4 });
      last = next;
    }
  });

  test('of two large files do not mix, though they grow in turns', () => {
    const made = fixture();
    const first = take(made, 3, 0, 20);
    const second = take(made, 4, 0, 20);
    expect(take(made, 3, 20, 12, first.block + 19).block).toBe(first.block + 20);
    expect(take(made, 4, 20, 12, second.block + 19).block).toBe(second.block + 20);
  });

  test('of small files stand side by side in what they share', () => {
    const made = fixture();
    const blocks = [3, 4, 5, 6].map((inode) => take(made, inode, 0, 1).block);
    expect(blocks.map((block) => block - (blocks[0] ?? 0))).toEqual([0, 1, 2, 3]);
  });

  test('that are kept count as free, and are given up when nothing else is left', () => {
    const made = fixture();
    const { buddy, volume } = made;
    const free = buddy.free;
    take(made, 3, 0, 20);
    expect(buddy.free).toBe(free - 20);
    let taken = 20;
    for (let page = 0; ; page += 2048) {
      const { length } = take(made, 5, page, 2048);
      if (length === 0) break;
      taken += length;
    }
    expect(buddy.available).toBe(0);
    expect(buddy.free).toBe(free - taken);
    // A fiftieth is for nobody.
    expect(buddy.free).toBeGreaterThanOrEqual(Math.floor(volume.geometry.blocks / 50));
  });

  test('are never handed out twice, and all come back', () => {
    const call = fc.record({
      inode: fc.integer({ min: 3, max: 8 }),
      count: fc.integer({ min: 1, max: 700 }),
      what: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60, size: 'max' }), (calls) => {
        const made = fixture();
        const { buddy, volume } = made;
        const free = buddy.free;
        const owned = new Map<number, number>();
        const ends = new Map<number, { page: number; last: number }>();
        for (const { inode, count, what } of calls) {
          if (what === 0) buddy.giveUp(inode);
          const { page, last } = ends.get(inode) ?? { page: 0, last: 0 };
          const run = take(made, inode, page, count, last);
          for (let block = run.block; block < run.block + run.length; block += 1) {
            expect(owned.has(block)).toBe(false);
            owned.set(block, inode);
          }
          if (run.length > 0) {
            const end = { page: page + run.length, last: run.block + run.length - 1 };
            ends.set(inode, end);
          }
          expect(buddy.free).toBe(free - owned.size);
        }
        for (const inode of ends.keys()) buddy.giveUp(inode);
        for (const block of owned.keys()) volume.allocator.giveBack(block, 1);
        expect(buddy.free).toBe(free);
        expect(volume.allocator.reserved).toBe(0);
      }),
      { numRuns: 10, seed: 6 },
    );
  });
});
