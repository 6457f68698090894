/** What the free space of an image looks like: how much lies in runs of which length. */
import type { MediaImage } from '@daxsim/daxfs';

/** Free runs of at most `blocks` blocks, and longer than the class before. */
export interface FreeRuns {
  /** Largest run of the class; Infinity for the last. */
  readonly most: number;
  readonly runs: number;
  readonly blocks: number;
}

export interface FreeSpace {
  /** Blocks that files may have, free or not. */
  readonly blocks: number;
  readonly free: number;
  readonly runs: readonly FreeRuns[];
  /** Free blocks in whole aligned pieces of 2 MiB. */
  readonly hugeBlocks: number;
}

const HUGE_BLOCKS = 512;
const CLASSES: readonly number[] = [1, 8, 64, 512, 4096, Infinity];

/** Measures it; `classes` are the largest run of each class, ascending, all runs in one of them. */
export function freeSpaceOf(image: MediaImage, classes: readonly number[] = CLASSES): FreeSpace {
  const { blocks, firstFileBlock } = image.geometry;
  const counts = classes.map(() => ({ runs: 0, blocks: 0 }));
  let free = 0;
  let hugeBlocks = 0;
  for (let block = firstFileBlock; block < blocks; block += 1) {
    if (image.isAllocated(block)) continue;
    const start = block;
    while (block < blocks && !image.isAllocated(block)) block += 1;
    const length = block - start;
    free += length;
    const whole = Math.floor(block / HUGE_BLOCKS) - Math.ceil(start / HUGE_BLOCKS);
    hugeBlocks += Math.max(0, whole) * HUGE_BLOCKS;
    const count = counts[classes.findIndex((most) => length <= most)];
    if (count === undefined) continue;
    count.runs += 1;
    count.blocks += length;
  }
  const runs = counts.map((count, i) => ({ most: classes[i] ?? Infinity, ...count }));
  return { blocks: blocks - firstFileBlock, free, runs, hugeBlocks };
}
