/**
 * Whether a file system that did not lose power holds what the calls before say.
 *
 *     names, sizes, bytes      those of the model
 *     free + owned             as many as on the empty file system, nothing reserved
 *     invariants               of mappings, entries, owners
 *
 * The crash judge looks at what recovery leaves; it cannot see that a reservation was never given
 * back, or what bytes are before the first promise.
 */
import { checkInvariants } from '@daxsim/daxfs';
import { MediaView } from '../corpus/media-view.js';
import { CELL_BYTES } from '../crash/crash-model.js';
import type { CrashSystem } from '../crash/crash-system.js';
import type { FileVersion, ModelState } from '../crash/crash-model.js';

export class LiveCheck {
  private readonly media: MediaView;
  private readonly blocksAtStart: number;

  /** `system` is empty now. Blocks that several files own, or may soon, are not counted. */
  constructor(
    private readonly system: CrashSystem,
    private readonly countsBlocks: boolean,
  ) {
    this.media = new MediaView(system.system.world.volume, system.memory);
    this.blocksAtStart = this.blocksInAll();
  }

  /** Null, or what is wrong after calls that led the model to `state`. */
  problem(state: ModelState): string | null {
    const { world } = this.system.system;
    const wrong = checkInvariants(world);
    if (wrong !== null) return wrong;
    if (this.countsBlocks) {
      const { reserved } = world.volume.allocator;
      if (reserved !== 0) return `${reserved} blocks are reserved and nothing runs`;
      const now = this.blocksInAll();
      if (now !== this.blocksAtStart) {
        return `${now} blocks are free or owned, of ${this.blocksAtStart}`;
      }
    }
    for (const [path, number] of state.names) {
      const inode = state.inodes.get(number);
      const version = inode?.versions.at(-1);
      if (inode === undefined || inode.isDirectory || version === undefined) continue;
      const problem = this.fileProblem(path, version);
      if (problem !== null) return `${path}: ${problem}`;
    }
    return null;
  }

  private blocksInAll(): number {
    const { allocator, inodes } = this.system.system.world.volume;
    let blocks = allocator.free;
    for (let inode = 1; inode < inodes.count; inode += 1) {
      if (inodes.isUsed(inode)) blocks += inodes.blocks(inode);
    }
    return blocks;
  }

  private fileProblem(path: string, { size, cells }: FileVersion): string | null {
    const inode = this.media.inodeOf(path);
    if (inode === 0) return 'is not there';
    if (this.media.size(path) !== size) return `has ${this.media.size(path)} bytes, not ${size}`;
    const found = new Int32Array(cells.length);
    this.media.bytesInto(inode, 0, new Uint8Array(found.buffer));
    const at = found.findIndex((value, i) => value !== cells[i]);
    return at < 0 ? null : `other bytes at ${at * CELL_BYTES}, power having been on`;
  }
}
