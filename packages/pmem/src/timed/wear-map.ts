/** How often each 4 KiB block of a module was written, kept for the parts that were. */
const CHUNK_SHIFT = 12;
const CHUNK_BLOCKS = 1 << CHUNK_SHIFT;
const BLOCK_BYTES = 4096;

export class WearMap {
  /** Chunk 0 is never written, so that an absent chunk needs no test of its own. */
  private readonly chunks: Uint32Array[] = [new Uint32Array(0)];
  private readonly chunkOf: Int32Array;

  constructor(bytes: number) {
    this.chunkOf = new Int32Array(Math.ceil(bytes / BLOCK_BYTES / CHUNK_BLOCKS) + 1);
  }

  /** Counts a write of `block`; answers its new count. */
  write(block: number): number {
    let chunk = this.chunkOf[block >>> CHUNK_SHIFT];
    if (chunk === 0) {
      chunk = this.chunks.length;
      this.chunks.push(new Uint32Array(CHUNK_BLOCKS));
      this.chunkOf[block >>> CHUNK_SHIFT] = chunk;
    }
    const counts = this.chunks[chunk];
    const count = counts[block & (CHUNK_BLOCKS - 1)] + 1;
    counts[block & (CHUNK_BLOCKS - 1)] = count;
    return count;
  }
}
