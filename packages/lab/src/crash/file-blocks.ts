/**
 * Which blocks of a file must stand behind its bytes, and which may not: what calls that reserve or
 * give back space promise beside contents. Zeros in a block that nobody has and zeros in one that
 * was reserved read alike, so contents cannot tell.
 *
 *     write, store        mapped            punch, cut, make room     hole
 *     reserve, zero       mapped            beyond the end after both  either: the file system may
 *                                                                      reserve there as it likes
 *
 * A call that gives blocks back and takes new ones does so in several transactions. After it and
 * before it is promised, what it went over is either (`Between`).
 *
 * Left out: whether a block is written or unwritten, which contents tell where it matters.
 */
import type { ImageExtent } from '@daxsim/daxfs';

export const FILE_BLOCK_BYTES = 4096;

/** What a block of a file may be; `Between` is added to one of the others. */
export const BlockFact = { Either: 0, Mapped: 1, Hole: 2, Between: 4 } as const;

/** One fact per block from the file's first on; blocks beyond are `Either`. */
export type FileBlocks = Uint8Array;

export const NO_BLOCKS: FileBlocks = new Uint8Array(0);

/** A block that is not as it must be. */
export interface WrongBlock {
  readonly fileBlock: number;
  readonly isMapped: boolean;
}

/** After something was stored to bytes [offset, offset + length) of a file of `size` bytes. */
export function afterStore(
  blocks: FileBlocks,
  size: number,
  offset: number,
  length: number,
): FileBlocks {
  const next = withRange(blocks, offset, length, BlockFact.Mapped);
  // What grows a file may reserve behind its end.
  const end = offset + length;
  if (end > size) loosen(next, Math.floor(size / FILE_BLOCK_BYTES), offset, length);
  return next;
}

/** After the size became `to` bytes. */
export function afterResize(blocks: FileBlocks, from: number, to: number): FileBlocks {
  const first = Math.ceil(to / FILE_BLOCK_BYTES);
  const end = Math.ceil(from / FILE_BLOCK_BYTES);
  const next = sized(blocks, Math.max(first, end));
  if (to > from) return next;
  next.fill(BlockFact.Hole, first, end);
  next.fill(BlockFact.Either, Math.max(first, end));
  return next;
}

/** Whether any whole block of the range is known to be so. */
export function hasBlocks(
  blocks: FileBlocks,
  fact: number,
  offset: number,
  length: number,
): boolean {
  const first = Math.ceil(offset / FILE_BLOCK_BYTES);
  const end = Math.floor((offset + length) / FILE_BLOCK_BYTES);
  return blocks.subarray(first, end).some((is) => (is & ~BlockFact.Between) === fact);
}

/** After blocks were reserved for a range; `isAnew` if old ones were given back before. */
export function afterReserve(
  blocks: FileBlocks,
  offset: number,
  length: number,
  isAnew: boolean,
): FileBlocks {
  const fact = BlockFact.Mapped | (isAnew ? BlockFact.Between : 0);
  return withRange(blocks, offset, length, fact);
}

/** After a hole was punched into a file of `size` bytes. */
export function afterPunch(
  blocks: FileBlocks,
  size: number,
  offset: number,
  length: number,
): FileBlocks {
  const first = Math.ceil(offset / FILE_BLOCK_BYTES);
  const end = Math.floor((offset + length) / FILE_BLOCK_BYTES);
  const next = sized(blocks, end);
  const inside = Math.floor(size / FILE_BLOCK_BYTES);
  for (let at = first; at < end; at += 1) next[at] = at < inside ? BlockFact.Hole : 0;
  return next;
}

/** After whole blocks were taken out of a file of `size` bytes, or room for them was made. */
export function afterShift(
  blocks: FileBlocks,
  size: number,
  offset: number,
  length: number,
  isInsert: boolean,
): FileBlocks {
  const at = offset / FILE_BLOCK_BYTES;
  const count = length / FILE_BLOCK_BYTES;
  const next = new Uint8Array(Math.max(at, blocks.length + (isInsert ? count : -count)));
  next.set(blocks.subarray(0, at));
  if (isInsert) {
    if (blocks.length > at) next.set(blocks.subarray(at), at + count);
    next.fill(BlockFact.Hole, at, at + count);
  } else next.set(blocks.subarray(at + count), at);
  for (let i = at; i < next.length; i += 1) next[i] = (next[i] ?? 0) | BlockFact.Between;
  // What was reserved behind the end goes with the new size.
  const end = Math.ceil(size / FILE_BLOCK_BYTES) + (isInsert ? count : -count);
  next.fill(BlockFact.Either, Math.min(end, next.length));
  return next;
}

/**
 * The first block that the extents have and no version may have, or the other way round; the
 * versions are those that may be found, oldest first.
 */
export function wrongBlock(
  extents: readonly ImageExtent[],
  versions: readonly FileBlocks[],
): WrongBlock | null {
  let count = 0;
  for (const blocks of versions) count = Math.max(count, blocks.length);
  let extent = 0;
  for (let at = 0; at < count; at += 1) {
    while (extent < extents.length && endOf(extents[extent]) <= at) extent += 1;
    const next = extents[extent];
    const isMapped = next !== undefined && next.fileBlock <= at;
    if (!versions.some((blocks, i) => allows(blocks[at] ?? 0, isMapped, i > 0))) {
      return { fileBlock: at, isMapped };
    }
  }
  return null;
}

export function describeBlock({ fileBlock, isMapped }: WrongBlock): string {
  const what = isMapped ? 'which was given back' : 'which was reserved or written';
  return `block ${fileBlock} of the file is ${isMapped ? 'there' : 'a hole'}, ${what}`;
}

function allows(fact: number, isMapped: boolean, isUnpromised: boolean): boolean {
  if (isUnpromised && (fact & BlockFact.Between) !== 0) return true;
  const is = fact & ~BlockFact.Between;
  return is === BlockFact.Either || (is === BlockFact.Mapped) === isMapped;
}

function endOf(extent: ImageExtent | undefined): number {
  return extent === undefined ? Infinity : extent.fileBlock + extent.length;
}

function withRange(blocks: FileBlocks, offset: number, length: number, fact: number): FileBlocks {
  const end = Math.ceil((offset + length) / FILE_BLOCK_BYTES);
  const next = sized(blocks, end);
  next.fill(fact, Math.floor(offset / FILE_BLOCK_BYTES), end);
  return next;
}

/** From block `first` on all is open but what was just stored. */
function loosen(blocks: FileBlocks, first: number, offset: number, length: number): void {
  const from = Math.floor(offset / FILE_BLOCK_BYTES);
  const end = Math.ceil((offset + length) / FILE_BLOCK_BYTES);
  for (let at = first; at < blocks.length; at += 1) {
    if ((at < from || at >= end) && blocks[at] === BlockFact.Hole) blocks[at] = BlockFact.Either;
  }
}

function sized(blocks: FileBlocks, count: number): FileBlocks {
  const next = new Uint8Array(Math.max(blocks.length, count));
  next.set(blocks);
  return next;
}
