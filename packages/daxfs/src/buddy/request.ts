/**
 * How much an allocation asks for, and where: Linux 6.12 fs/ext4/mballoc.c,
 * ext4_mb_normalize_request.
 *
 *     file size   up to 16 KiB … 1 MiB: the next power of two from block 0
 *                 up to 4 MiB, 8 MiB, more: the 2, 4, 8 MiB around the place
 *     then        without what is there already, and without what is kept for the file
 *
 * If the rest touches a neighbour, the blocks that continue it are the goal.
 */
import { NONE } from './preallocations.js';
import type { Preallocations } from './preallocations.js';

const SMALLEST_BLOCKS = 4;
const ROUNDED_MOST_BLOCKS = 256;
/** Size of a file and of the part around the place, in blocks. */
const PARTS = [
  [1024, 512],
  [2048, 1024],
] as const;
const LARGEST_PART = 2048;

/** The extents around a hole; a block of 0 is none. */
export interface Neighbours {
  /** Last file block before, and its device block. */
  readonly lastBefore: number;
  readonly blockBefore: number;
  /** First file block behind, and its device block. */
  readonly firstBehind: number;
  readonly blockBehind: number;
}

/** What is looked for; `goal` 0 is no wish. */
export interface Wanted {
  logical: number;
  length: number;
  goal: number;
}

/**
 * What a request for blocks of a file at `page` becomes; `sizeBlocks` is the file's, at its end.
 */
export function widen(
  page: number,
  sizeBlocks: number,
  around: Neighbours,
  kept: Preallocations,
  inode: number,
): Wanted {
  const part = partOf(page, sizeBlocks);
  let { start, end } = part;
  if (around.blockBefore > 0 && start <= around.lastBefore) start = around.lastBefore + 1;
  if (around.blockBehind > 0 && end > around.firstBehind) end = around.firstBehind;
  for (let id = kept.first(inode); id !== NONE; id = kept.next(id)) {
    const keptEnd = kept.logical(id) + kept.length(id);
    if (keptEnd <= page) start = Math.max(start, keptEnd);
    else if (kept.logical(id) > page) end = Math.min(end, kept.logical(id));
  }
  const length = end - start;
  let goal = 0;
  const isBeforeRight = around.blockBehind >= length && around.firstBehind === end;
  if (around.blockBehind > 0 && isBeforeRight) goal = around.blockBehind - length;
  if (around.blockBefore > 0 && around.lastBefore + 1 === start) goal = around.blockBefore + 1;
  return { logical: start, length, goal };
}

function partOf(
  page: number,
  sizeBlocks: number,
): { readonly start: number; readonly end: number } {
  if (sizeBlocks <= ROUNDED_MOST_BLOCKS) {
    let end = SMALLEST_BLOCKS;
    while (end < sizeBlocks) end *= 2;
    return { start: 0, end };
  }
  const found = PARTS.find(([most]) => sizeBlocks <= most);
  const part = found === undefined ? LARGEST_PART : found[1];
  const start = Math.floor(page / part) * part;
  return { start, end: start + part };
}
