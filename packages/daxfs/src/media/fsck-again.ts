/**
 * fsck of an image that differs in few lines from one that was sound.
 *
 *     line ─▶ inode, directory, tree page, bits: whose? ─▶ out ─▶ in again, as they are now
 *                                                               └▶ links of all they named
 *
 * What is not taken out reads no line that differs, and says about others only what is counted:
 * names, directories in it, blocks. So where a part that stays names an inode that is free now, of
 * another type or in another directory, the counts tell, and the answer is no. Every directory that
 * was put in again must have the root above it; whoever is below it has then, too. `no` is no
 * verdict: the whole check gives that (see fsck.ts).
 */
import { WORDS_PER_LINE } from './layout.js';
import type { FsckParts } from './fsck-parts.js';
import type { LineList } from './line-list.js';
import type { ImageInode } from './media-image.js';
import type { MediaMemory } from './media-memory.js';
import { FileType } from './outcome.js';
import type { ReadableImage } from './repeated-image.js';

const ROOT = 1;
const BLOCK = 4096;
const LINES_PER_BLOCK = 64;
const LINES_PER_INODE = 8;

/** Numbers, each once, of a range that begins at 0. */
class NumberSet {
  readonly list: number[] = [];
  private stamps = new Int32Array(0);
  private stamp = 0;

  clear(range: number): void {
    if (this.stamps.length !== range) this.stamps = new Int32Array(range);
    this.stamp += 1;
    this.list.length = 0;
  }

  readonly add = (number: number): void => {
    if (this.stamps[number] === this.stamp) return;
    this.stamps[number] = this.stamp;
    this.list.push(number);
  };
}

export class FsckAgain {
  /** Inodes of which some line differs. */
  private readonly inodes = new NumberSet();
  /** Inodes whose names or directories are counted anew. */
  private readonly counted = new NumberSet();
  /** Words of the bitmap of blocks. */
  private readonly words = new NumberSet();
  private readonly before: (ImageInode | undefined)[] = [];
  private readonly waiting: number[] = [];

  constructor(
    private readonly memory: MediaMemory,
    private readonly image: ReadableImage,
    private readonly parts: FsckParts,
  ) {}

  /** Whether the image is sound but for what was told as a problem meanwhile; no: unknown. */
  run(lines: LineList): boolean {
    if (lines.count === 0) return true;
    if (this.parts.shares !== null || !this.collect(lines)) return false;
    this.takeOut();
    if (!this.putIn()) return false;
    for (const number of this.counted.list) this.parts.checkLinks(number);
    for (const word of this.words.list) this.checkWord(word);
    return true;
  }

  private collect(lines: LineList): boolean {
    const { inodes, blocks } = this.image.geometry;
    this.inodes.clear(inodes);
    this.counted.clear(inodes);
    this.words.clear(Math.ceil(blocks / 32));
    for (let i = 0; i < lines.count; i += 1) if (!this.collectLine(lines.at(i))) return false;
    return true;
  }

  /** Whose line it is; false if fsck has to read everything. */
  private collectLine(line: number): boolean {
    const { geometry } = this.image;
    const block = Math.floor(line / LINES_PER_BLOCK);
    // Superblock and log: the one is believed only whole, the other always looked at.
    if (block < geometry.logFirstBlock) return block !== 0;
    if (block < geometry.inodeBitmapFirstBlock) return true;
    if (block < geometry.inodeFirstBlock) {
      return this.collectUsed(line - geometry.inodeBitmapFirstBlock * LINES_PER_BLOCK);
    }
    if (block < geometry.blockBitmapFirstBlock) {
      const first = geometry.inodeFirstBlock * LINES_PER_BLOCK;
      const inode = Math.floor((line - first) / LINES_PER_INODE);
      this.inodes.add(inode);
      return inode !== 0;
    }
    if (block < geometry.firstFileBlock) {
      const first = (line - geometry.blockBitmapFirstBlock * LINES_PER_BLOCK) * WORDS_PER_LINE;
      const end = Math.min(first + WORDS_PER_LINE, Math.ceil(geometry.blocks / 32));
      for (let word = first; word < end; word += 1) this.words.add(word);
      return true;
    }
    const reader = this.parts.readers[block];
    if (reader > 0) this.inodes.add(reader);
    return true;
  }

  /** Inodes that were free and are used, or the other way round; `line` of the bitmap. */
  private collectUsed(line: number): boolean {
    const { used } = this.parts;
    const end = Math.min((line + 1) * WORDS_PER_LINE, used.length);
    for (let word = line * WORDS_PER_LINE; word < end; word += 1) {
      const now = this.image.usedWord(word);
      for (let left = now ^ used[word]; left !== 0; left &= left - 1) {
        const inode = word * 32 + (31 - Math.clz32(left & -left));
        if (inode === 0 || inode >= this.image.geometry.inodes) return false;
        this.inodes.add(inode);
      }
      used[word] = now;
    }
    return true;
  }

  private takeOut(): void {
    const { parts, before, inodes } = this;
    for (const number of inodes.list) {
      const inode = parts.inodes[number];
      before[number] = inode;
      if (inode?.type === FileType.Directory) this.leave(number);
    }
    for (const number of inodes.list) {
      if (before[number] === undefined) continue;
      parts.forEachBlock(number, this.noteBlock);
      parts.drop(number);
    }
  }

  private leave(dir: number): void {
    for (const { inode } of this.parts.entries[dir]) this.counted.add(inode);
    this.parts.leave(dir);
  }

  private readonly noteBlock = (block: number): void => {
    this.words.add(block >>> 5);
  };

  private putIn(): boolean {
    const { parts, inodes, waiting } = this;
    // In the order of the whole check, in which lines in doubt would be asked for.
    inodes.list.sort((a, b) => a - b);
    for (const number of inodes.list) if (!this.putInInode(number)) return false;
    for (const number of inodes.list) {
      if (parts.inodes[number]?.type !== FileType.Directory) continue;
      waiting.length = 0;
      parts.enter(number, waiting);
      for (const { inode } of parts.entries[number]) this.counted.add(inode);
    }
    return inodes.list.every((number) => this.hasRootAbove(number));
  }

  /** False if a directory that was not taken out may name it wrongly now. */
  private putInInode(number: number): boolean {
    const { parts } = this;
    this.counted.add(number);
    const isNamed = parts.names[number] > 0;
    if (((parts.used[number >>> 5] >>> (number & 31)) & 1) === 0) return !isNamed;
    parts.add(number);
    parts.forEachBlock(number, this.noteOwned);
    if (!isNamed) return true;
    const inode = parts.inodes[number];
    const before = this.before[number];
    if (inode === undefined || before === undefined || inode.type !== before.type) return false;
    return inode.type !== FileType.Directory || inode.parent === before.parent;
  }

  /** Blocks that no file can have were told of, and have no bits. */
  private readonly noteOwned = (block: number): void => {
    if (block < this.image.geometry.blocks) this.words.add(block >>> 5);
  };

  private hasRootAbove(number: number): boolean {
    const { parts } = this;
    if (parts.inodes[number]?.type !== FileType.Directory) return true;
    let at = number;
    for (let height = 0; height < parts.names.length; height += 1) {
      const inode = parts.inodes[at];
      if (inode?.type !== FileType.Directory) return false;
      if (at === ROOT) return inode.parent === ROOT;
      at = inode.parent;
    }
    return false;
  }

  private checkWord(word: number): void {
    const { blockBitmapFirstBlock } = this.image.geometry;
    const allocated = this.memory.peek32(blockBitmapFirstBlock * BLOCK + word * 4);
    this.parts.checkBits(word, allocated);
  }
}
