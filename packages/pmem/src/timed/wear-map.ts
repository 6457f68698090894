/**
 * How often each 4 KiB block of a module was written, kept for the parts that were, and how hot it
 * is: writes that are not forgotten yet. A block that is hot enough is due to be moved.
 *
 *   heat = max(0, heat − time since the last write / cool) + 1      due at `moveWrites`, then 0
 *
 * A module is not new: what a block's heat was before the run is scattered over all values.
 */
import { StageTime } from '../stages/stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { In: IN } = StageTime;

const CHUNK_SHIFT = 8;
const CHUNK_BLOCKS = 1 << CHUNK_SHIFT;
const FIRST_CHUNKS = 4;
const BLOCK_BYTES = 4096;
/** Of a block side by side, in half a line of the host: count, heat, time of the last write. */
const FACTS_SHIFT = 2;

export class WearMap {
  /** After `write`: whether the block is to be moved. */
  isDue = false;
  /** What `foresee` read: kept, so that the read is not left out. */
  near = 0.5;
  /** Chunk 0 is never written, so that an absent chunk is 0 in `chunkOf`. */
  private facts = new Float64Array((FIRST_CHUNKS << CHUNK_SHIFT) << FACTS_SHIFT);
  private chunks = 1;
  private readonly chunkOf: Int32Array;

  /** The time of a write is `times[In]`. */
  constructor(
    bytes: number,
    private readonly moveWrites: number,
    private readonly coolTicks: number,
    private readonly times: Float64Array,
  ) {
    this.chunkOf = new Int32Array(Math.ceil(bytes / BLOCK_BYTES / CHUNK_BLOCKS) + 1);
  }

  /** Reads what `write` of the block will need. */
  foresee(block: number): void {
    const chunk = this.chunkOf[block >>> CHUNK_SHIFT];
    this.near = this.facts[((chunk << CHUNK_SHIFT) | (block & (CHUNK_BLOCKS - 1))) << FACTS_SHIFT];
  }

  /** Counts a write of `block`; answers its new count. */
  write(block: number): number {
    let chunk = this.chunkOf[block >>> CHUNK_SHIFT];
    if (chunk === 0) {
      chunk = this.addChunk();
      this.chunkOf[block >>> CHUNK_SHIFT] = chunk;
    }
    const { facts } = this;
    const at = ((chunk << CHUNK_SHIFT) | (block & (CHUNK_BLOCKS - 1))) << FACTS_SHIFT;
    const now = this.times[IN];
    const count = facts[at] + 1;
    let heat = facts[at + 1];
    if (count === 1) heat = (Math.imul(block + 1, 0x9e3779b1) >>> 0) % this.moveWrites;
    else if (this.coolTicks > 0) {
      heat -= (now - facts[at + 2]) / this.coolTicks;
      if (heat < 0) heat = 0;
    }
    heat += 1;
    this.isDue = heat >= this.moveWrites;
    facts[at] = count;
    facts[at + 1] = this.isDue ? 0 : heat;
    facts[at + 2] = now;
    return count;
  }

  private addChunk(): number {
    if (this.chunks << (CHUNK_SHIFT + FACTS_SHIFT) === this.facts.length) {
      const facts = new Float64Array(this.facts.length * 2);
      facts.set(this.facts);
      this.facts = facts;
    }
    this.chunks += 1;
    return this.chunks - 1;
  }
}
