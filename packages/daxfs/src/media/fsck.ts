/**
 * fsck: does the media, recovered, hold together?
 *
 *   superblock ─▶ log empty ─▶ every used inode: extents, blocks ─▶ every name from the root
 *                                        │                                │
 *            no block twice but as counted, bitmap = owned     links, parents, nothing unreachable
 *
 * Reads the image only, through `MediaImage`, or through `RepeatedImage` for one after the other.
 * What it leaves out: contents of files, and time stamps. Blocks beyond the end of a file are
 * allowed.
 */
import { FsckAgain } from './fsck-again.js';
import { FsckParts, NO_ENTRIES, NO_EXTENTS, NO_XATTRS } from './fsck-parts.js';
import { LogScan } from './log-scan.js';
import { MediaImage } from './media-image.js';
import { WORDS_PER_LINE } from './layout.js';
import type { Geometry } from './layout.js';
import type { ImageXattr } from './image-xattrs.js';
import type { ImageEntry, ImageExtent, ImageInode } from './media-image.js';
import type { MediaMemory } from './media-memory.js';
import { FileType } from './outcome.js';
import type { ReadableImage } from './repeated-image.js';
import { EVERYTHING } from './repeated-recovery.js';
import type { ImageDifference } from './repeated-recovery.js';
import { ShareCheck } from './share-check.js';

/** Something that does not hold. */
export interface MediaProblem {
  /** `superblock`, `log`, `inode 7`, `directory 3`, `block 99`. */
  readonly where: string;
  readonly what: string;
}

const ROOT = 1;
const BLOCK = 4096;

const NOT_OURS: MediaProblem = { where: 'superblock', what: 'not a superblock of this version' };

/** Everything that is wrong; empty when the file system is sound. */
export function fsck(memory: MediaMemory): readonly MediaProblem[] {
  const image = MediaImage.open(memory);
  return image === null ? [NOT_OURS] : new Fsck(memory, image).run();
}

/** fsck of a memory that holds one image after the other; keeps what it needs between them. */
export class Fsck {
  private problems: MediaProblem[] = [];
  /** Whether the last run found nothing. */
  private isSound = false;
  private readonly parts: FsckParts;
  private readonly again: FsckAgain;
  private scan: LogScan | null = null;
  private scanOf: Geometry | null = null;
  private readonly bitmap = new Int32Array(WORDS_PER_LINE);

  constructor(
    private readonly memory: MediaMemory,
    private readonly image: ReadableImage,
  ) {
    this.parts = new FsckParts(image, this.problem);
    this.again = new FsckAgain(memory, image, this.parts);
  }

  /**
   * Checks what the memory holds now; the image was opened or reopened on it. `difference` says by
   * what that may differ from what it held at the last run: if that was sound, only what differs is
   * checked, and everything as soon as something is wrong.
   */
  run(difference = EVERYTHING): readonly MediaProblem[] {
    if (!this.isSound || difference.isAll || !this.runAgain(difference)) this.runWhole();
    this.isSound = this.problems.length === 0;
    return this.problems;
  }

  /** What the last run read of an inode that is used and not damaged. */
  inode(inode: number): ImageInode | undefined {
    return this.parts.inodes[inode];
  }

  /** The extents that the last run read of a file or directory. */
  extents(inode: number): readonly ImageExtent[] {
    return this.parts.extents[inode] ?? NO_EXTENTS;
  }

  /** The names that the last run read in a directory. */
  entries(directory: number): readonly ImageEntry[] {
    return this.parts.entries[directory] ?? NO_ENTRIES;
  }

  /** The extended attributes that the last run read of an inode. */
  xattrs(inode: number): readonly ImageXattr[] {
    return this.parts.xattrs[inode] ?? NO_XATTRS;
  }

  private runAgain({ lines }: ImageDifference): boolean {
    this.problems = [];
    this.checkLog();
    return this.problems.length === 0 && this.again.run(lines) && this.problems.length === 0;
  }

  private runWhole(): void {
    const { parts, image } = this;
    this.problems = [];
    parts.clear();
    const treePages: number[] = [];
    const records = image.shares(treePages, this.problem);
    const { firstFileBlock, blocks } = image.geometry;
    if (records.length > 0) {
      parts.shares = new ShareCheck(records, firstFileBlock, blocks, this.problem);
    }
    for (const page of treePages) parts.own(page, 1, 'reference counts', false);
    this.checkLog();
    this.readInodes();
    if (parts.inodes[ROOT]?.type !== FileType.Directory) {
      this.problem('inode 1', 'the root is no directory');
    } else {
      this.walk();
    }
    parts.checkAllLinks();
    parts.shares?.finish();
    this.checkBitmap();
  }

  private readonly problem = (where: string, what: string): void => {
    this.problems.push({ where, what });
  };

  private checkLog(): void {
    const { geometry } = this.image;
    if (this.scan === null || this.scanOf !== geometry) {
      this.scan = new LogScan(this.memory, geometry);
      this.scanOf = geometry;
    } else {
      this.scan.restart();
    }
    if (this.scan.ringLine >= geometry.logLines) this.problem('log', 'tail beyond the ring');
    else if (this.scan.next()) this.problem('log', 'not empty');
  }

  private readInodes(): void {
    const { inodes } = this.image.geometry;
    for (let first = 0; first < inodes; first += 32) {
      const used = this.image.usedWord(first / 32);
      this.parts.used[first / 32] = used;
      if (first === 0 && (used & 1) === 0) this.problem('inode 0', 'marked free');
      const end = Math.min(32, inodes - first);
      for (let bit = first === 0 ? 1 : 0; used !== 0 && bit < end; bit += 1) {
        if (((used >>> bit) & 1) !== 0) this.parts.add(first + bit);
      }
    }
  }

  /** From the root through every directory, each once. */
  private walk(): void {
    const { parts } = this;
    const waiting = [ROOT];
    parts.names[ROOT] = 1;
    if (parts.inodes[ROOT]?.parent !== ROOT) this.problem('inode 1', 'not its own parent');
    for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
      parts.enter(dir, waiting);
    }
  }

  /** The bitmap is what is owned, and what no file can have. */
  private checkBitmap(): void {
    const { blocks, blockBitmapFirstBlock } = this.image.geometry;
    const { bitmap } = this;
    const words = Math.ceil(blocks / 32);
    for (let first = 0; first < words; first += WORDS_PER_LINE) {
      const count = Math.min(WORDS_PER_LINE, words - first);
      this.memory.peekWords(blockBitmapFirstBlock * BLOCK + first * 4, bitmap, 0, count);
      for (let word = 0; word < count; word += 1) this.parts.checkBits(first + word, bitmap[word]);
    }
  }
}
