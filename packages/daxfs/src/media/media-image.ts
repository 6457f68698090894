/**
 * What a media image says, read from its bytes alone.
 *
 * For oracles and fsck, after recovery. It shares the layout's constants with the rest and no code
 * that interprets a format: a mistake there must not hide itself here. It reads no more bytes than
 * it needs, because a crash test may decide the fate of a line when it is first read. Whatever does
 * not hold is told to `problem` and then skipped, so that a damaged image is read to its end.
 */
import { ImageXattrs } from './image-xattrs.js';
import type { ImageXattr } from './image-xattrs.js';
import type { MediaMemory } from './media-memory.js';
import type { ProblemSink } from './problem-sink.js';
import { SHARE_INODE } from './layout.js';
import type { Geometry } from './layout.js';
import { SuperblockReader, readGeometry } from './superblock.js';

/** A part of a file that has blocks. */
export interface ImageExtent {
  readonly fileBlock: number;
  readonly block: number;
  readonly length: number;
  readonly isUnwritten: boolean;
}

/** A run of blocks with equally many owners, more than one. */
export interface ImageShare {
  readonly block: number;
  readonly length: number;
  readonly owners: number;
}

/** The head of an inode. */
export interface ImageInode {
  readonly inode: number;
  readonly mode: number;
  /** A `FileType`. */
  readonly type: number;
  readonly generation: number;
  readonly links: number;
  /** Sum of `InodeFlag`. */
  readonly flags: number;
  readonly sizeBytes: number;
  readonly blocks: number;
  readonly parent: number;
  readonly entries: number;
  readonly tailBlock: number;
  readonly modifyNs: number;
}

/** A file by one of its names; `path` starts with a slash. */
export interface ImageFile extends ImageInode {
  readonly path: string;
}

/** A name in a directory. */
export interface ImageEntry {
  readonly name: Uint8Array;
  readonly inode: number;
  readonly type: number;
}

const BLOCK = 4096;
const INODE = 512;
const TREE_PAGE_MAGIC = 0x54584144;
const DIRECTORY_MAGIC = 0x44584144;
const INLINE_TARGET_MAX = 336;
const DEPTH_MAX = 5;
const ROOT_MAX = 21;
const HAS_XATTRS = 4;
const PAGE_MAX = 251;

const ignore: ProblemSink = () => undefined;

export class MediaImage {
  private readonly words = new Int32Array(BLOCK / 4);
  private readonly page = new Uint8Array(this.words.buffer);
  private readonly pageOfLevel: Int32Array[] = [];
  private readonly superblocks = new SuperblockReader();

  constructor(
    private readonly memory: MediaMemory,
    public geometry: Geometry,
  ) {}

  /** The image on a memory; null when its superblock cannot be believed. */
  static open(memory: MediaMemory): MediaImage | null {
    const geometry = readGeometry(memory);
    return geometry === null ? null : new MediaImage(memory, geometry);
  }

  /** For a memory that holds another image now; false when its superblock cannot be believed. */
  reopen(): boolean {
    const geometry = this.superblocks.read(this.memory);
    if (geometry !== null) this.geometry = geometry;
    return geometry !== null;
  }

  /** Whether the inode bitmap has the inode. */
  isUsed(inode: number): boolean {
    const address = this.geometry.inodeBitmapFirstBlock * BLOCK + (inode >>> 5) * 4;
    return ((this.memory.peek32(address) >>> (inode & 31)) & 1) !== 0;
  }

  /** The inode bitmap, 32 inodes at a time. */
  usedWord(word: number): number {
    return this.memory.peek32(this.geometry.inodeBitmapFirstBlock * BLOCK + word * 4);
  }

  /** Whether the block bitmap has the block. */
  isAllocated(block: number): boolean {
    const address = this.geometry.blockBitmapFirstBlock * BLOCK + (block >>> 5) * 4;
    return ((this.memory.peek32(address) >>> (block & 31)) & 1) !== 0;
  }

  inode(inode: number): ImageInode {
    this.memory.peekWords(this.inodeAddress(inode), this.words, 0, 20);
    const mode = this.u32(0);
    return {
      inode,
      mode,
      type: mode >>> 12,
      generation: this.u32(4),
      links: this.u32(8),
      flags: this.u32(12),
      sizeBytes: this.u32(28) * 4294967296 + this.u32(24),
      blocks: this.u32(32),
      parent: this.u32(36),
      modifyNs: this.u32(52) * 4294967296 + this.u32(48),
      entries: this.u32(68),
      tailBlock: this.u32(72),
    };
  }

  /** All extents in file order; `treePages` gets the blocks of the tree itself. */
  extents(inode: number, treePages: number[] = [], problem: ProblemSink = ignore): ImageExtent[] {
    const found: ImageExtent[] = [];
    const address = this.inodeAddress(inode);
    const head = this.memory.peek32(address + 64) >>> 0;
    const depth = head >>> 16;
    const count = head & 0xffff;
    if (depth > DEPTH_MAX || count > ROOT_MAX || (depth > 0 && count === 0)) {
      problem(
        `inode ${String(inode)}`,
        `extent root of depth ${String(depth)}, ${String(count)} entries`,
      );
      return found;
    }
    this.readTreePage(inode, address + 80, count, depth, 0, 4294967296, {
      found,
      treePages,
      problem,
    });
    return found;
  }

  /** The reference counts, in order of blocks; `treePages` gets the blocks of their tree. */
  shares(treePages: number[] = [], problem: ProblemSink = ignore): ImageShare[] {
    const records = this.extents(SHARE_INODE, treePages, problem);
    return records.map(({ fileBlock, block, length }) => ({
      block: fileBlock,
      length,
      owners: block,
    }));
  }

  /** Copies bytes of a file; holes, unwritten blocks and what lies beyond its size are zeros. */
  readBytes(inode: number, offset: number, length: number, target: Uint8Array): number {
    const size = this.inode(inode).sizeBytes;
    const limit = Math.min(offset + length, size);
    target.fill(0, 0, length);
    for (const extent of this.extents(inode)) {
      if (extent.isUnwritten) continue;
      const start = extent.fileBlock * BLOCK;
      const from = Math.max(start, offset);
      const to = Math.min(start + extent.length * BLOCK, limit);
      if (from >= to) continue;
      this.memory.peekBytes(extent.block * BLOCK + from - start, target, from - offset, to - from);
    }
    return Math.max(0, limit - offset);
  }

  /** Extended attributes in order of place; `blocks` gets the blocks that they take. */
  xattrs(inode: number, blocks: number[] = [], problem: ProblemSink = ignore): ImageXattr[] {
    const address = this.inodeAddress(inode);
    if ((this.memory.peek32(address + 12) & HAS_XATTRS) === 0) return [];
    const { firstFileBlock, blocks: endBlock } = this.geometry;
    const read = new ImageXattrs(this.memory, inode, firstFileBlock, endBlock, problem);
    read.read(address);
    blocks.push(...read.blocks);
    return read.found;
  }

  /** Target of a symlink. */
  readlink(inode: number): Uint8Array {
    const { sizeBytes } = this.inode(inode);
    const target = new Uint8Array(sizeBytes);
    if (sizeBytes > INLINE_TARGET_MAX) this.readBytes(inode, 0, sizeBytes, target);
    else this.memory.peekBytes(this.inodeAddress(inode) + 80, target, 0, sizeBytes);
    return target;
  }

  /** The names in a directory, in the order of their place. */
  entries(
    inode: number,
    problem: ProblemSink = ignore,
    extents: readonly ImageExtent[] = this.extents(inode),
  ): ImageEntry[] {
    const found: ImageEntry[] = [];
    const where = `directory ${String(inode)}`;
    let expected = 0;
    for (const extent of extents) {
      if (extent.fileBlock !== expected || extent.isUnwritten) problem(where, 'a hole');
      expected = extent.fileBlock + extent.length;
      if (extent.block + extent.length > this.geometry.blocks) {
        problem(where, 'blocks beyond the device');
        continue;
      }
      for (let i = 0; i < extent.length; i += 1) {
        this.readDirectoryBlock(inode, extent.block + i, found, problem);
      }
    }
    if (expected * BLOCK !== this.inode(inode).sizeBytes) problem(where, 'size is not its blocks');
    return found;
  }

  /** Every name below the root with its inode, parents before children, in the order of place. */
  files(): ImageFile[] {
    const found: ImageFile[] = [];
    const seen = new Set<number>();
    const walk = (dir: number, path: string): void => {
      if (seen.has(dir)) return;
      seen.add(dir);
      for (const entry of this.entries(dir)) {
        const file = { ...this.inode(entry.inode), path: `${path}/${textOf(entry.name)}` };
        found.push(file);
        if (file.type === 4) walk(entry.inode, file.path);
      }
    };
    walk(1, '');
    return found;
  }

  private readTreePage(
    inode: number,
    address: number,
    count: number,
    level: number,
    low: number,
    high: number,
    into: { found: ImageExtent[]; treePages: number[]; problem: ProblemSink },
  ): void {
    if (count === 0) return;
    const entries = this.readEntries(address, count, level);
    const where = `inode ${String(inode)}`;
    for (let i = 0; i < count; i += 1) {
      const fileBlock = entries[i * 4] >>> 0;
      const block = entries[i * 4 + 1] >>> 0;
      const length = entries[i * 4 + 2] >>> 0;
      const flags = entries[i * 4 + 3] >>> 0;
      const above = i + 1 < count ? entries[i * 4 + 4] >>> 0 : high;
      if (fileBlock < low || fileBlock >= above) into.problem(where, 'extents out of order');
      if (level > 0) {
        this.readChild(inode, block, level - 1, fileBlock, above, into);
        continue;
      }
      if (length === 0 || fileBlock + length > above) into.problem(where, 'extents overlap');
      if (flags > 1) into.problem(where, `extent flags ${String(flags)}`);
      into.found.push({ fileBlock, block, length, isUnwritten: (flags & 1) !== 0 });
    }
  }

  private readChild(
    inode: number,
    block: number,
    level: number,
    low: number,
    high: number,
    into: { found: ImageExtent[]; treePages: number[]; problem: ProblemSink },
  ): void {
    const where = `inode ${String(inode)}`;
    if (block < this.geometry.firstFileBlock || block >= this.geometry.blocks) {
      into.problem(where, `tree page at block ${String(block)}`);
      return;
    }
    into.treePages.push(block);
    const at = block * BLOCK;
    const count = this.memory.peek32(at + 4);
    const isTreePage =
      this.memory.peek32(at) === TREE_PAGE_MAGIC &&
      this.memory.peek32(at + 8) === inode &&
      this.memory.peek32(at + 12) === level &&
      count > 0 &&
      count <= PAGE_MAX;
    if (!isTreePage) into.problem(where, `block ${String(block)} is no tree page of it`);
    else this.readTreePage(inode, at + 16, count, level, low, high, into);
  }

  /** The entries of a page; there is room for one page of each level at a time. */
  private readEntries(address: number, count: number, level: number): Int32Array {
    let entries = this.pageOfLevel[level];
    if (entries === undefined) {
      entries = new Int32Array(PAGE_MAX * 4);
      this.pageOfLevel[level] = entries;
    }
    this.memory.peekWords(address, entries, 0, count * 4);
    return entries;
  }

  private readDirectoryBlock(
    inode: number,
    block: number,
    found: ImageEntry[],
    problem: ProblemSink,
  ): void {
    const where = `directory ${String(inode)}`;
    const at = block * BLOCK;
    const used = this.memory.peek32(at + 4);
    const isOurs =
      this.memory.peek32(at) === DIRECTORY_MAGIC && this.memory.peek32(at + 8) === inode;
    if (!isOurs || used < 2 || used > 512) {
      problem(where, `block ${String(block)} is no directory block of it`);
      return;
    }
    this.memory.peekWords(at, this.words, 0, used * 2);
    for (let unit = 2; unit < used;) {
      const shape = this.u32(unit * 8 + 4);
      const units = shape & 0xff;
      const nameBytes = (shape >>> 8) & 0xff;
      if (units !== 1 + Math.ceil(nameBytes / 8) || unit + units > used || nameBytes === 0) {
        problem(where, `an entry in block ${String(block)} has no valid shape`);
        return;
      }
      const target = this.u32(unit * 8);
      if (target !== 0) {
        const from = unit * 8 + 8;
        found.push({
          name: this.page.slice(from, from + nameBytes),
          inode: target,
          type: shape >>> 16,
        });
      }
      unit += units;
    }
  }

  private u32(at: number): number {
    return this.words[at >>> 2] >>> 0;
  }

  private inodeAddress(inode: number): number {
    return this.geometry.inodeFirstBlock * BLOCK + inode * INODE;
  }
}

const decoder = new TextDecoder();

/** The bytes of a name as text: a loop while all are ASCII, which is quicker than a decoder. */
export function textOf(name: Uint8Array): string {
  let text = '';
  for (const byte of name) {
    if (byte > 127) return decoder.decode(name);
    text += String.fromCharCode(byte);
  }
  return text;
}
