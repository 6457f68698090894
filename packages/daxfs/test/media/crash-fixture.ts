/** What crash tests share: cutting the power, keeping prefixes, blocks that say whose they are. */
import type { UntimedMemory } from '@daxsim/pmem';
import { expect } from '@jest/globals';
import { fsck } from '../../src/media/fsck.js';
import type { Geometry } from '../../src/media/layout.js';
import { LineWriter } from '../../src/media/line-writer.js';
import { MediaImage } from '../../src/media/media-image.js';
import { MediaOutcome } from '../../src/media/outcome.js';
import { recoverNow } from '../../src/media/recovery.js';
import type { BlockWriter } from './random-metadata.js';
import { dumpImage } from './tree-dump.js';

class PowerLoss extends Error {}

/** Calls `before` ahead of every request of the body. */
export function watchRequests(memory: UntimedMemory, before: () => void, body: () => void): void {
  const real = memory.access.bind(memory);
  memory.access = (request): number => {
    before();
    return real(request);
  };
  try {
    body();
  } catch (error) {
    if (!(error instanceof PowerLoss)) throw error;
  } finally {
    memory.access = real;
  }
}

/** Runs the body and cuts the power after so many requests. */
export function cutAfter(memory: UntimedMemory, requests: number, body: () => void): void {
  let left = requests;
  const count = (): void => {
    if (left === 0) throw new PowerLoss();
    left -= 1;
  };
  watchRequests(memory, count, body);
}

/** The image after power loss now; `keeps` says, modulo, how much of each line survives. */
export function imageAfterCrash(memory: UntimedMemory, keeps: readonly number[]): UntimedMemory {
  let asked = 0;
  const keep = (_line: number, units: number): number => {
    asked += 1;
    return keeps[asked % keeps.length] % (units + 1);
  };
  return memory.crashImage({ keep });
}

/** Writes the first line of a block so that it says whose it is. */
export function blockWriter(memory: UntimedMemory): BlockWriter {
  const writer = new LineWriter(memory, 0);
  return (block, generation, fileBlock) => {
    for (let i = 0; i < 16; i += 1) memory.lineWords[i] = i % 2 === 0 ? generation : fileBlock;
    writer.store(block * 4096, 0xff);
    writer.fence();
  };
}

/** Puts the empty log's tail so many lines before the end of the ring. */
export function moveTail(memory: UntimedMemory, geometry: Geometry, linesBeforeEnd: number): void {
  memory.poke32(4096 + 4, (geometry.logLines - linesBeforeEnd) << 8);
}

/**
 * Recovers, and expects a sound file system, one of the `allowed` trees, and in every written block
 * what was written for that file.
 */
export function expectRecovered(image: UntimedMemory, allowed: readonly string[]): void {
  const report = recoverNow(image);
  if (report.outcome !== MediaOutcome.Done) expect(report.outcome).toBe(MediaOutcome.Done);
  const problems = fsck(image);
  if (problems.length > 0) expect(problems).toEqual([]);
  const opened = MediaImage.open(image);
  const tree = opened === null ? '' : dumpImage(opened);
  if (!allowed.includes(tree)) expect(allowed).toContain(tree);
  if (opened === null) return;
  // What was cloned still says which file it was written for, which may be gone by now.
  const generations = generationsIn(allowed);
  for (const file of opened.files()) {
    if (file.type !== 8) continue;
    for (const extent of opened.extents(file.inode)) {
      for (let i = 0; i < extent.length && !extent.isUnwritten; i += 1) {
        for (let word = 0; word < 16; word += 1) {
          const found = image.peek32((extent.block + i) * 4096 + word * 4);
          if (word % 2 === 0 && generations.has(found)) continue;
          const expected = word % 2 === 0 ? file.generation : extent.fileBlock + i;
          if (found !== expected) expect([file.path, extent, found]).toEqual([expected]);
        }
      }
    }
  }
}

/** Generations of all files in some dumps of trees. */
function generationsIn(dumps: readonly string[]): Set<number> {
  const found = new Set<number>();
  for (const dump of dumps) {
    for (const line of dump.split('\n')) found.add(Number(line.split(' ')[1]?.split(',')[2]));
  }
  return found;
}
