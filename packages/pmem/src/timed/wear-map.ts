/**
 * How often each 4 KiB block of a module was written, kept for the parts that were, and how hot it
 * is: writes that are not forgotten yet. A block that is hot enough is due to be moved.
 *
 *   heat = max(0, heat − time since the last write / cool) + 1      due at its limit
 *
 * Limits are drawn. A run starts in the middle of things: a block that proves hot had been so for
 * some part of its time, so its heat is scattered over all values then, once.
 */
import type { StageTimes } from '../stages/stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.

const CHUNK_SHIFT = 8;
const CHUNK_BLOCKS = 1 << CHUNK_SHIFT;
const FIRST_CHUNKS = 4;
const BLOCK_BYTES = 4096;
/** Of a block side by side, in half a line of the host: count, heat, last write, its limit. */
const FACTS_SHIFT = 2;
/** A block is hot at the 256th part of the least limit. */
const HOT_SHIFT = 8;

/** Limits of heat: `least` and the next `spread` − 1. */
export interface Limits {
  readonly least: number;
  readonly spread: number;
}

export class WearMap {
  /** After `write`: whether the block is to be moved. */
  isDue = false;
  /** What `foresee` read: kept, so that the read is not left out. */
  near = 0.5;
  /** Chunk 0 is never written, so that an absent chunk is 0 in `chunkOf`. */
  private facts = new Float64Array((FIRST_CHUNKS << CHUNK_SHIFT) << FACTS_SHIFT);
  private chunks = 1;
  private readonly chunkOf: Int32Array;
  private readonly least: number;
  private readonly spread: number;
  private readonly hot: number;
  private draws: number;

  /** The time of a write is `times.admitted`. */
  constructor(
    bytes: number,
    channel: number,
    limits: Limits,
    private readonly coolTicks: number,
    private readonly times: StageTimes,
  ) {
    this.chunkOf = new Int32Array(Math.ceil(bytes / BLOCK_BYTES / CHUNK_BLOCKS) + 1);
    this.least = limits.least;
    this.spread = limits.spread;
    this.hot = limits.least >> HOT_SHIFT;
    this.draws = (channel * 0x9e3779b1 + 1) | 0;
  }

  /** Reads what `write` of the block will need. */
  foresee(block: number): void {
    this.near = this.facts[this.placeOf(block, this.chunkOf[block >>> CHUNK_SHIFT])];
  }

  /** Counts a write of `block`; answers its new count. */
  write(block: number): number {
    let chunk = this.chunkOf[block >>> CHUNK_SHIFT];
    if (chunk === 0) {
      chunk = this.addChunk();
      this.chunkOf[block >>> CHUNK_SHIFT] = chunk;
    }
    const { facts } = this;
    const at = this.placeOf(block, chunk);
    const now = this.times.admitted;
    const count = facts[at] + 1;
    let heat = facts[at + 1];
    if (this.coolTicks > 0) {
      heat -= (now - facts[at + 2]) / this.coolTicks;
      if (heat < 0) heat = 0;
    }
    heat += 1;
    if (heat > this.hot && facts[at + 3] === 0) {
      facts[at + 3] = this.drawLimit();
      heat += this.draw(facts[at + 3]);
    }
    this.isDue = heat > this.hot && heat >= facts[at + 3];
    facts[at] = count;
    facts[at + 1] = heat;
    facts[at + 2] = now;
    return count;
  }

  /** The block is moved: it is as if nobody had written it. */
  forget(block: number): void {
    const at = this.placeOf(block, this.chunkOf[block >>> CHUNK_SHIFT]);
    this.facts[at + 1] = 0;
    if (this.facts[at + 3] > 0) this.facts[at + 3] = this.drawLimit();
  }

  private placeOf(block: number, chunk: number): number {
    return ((chunk << CHUNK_SHIFT) | (block & (CHUNK_BLOCKS - 1))) << FACTS_SHIFT;
  }

  private drawLimit(): number {
    return this.least + this.draw(this.spread);
  }

  /** A number below `count`. */
  private draw(count: number): number {
    this.draws = (Math.imul(this.draws, 1664525) + 1013904223) | 0;
    return (this.draws >>> 8) % count;
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
