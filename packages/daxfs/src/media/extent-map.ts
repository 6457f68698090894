/**
 * Which block of the device holds which block of a file, and in which state.
 *
 *   file blocks   0 ┊ 1 2 3 ┊ 4 5 ┊ 6 7 8 ┊ …
 *                 · ┊ 70–72 ┊  ·  ┊ 90–92 ┊         · hole
 *                   written         unwritten: allocated, reads as zeros
 *
 * Neighbours that continue each other on the device in the same state are one extent, unless a
 * page's border lies between. Changing a part of an extent changes its entry in place and adds at
 * most two, so that a full file system with its small pool of blocks can still do it.
 *
 * An operation checks for room before it changes anything: after NoSpace nothing has changed.
 */
import { assert } from '@daxsim/sim';
import type { Allocator } from './allocator.js';
import { RUN_BLOCKS_MAX } from './allocator.js';
import { ExtentPath, FLAG_UNWRITTEN } from './extent-path.js';
import type { InodeTable } from './inode-table.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import { ExtentState, FileType, MediaOutcome } from './outcome.js';
import type { ShareMap } from './share-map.js';
import type { ExtentPort } from './volume.js';

/** Longest extent where nobody says less; what fits a word with a sign. */
const EXTENT_MOST = 2147483647;

/** Files end before this block. */
export const FILE_BLOCKS_LIMIT = 4294967296;

/** Records of reference counts that one change of extents may add. */
const SHARE_RECORDS = 4;

export class ExtentMap implements ExtentPort {
  state = 0;
  start = 0;
  block = 0;
  length = 0;
  shifted = 0;
  replaced = 0;

  writtenMost = EXTENT_MOST;
  unwrittenMost = EXTENT_MOST;
  forConversions: (() => number) | null = null;

  private readonly path: ExtentPath;

  constructor(
    private readonly metadata: MetadataBlocks,
    private readonly inodes: InodeTable,
    private readonly allocator: Allocator,
    private readonly shares: ShareMap,
    rootEntries: number,
  ) {
    this.path = new ExtentPath(metadata, inodes, allocator, rootEntries);
  }

  lookup(inode: number, fileBlock: number): number {
    const path = this.path;
    path.seek(inode, fileBlock);
    let holeStart = 0;
    if (path.index >= 0) {
      const start = path.fileBlock(path.index);
      const into = fileBlock - start;
      const length = path.length(path.index);
      if (into < length) {
        this.take(start, path.block(path.index) + into, length - into, path.flags(path.index));
        return this.state;
      }
      holeStart = start + length;
    } else if (path.previousLeaf()) {
      holeStart = path.fileBlock(path.index) + path.length(path.index);
      path.seek(inode, fileBlock);
    }
    this.state = ExtentState.Hole;
    this.start = holeStart;
    this.block = 0;
    this.length = this.firstAfter() - fileBlock;
    return ExtentState.Hole;
  }

  next(inode: number, fileBlock: number): boolean {
    if (!this.seekNext(inode, fileBlock)) return false;
    const path = this.path;
    const at = path.index;
    this.take(path.fileBlock(at), path.block(at), path.length(at), path.flags(at));
    return true;
  }

  count(inode: number): number {
    this.path.seek(inode, 0);
    let count = this.path.count;
    while (this.path.nextLeaf()) count += this.path.count;
    return count;
  }

  insert(
    inode: number,
    fileBlock: number,
    block: number,
    length: number,
    unwritten: boolean,
  ): MediaOutcome {
    const path = this.path;
    path.seek(inode, fileBlock);
    const isFree =
      path.index < 0 || path.fileBlock(path.index) + path.length(path.index) <= fileBlock;
    assert(isFree && this.firstAfter() >= fileBlock + length, 'ExtentMap: insert over an extent');
    path.seek(inode, fileBlock);
    if (!path.hasRoomFor(1)) return this.allocator.failure();
    this.allocator.allocate(block, length);
    this.inodes.addBlocks(inode, length);
    this.place(inode, fileBlock, block, length, unwritten ? FLAG_UNWRITTEN : 0);
    return MediaOutcome.Done;
  }

  convert(inode: number, fileBlock: number, length: number): MediaOutcome {
    return this.setFlags(inode, fileBlock, fileBlock + length, 0);
  }

  unconvert(inode: number, fileBlock: number, length: number): MediaOutcome {
    return this.setFlags(inode, fileBlock, fileBlock + length, FLAG_UNWRITTEN);
  }

  remove(inode: number, from: number, limit: number, maxExtents: number): MediaOutcome {
    let room = RUN_BLOCKS_MAX;
    for (let removed = 0; ; removed += 1) {
      if (!this.seekLast(inode, limit)) return MediaOutcome.Done;
      const path = this.path;
      const start = path.fileBlock(path.index);
      const end = start + path.length(path.index);
      if (end <= from) return MediaOutcome.Done;
      if (removed === maxExtents || room === 0) return MediaOutcome.More;
      const cutEnd = Math.min(end, limit);
      const least = Math.max(start, from, cutEnd - room);
      const cutStart = this.runStart(inode, path.block(path.index) - start, least, cutEnd);
      const extra = cutStart > start && cutEnd < end ? 1 : 0;
      if (!this.hasRoomToDrop(inode, extra)) return this.allocator.failure();
      this.cut(inode, cutStart, cutEnd);
      room -= cutEnd - cutStart;
    }
  }

  replace(
    inode: number,
    fileBlock: number,
    block: number,
    length: number,
    isShared: boolean,
  ): MediaOutcome {
    const state = this.lookup(inode, fileBlock);
    const old = this.block;
    let count = Math.min(length, this.length);
    if (state !== ExtentState.Hole) {
      this.shares.owners(old);
      count = Math.min(count, this.shares.length);
    }
    if (isShared) {
      this.shares.owners(block);
      count = Math.min(count, this.shares.length);
      // Runs that overlap would change each other's counts.
      if (state !== ExtentState.Hole) count = Math.min(count, Math.abs(old - block));
    }
    this.replaced = count;
    this.path.seek(inode, fileBlock);
    if (!this.hasRoomToDrop(inode, 2)) return this.allocator.failure();
    if (state !== ExtentState.Hole) this.cut(inode, fileBlock, fileBlock + count);
    if (block === 0) return MediaOutcome.Done;
    if (isShared) this.shares.change(block, count, 1);
    else this.allocator.allocate(block, count);
    this.inodes.addBlocks(inode, count);
    this.place(inode, fileBlock, block, count, 0);
    return MediaOutcome.Done;
  }

  splitAt(inode: number, fileBlock: number): MediaOutcome {
    const path = this.path;
    path.seek(inode, fileBlock);
    if (path.index < 0) return MediaOutcome.Done;
    const start = path.fileBlock(path.index);
    const end = start + path.length(path.index);
    if (start === fileBlock || end <= fileBlock) return MediaOutcome.Done;
    if (!path.hasRoomFor(1)) return this.allocator.failure();
    const block = path.block(path.index);
    const flags = path.flags(path.index);
    path.change(path.index, start, block, fileBlock - start, flags);
    path.insert(path.index + 1, fileBlock, block + fileBlock - start, end - fileBlock, flags);
    return MediaOutcome.Done;
  }

  shift(inode: number, from: number, delta: number, cursor: number): MediaOutcome {
    const path = this.path;
    if (delta < 0) {
      if (!this.seekNext(inode, Math.max(from, cursor))) return MediaOutcome.NotFound;
    } else if (!this.seekLast(inode, cursor)) return MediaOutcome.NotFound;
    const start = path.fileBlock(path.index);
    if (start < from) return MediaOutcome.NotFound;
    if (path.depth > 0 && !this.allocator.hasForMetadata(path.depth + 2))
      return this.allocator.failure();
    const block = path.block(path.index);
    const length = path.length(path.index);
    const flags = path.flags(path.index);
    this.shifted = delta < 0 ? start + length : start;
    assert(start + delta + length <= FILE_BLOCKS_LIMIT, 'ExtentMap: shifted beyond the limit');
    path.remove(path.index);
    this.place(inode, start + delta, block, length, flags);
    return MediaOutcome.Done;
  }

  private take(start: number, block: number, length: number, flags: number): void {
    this.state = (flags & FLAG_UNWRITTEN) !== 0 ? ExtentState.Unwritten : ExtentState.Written;
    this.start = start;
    this.block = block;
    this.length = length;
  }

  /** First block of the first extent after the sought place; moves the path. */
  private firstAfter(): number {
    const path = this.path;
    if (path.index + 1 < path.count) return path.fileBlock(path.index + 1);
    return path.nextLeaf() ? path.fileBlock(0) : FILE_BLOCKS_LIMIT;
  }

  /** To the first extent that ends after `fileBlock`. */
  private seekNext(inode: number, fileBlock: number): boolean {
    const path = this.path;
    path.seek(inode, fileBlock);
    const at = path.index;
    if (at >= 0 && path.fileBlock(at) + path.length(at) > fileBlock) return true;
    if (at + 1 < path.count) {
      path.index = at + 1;
      return true;
    }
    return path.nextLeaf();
  }

  /** To the last extent that starts before `limit`. */
  private seekLast(inode: number, limit: number): boolean {
    if (limit <= 0) return false;
    this.path.seek(inode, limit - 1);
    return this.path.index >= 0 || this.path.previousLeaf();
  }

  /** Removes [from, to), a part of the extent that the path is at, and frees its blocks. */
  private cut(inode: number, from: number, to: number): void {
    const path = this.path;
    const at = path.index;
    const start = path.fileBlock(at);
    const end = start + path.length(at);
    const block = path.block(at);
    const flags = path.flags(at);
    if (from > start) path.change(at, start, block, from - start, flags);
    if (to < end && from > start) path.insert(at + 1, to, block + to - start, end - to, flags);
    else if (to < end) path.change(at, to, block + to - start, end - to, flags);
    else if (from === start) path.remove(at);
    this.inodes.addBlocks(inode, from - to);
    this.free(inode, block + from - start, to - from);
  }

  private free(inode: number, block: number, length: number): void {
    const isMetadata = this.inodes.type(inode) !== FileType.Regular;
    if (isMetadata) {
      for (let i = 0; i < length; i += 1) this.metadata.forget(block + i);
    } else if (!this.shares.change(block, length, -1)) return;
    this.allocator.release(block, length, isMetadata);
  }

  /**
   * First file block of [from, to), in one extent whose blocks are `shift` ahead of its file
   * blocks, from which on all blocks have as many owners as the last.
   */
  private runStart(inode: number, shift: number, from: number, to: number): number {
    if (this.inodes.type(inode) !== FileType.Regular) return from;
    this.shares.owners(to - 1 + shift);
    return Math.max(from, this.shares.start - shift);
  }

  /** Room for `extra` entries where the path is, and to change counts of what goes and comes. */
  private hasRoomToDrop(inode: number, extra: number): boolean {
    if (this.inodes.type(inode) !== FileType.Regular) return this.path.hasRoomFor(extra);
    const needed = this.path.roomNeeded(extra) + this.shares.roomNeeded(SHARE_RECORDS);
    return needed === 0 || this.allocator.hasForMetadata(needed);
  }

  private setFlags(inode: number, from: number, to: number, flags: number): MediaOutcome {
    const path = this.path;
    let at = from;
    let changed = 0;
    while (at < to && this.seekNext(inode, at)) {
      const start = path.fileBlock(path.index);
      const end = start + path.length(path.index);
      if (start >= to) break;
      if (path.flags(path.index) !== flags) {
        if (changed === 2) return MediaOutcome.More;
        if (!this.hasRoomToConvert())
          return changed > 0 ? MediaOutcome.More : this.allocator.failure();
        this.flagPart(inode, Math.max(start, from), Math.min(end, to), flags);
        changed += 1;
      }
      at = end;
    }
    return MediaOutcome.Done;
  }

  /** Room for the two entries that a part of an extent may add, where the path is. */
  private hasRoomToConvert(): boolean {
    const { forConversions, path } = this;
    const needed = forConversions === null ? 0 : path.roomNeeded(2);
    return path.hasRoomFor(2) && (needed === 0 || (forConversions?.() ?? 0) >= needed);
  }

  /** Gives a part of the extent that the path is at other flags. */
  private flagPart(inode: number, from: number, to: number, flags: number): void {
    const path = this.path;
    const at = path.index;
    const start = path.fileBlock(at);
    const end = start + path.length(at);
    const block = path.block(at);
    const old = path.flags(at);
    const middle = block + from - start;
    if (from === start && to === end) {
      path.change(at, start, block, end - start, flags);
      this.join(inode, start);
      return;
    }
    if (from === start) path.change(at, to, block + to - start, end - to, old);
    else path.change(at, start, block, from - start, old);
    this.place(inode, from, middle, to - from, flags);
    if (from > start && to < end) this.place(inode, to, block + to - start, end - to, old);
  }

  /** Enters an extent, as part of its neighbours where it continues them. */
  private place(inode: number, from: number, block: number, length: number, flags: number): void {
    const path = this.path;
    path.seek(inode, from);
    const before = path.index;
    const after = before + 1;
    const most = this.mostOf(flags);
    const joinsBefore =
      before >= 0 &&
      this.continues(before, from, block, flags) &&
      path.length(before) + length <= most;
    const joined = joinsBefore ? path.length(before) + length : length;
    const joinsAfter =
      after < path.count &&
      path.fileBlock(after) === from + length &&
      path.block(after) === block + length &&
      path.flags(after) === flags &&
      joined + path.length(after) <= most;
    if (joinsBefore) {
      const start = path.fileBlock(before);
      const whole = from - start + length + (joinsAfter ? path.length(after) : 0);
      path.change(before, start, path.block(before), whole, flags);
      if (joinsAfter) path.remove(after);
    } else if (joinsAfter) {
      path.change(after, from, block, length + path.length(after), flags);
    } else {
      path.insert(after, from, block, length, flags);
    }
  }

  /** Joins the extent that starts at `start` with its neighbours where they continue each other. */
  private join(inode: number, start: number): void {
    this.joinNext(inode, start);
    const path = this.path;
    path.seek(inode, start);
    if (path.index > 0) this.joinNext(inode, path.fileBlock(path.index - 1));
  }

  /** Joins the extent that starts at `start` with the next one in its leaf. */
  private joinNext(inode: number, start: number): void {
    const path = this.path;
    path.seek(inode, start);
    const at = path.index;
    if (at + 1 >= path.count) return;
    const next = at + 1;
    if (!this.continues(at, path.fileBlock(next), path.block(next), path.flags(next))) return;
    const length = path.length(at) + path.length(next);
    if (length > this.mostOf(path.flags(at))) return;
    path.change(at, start, path.block(at), length, path.flags(at));
    path.remove(next);
  }

  private mostOf(flags: number): number {
    return (flags & FLAG_UNWRITTEN) !== 0 ? this.unwrittenMost : this.writtenMost;
  }

  private continues(index: number, from: number, block: number, flags: number): boolean {
    const path = this.path;
    const length = path.length(index);
    return (
      path.fileBlock(index) + length === from &&
      path.block(index) + length === block &&
      path.flags(index) === flags
    );
  }
}
