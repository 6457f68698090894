/** How often each 4 KiB block of a module was written, kept for the parts that were. */
const CHUNK_SHIFT = 8;
const CHUNK_BLOCKS = 1 << CHUNK_SHIFT;
const FIRST_CHUNKS = 4;
const BLOCK_BYTES = 4096;

export class WearMap {
  /** Chunk 0 is never written, so that an absent chunk is 0 in `chunkOf`. */
  private counts = new Uint32Array(FIRST_CHUNKS << CHUNK_SHIFT);
  private chunks = 1;
  private readonly chunkOf: Int32Array;

  constructor(bytes: number) {
    this.chunkOf = new Int32Array(Math.ceil(bytes / BLOCK_BYTES / CHUNK_BLOCKS) + 1);
  }

  /** Counts a write of `block`; answers its new count. */
  write(block: number): number {
    let chunk = this.chunkOf[block >>> CHUNK_SHIFT];
    if (chunk === 0) {
      chunk = this.addChunk();
      this.chunkOf[block >>> CHUNK_SHIFT] = chunk;
    }
    const at = (chunk << CHUNK_SHIFT) | (block & (CHUNK_BLOCKS - 1));
    const count = this.counts[at] + 1;
    this.counts[at] = count;
    return count;
  }

  private addChunk(): number {
    if (this.chunks << CHUNK_SHIFT === this.counts.length) {
      const counts = new Uint32Array(this.counts.length * 2);
      counts.set(this.counts);
      this.counts = counts;
    }
    this.chunks += 1;
    return this.chunks - 1;
  }
}
