/**
 * How many files' pages have which block: reference counts, kept for blocks that have more than one
 * owner. A block of a file that is not listed has one.
 *
 *   device blocks   … 70 71 72 73 74 …        clone ─▶ +1      unmap ─▶ −1, the last one frees
 *   owners             2  2  3  3
 *   records         ┊70: 2, twice┊72: 3, twice┊
 *
 * The records are a tree like that of a file's extents, in the slot of inode 0: where a file has a
 * file block, they have a device block, and where it has a device block, the count. Neighbours with
 * equal counts are one record, unless a page's border lies between.
 *
 * A change is made to a run of equal counts and adds at most two records; whoever changes several
 * asks for room first, and goes run by run, so that a transaction stays bounded however shared the
 * blocks are. Linux 6.12 fs/xfs/libxfs/xfs_refcount.c keeps the same records in a tree of its own.
 */
import { assert } from '@daxsim/sim';
import type { Allocator } from './allocator.js';
import { ExtentPath, ROOT_ENTRIES } from './extent-path.js';
import type { InodeTable } from './inode-table.js';
import { SHARE_INODE } from './layout.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import type { SharePort } from './volume.js';

/** Behind every block of a device. */
const BLOCKS_END = 4294967296;

export class ShareMap implements SharePort {
  start = 0;
  length = 0;

  private readonly path: ExtentPath;

  constructor(metadata: MetadataBlocks, inodes: InodeTable, allocator: Allocator) {
    this.path = new ExtentPath(metadata, inodes, allocator, ROOT_ENTRIES);
  }

  get isEmpty(): boolean {
    this.path.seek(SHARE_INODE, 0);
    return this.path.count === 0;
  }

  owners(block: number): number {
    const path = this.path;
    path.seek(SHARE_INODE, block);
    let runStart = 0;
    if (path.index >= 0) {
      const first = path.fileBlock(path.index);
      const end = first + path.length(path.index);
      if (block < end) {
        this.start = first;
        this.length = end - block;
        return path.block(path.index);
      }
      runStart = end;
    } else if (path.previousLeaf()) {
      runStart = path.fileBlock(path.index) + path.length(path.index);
      path.seek(SHARE_INODE, block);
    }
    this.start = runStart;
    this.length = this.firstAfter() - block;
    return 1;
  }

  /** Blocks that the tree may need for `records` more of them; 0 if they fit. */
  roomNeeded(records: number): number {
    const path = this.path;
    const fits = path.depth === 0 && path.count + records <= ROOT_ENTRIES;
    return fits ? 0 : records * (path.depth + 2);
  }

  /**
   * One owner more, or fewer, of a run that has equal counts. Answers whether the run had a single
   * owner that left; then the blocks are to be freed.
   */
  change(block: number, length: number, delta: 1 | -1): boolean {
    const count = this.owners(block);
    assert(this.length >= length, 'ShareMap: changed a run of different counts');
    if (count > 1) this.cut(block, length);
    if (count + delta > 1) this.place(block, length, count + delta);
    return count + delta === 0;
  }

  /** Removes a part of the record that the path is at. */
  private cut(block: number, length: number): void {
    const path = this.path;
    const at = path.index;
    const start = path.fileBlock(at);
    const end = start + path.length(at);
    const count = path.block(at);
    const behind = block + length;
    if (block > start) path.change(at, start, count, block - start, 0);
    if (behind < end && block > start) path.insert(at + 1, behind, count, end - behind, 0);
    else if (behind < end) path.change(at, behind, count, end - behind, 0);
    else if (block === start) path.remove(at);
  }

  /** Enters a record, as part of its neighbours where their counts are equal. */
  private place(block: number, length: number, count: number): void {
    const path = this.path;
    path.seek(SHARE_INODE, block);
    const before = path.index;
    const after = before + 1;
    const joinsBefore =
      before >= 0 &&
      path.fileBlock(before) + path.length(before) === block &&
      path.block(before) === count;
    const joinsAfter =
      after < path.count && path.fileBlock(after) === block + length && path.block(after) === count;
    if (joinsBefore) {
      const start = path.fileBlock(before);
      const whole = block - start + length + (joinsAfter ? path.length(after) : 0);
      path.change(before, start, count, whole, 0);
      if (joinsAfter) path.remove(after);
    } else if (joinsAfter) {
      path.change(after, block, count, length + path.length(after), 0);
    } else {
      path.insert(after, block, count, length, 0);
    }
  }

  /** First block of the first record after the sought place; moves the path. */
  private firstAfter(): number {
    const path = this.path;
    if (path.index + 1 < path.count) return path.fileBlock(path.index + 1);
    return path.nextLeaf() ? path.fileBlock(0) : BLOCKS_END;
  }
}
