/**
 * A media image that is read again and again while little of it changes.
 *
 *     bytes of the inode, of the directory ──▶ those of the last time? ──▶ what was read then
 *                                          └─▶ others ──▶ `MediaImage` reads them, remembered
 *
 * Every byte that `MediaImage` would look at is looked at and compared, so an answer never depends
 * on what was asked before, and a memory that decides the fate of a line when it is read is asked
 * for the same lines. What is remembered comes back as the same object, by which a caller may know
 * that it has seen it. Trees of
 * extents, attributes and whatever was told to `problem` are not remembered.
 */
import { SHARE_INODE } from './layout.js';
import type { Geometry } from './layout.js';
import { MediaImage } from './media-image.js';
import type { ImageXattr } from './image-xattrs.js';
import type { ImageEntry, ImageExtent, ImageInode, ImageShare } from './media-image.js';
import type { MediaMemory } from './media-memory.js';
import type { ProblemSink } from './problem-sink.js';

const BLOCK = 4096;
const BLOCK_WORDS = 1024;
const INODE = 512;
const HEAD_WORDS = 20;
const ROOT_WORD = 16;
const ROOT_ENTRIES = 21;
/** Words of a directory block's head, and the one that says how many units are used. */
const HEAD = 3;
const USED = 1;
const NO_SHARES: readonly ImageShare[] = Object.freeze([]);

/** What was read of one inode the last time. */
interface InodeMemo {
  readonly words: Int32Array;
  inode: ImageInode | null;
  readonly extentWords: Int32Array;
  extents: readonly ImageExtent[] | null;
}

/** What was read of one directory the last time. */
interface DirectoryMemo {
  extents: readonly ImageExtent[] | null;
  /** As many words of each block, one block after the other, as its head says are used. */
  words: Int32Array;
  count: number;
  sizeBytes: number;
  entries: readonly ImageEntry[];
}

/** What fsck and what follows it read of an image; `MediaImage` is one, too. */
export interface ReadableImage {
  readonly geometry: Geometry;
  usedWord(word: number): number;
  inode(inode: number): ImageInode;
  extents(inode: number, treePages?: number[], problem?: ProblemSink): readonly ImageExtent[];
  shares(treePages?: number[], problem?: ProblemSink): readonly ImageShare[];
  entries(
    inode: number,
    problem?: ProblemSink,
    extents?: readonly ImageExtent[],
  ): readonly ImageEntry[];
  xattrs(inode: number, blocks?: number[], problem?: ProblemSink): readonly ImageXattr[];
}

export class RepeatedImage implements ReadableImage {
  private readonly image: MediaImage;
  private readonly inodes: (InodeMemo | undefined)[] = [];
  private readonly directories: (DirectoryMemo | undefined)[] = [];
  private readonly words = new Int32Array(BLOCK_WORDS);
  private hasProblem = false;
  private sink: ProblemSink = () => undefined;

  constructor(
    private readonly memory: MediaMemory,
    geometry: Geometry,
  ) {
    this.image = new MediaImage(memory, geometry);
  }

  get geometry(): Geometry {
    return this.image.geometry;
  }

  /** As `MediaImage.reopen`. */
  reopen(): boolean {
    const { geometry } = this.image;
    if (!this.image.reopen()) return false;
    if (this.image.geometry !== geometry) {
      this.inodes.length = 0;
      this.directories.length = 0;
    }
    return true;
  }

  usedWord(word: number): number {
    return this.image.usedWord(word);
  }

  inode(inode: number): ImageInode {
    const { memory, words } = this;
    const memo = this.memoOf(inode);
    memory.peekWords(this.addressOf(inode), words, 0, HEAD_WORDS);
    if (memo.inode !== null && isEqual(words, memo.words, HEAD_WORDS)) return memo.inode;
    for (let i = 0; i < HEAD_WORDS; i += 1) memo.words[i] = words[i];
    memo.inode = this.image.inode(inode);
    return memo.inode;
  }

  extents(inode: number, treePages?: number[], problem?: ProblemSink): readonly ImageExtent[] {
    const { memory, words } = this;
    const address = this.addressOf(inode);
    const head = memory.peek32(address + ROOT_WORD * 4);
    if (head >>> 0 > ROOT_ENTRIES) return this.image.extents(inode, treePages, problem);
    const memo = this.memoOf(inode);
    words[0] = head;
    if (head > 0) memory.peekWords(address + HEAD_WORDS * 4, words, 1, head * 4);
    const count = 1 + head * 4;
    if (memo.extents !== null && isEqual(words, memo.extentWords, count)) return memo.extents;
    for (let i = 0; i < count; i += 1) memo.extentWords[i] = words[i];
    const extents = this.image.extents(inode, treePages, this.watch(problem));
    memo.extents = this.hasProblem ? null : extents;
    return extents;
  }

  shares(treePages?: number[], problem?: ProblemSink): readonly ImageShare[] {
    const head = this.memory.peek32(this.addressOf(SHARE_INODE) + ROOT_WORD * 4);
    return head === 0 ? NO_SHARES : this.image.shares(treePages, problem);
  }

  entries(
    inode: number,
    problem?: ProblemSink,
    extents: readonly ImageExtent[] = this.extents(inode),
  ): readonly ImageEntry[] {
    const memo = this.directories[inode];
    if (memo?.extents === extents && this.isUnchanged(inode, memo)) return memo.entries;
    const entries = this.image.entries(inode, this.watch(problem), extents);
    if (this.hasProblem) this.directories[inode] = undefined;
    else this.remember(inode, extents, entries);
    return entries;
  }

  xattrs(inode: number, blocks?: number[], problem?: ProblemSink): readonly ImageXattr[] {
    return this.image.xattrs(inode, blocks, problem);
  }

  private isUnchanged(inode: number, memo: DirectoryMemo): boolean {
    const { memory, words } = this;
    let at = 0;
    for (const extent of memo.extents ?? []) {
      for (let block = extent.block; block < extent.block + extent.length; block += 1) {
        // The head first: of a block that is not the directory's, nothing else is read.
        memory.peekWords(block * BLOCK, words, 0, HEAD);
        for (let i = 0; i < HEAD; i += 1) if (words[i] !== memo.words[at + i]) return false;
        const used = words[USED] * 2;
        memory.peekWords(block * BLOCK, words, 0, used);
        for (let i = HEAD; i < used; i += 1) if (words[i] !== memo.words[at + i]) return false;
        at += used;
      }
    }
    return at === memo.count && this.inode(inode).sizeBytes === memo.sizeBytes;
  }

  private remember(
    inode: number,
    extents: readonly ImageExtent[],
    entries: readonly ImageEntry[],
  ): void {
    const { memory, words } = this;
    const known = this.directories[inode];
    let into = known?.words ?? new Int32Array(BLOCK_WORDS);
    let at = 0;
    for (const extent of extents) {
      for (let block = extent.block; block < extent.block + extent.length; block += 1) {
        const used = memory.peek32(block * BLOCK + USED * 4) * 2;
        memory.peekWords(block * BLOCK, words, 0, used);
        if (at + used > into.length) {
          const longer = new Int32Array((at + used) * 2);
          longer.set(into);
          into = longer;
        }
        for (let i = 0; i < used; i += 1) into[at + i] = words[i];
        at += used;
      }
    }
    const { sizeBytes } = this.inode(inode);
    this.directories[inode] = { extents, words: into, count: at, sizeBytes, entries };
  }

  private memoOf(inode: number): InodeMemo {
    return (this.inodes[inode] ??= {
      words: new Int32Array(HEAD_WORDS),
      inode: null,
      extentWords: new Int32Array(1 + ROOT_ENTRIES * 4),
      extents: null,
    });
  }

  /** A sink that passes on and remembers that there was something. */
  private watch(problem: ProblemSink | undefined): ProblemSink {
    this.hasProblem = false;
    this.sink = problem ?? (() => undefined);
    return this.noteProblem;
  }

  private readonly noteProblem = (where: string, what: string): void => {
    this.hasProblem = true;
    this.sink(where, what);
  };

  private addressOf(inode: number): number {
    return this.geometry.inodeFirstBlock * BLOCK + inode * INODE;
  }
}

function isEqual(a: Int32Array, b: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
