/**
 * The way from an inode's extent root down to a leaf, and the changes to single entries.
 *
 *   inode root (21 entries) ─▶ inner block (251) ─▶ … ─▶ leaf block (251): the extents
 *
 * A root of depth 0 holds the extents itself. An entry is four words: first file block, block (of
 * the device: of the run, or of the page below), length, flags. The key of an inner entry is at
 * most the first key below it, and above every key of the entry before.
 *
 * Trees grow at the root, by moving its entries into a new block, and shrink there, when its only
 * page fits into it again. An empty page is freed; two neighbours below one parent that together
 * fill half a page become one.
 */
import { assert } from '@daxsim/sim';
import type { Allocator } from './allocator.js';
import { InodeWord } from './inode-table.js';
import type { InodeTable } from './inode-table.js';
import type { MetadataBlocks } from './metadata-blocks.js';

export const TREE_PAGE_MAGIC = 0x54584144; // "DAXT"
export const PAGE_HEAD_WORDS = 4;
export const ENTRY_WORDS = 4;
export const ROOT_ENTRIES = 21;
export const PAGE_ENTRIES = 251;
export const PageWord = { magic: 0, head: 1, owner: 2, level: 3 } as const;
export const EntryWord = { fileBlock: 0, block: 1, length: 2, flags: 3 } as const;
/** In an entry's flags. */
export const FLAG_UNWRITTEN = 1;

/** Well below a full page, so that a page does not join and split in turns. */
const JOINED_ENTRIES_MAX = 128;
const LEVELS_MAX = 8;
const COUNT_MASK = 0xffff;

export class ExtentPath {
  /** Levels below the root: the leaf's index in the arrays below. */
  depth = 0;
  /** Entry of the leaf with the greatest first block that is not beyond what was sought, or -1. */
  index = 0;
  /** Entries in the leaf. */
  count = 0;

  private inode = 0;
  private readonly handles = new Int32Array(LEVELS_MAX);
  private readonly firsts = new Int32Array(LEVELS_MAX);
  private readonly heads = new Int32Array(LEVELS_MAX);
  private readonly blocks = new Int32Array(LEVELS_MAX);
  private readonly indexes = new Int32Array(LEVELS_MAX);

  constructor(
    private readonly metadata: MetadataBlocks,
    private readonly inodes: InodeTable,
    private readonly allocator: Allocator,
    /** Entries that an inode's root may get, at most `ROOT_ENTRIES`. */
    private readonly rootEntries: number,
  ) {}

  /** Goes to the leaf where `fileBlock` is or belongs. */
  seek(inode: number, fileBlock: number): void {
    this.inode = inode;
    this.handles[0] = this.inodes.handle(inode);
    const place = this.inodes.place(inode);
    this.firsts[0] = place + InodeWord.root;
    this.heads[0] = place + InodeWord.extentHead;
    this.blocks[0] = 0;
    const depth = this.metadata.get(this.handles[0], this.heads[0]) >>> 16;
    this.depth = depth;
    for (let level = 0; level < depth; level += 1) {
      this.indexes[level] = Math.max(0, this.search(level, fileBlock));
      this.enter(level + 1);
    }
    this.count = this.countAt(depth);
    this.index = this.search(depth, fileBlock);
  }

  /** Goes to the first entry of the next leaf; false if this is the last. */
  nextLeaf(): boolean {
    for (let level = this.depth - 1; level >= 0; level -= 1) {
      if (this.indexes[level] + 1 >= this.countAt(level)) continue;
      this.indexes[level] += 1;
      for (let below = level + 1; below <= this.depth; below += 1) {
        if (below > level + 1) this.indexes[below - 1] = 0;
        this.enter(below);
      }
      this.count = this.countAt(this.depth);
      this.index = 0;
      return true;
    }
    return false;
  }

  /** Goes to the last entry of the leaf before; false if this is the first. */
  previousLeaf(): boolean {
    for (let level = this.depth - 1; level >= 0; level -= 1) {
      if (this.indexes[level] === 0) continue;
      this.indexes[level] -= 1;
      for (let below = level + 1; below <= this.depth; below += 1) {
        if (below > level + 1) this.indexes[below - 1] = this.countAt(below - 1) - 1;
        this.enter(below);
      }
      this.count = this.countAt(this.depth);
      this.index = this.count - 1;
      return true;
    }
    return false;
  }

  fileBlock(index: number): number {
    return this.word(this.depth, index, EntryWord.fileBlock) >>> 0;
  }

  block(index: number): number {
    return this.word(this.depth, index, EntryWord.block);
  }

  length(index: number): number {
    return this.word(this.depth, index, EntryWord.length) >>> 0;
  }

  flags(index: number): number {
    return this.word(this.depth, index, EntryWord.flags);
  }

  /** Overwrites an entry of the leaf; it must keep its place in the order. */
  change(index: number, fileBlock: number, block: number, length: number, flags: number): void {
    this.write(this.depth, index, fileBlock, block, length, flags);
    this.lowerKeys(fileBlock);
    this.inodes.noteData(this.inode);
  }

  /** Whether `extra` entries can be added without a block that cannot be had. */
  hasRoomFor(extra: number): boolean {
    const needed = this.roomNeeded(extra);
    return needed === 0 || this.allocator.hasForMetadata(needed);
  }

  /** Blocks that adding `extra` entries to the leaf may take; 0 if they fit. */
  roomNeeded(extra: number): number {
    return this.count + extra <= this.capacity(this.depth) ? 0 : extra * (this.depth + 2);
  }

  /** Adds an entry to the leaf before `index`; ends the path. Room was checked before. */
  insert(index: number, fileBlock: number, block: number, length: number, flags: number): void {
    this.insertAt(this.depth, index, fileBlock, block, length, flags);
    this.inodes.noteData(this.inode);
  }

  /** Removes an entry of the leaf; ends the path. */
  remove(index: number): void {
    this.removeAt(this.depth, index);
    this.inodes.noteData(this.inode);
    this.shrink();
  }

  private search(level: number, fileBlock: number): number {
    const handle = this.handles[level];
    const first = this.firsts[level];
    let low = 0;
    let high = this.countAt(level);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = this.metadata.get(handle, first + middle * ENTRY_WORDS) >>> 0;
      if (key <= fileBlock) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Takes the page that the entry chosen one level up names. */
  private enter(level: number): void {
    const block = this.word(level - 1, this.indexes[level - 1], EntryWord.block);
    this.blocks[level] = block;
    this.handles[level] = this.metadata.at(block);
    this.firsts[level] = PAGE_HEAD_WORDS;
    this.heads[level] = PageWord.head;
  }

  private countAt(level: number): number {
    return this.metadata.get(this.handles[level], this.heads[level]) & COUNT_MASK;
  }

  private setCount(level: number, count: number): void {
    const upper = level === 0 ? this.depth << 16 : 0;
    this.metadata.set(this.handles[level], this.heads[level], upper | count);
  }

  private capacity(level: number): number {
    return level === 0 ? this.rootEntries : PAGE_ENTRIES;
  }

  private word(level: number, index: number, word: number): number {
    return this.metadata.get(this.handles[level], this.firsts[level] + index * ENTRY_WORDS + word);
  }

  private write(
    level: number,
    index: number,
    fileBlock: number,
    block: number,
    length: number,
    flags: number,
  ): void {
    const at = this.firsts[level] + index * ENTRY_WORDS;
    this.metadata.set(this.handles[level], at, fileBlock | 0);
    this.metadata.set(this.handles[level], at + 1, block);
    this.metadata.set(this.handles[level], at + 2, length | 0);
    this.metadata.set(this.handles[level], at + 3, flags);
  }

  /** Keeps the keys above a leaf at or below its first. */
  private lowerKeys(fileBlock: number): void {
    for (let level = this.depth - 1; level >= 0; level -= 1) {
      const at = this.firsts[level] + this.indexes[level] * ENTRY_WORDS;
      if (this.metadata.get(this.handles[level], at) >>> 0 <= fileBlock) return;
      this.metadata.set(this.handles[level], at, fileBlock | 0);
    }
  }

  private insertAt(
    level: number,
    index: number,
    fileBlock: number,
    block: number,
    length: number,
    flags: number,
  ): void {
    let at = level;
    if (this.countAt(at) === this.capacity(at)) {
      if (at === 0) {
        this.growRoot();
        at = 1;
      } else {
        this.split(at, index, fileBlock, block, length, flags);
        return;
      }
    }
    this.insertHere(at, index, fileBlock, block, length, flags);
  }

  private insertHere(
    level: number,
    index: number,
    fileBlock: number,
    block: number,
    length: number,
    flags: number,
  ): void {
    const count = this.countAt(level);
    const handle = this.handles[level];
    const first = this.firsts[level];
    const from = first + index * ENTRY_WORDS;
    this.metadata.move(handle, from, from + ENTRY_WORDS, (count - index) * ENTRY_WORDS);
    this.write(level, index, fileBlock, block, length, flags);
    this.setCount(level, count + 1);
    if (index === 0) this.lowerKeys(fileBlock);
  }

  /** Moves the root's entries into a block of their own: one level more. */
  private growRoot(): void {
    assert(this.depth + 2 < LEVELS_MAX, 'ExtentPath: tree too deep');
    for (let level = this.depth; level >= 0; level -= 1) {
      this.handles[level + 1] = this.handles[level];
      this.firsts[level + 1] = this.firsts[level];
      this.heads[level + 1] = this.heads[level];
      this.blocks[level + 1] = this.blocks[level];
      this.indexes[level + 1] = this.indexes[level];
    }
    const block = this.newTreePage(this.depth);
    const handle = this.metadata.at(block);
    const count = this.countAt(0);
    this.copy(this.handles[0], this.firsts[0], handle, PAGE_HEAD_WORDS, count);
    this.metadata.set(handle, PageWord.head, count);
    this.handles[1] = handle;
    this.firsts[1] = PAGE_HEAD_WORDS;
    this.heads[1] = PageWord.head;
    this.blocks[1] = block;
    this.depth += 1;
    this.indexes[0] = 0;
    this.write(0, 0, this.word(1, 0, EntryWord.fileBlock), block, 0, 0);
    this.setCount(0, 1);
  }

  /** Splits a full page around `index` and adds the entry to the half where it belongs. */
  private split(
    level: number,
    index: number,
    fileBlock: number,
    block: number,
    length: number,
    flags: number,
  ): void {
    const count = this.countAt(level);
    const sibling = this.newTreePage(this.depth - level);
    const handle = this.metadata.at(sibling);
    // A file that grows at its end leaves full pages behind.
    const kept = index === count ? count : count >>> 1;
    const moved = count - kept;
    const from = this.firsts[level] + kept * ENTRY_WORDS;
    this.copy(this.handles[level], from, handle, PAGE_HEAD_WORDS, moved);
    this.metadata.set(handle, PageWord.head, moved);
    this.setCount(level, kept);
    let key = fileBlock;
    if (index < kept || (index === kept && kept < count)) {
      this.insertHere(level, index, fileBlock, block, length, flags);
      key = this.metadata.get(handle, PAGE_HEAD_WORDS) >>> 0;
    } else {
      const old = this.handles[level];
      this.handles[level] = handle;
      if (moved > 0) key = this.metadata.get(handle, PAGE_HEAD_WORDS) >>> 0;
      this.insertHere(level, index - kept, fileBlock, block, length, flags);
      this.handles[level] = old;
    }
    this.insertAt(level - 1, this.indexes[level - 1] + 1, key, sibling, 0, 0);
  }

  private newTreePage(level: number): number {
    const block = this.allocator.takeForMetadata();
    const handle = this.metadata.fresh(block);
    this.metadata.set(handle, PageWord.magic, TREE_PAGE_MAGIC);
    this.metadata.set(handle, PageWord.owner, this.inode);
    this.metadata.set(handle, PageWord.level, level);
    this.inodes.addBlocks(this.inode, 1);
    return block;
  }

  private freeTreePage(block: number): void {
    this.metadata.forget(block);
    this.allocator.release(block, 1, true);
    this.inodes.addBlocks(this.inode, -1);
  }

  private removeAt(level: number, index: number): void {
    const count = this.countAt(level);
    if (count === 1 && level > 0) {
      this.freeTreePage(this.blocks[level]);
      this.removeAt(level - 1, this.indexes[level - 1]);
      return;
    }
    const handle = this.handles[level];
    const first = this.firsts[level];
    const to = first + index * ENTRY_WORDS;
    this.metadata.move(handle, to + ENTRY_WORDS, to, (count - 1 - index) * ENTRY_WORDS);
    this.setCount(level, count - 1);
    if (level > 0) this.joinSibling(level);
  }

  /** Joins a page with a neighbour below the same parent when both are small. */
  private joinSibling(level: number): void {
    const at = this.indexes[level - 1];
    const left = at > 0 ? at - 1 : at;
    if (left + 1 >= this.countAt(level - 1)) return;
    const leftHandle = this.metadata.at(this.word(level - 1, left, EntryWord.block));
    const rightBlock = this.word(level - 1, left + 1, EntryWord.block);
    const rightHandle = this.metadata.at(rightBlock);
    const leftCount = this.metadata.get(leftHandle, PageWord.head);
    const rightCount = this.metadata.get(rightHandle, PageWord.head);
    if (leftCount + rightCount > JOINED_ENTRIES_MAX) return;
    const end = PAGE_HEAD_WORDS + leftCount * ENTRY_WORDS;
    this.copy(rightHandle, PAGE_HEAD_WORDS, leftHandle, end, rightCount);
    this.metadata.set(leftHandle, PageWord.head, leftCount + rightCount);
    this.freeTreePage(rightBlock);
    this.removeAt(level - 1, left + 1);
  }

  /** Takes the root's only page back into the root while it fits. */
  private shrink(): void {
    while (this.depth > 0 && this.countAt(0) === 1) {
      const block = this.word(0, 0, EntryWord.block);
      const handle = this.metadata.at(block);
      const count = this.metadata.get(handle, PageWord.head) & COUNT_MASK;
      if (count > this.rootEntries) return;
      this.copy(handle, PAGE_HEAD_WORDS, this.handles[0], this.firsts[0], count);
      this.depth -= 1;
      this.setCount(0, count);
      this.freeTreePage(block);
    }
  }

  private copy(from: number, fromWord: number, to: number, toWord: number, entries: number): void {
    for (let word = 0; word < entries * ENTRY_WORDS; word += 1) {
      this.metadata.set(to, toWord + word, this.metadata.get(from, fromWord + word));
    }
  }
}
