/**
 * Whether a recovered image is one of those that power loss may leave.
 *
 *     promised ≤ k ≤ now   names, types, sizes, links are those after call k of the model,
 *                          or between k and k + 1 in the size of the file that the call changes
 *     each file            every byte is of a version since the file's last promise
 *     fsck                 nothing to say
 *
 * The running call counts with what it leads to. A file that the image still has and the model has
 * removed since is judged by the last state that had it.
 */
import { EVERYTHING, Fsck, RepeatedImage } from '@daxsim/daxfs';
import { FILE_BLOCK_BYTES, describeBlock } from './file-blocks.js';
import { LegalContents } from './legal-contents.js';
import { stateBetween } from './state-between.js';
import { TreeReader, expectedTree, treeHash } from './recovered-tree.js';
import type { Geometry, ImageDifference, ImageExtent } from '@daxsim/daxfs';
import type { PowerLossImage, UntimedMemory } from '@daxsim/pmem';
import type { ModelInode, ModelState } from './crash-model.js';
import type { TreeEntry } from './recovered-tree.js';
import type { WrongCell } from './legal-contents.js';

const ABSENT: ModelInode = {
  isDirectory: false,
  links: 0,
  changed: 0,
  versions: [],
  attribute: 0,
};

/** The moment of power loss, in the model's terms. */
export interface CrashMoment {
  /** After the last call that ended. */
  readonly now: ModelState;
  /** After the call that is running; null when none is. */
  readonly next: ModelState | null;
}

/** The memory that loses power, and names of what its blocks hold. */
export interface JudgedMemory {
  readonly under: UntimedMemory;
  /** A number for what each 4 KiB block holds, 0 before anything; see `PersistWatch`. */
  readonly blockVersions: { get(block: number): number };
  /** Another number whenever any block may hold something else than before. */
  readonly generation: number;
}

/** A file whose contents were right: they are again while none of this has changed. */
interface JudgedFile {
  readonly extents: readonly ImageExtent[];
  readonly legal: LegalContents;
  readonly size: number;
  readonly generation: number;
}

export class CrashJudge {
  /** Images held against the model. */
  compared = 0;
  private readonly hashes = new WeakMap<ModelState, number>();
  private readonly legal = new WeakMap<ModelInode, WeakMap<ModelInode, LegalContents>>();

  /** Of the moment that is being searched. */
  private legalMoment: CrashMoment | null = null;
  private legalOfInode = new Map<number, LegalContents>();
  /** By number of the model's inode: what was legal when it was asked for last. */
  private readonly lastLegal: LegalContents[] = [];
  private readonly media: RepeatedImage;
  /** What was read of the image that was judged last. */
  readonly fsck: Fsck;
  private readonly tree: TreeReader;
  /** The moment, or moments, at which the last image was right; null if it was not. */
  private rightAt: object | null = null;
  private readonly judged: (JudgedFile | undefined)[] = [];

  constructor(
    private readonly memory: JudgedMemory,
    private readonly image: PowerLossImage,
    geometry: Geometry,
  ) {
    this.media = new RepeatedImage(image, geometry);
    this.fsck = new Fsck(image, this.media);
    this.tree = new TreeReader(this.fsck);
  }

  /**
   * Null, or what is wrong with the image, recovered as it is now. `difference` says by what it may
   * differ from the image that was judged before.
   */
  judge(moment: CrashMoment, difference = EVERYTHING): string | null {
    return this.judgeAt(moment, difference, () => this.judgeNames(this.tree.read(), moment));
  }

  /** The same where the moment may be any of several; answers what the first says. */
  judgeAny(moments: readonly CrashMoment[], difference = EVERYTHING): string | null {
    return this.judgeAt(moments, difference, () => this.judgeEach(moments));
  }

  private judgeEach(moments: readonly CrashMoment[]): string | null {
    const tree = this.tree.read();
    let first: string | null = null;
    for (const moment of moments) {
      const wrong = this.judgeNames(tree, moment);
      if (wrong === null) return null;
      first ??= wrong;
    }
    return first;
  }

  private judgeAt(
    at: object,
    difference: ImageDifference,
    names: () => string | null,
  ): string | null {
    const problem = this.open(difference);
    const { isAll, lines } = difference;
    const isAsBefore = !isAll && lines.count === 0 && this.rightAt === at;
    // No name, inode or block is another than in an image that was right then.
    if (problem === null && isAsBefore) return null;
    const wrong = problem ?? names();
    this.rightAt = wrong === null ? at : null;
    return wrong;
  }

  /** Reads the image; null, or what fsck says. */
  private open(difference: ImageDifference): string | null {
    this.compared += 1;
    if (difference.isAll && !this.media.reopen()) return 'no file system';
    const [problem] = this.fsck.run(difference);
    return problem === undefined ? null : `fsck: ${problem.where}: ${problem.what}`;
  }

  /**
   * The names may be those of several states: a file that was removed and made again has other
   * contents under the same name and size. One state that explains the image is enough.
   */
  private judgeNames(tree: readonly TreeEntry[], moment: CrashMoment): string | null {
    const { now, next } = moment;
    const found = treeHash(tree);
    let wrong: string | null = null;
    for (let state: ModelState | null = next ?? now; state !== null; state = state.before) {
      if (state !== next && state.index < now.promised) break;
      if (this.hashOf(state) !== found) continue;
      const problem = this.judgeFiles(tree, state, moment);
      if (problem === null) return null;
      wrong ??= problem;
    }
    if (wrong !== null) return wrong;
    const between = stateBetween(tree, moment);
    if (between === null) return this.describeTree(tree, moment);
    return this.judgeFiles(tree, between, moment);
  }

  private judgeFiles(
    tree: readonly TreeEntry[],
    state: ModelState,
    moment: CrashMoment,
  ): string | null {
    for (const entry of tree) {
      if (entry.isDirectory) continue;
      const wrong = this.judgeFile(entry, state, moment);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  private hashOf(state: ModelState): number {
    let hash = this.hashes.get(state);
    if (hash === undefined) {
      hash = treeHash(expectedTree(state));
      this.hashes.set(state, hash);
    }
    return hash;
  }

  private judgeFile(entry: TreeEntry, state: ModelState, moment: CrashMoment): string | null {
    const legal = this.legalOf(state.names.get(entry.path) ?? 0, moment);
    const extents = this.fsck.extents(entry.inode);
    const written = this.blockWritten(extents);
    if (written >= 0) return `${entry.path}: recovery wrote into its block ${written}`;
    const { generation } = this.memory;
    const last = this.judged[entry.inode];
    if (
      last?.extents === extents &&
      last.legal === legal &&
      last.size === entry.size &&
      last.generation === generation
    ) {
      return null;
    }
    const wrong = this.judgeContents(entry.size, extents, legal);
    if (wrong !== null) return describe(entry.path, wrong);
    const block = legal.judgeExtents(extents);
    if (block !== null) return `${entry.path}: ${describeBlock(block)}`;
    this.judged[entry.inode] = { extents, legal, size: entry.size, generation };
    return null;
  }

  /** A block of the extents into which this image's recovery wrote, or −1. */
  private blockWritten(extents: readonly ImageExtent[]): number {
    for (const { block, length } of extents) {
      for (let at = block; at < block + length; at += 1) {
        if (this.image.hasWritten(at)) return at;
      }
    }
    return -1;
  }

  private judgeContents(
    size: number,
    extents: readonly ImageExtent[],
    legal: LegalContents,
  ): WrongCell | null {
    const blocks = Math.ceil(size / FILE_BLOCK_BYTES);
    const cellsOf = (fileBlock: number): number =>
      Math.ceil(Math.min(FILE_BLOCK_BYTES, size - fileBlock * FILE_BLOCK_BYTES) / 4);
    let at = 0;
    const { under, blockVersions } = this.memory;
    for (const extent of extents) {
      for (; at < Math.min(blocks, extent.fileBlock); at += 1) {
        const wrong = legal.judgeZeros(at, cellsOf(at));
        if (wrong !== null) return wrong;
      }
      const end = Math.min(blocks, extent.fileBlock + extent.length);
      for (at = Math.max(at, extent.fileBlock); at < end; at += 1) {
        const block = extent.block + at - extent.fileBlock;
        const wrong = extent.isUnwritten
          ? legal.judgeZeros(at, cellsOf(at))
          : legal.judgeBlock(under, block, blockVersions.get(block), at, cellsOf(at));
        if (wrong !== null) return wrong;
      }
    }
    for (; at < blocks; at += 1) {
      const wrong = legal.judgeZeros(at, cellsOf(at));
      if (wrong !== null) return wrong;
    }
    return null;
  }

  private legalOf(number: number, moment: CrashMoment): LegalContents {
    if (this.legalMoment !== moment) {
      this.legalMoment = moment;
      this.legalOfInode = new Map();
    }
    let legal = this.legalOfInode.get(number);
    if (legal === undefined) {
      legal = this.findLegal(number, moment);
      this.legalOfInode.set(number, legal);
    }
    return legal;
  }

  private findLegal(number: number, { now, next }: CrashMoment): LegalContents {
    let last = now.inodes.get(number);
    const after = next?.inodes.get(number);
    if (last === undefined && after === undefined) {
      let state: ModelState | null = now;
      while (state !== null && last === undefined) {
        last = state.inodes.get(number);
        state = state.before;
      }
    }
    const first = last ?? ABSENT;
    const second = after ?? ABSENT;
    let byNext = this.legal.get(first);
    if (byNext === undefined) this.legal.set(first, (byNext = new WeakMap()));
    let legal = byNext.get(second);
    if (legal === undefined) {
      legal = new LegalContents(last, after, this.lastLegal[number]);
      byNext.set(second, legal);
    }
    this.lastLegal[number] = legal;
    return legal;
  }

  private describeTree(tree: readonly TreeEntry[], { now, next }: CrashMoment): string {
    const text = (entries: readonly TreeEntry[]): string =>
      entries
        .map(({ path, size, links, isDirectory, attribute }) => {
          const has = attribute === 0 ? '' : ', an attribute';
          return isDirectory ? `${path}/` : `${path} (${size} bytes, ${links} names${has})`;
        })
        .sort()
        .join(', ');
    const expected = text(expectedTree(next ?? now));
    return `names after recovery are those of no moment since the last promise: ${text(tree)}; \
at the end they would be: ${expected}`;
  }
}

function describe(path: string, wrong: WrongCell): string {
  const hex = (wrong.value >>> 0).toString(16).padStart(8, '0');
  return `${path}: 0x${hex} at byte ${wrong.offset} is of no write since its last promise`;
}
