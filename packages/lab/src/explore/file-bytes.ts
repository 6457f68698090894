/** Contents of files of a mounted system, read beside the machine: no time, no locks, no effect. */
import { ExtentState } from '@daxsim/daxfs';
import { BLOCK_BYTES } from '@daxsim/sim';
import type { World } from '@daxsim/daxfs';

export class FileBytes {
  constructor(private readonly world: World) {}

  /**
   * All bytes of a file, or null when no file has the name. Holes and unwritten blocks are zero.
   */
  read(path: string): Uint8Array | null {
    const inode = this.inodeOf(path);
    if (inode === 0) return null;
    const { volume, memory, mm } = this.world;
    const size = volume.inodes.sizeBytes(inode);
    const content = new Uint8Array(size);
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      const length = Math.min(BLOCK_BYTES, size - at);
      const slot = mm.cache.slot(inode, at / BLOCK_BYTES);
      if (slot >= 0) {
        mm.cache.bytes.read(slot, 0, content, at, length);
        continue;
      }
      const state = volume.extents.lookup(inode, at / BLOCK_BYTES);
      if (state !== ExtentState.Written) continue;
      memory.peekBytes(volume.extents.block * BLOCK_BYTES, content, at, length);
    }
    return content;
  }

  private inodeOf(path: string): number {
    const { volume } = this.world;
    let inode = volume.inodes.root;
    for (const part of path.split('/')) {
      if (part === '' || inode === 0) continue;
      inode = volume.directories.lookup(inode, volume.names.idOf(part));
    }
    return inode;
  }
}
