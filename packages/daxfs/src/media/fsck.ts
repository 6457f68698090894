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
import { isValidName, keyOfName } from './names.js';
import { LogScan } from './log-scan.js';
import { MediaImage, textOf } from './media-image.js';
import { WORDS_PER_LINE } from './layout.js';
import type { Geometry } from './layout.js';
import type { ImageXattr } from './image-xattrs.js';
import type { ImageEntry, ImageExtent, ImageInode } from './media-image.js';
import type { MediaMemory } from './media-memory.js';
import { FileType } from './outcome.js';
import type { ReadableImage } from './repeated-image.js';
import { EVERYTHING } from './repeated-recovery.js';
import { ShareCheck } from './share-check.js';

/** Something that does not hold. */
export interface MediaProblem {
  /** `superblock`, `log`, `inode 7`, `directory 3`, `block 99`. */
  readonly where: string;
  readonly what: string;
}

const ROOT = 1;
const BLOCK = 4096;
const INLINE_TARGET_MAX = 336;
const TARGET_MAX = 4095;
const FILE_BYTES_MAX = 17592186044416;
const HAS_XATTRS = 4;

const NO_EXTENTS: readonly ImageExtent[] = Object.freeze([]);
const NO_XATTRS: readonly ImageXattr[] = Object.freeze([]);
const NO_ENTRIES: readonly ImageEntry[] = Object.freeze([]);

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
  /** The inodes of this run, in order. */
  private numbers = new Int32Array(0);
  private count = 0;
  private readonly inodes: (ImageInode | undefined)[] = [];
  private readonly extentsOfInode: (readonly ImageExtent[])[] = [];
  private readonly entriesOfDirectory: (readonly ImageEntry[])[] = [];
  private readonly xattrsOfInode: (readonly ImageXattr[])[] = [];
  /** By directory: entries whose names are known to be valid and different. */
  private readonly checkedNames: (readonly ImageEntry[])[] = [];
  /** Names that lead to an inode. */
  private names = new Int32Array(0);
  /** Directories in a directory. */
  private children = new Int32Array(0);
  /** A bit per block that some inode owns, or that no file can have. */
  private owned = new Int32Array(0);
  /** The bits that no file can have, of this geometry. */
  private outside = new Int32Array(0);
  private geometry: Geometry | null = null;
  private shares: ShareCheck | null = null;
  private scan: LogScan | null = null;
  private readonly bitmap = new Int32Array(WORDS_PER_LINE);
  private readonly inodeNames: string[] = [];

  constructor(
    private readonly memory: MediaMemory,
    private readonly image: ReadableImage,
  ) {}

  /**
   * Checks what the memory holds now; the image was opened or reopened on it. `difference` says by
   * what that may differ from what it held at the last run.
   */
  run(difference = EVERYTHING): readonly MediaProblem[] {
    if (!this.isSound || difference.isAll || difference.lines.count > 0) this.runWhole();
    else this.checkLog();
    this.isSound = this.problems.length === 0;
    return this.problems;
  }

  private runWhole(): void {
    this.start();
    this.checkLog();
    this.readInodes();
    if (this.inodes[ROOT]?.type !== FileType.Directory) {
      this.problem('inode 1', 'the root is no directory');
    } else {
      this.walk();
    }
    for (let i = 0; i < this.count; i += 1) this.checkLinks(this.numbers[i]);
    this.shares?.finish();
    this.checkBitmap();
  }

  /** What the last run read of an inode that is used and not damaged. */
  inode(inode: number): ImageInode | undefined {
    return this.inodes[inode];
  }

  /** The extents that the last run read of a file or directory. */
  extents(inode: number): readonly ImageExtent[] {
    return this.extentsOfInode[inode] ?? NO_EXTENTS;
  }

  /** The names that the last run read in a directory. */
  entries(directory: number): readonly ImageEntry[] {
    return this.entriesOfDirectory[directory] ?? NO_ENTRIES;
  }

  /** The extended attributes that the last run read of an inode. */
  xattrs(inode: number): readonly ImageXattr[] {
    return this.xattrsOfInode[inode] ?? NO_XATTRS;
  }

  private start(): void {
    const { image } = this;
    const { geometry } = image;
    this.problems = [];
    if (this.geometry !== geometry) this.measure(geometry);
    for (let i = 0; i < this.count; i += 1) {
      const number = this.numbers[i];
      this.inodes[number] = undefined;
      this.extentsOfInode[number] = NO_EXTENTS;
      this.entriesOfDirectory[number] = NO_ENTRIES;
      this.xattrsOfInode[number] = NO_XATTRS;
      this.names[number] = 0;
      this.children[number] = 0;
    }
    this.count = 0;
    this.owned.set(this.outside);
    const treePages: number[] = [];
    const records = image.shares(treePages, this.problem);
    const { firstFileBlock, blocks } = geometry;
    this.shares =
      records.length === 0 ? null : new ShareCheck(records, firstFileBlock, blocks, this.problem);
    for (const page of treePages) this.own(page, 1, 'reference counts', false);
  }

  private measure(geometry: Geometry): void {
    const { firstFileBlock, blocks, inodes } = geometry;
    this.owned = new Int32Array((blocks >>> 5) + 1);
    for (let block = 0; block < firstFileBlock; block += 1) this.setOwned(block);
    for (let block = blocks; block < this.owned.length * 32; block += 1) this.setOwned(block);
    this.outside = this.owned.slice();
    this.geometry = geometry;
    this.numbers = new Int32Array(inodes);
    this.names = new Int32Array(inodes);
    this.children = new Int32Array(inodes);
    this.count = 0;
    for (const list of [this.inodes, this.extentsOfInode, this.entriesOfDirectory]) list.length = 0;
    this.xattrsOfInode.length = 0;
    this.checkedNames.length = 0;
    this.scan = null;
  }

  private inodeName(inode: number): string {
    return (this.inodeNames[inode] ??= `inode ${String(inode)}`);
  }

  private readonly problem = (where: string, what: string): void => {
    this.problems.push({ where, what });
  };

  private checkLog(): void {
    const { geometry } = this.image;
    if (this.scan === null) this.scan = new LogScan(this.memory, geometry);
    else this.scan.restart();
    if (this.scan.ringLine >= geometry.logLines) this.problem('log', 'tail beyond the ring');
    else if (this.scan.next()) this.problem('log', 'not empty');
  }

  private readInodes(): void {
    const { inodes } = this.image.geometry;
    for (let first = 0; first < inodes; first += 32) {
      const used = this.image.usedWord(first / 32);
      if (first === 0 && (used & 1) === 0) this.problem('inode 0', 'marked free');
      const end = Math.min(32, inodes - first);
      for (let bit = first === 0 ? 1 : 0; used !== 0 && bit < end; bit += 1) {
        if (((used >>> bit) & 1) === 0) continue;
        const inode = this.image.inode(first + bit);
        this.inodes[first + bit] = inode;
        this.numbers[this.count] = first + bit;
        this.count += 1;
        this.checkInode(inode);
      }
    }
  }

  private checkInode(inode: ImageInode): void {
    const where = this.inodeName(inode.inode);
    const { type, sizeBytes } = inode;
    if (type !== FileType.Directory && type !== FileType.Regular && type !== FileType.Symlink) {
      this.problem(where, `type ${String(type)}`);
      return;
    }
    if (sizeBytes > FILE_BYTES_MAX) this.problem(where, 'size beyond the limit');
    const xattrBlocks = this.checkXattrs(inode, where);
    if (type === FileType.Symlink) {
      if (sizeBytes === 0 || sizeBytes > TARGET_MAX) this.problem(where, 'symlink without target');
      if (sizeBytes <= INLINE_TARGET_MAX) {
        if (inode.blocks !== xattrBlocks) this.problem(where, 'blocks of a short symlink');
        return;
      }
    }
    this.checkExtents(inode, where, xattrBlocks);
  }

  /** Answers the number of blocks that the attributes take. */
  private checkXattrs(inode: ImageInode, where: string): number {
    if ((inode.flags & HAS_XATTRS) === 0) return 0;
    const blocks: number[] = [];
    this.xattrsOfInode[inode.inode] = this.image.xattrs(inode.inode, blocks, this.problem);
    for (const block of blocks) this.own(block, 1, where, false);
    return blocks.length;
  }

  private checkExtents(inode: ImageInode, where: string, xattrBlocks: number): void {
    const treePages: number[] = [];
    let blocks = xattrBlocks;
    const extents = this.image.extents(inode.inode, treePages, this.problem);
    this.extentsOfInode[inode.inode] = extents;
    for (const extent of extents) {
      blocks += extent.length;
      this.own(extent.block, extent.length, where, inode.type === FileType.Regular);
    }
    for (const page of treePages) this.own(page, 1, where, false);
    if (blocks + treePages.length !== inode.blocks) {
      const counted = String(blocks + treePages.length);
      this.problem(where, `says ${String(inode.blocks)} blocks and owns ${counted}`);
    }
  }

  private own(block: number, length: number, where: string, mayShare: boolean): void {
    const { firstFileBlock, blocks } = this.image.geometry;
    if (block < firstFileBlock || block + length > blocks) {
      this.problem(where, `owns block ${String(block)}, which no file can have`);
      return;
    }
    for (let at = block; at < block + length; at += 1) {
      const isShared = mayShare && this.shares?.countOwner(at) === true;
      if (!isShared && ((this.owned[at >>> 5] >>> (at & 31)) & 1) !== 0) {
        this.problem(where, `owns block ${String(at)}, which has an owner`);
        return;
      }
      this.setOwned(at);
    }
  }

  private setOwned(block: number): void {
    this.owned[block >>> 5] |= 1 << (block & 31);
  }

  /** From the root through every directory, each once. */
  private walk(): void {
    const waiting = [ROOT];
    this.names[ROOT] = 1;
    if (this.inodes[ROOT]?.parent !== ROOT) this.problem('inode 1', 'not its own parent');
    for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
      this.checkDirectory(dir, waiting);
    }
  }

  private checkDirectory(dir: number, waiting: number[]): void {
    const entries = this.image.entries(dir, this.problem, this.extents(dir));
    this.entriesOfDirectory[dir] = entries;
    if (this.checkedNames[dir] !== entries) this.checkNames(dir, entries);
    for (const entry of entries) this.checkEntry(dir, entry, waiting);
    const inode = this.inodes[dir];
    if (inode?.entries !== entries.length) {
      this.problem(`directory ${String(dir)}`, 'wrong count of names');
    }
    this.checkTail(dir, inode?.tailBlock);
  }

  private checkNames(dir: number, entries: readonly ImageEntry[]): void {
    const where = `directory ${String(dir)}`;
    const seen = new Set<string>();
    const before = this.problems.length;
    for (const { name } of entries) {
      const key = keyOfName(name);
      if (!isValidName(name)) this.problem(where, `name "${textOf(name)}"`);
      if (seen.has(key)) this.problem(where, `name "${textOf(name)}" twice`);
      seen.add(key);
    }
    if (this.problems.length === before) this.checkedNames[dir] = entries;
  }

  private checkTail(dir: number, tailBlock: number | undefined): void {
    const last = this.extents(dir).at(-1);
    const expected = last === undefined ? 0 : last.block + last.length - 1;
    if (tailBlock !== expected) this.problem(`directory ${String(dir)}`, 'wrong last block');
  }

  private checkEntry(dir: number, entry: ImageEntry, waiting: number[]): void {
    const { inode: number, type } = entry;
    const inode = this.inodes[number];
    if (inode === undefined) {
      this.wrongEntry(dir, entry, `names inode ${String(number)}, which is free`);
      return;
    }
    if (inode.type !== type) this.wrongEntry(dir, entry, 'has another type than its inode');
    this.names[number] += 1;
    if (inode.type !== FileType.Directory) return;
    this.children[dir] += 1;
    if (inode.parent !== dir) this.wrongEntry(dir, entry, 'has another parent');
    if (this.names[number] > 1) this.wrongEntry(dir, entry, 'is a directory with two names');
    else waiting.push(number);
  }

  private wrongEntry(dir: number, { name }: ImageEntry, what: string): void {
    this.problem(`directory ${String(dir)}, name "${textOf(name)}"`, what);
  }

  private checkLinks(number: number): void {
    const inode = this.inodes[number];
    if (inode === undefined) return;
    const names = this.names[number];
    if (names === 0) {
      const what = inode.links === 0 ? 'an orphan' : 'unreachable';
      this.problem(this.inodeName(number), what);
      return;
    }
    const isDirectory = inode.type === FileType.Directory;
    const expected = isDirectory ? 2 + this.children[number] : names;
    if (inode.links === expected) return;
    const what = `says ${String(inode.links)} links and has ${String(expected)}`;
    this.problem(this.inodeName(number), what);
  }

  /** The bitmap is what is owned, and what no file can have. */
  private checkBitmap(): void {
    const { blocks, blockBitmapFirstBlock } = this.image.geometry;
    const { bitmap } = this;
    const words = Math.ceil(blocks / 32);
    for (let first = 0; first < words; first += WORDS_PER_LINE) {
      const count = Math.min(WORDS_PER_LINE, words - first);
      this.memory.peekWords(blockBitmapFirstBlock * BLOCK + first * 4, bitmap, 0, count);
      for (let word = 0; word < count; word += 1) {
        if (bitmap[word] !== this.owned[first + word]) this.wrongBits(first + word, bitmap[word]);
      }
    }
  }

  private wrongBits(word: number, allocated: number): void {
    const wrong = allocated ^ this.owned[word];
    for (let bit = 0; bit < 32; bit += 1) {
      if (((wrong >>> bit) & 1) === 0) continue;
      const isFree = ((allocated >>> bit) & 1) === 0;
      const what = isFree ? 'owned, and free in the bitmap' : 'allocated, and nobody owns it';
      this.problem(`block ${String(word * 32 + bit)}`, what);
    }
  }
}
