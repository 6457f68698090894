/**
 * What a fresh process would find in a file system now: names, sizes, extents and bytes, read
 * beside the machine without time, locks or effects. Serves the running system and a recovered one.
 */
import { ExtentState, FileType } from '@daxsim/daxfs';
import { BLOCK_BYTES } from '@daxsim/sim';
import { NOTHING, number } from './checks/values.js';
import type { Memory } from '@daxsim/pmem';
import type { Volume, World } from '@daxsim/daxfs';
import type { Value } from './checks/values.js';

export class MediaView {
  private readonly page = new Uint8Array(BLOCK_BYTES);

  constructor(
    private readonly volume: Volume,
    private readonly memory: Memory,
    /** Pages in memory, which a read finds first; null after power loss. */
    private readonly cache: World['mm']['cache'] | null = null,
  ) {}

  /** Inode of a path, or 0. */
  inodeOf(path: string): number {
    let inode = this.volume.inodes.root;
    for (const part of path.split('/')) {
      if (part === '' || inode === 0) continue;
      inode = this.volume.directories.lookup(inode, this.volume.names.idOf(part));
    }
    return inode;
  }

  isDirectory(path: string): boolean {
    const inode = this.inodeOf(path);
    return inode !== 0 && this.volume.inodes.type(inode) === FileType.Directory;
  }

  size(path: string): number {
    const inode = this.inodeOf(path);
    return inode === 0 ? -1 : this.volume.inodes.sizeBytes(inode);
  }

  /** Blocks of data that a file owns, unwritten ones included; −1 without the file. */
  blocks(path: string): number {
    const inode = this.inodeOf(path);
    if (inode === 0) return -1;
    const { extents } = this.volume;
    let blocks = 0;
    for (let at = 0; extents.next(inode, at); at = extents.start + extents.length) {
      blocks += extents.length;
    }
    return blocks;
  }

  extentState(path: string, block: number): Value {
    const inode = this.inodeOf(path);
    if (inode === 0) return NOTHING;
    const state = this.volume.extents.lookup(inode, block);
    if (state === ExtentState.Written) return { kind: 'word', word: 'written' };
    return { kind: 'word', word: state === ExtentState.Hole ? 'hole' : 'unwritten' };
  }

  blockOf(path: string, block: number): Value {
    const inode = this.inodeOf(path);
    if (inode === 0) return { kind: 'word', word: 'none' };
    const { extents } = this.volume;
    const state = extents.lookup(inode, block);
    return state === ExtentState.Hole ? { kind: 'word', word: 'none' } : number(extents.block);
  }

  pread(path: string, offset: number, length: number): Value {
    const inode = this.inodeOf(path);
    if (inode === 0) return { kind: 'errno', name: 'ENOENT' };
    const end = Math.min(offset + length, this.volume.inodes.sizeBytes(inode));
    const bytes = new Uint8Array(Math.max(0, end - offset));
    this.bytesInto(inode, offset, bytes);
    return { kind: 'bytes', bytes, asked: length };
  }

  /** Bytes from `offset` on, cached ones first; holes and unwritten blocks are zero. */
  bytesInto(inode: number, offset: number, bytes: Uint8Array): void {
    const { extents } = this.volume;
    for (let at = 0; at < bytes.length;) {
      const from = offset + at;
      const count = Math.min(BLOCK_BYTES - (from % BLOCK_BYTES), bytes.length - at);
      const page = Math.floor(from / BLOCK_BYTES);
      if (this.cache?.isReady(inode, page) === true) {
        const slot = this.cache.slot(inode, page);
        this.cache.bytes.read(slot, from % BLOCK_BYTES, bytes, at, count);
      } else if (extents.lookup(inode, page) === ExtentState.Written) {
        const address = extents.block * BLOCK_BYTES + (from % BLOCK_BYTES);
        this.memory.peekBytes(address, bytes, at, count);
      }
      at += count;
    }
  }

  /**
   * Visits the bytes of a file page by page, without pages that are holes and so zero, until
   * `visit` says that something is wrong; answers that, or null.
   */
  firstWrong(
    path: string,
    visit: (offset: number, bytes: Uint8Array, length: number) => string | null,
  ): string | null {
    const inode = this.inodeOf(path);
    if (inode === 0) return null;
    const size = this.volume.inodes.sizeBytes(inode);
    const pages = Math.ceil(size / BLOCK_BYTES);
    for (let page = this.nextPage(inode, 0, pages); page < pages;) {
      const offset = page * BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES, size - offset);
      this.page.fill(0);
      this.bytesInto(inode, offset, this.page);
      const wrong = visit(offset, this.page, length);
      if (wrong !== null) return wrong;
      page = this.nextPage(inode, page + 1, pages);
    }
    return null;
  }

  /** The first page from `page` on that is cached or has a block; `limit` if there is none. */
  private nextPage(inode: number, page: number, limit: number): number {
    const { extents } = this.volume;
    const mapped = extents.next(inode, page) ? Math.max(page, extents.start) : limit;
    const cached = this.cache?.next(inode, page, limit) ?? -1;
    return Math.min(limit, mapped, cached < 0 ? limit : cached);
  }

  /** Blocks that nobody owns, those included whose freeing is not durable yet. */
  freeBlocks(): number {
    return this.volume.allocator.free;
  }
}
