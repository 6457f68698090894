/**
 * fsck: does the media, recovered, hold together?
 *
 *   superblock ─▶ log empty ─▶ every used inode: extents, blocks ─▶ every name from the root
 *                                        │                                │
 *            no block twice but as counted, bitmap = owned     links, parents, nothing unreachable
 *
 * Reads the image only, through `MediaImage`. What it leaves out: contents of files, and time
 * stamps. Blocks beyond the end of a file are allowed.
 */
import { isValidName, keyOfName } from './names.js';
import { LogScan } from './log-scan.js';
import { MediaImage, textOf } from './media-image.js';
import type { Geometry } from './layout.js';
import type { ImageXattr } from './image-xattrs.js';
import type { ImageEntry, ImageExtent, ImageInode } from './media-image.js';
import type { MediaMemory } from './media-memory.js';
import { FileType } from './outcome.js';
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

const NOT_OURS: MediaProblem = { where: 'superblock', what: 'not a superblock of this version' };

/** Everything that is wrong; empty when the file system is sound. */
export function fsck(memory: MediaMemory): readonly MediaProblem[] {
  const image = MediaImage.open(memory);
  return image === null ? [NOT_OURS] : new Fsck(memory, image).run();
}

/** fsck of a memory that holds one image after the other; keeps what it needs between them. */
export class Fsck {
  private problems: MediaProblem[] = [];
  private inodes = new Map<number, ImageInode>();
  private extentsOfInode = new Map<number, readonly ImageExtent[]>();
  private entriesOfDirectory = new Map<number, readonly ImageEntry[]>();
  private xattrsOfInode = new Map<number, readonly ImageXattr[]>();
  /** A bit per block that some inode owns, or that no file can have. */
  private owned = new Int32Array(0);
  /** The bits that no file can have, of this geometry. */
  private outside = new Int32Array(0);
  private outsideOf: Geometry | null = null;
  private shares: ShareCheck | null = null;
  private scan: LogScan | null = null;
  private scanOf: Geometry | null = null;
  /** Names that lead to an inode. */
  private names = new Map<number, number>();
  /** Directories in a directory. */
  private children = new Map<number, number>();
  private readonly inodeNames: string[] = [];

  constructor(
    private readonly memory: MediaMemory,
    private readonly image: MediaImage,
  ) {}

  /** Checks what the memory holds now; the image was opened or reopened on it. */
  run(): readonly MediaProblem[] {
    this.start();
    this.checkLog();
    this.readInodes();
    if (this.inodes.get(ROOT)?.type !== FileType.Directory) {
      this.problem('inode 1', 'the root is no directory');
    } else {
      this.walk();
    }
    for (const inode of this.inodes.values()) this.checkLinks(inode);
    this.shares?.finish();
    this.checkBitmap();
    return this.problems;
  }

  /** What the last run read of an inode that is used and not damaged. */
  inode(inode: number): ImageInode | undefined {
    return this.inodes.get(inode);
  }

  /** The extents that the last run read of a file or directory. */
  extents(inode: number): readonly ImageExtent[] {
    return this.extentsOfInode.get(inode) ?? [];
  }

  /** The names that the last run read in a directory. */
  entries(directory: number): readonly ImageEntry[] {
    return this.entriesOfDirectory.get(directory) ?? [];
  }

  /** The extended attributes that the last run read of an inode. */
  xattrs(inode: number): readonly ImageXattr[] {
    return this.xattrsOfInode.get(inode) ?? [];
  }

  private start(): void {
    const { image } = this;
    const { geometry } = image;
    // New maps: one that is cleared keeps its old tables alive until the next full collection.
    this.problems = [];
    this.inodes = new Map();
    this.extentsOfInode = new Map();
    this.entriesOfDirectory = new Map();
    this.xattrsOfInode = new Map();
    this.names = new Map();
    this.children = new Map();
    if (this.outsideOf !== geometry) this.measure(geometry);
    this.owned.set(this.outside);
    const treePages: number[] = [];
    const records = image.shares(treePages, this.problem);
    const { firstFileBlock, blocks } = geometry;
    this.shares = new ShareCheck(records, firstFileBlock, blocks, this.problem);
    for (const page of treePages) this.own(page, 1, 'reference counts', false);
  }

  private measure(geometry: Geometry): void {
    const { firstFileBlock, blocks } = geometry;
    this.owned = new Int32Array((blocks >>> 5) + 1);
    for (let block = 0; block < firstFileBlock; block += 1) this.setOwned(block);
    for (let block = blocks; block < this.owned.length * 32; block += 1) this.setOwned(block);
    this.outside = this.owned.slice();
    this.outsideOf = geometry;
  }

  private inodeName(inode: number): string {
    return (this.inodeNames[inode] ??= `inode ${String(inode)}`);
  }

  private readonly problem = (where: string, what: string): void => {
    this.problems.push({ where, what });
  };

  private checkLog(): void {
    const scan = this.scanFor(this.image.geometry);
    if (scan.ringLine >= this.image.geometry.logLines) this.problem('log', 'tail beyond the ring');
    else if (scan.next()) this.problem('log', 'not empty');
  }

  private scanFor(geometry: Geometry): LogScan {
    if (this.scan === null || this.scanOf !== geometry) {
      this.scan = new LogScan(this.memory, geometry);
      this.scanOf = geometry;
    } else {
      this.scan.restart();
    }
    return this.scan;
  }

  private readInodes(): void {
    if (!this.image.isUsed(0)) this.problem('inode 0', 'marked free');
    for (let number = 1; number < this.image.geometry.inodes; number += 1) {
      if (!this.image.isUsed(number)) continue;
      const inode = this.image.inode(number);
      this.inodes.set(number, inode);
      this.checkInode(inode);
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
    this.xattrsOfInode.set(inode.inode, this.image.xattrs(inode.inode, blocks, this.problem));
    for (const block of blocks) this.own(block, 1, where, false);
    return blocks.length;
  }

  private checkExtents(inode: ImageInode, where: string, xattrBlocks: number): void {
    const treePages: number[] = [];
    let blocks = xattrBlocks;
    const extents = this.image.extents(inode.inode, treePages, this.problem);
    this.extentsOfInode.set(inode.inode, extents);
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
    this.names.set(ROOT, 1);
    if (this.inodes.get(ROOT)?.parent !== ROOT) this.problem('inode 1', 'not its own parent');
    for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
      this.checkDirectory(dir, waiting);
    }
  }

  private checkDirectory(dir: number, waiting: number[]): void {
    const where = `directory ${String(dir)}`;
    const entries = this.image.entries(dir, this.problem, this.extents(dir));
    this.entriesOfDirectory.set(dir, entries);
    const seen = new Set<string>();
    for (const entry of entries) {
      const key = keyOfName(entry.name);
      if (!isValidName(entry.name)) this.problem(where, `name "${textOf(entry.name)}"`);
      if (seen.has(key)) this.problem(where, `name "${textOf(entry.name)}" twice`);
      seen.add(key);
      this.checkEntry(dir, entry, waiting);
    }
    const inode = this.inodes.get(dir);
    if (inode?.entries !== entries.length) this.problem(where, 'wrong count of names');
    this.checkTail(dir, inode?.tailBlock, where);
  }

  private checkTail(dir: number, tailBlock: number | undefined, where: string): void {
    const last = this.extents(dir).at(-1);
    const expected = last === undefined ? 0 : last.block + last.length - 1;
    if (tailBlock !== expected) this.problem(where, 'wrong last block');
  }

  private checkEntry(dir: number, entry: ImageEntry, waiting: number[]): void {
    const { inode: number, type, name } = entry;
    const wrong = (what: string): void => {
      this.problem(`directory ${String(dir)}, name "${textOf(name)}"`, what);
    };
    const inode = this.inodes.get(number);
    if (inode === undefined) {
      wrong(`names inode ${String(number)}, which is free`);
      return;
    }
    if (inode.type !== type) wrong('has another type than its inode');
    const names = (this.names.get(number) ?? 0) + 1;
    this.names.set(number, names);
    if (inode.type !== FileType.Directory) return;
    this.children.set(dir, (this.children.get(dir) ?? 0) + 1);
    if (inode.parent !== dir) wrong('has another parent');
    if (names > 1) wrong('is a directory with two names');
    else waiting.push(number);
  }

  private checkLinks(inode: ImageInode): void {
    const where = this.inodeName(inode.inode);
    const names = this.names.get(inode.inode) ?? 0;
    if (names === 0) {
      this.problem(where, inode.links === 0 ? 'an orphan' : 'unreachable');
      return;
    }
    const isDirectory = inode.type === FileType.Directory;
    const expected = isDirectory ? 2 + (this.children.get(inode.inode) ?? 0) : names;
    if (inode.links !== expected) {
      this.problem(where, `says ${String(inode.links)} links and has ${String(expected)}`);
    }
  }

  /** The bitmap is what is owned, and what no file can have. */
  private checkBitmap(): void {
    const { blocks, blockBitmapFirstBlock } = this.image.geometry;
    for (let word = 0; word * 32 < blocks; word += 1) {
      const allocated = this.memory.peek32(blockBitmapFirstBlock * BLOCK + word * 4);
      const wrong = allocated ^ this.owned[word];
      for (let bit = 0; wrong !== 0 && bit < 32; bit += 1) {
        if (((wrong >>> bit) & 1) === 0) continue;
        const isFree = ((allocated >>> bit) & 1) === 0;
        const what = isFree ? 'owned, and free in the bitmap' : 'allocated, and nobody owns it';
        this.problem(`block ${String(word * 32 + bit)}`, what);
      }
    }
  }
}
