/** Ageing gives what the profile says, whatever the profile; fsck finds nothing odd in it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MediaImage, fsck } from '@daxsim/daxfs';
import { parseAgeing } from './ageing.js';
import { newDevice } from './device.js';
import { freeSpaceOf } from './free-space.js';
import type { FreeSpace } from './free-space.js';
import type { UntimedMemory } from '@daxsim/pmem';

const MIB = 1024 * 1024;

function aged(text: string, seed: number, bytes = 256 * MIB): UntimedMemory {
  return newDevice(bytes, parseAgeing(text), seed);
}

function spaceOf(memory: UntimedMemory, classes: readonly number[]): FreeSpace {
  const image = MediaImage.open(memory);
  if (image === null) throw new Error('no file system');
  return freeSpaceOf(image, [...classes, Infinity]);
}

describe('an aged file system', () => {
  test('has as much in use and free runs of such lengths as the profile says', () => {
    const share = fc.integer({ min: 1, max: 5 });
    const fullness = fc.constantFrom(0.1, 0.5, 0.8);
    fc.assert(
      fc.property(fullness, share, share, share, fc.nat(99), (full, small, middle, large, seed) => {
        const memory = aged(`${full}:8=${small},512=${middle},4096=${large}`, seed);
        const { blocks, free, runs } = spaceOf(memory, [8, 512, 4096]);
        expect(1 - free / blocks).toBeCloseTo(full, 1.7);
        const all = small + middle + large;
        for (const [i, wanted] of [small, middle, large].entries()) {
          // The last run of a class may be cut, and then counts among shorter ones.
          const found = (runs[i]?.blocks ?? 0) / free;
          expect(Math.abs(found - wanted / all)).toBeLessThan(0.12);
        }
        expect(fsck(memory)).toEqual([]);
      }),
      { seed: 1, numRuns: 12 },
    );
  });

  test('of single blocks has no two free blocks side by side but at the end', () => {
    const { runs, free } = spaceOf(aged('0.5:1=1', 1, 16 * MIB), [1]);
    expect((runs[0]?.blocks ?? 0) / free).toBeGreaterThan(0.95);
  });

  test('is the same from the same seed, and another from another', () => {
    const profile = '0.6:8=1,512=1';
    const hash = aged(profile, 7, 64 * MIB).mediaHash();
    expect(aged(profile, 7, 64 * MIB).mediaHash()).toBe(hash);
    expect(aged(profile, 8, 64 * MIB).mediaHash()).not.toBe(hash);
  });

  test('has whole pieces of 2 MiB only where runs are long enough', () => {
    expect(spaceOf(aged('0.5:256=1', 1), []).hugeBlocks).toBe(0);
    expect(spaceOf(aged('0.5:8192=1', 1), []).hugeBlocks).toBeGreaterThan(10_000);
  });
});

describe('a profile', () => {
  test.each(['', '0.5', '1:8=1', '-0.1:8=1', '0.5:8', '0.5:8=0', '0.5:8=1,4=1', '0.5:8=1:9'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseAgeing(text)).toThrow('--ageing');
    },
  );

  test('for which there is no room is refused', () => {
    expect(() => aged('0.95:1=1', 1, 1024 * MIB)).not.toThrow();
  });
});
