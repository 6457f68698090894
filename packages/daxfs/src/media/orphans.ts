/**
 * The last part of recovery: inodes without links are what a crash left of files that were removed
 * while open, or while they were being freed. They are freed in transactions of bounded size, each
 * forced and checkpointed, so that this too may lose power at any point.
 *
 * Most recoveries find none and read bitmap and links only. The volume that frees them is made once
 * and put back to its beginning for each image.
 */
import { StateSpace, assert } from '@daxsim/sim';
import type { Mark } from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';
import { ROOT_ENTRIES } from './extent-path.js';
import { InodeWord } from './inode-table.js';
import { BYTES_PER_BLOCK, INODE_BYTES, ROOT_INODE } from './layout.js';
import type { Geometry } from './layout.js';
import type { LineWriter } from './line-writer.js';
import { MountedVolume } from './mounted-volume.js';
import { MediaOutcome } from './outcome.js';
import { checkpointNow, forceNow } from './quiesce.js';

const EXTENTS_AT_ONCE = 2;

export class Orphans {
  private space = new StateSpace();
  private start: Mark | null = null;
  private volume: MountedVolume | null = null;

  constructor(
    private readonly memory: Memory,
    private readonly writer: LineWriter,
  ) {}

  /** Frees all that the memory holds, its log being empty; answers how many. `twice`: a defect. */
  free(geometry: Geometry, twice = false): number {
    if (!this.hasAny(geometry)) return 0;
    const volume = this.mount(geometry);
    const { inodes } = volume;
    let freed = 0;
    for (
      let inode = inodes.nextUsed(inodes.root + 1);
      inode < inodes.count;
      inode = inodes.nextUsed(inode + 1)
    ) {
      if (!volume.isOrphan(inode)) continue;
      const extents = twice ? extentsOf(volume, inode) : [];
      this.reclaim(volume, inode);
      for (const { block, length } of extents) freeAgain(volume, block, length);
      freed += 1;
    }
    return freed;
  }

  private reclaim(volume: MountedVolume, inode: number): void {
    const { memory, writer } = this;
    let outcome: MediaOutcome = MediaOutcome.More;
    for (let left = Infinity; outcome === MediaOutcome.More;) {
      const blocks = volume.inodes.blocks(inode);
      assert(blocks < left, 'Orphans: a file that gives no block back');
      left = blocks;
      volume.begin(volume.inodes.changeNs(inode));
      outcome = volume.reclaimOrphan(inode, EXTENTS_AT_ONCE);
      volume.commit();
      forceNow(volume, memory, writer);
      checkpointNow(volume, memory, writer);
    }
  }

  private hasAny(geometry: Geometry): boolean {
    const { memory } = this;
    const bitmap = geometry.inodeBitmapFirstBlock * BYTES_PER_BLOCK;
    const table = geometry.inodeFirstBlock * BYTES_PER_BLOCK;
    for (let first = 0; first < geometry.inodes; first += 32) {
      const used = memory.peek32(bitmap + first / 8);
      for (let bit = 0; used !== 0 && bit < 32; bit += 1) {
        if (((used >>> bit) & 1) === 0 || first + bit <= ROOT_INODE) continue;
        const links = table + (first + bit) * INODE_BYTES + InodeWord.links * 4;
        if (memory.peek32(links) === 0) return true;
      }
    }
    return false;
  }

  private mount(geometry: Geometry): MountedVolume {
    if (this.volume?.geometry === geometry && this.start !== null) {
      // In this order: blocks that are not known any more need not be put back.
      this.volume.forget();
      this.space.rewind(this.start);
      this.volume.load(this.memory);
      return this.volume;
    }
    this.space = new StateSpace();
    this.start = this.space.mark();
    this.volume = new MountedVolume(this.space, this.memory, geometry, ROOT_ENTRIES);
    return this.volume;
  }
}

interface Run {
  readonly block: number;
  readonly length: number;
}

function extentsOf({ extents }: MountedVolume, inode: number): readonly Run[] {
  const runs: Run[] = [];
  for (let at = 0; extents.next(inode, at); at = extents.start + extents.length) {
    runs.push({ block: extents.block, length: extents.length });
  }
  return runs;
}

function freeAgain(volume: MountedVolume, block: number, length: number): void {
  volume.begin(0);
  volume.allocator.release(block, length, false);
  volume.commit();
}
