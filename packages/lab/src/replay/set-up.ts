/**
 * Makes what a trace presumes, before the first record and outside of simulated time.
 *
 *     presumption ─▶ transactions on a scratch mount ─▶ home blocks poked, log left empty ─▶ mount
 *
 * A file that the trace reads was written before: its bytes are those of a payload source of its
 * own, so that a read of the wrong file or place is seen. Beyond a budget of bytes, and for whole
 * block devices, the content is what the device held when it was new, which costs no memory. A file
 * that a fio job only writes is preallocated, as fio does (fallocate=native): its blocks are there
 * and read as zeros.
 */
import { MediaOutcome, mount, type Volume } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';
import { ConfigError, StateSpace, assert } from '@daxsim/sim';
import { FileType } from '@daxsim/trace';
import { settleVolume } from '../image/settle.js';
import { BLANK, ZERO, type PayloadWords } from '../oracle/payload-words.js';

/** How the first bytes of a file came to be. */
export type FirstBytes = 'written' | 'preallocated' | 'device';

/** One thing to make; `path` is below the file system's root. */
export interface SetUpItem {
  readonly path: string;
  /** A `FileType` of the trace. */
  readonly type: number;
  readonly size: number;
  readonly bytes: FirstBytes;
}

/** What a file holds at first, for the oracle. */
export interface FirstContent {
  readonly inode: number;
  readonly source: number;
  readonly size: number;
}

const BLOCK = 4096;
/** Bytes of presumed content that are really written; the rest stays what the device held. */
const CONTENT_BUDGET = 134_217_728;
/** Free lines of the log ring below which it is emptied. */
const LOG_LINES_LEFT = 2048;
const FILE_MODE = 0o100644;
const DIRECTORY_MODE = 0o040755;

export class SetUp {
  readonly contents: FirstContent[] = [];
  private readonly volume: Volume;
  private readonly inodeOf = new Map<string, number>();
  private budget = CONTENT_BUDGET;
  private readonly chunk = new Uint8Array(1 << 20);

  constructor(
    private readonly memory: Memory,
    private readonly words: PayloadWords,
    /** First payload source that set-up may use; it counts up. */
    private nextSource: number,
  ) {
    const volume = mount(memory, new StateSpace());
    assert(volume !== null, 'SetUp: the memory holds no file system');
    this.volume = volume;
    this.inodeOf.set('', volume.inodes.root);
  }

  /** Makes everything, in order; answers the first payload source that is free. */
  make(items: readonly SetUpItem[]): number {
    for (const item of items) this.makeOne(item);
    this.settle();
    return this.nextSource;
  }

  private makeOne({ path, type, size, bytes }: SetUpItem): void {
    if (path === '/' || path === '') return;
    const slash = path.lastIndexOf('/');
    const dir = this.inodeOf.get(path.slice(0, slash));
    // Below something that is no directory (a link whose target the trace does not show): not made.
    if (dir === undefined) return;
    const name = this.volume.names.idOf(path.slice(slash + 1));
    if (type === FileType.Symlink) {
      const target = new TextEncoder().encode('x'.repeat(Math.max(1, Math.min(size, 1000))));
      this.change(() => this.volume.symlink(dir, name, target, 0, 0));
      return;
    }
    const isDirectory = type === FileType.Directory;
    const mode = isDirectory ? DIRECTORY_MODE : FILE_MODE;
    this.change(() => this.volume.createInode(dir, name, mode, 0, 0));
    const inode = this.volume.created;
    if (isDirectory) this.inodeOf.set(path, inode);
    else if (size > 0) this.allocate(path, inode, size, bytes);
  }

  private allocate(path: string, inode: number, size: number, bytes: FirstBytes): void {
    const isReal = bytes === 'written' && size <= this.budget;
    const source = bytes === 'preallocated' ? ZERO : isReal ? this.nextSource : BLANK;
    if (isReal) {
      this.budget -= size;
      this.nextSource += 1;
    }
    const blocks = Math.ceil(size / BLOCK);
    const { allocator } = this.volume;
    if (blocks > allocator.available) throw this.tooSmall(path, size);
    for (let done = 0, goal = 0; done < blocks;) {
      const length = allocator.reserve(goal, blocks - done, 1);
      if (length === 0) throw this.tooSmall(path, size);
      const block = allocator.reservedBlock;
      const isUnwritten = bytes === 'preallocated';
      this.change(() => this.volume.extents.insert(inode, done, block, length, isUnwritten));
      if (isReal) this.write(source, done * BLOCK, size, block, length);
      done += length;
      goal = block + length;
    }
    this.change(() => {
      this.volume.setSize(inode, size);
      return MediaOutcome.Done;
    });
    this.contents.push({ inode, source, size });
  }

  private write(source: number, offset: number, size: number, block: number, length: number): void {
    const end = Math.min(length * BLOCK, size - offset);
    for (let at = 0; at < end; at += this.chunk.length) {
      const count = Math.min(this.chunk.length, end - at);
      this.words.fill(source, offset + at, count, this.chunk, 0);
      this.memory.pokeBytes(block * BLOCK + at, this.chunk, 0, count);
    }
    // The rest of the last block is zero, as every file system leaves it.
    const rest = length * BLOCK - end;
    if (rest > 0) this.memory.pokeBytes(block * BLOCK + end, new Uint8Array(rest), 0, rest);
  }

  private change(act: () => MediaOutcome): void {
    if (this.volume.journal.spaceLines() < LOG_LINES_LEFT) this.settle();
    this.volume.begin(1);
    const outcome = act();
    this.volume.commit();
    if (outcome === MediaOutcome.NoSpace || outcome === MediaOutcome.NoInodes) {
      throw this.tooSmall('the files of the trace', 0);
    }
    if (outcome === MediaOutcome.Exists) {
      const found = 'an image that has a file of the trace already';
      throw new ConfigError({ where: '--image', found, allowed: 'an image without it' });
    }
    assert(outcome === MediaOutcome.Done, 'SetUp: a presumed name could not be made');
  }

  private settle(): void {
    settleVolume(this.volume, this.memory);
  }

  private tooSmall(path: string, size: number): ConfigError {
    const needs = size > 0 ? ` (${size} bytes)` : '';
    return new ConfigError({
      where: path,
      found: `${path}${needs} does not fit on a device of ${this.memory.capacityBytes} bytes`,
      allowed: 'a larger device (--device-bytes), at most 128 GiB',
    });
  }
}
