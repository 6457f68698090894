/**
 * What fsck knows of an image, and the checks of its parts: an inode, a directory, the links of an
 * inode, a word of the bitmap.
 *
 *     add(inode)   what it says, whose blocks are whose      drop(inode)   as if it were free
 *     enter(dir)   who names whom, and how often             leave(dir)    as if it were empty
 *
 * Each part can be taken out and put in again, so that an image which differs in few parts from the
 * one before is checked in these (see fsck.ts).
 */
import { isValidName, keyOfName } from './names.js';
import { textOf } from './media-image.js';
import type { Geometry } from './layout.js';
import type { ImageXattr } from './image-xattrs.js';
import type { ImageEntry, ImageExtent, ImageInode } from './media-image.js';
import { FileType } from './outcome.js';
import type { ProblemSink } from './problem-sink.js';
import type { ReadableImage } from './repeated-image.js';
import type { ShareCheck } from './share-check.js';

const INLINE_TARGET_MAX = 336;
const TARGET_MAX = 4095;
const FILE_BYTES_MAX = 17592186044416;
const HAS_XATTRS = 4;

export const NO_EXTENTS: readonly ImageExtent[] = Object.freeze([]);
export const NO_XATTRS: readonly ImageXattr[] = Object.freeze([]);
export const NO_ENTRIES: readonly ImageEntry[] = Object.freeze([]);
const NO_BLOCKS: readonly number[] = Object.freeze([]);

export class FsckParts {
  /** By inode: what it says, if it is used. */
  readonly inodes: (ImageInode | undefined)[] = [];
  readonly extents: (readonly ImageExtent[])[] = [];
  readonly entries: (readonly ImageEntry[])[] = [];
  readonly xattrs: (readonly ImageXattr[])[] = [];
  /** Blocks of its tree and its attributes. */
  private readonly innerBlocks: (readonly number[])[] = [];
  /** The bitmap of inodes. */
  used = new Int32Array(0);
  /** Names that lead to an inode. */
  names = new Int32Array(0);
  /** Directories in a directory. */
  children = new Int32Array(0);
  /** A bit per block that some inode owns, or that no file can have. */
  owned = new Int32Array(0);
  /** By block: the inode that is read from it too, besides its own line; 0 if none is. */
  readers = new Int32Array(0);
  shares: ShareCheck | null = null;
  /** By directory: entries whose names are known to be valid and different. */
  private readonly checkedNames: (readonly ImageEntry[])[] = [];
  /** The bits that no file can have, of this geometry. */
  private outside = new Int32Array(0);
  /** Inodes that something was known of, in no order but that of the run. */
  private numbers = new Int32Array(0);
  private count = 0;
  private isListed = new Uint8Array(0);
  private geometry: Geometry | null = null;
  private readonly inodeNames: string[] = [];

  constructor(
    private readonly image: ReadableImage,
    private readonly problem: ProblemSink,
  ) {}

  /** Knows nothing any more. */
  clear(): void {
    const { geometry } = this.image;
    if (this.geometry !== geometry) this.measure(geometry);
    for (let i = 0; i < this.count; i += 1) {
      const number = this.numbers[i];
      this.isListed[number] = 0;
      this.forget(number);
      this.names[number] = 0;
      this.children[number] = 0;
    }
    this.count = 0;
    this.shares = null;
    this.owned.set(this.outside);
    this.readers.fill(0);
  }

  private forget(number: number): void {
    this.inodes[number] = undefined;
    this.extents[number] = NO_EXTENTS;
    this.entries[number] = NO_ENTRIES;
    this.xattrs[number] = NO_XATTRS;
    this.innerBlocks[number] = NO_BLOCKS;
  }

  private measure(geometry: Geometry): void {
    const { firstFileBlock, blocks, inodes } = geometry;
    this.owned = new Int32Array((blocks >>> 5) + 1);
    for (let block = 0; block < firstFileBlock; block += 1) this.setOwned(block);
    for (let block = blocks; block < this.owned.length * 32; block += 1) this.setOwned(block);
    this.outside = this.owned.slice();
    this.geometry = geometry;
    this.readers = new Int32Array(blocks);
    this.used = new Int32Array(Math.ceil(inodes / 32));
    this.numbers = new Int32Array(inodes);
    this.isListed = new Uint8Array(inodes);
    this.names = new Int32Array(inodes);
    this.children = new Int32Array(inodes);
    this.count = 0;
    for (const list of [this.inodes, this.extents, this.entries, this.xattrs]) list.length = 0;
    this.innerBlocks.length = 0;
    this.checkedNames.length = 0;
  }

  /** Checks the links of all inodes, in the order in which they were added. */
  checkAllLinks(): void {
    for (let i = 0; i < this.count; i += 1) this.checkLinks(this.numbers[i]);
  }

  /** Reads a used inode and checks it by itself. */
  add(number: number): void {
    const inode = this.image.inode(number);
    if (this.isListed[number] === 0) {
      this.forget(number);
      this.isListed[number] = 1;
      this.numbers[this.count] = number;
      this.count += 1;
    }
    this.inodes[number] = inode;
    this.checkInode(inode);
  }

  /** As if the inode were free: its blocks are nobody's. */
  drop(number: number): void {
    this.forEachBlock(number, this.release);
    this.forget(number);
  }

  /** All blocks of an inode: of the file or directory, its tree and its attributes. */
  forEachBlock(number: number, sink: (block: number) => void): void {
    for (const { block, length } of this.extents[number]) {
      // A damaged extent may be longer than the device.
      const end = Math.min(block + length, this.readers.length);
      for (let at = block; at < end; at += 1) sink(at);
    }
    for (const block of this.innerBlocks[number]) sink(block);
  }

  private readonly release = (block: number): void => {
    this.owned[block >>> 5] &= ~(1 << (block & 31));
    this.readers[block] = 0;
  };

  private inodeName(inode: number): string {
    return (this.inodeNames[inode] ??= `inode ${String(inode)}`);
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
    this.xattrs[inode.inode] = this.image.xattrs(inode.inode, blocks, this.problem);
    for (const block of blocks) this.ownInner(block, inode.inode, where);
    return blocks.length;
  }

  private checkExtents(inode: ImageInode, where: string, xattrBlocks: number): void {
    const treePages: number[] = [];
    let blocks = xattrBlocks;
    const extents = this.image.extents(inode.inode, treePages, this.problem);
    this.extents[inode.inode] = extents;
    for (const extent of extents) {
      blocks += extent.length;
      this.own(extent.block, extent.length, where, inode.type === FileType.Regular);
      if (inode.type === FileType.Directory) this.readBy(extent.block, extent.length, inode.inode);
    }
    for (const page of treePages) this.ownInner(page, inode.inode, where);
    if (blocks + treePages.length !== inode.blocks) {
      const counted = String(blocks + treePages.length);
      this.problem(where, `says ${String(inode.blocks)} blocks and owns ${counted}`);
    }
  }

  /** A block of a tree or of attributes. */
  private ownInner(block: number, inode: number, where: string): void {
    this.own(block, 1, where, false);
    this.readBy(block, 1, inode);
    this.innerBlocks[inode] = [...this.innerBlocks[inode], block];
  }

  private readBy(block: number, length: number, inode: number): void {
    const end = Math.min(block + length, this.readers.length);
    for (let at = block; at < end; at += 1) this.readers[at] = inode;
  }

  /** Notes the owner of blocks, which may have one already if `mayShare` and it is counted so. */
  own(block: number, length: number, where: string, mayShare: boolean): void {
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

  /** Reads a directory and checks it; `waiting` gets the directories that it names. */
  enter(dir: number, waiting: number[]): void {
    const entries = this.image.entries(dir, this.problem, this.extents[dir]);
    this.entries[dir] = entries;
    if (this.checkedNames[dir] !== entries) this.checkNames(dir, entries);
    for (const entry of entries) this.checkEntry(dir, entry, waiting);
    const inode = this.inodes[dir];
    if (inode?.entries !== entries.length) {
      this.problem(`directory ${String(dir)}`, 'wrong count of names');
    }
    this.checkTail(dir, inode?.tailBlock);
  }

  /** As if the directory named nobody. */
  leave(dir: number): void {
    for (const { inode } of this.entries[dir]) this.names[inode] -= 1;
    this.children[dir] = 0;
  }

  private checkNames(dir: number, entries: readonly ImageEntry[]): void {
    const where = `directory ${String(dir)}`;
    const seen = new Set<string>();
    let isRight = true;
    for (const { name } of entries) {
      const key = keyOfName(name);
      const isValid = isValidName(name);
      const isSecond = seen.has(key);
      if (!isValid) this.problem(where, `name "${textOf(name)}"`);
      if (isSecond) this.problem(where, `name "${textOf(name)}" twice`);
      isRight &&= isValid && !isSecond;
      seen.add(key);
    }
    if (isRight) this.checkedNames[dir] = entries;
  }

  private checkTail(dir: number, tailBlock: number | undefined): void {
    const last = this.extents[dir].at(-1);
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

  checkLinks(number: number): void {
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

  /** Holds 32 bits of the bitmap against who owns what. */
  checkBits(word: number, allocated: number): void {
    if (allocated === this.owned[word]) return;
    const wrong = allocated ^ this.owned[word];
    for (let bit = 0; bit < 32; bit += 1) {
      if (((wrong >>> bit) & 1) === 0) continue;
      const isFree = ((allocated >>> bit) & 1) === 0;
      const what = isFree ? 'owned, and free in the bitmap' : 'allocated, and nobody owns it';
      this.problem(`block ${String(word * 32 + bit)}`, what);
    }
  }
}
