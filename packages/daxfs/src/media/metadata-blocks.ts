/**
 * Metadata blocks in core: the truth while mounted.
 *
 *   media ── first use ──▶ slot (1024 words) ◀── get, set ── inodes, extents, directories, bitmaps
 *                                 └── units set in a transaction ──▶ log record
 *
 * A block is loaded from its home when it is first asked for; what it says then is not a change of
 * state and is not logged. A block that becomes metadata is never loaded: it starts as zeros here
 * while its home still holds whatever was there, so that no format may give a meaning to a word
 * that was not set since. `set` therefore logs a unit even when the value does not change.
 *
 * As an arena its cells are (block, word), not (slot, word): the order of loading is no state.
 *
 * Rule: `set` only inside a transaction; the touched units are taken by the log at commit.
 */
import { assert } from '@daxsim/sim';
import type { Arena, StateSpace } from '@daxsim/sim';
import { BLOCK_UNITS, BLOCK_WORDS, BYTES_PER_BLOCK } from './layout.js';
import type { MediaMemory } from './media-memory.js';

const CHUNK_BLOCKS = 1024;
/** Small, because every mount has at least one slab. */
const SLAB_SLOTS = 16;
const SLAB_WORDS = SLAB_SLOTS * BLOCK_WORDS;
const SLAB_SHIFT = 14;
const NO_CHUNK = new Int32Array(0);

export class MetadataBlocks implements Arena {
  readonly name = 'metadata';
  readonly id: number;
  /** Units set in the open transaction: block · 512 + unit, in order of first touch. */
  touched = new Float64Array(256);
  touchedCount = 0;
  /** True between `begin` and `end`. */
  isOpen = false;

  /** Block → slot + 1, in chunks that exist where blocks were loaded. */
  private readonly chunks: Int32Array[] = [];
  private readonly slabs: Int32Array[] = [];
  /** Per unit a bit: the open transaction touched it. */
  private readonly marks: Int32Array[] = [];
  private blockOfSlot = new Int32Array(SLAB_SLOTS);
  private slots = 0;

  constructor(
    private readonly space: StateSpace,
    private readonly memory: MediaMemory,
  ) {
    this.id = space.register(this);
  }

  /** The handle of a block, which `get` and `set` take; loads the block if need be. */
  at(block: number): number {
    const handle = this.find(block);
    if (handle >= 0) return handle;
    const fresh = this.newSlot(block);
    const slab = this.slabs[fresh >>> SLAB_SHIFT];
    // What is loaded is the same whoever comes first: loading is nobody's reading of the device.
    const { watch } = this.space;
    if (watch !== null) this.space.watch = null;
    this.memory.peekWords(block * BYTES_PER_BLOCK, slab, fresh & (SLAB_WORDS - 1), BLOCK_WORDS);
    if (watch !== null) this.space.watch = watch;
    return fresh;
  }

  /**
   * The handle of a block that just became metadata: all zeros. A slot may be of a block before.
   */
  fresh(block: number): number {
    let handle = this.find(block);
    if (handle >= 0) this.zero(block, handle);
    else {
      handle = this.newSlot(block);
      const from = handle & (SLAB_WORDS - 1);
      this.slabs[handle >>> SLAB_SHIFT].fill(0, from, from + BLOCK_WORDS);
    }
    return handle;
  }

  /**
   * A block is no metadata any more. It is loaded for that, because a rewind to before must find
   * what it said, and its home may be overwritten by then.
   */
  forget(block: number): void {
    this.zero(block, this.at(block));
  }

  get(handle: number, word: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, this.keyOf(handle, word));
    return this.slabs[handle >>> SLAB_SHIFT][(handle & (SLAB_WORDS - 1)) + word];
  }

  /** Knows no block any more; outside of transactions, and only for another mount. */
  forgetAll(): void {
    for (let slot = 0; slot < this.slots; slot += 1) {
      const block = this.blockOfSlot[slot];
      this.chunks[block >>> 10][block & (CHUNK_BLOCKS - 1)] = 0;
    }
    this.slots = 0;
  }

  /** Sets a word and notes its unit for the log. */
  set(handle: number, word: number, value: number): void {
    const slab = this.slabs[handle >>> SLAB_SHIFT];
    const at = (handle & (SLAB_WORDS - 1)) + word;
    if (this.space.tracking) {
      this.space.wrote(this.id, this.keyOf(handle, word), slab[at], value | 0);
    }
    slab[at] = value;
    this.mark(handle, word);
  }

  /** Moves `count` words of a block from word `from` to word `to`, as if set one by one. */
  move(handle: number, from: number, to: number, count: number): void {
    if (this.space.tracking || this.space.watch !== null) {
      const isUp = to > from;
      for (let i = 0; i < count; i += 1) {
        const word = isUp ? count - 1 - i : i;
        this.set(handle, to + word, this.get(handle, from + word));
      }
      return;
    }
    const start = handle & (SLAB_WORDS - 1);
    const at = start + to;
    this.slabs[handle >>> SLAB_SHIFT].copyWithin(at, start + from, start + from + count);
    for (let word = to & ~1; word < to + count; word += 2) this.mark(handle, word);
  }

  begin(): void {
    assert(!this.isOpen, 'MetadataBlocks: a transaction is open already');
    this.isOpen = true;
    this.unmark();
    this.touchedCount = 0;
  }

  end(): void {
    assert(this.isOpen, 'MetadataBlocks: no transaction is open');
    this.isOpen = false;
  }

  restore(key: number, value: number): void {
    const block = Math.floor(key / BLOCK_WORDS);
    const handle = this.find(block);
    // All blocks may have been forgotten since.
    if (handle < 0) return;
    this.slabs[handle >>> SLAB_SHIFT][(handle & (SLAB_WORDS - 1)) + (key - block * BLOCK_WORDS)] =
      value;
  }

  private find(block: number): number {
    const chunk = block >>> 10;
    if (chunk >= this.chunks.length) return -1;
    const slots = this.chunks[chunk];
    return slots.length === 0 ? -1 : (slots[block & (CHUNK_BLOCKS - 1)] - 1) * BLOCK_WORDS;
  }

  private keyOf(handle: number, word: number): number {
    return this.blockOfSlot[handle >>> 10] * BLOCK_WORDS + word;
  }

  private touch(handle: number, word: number): void {
    assert(this.isOpen, 'MetadataBlocks: changed outside a transaction');
    if (this.touchedCount === this.touched.length) {
      const longer = new Float64Array(this.touched.length * 2);
      longer.set(this.touched);
      this.touched = longer;
    }
    this.touched[this.touchedCount] = this.blockOfSlot[handle >>> 10] * BLOCK_UNITS + (word >>> 1);
    this.touchedCount += 1;
  }

  private mark(handle: number, word: number): void {
    const marks = this.marks[handle >>> SLAB_SHIFT];
    const at = (handle & (SLAB_WORDS - 1)) + word;
    // A unit is two words, and 32 units share a word of marks.
    const bit = 1 << ((at >>> 1) & 31);
    if ((marks[at >>> 6] & bit) !== 0) return;
    marks[at >>> 6] |= bit;
    this.touch(handle, word);
  }

  /** Takes the marks of the transaction before away. */
  private unmark(): void {
    for (let i = 0; i < this.touchedCount; i += 1) {
      const block = Math.floor(this.touched[i] / BLOCK_UNITS);
      const at = this.find(block) + (this.touched[i] - block * BLOCK_UNITS) * 2;
      this.marks[at >>> SLAB_SHIFT][(at & (SLAB_WORDS - 1)) >>> 6] = 0;
    }
  }

  private newSlot(block: number): number {
    assert(block >= 0, 'MetadataBlocks: negative block');
    const chunk = block >>> 10;
    while (this.chunks.length <= chunk) this.chunks.push(NO_CHUNK);
    if (this.chunks[chunk].length === 0) this.chunks[chunk] = new Int32Array(CHUNK_BLOCKS);
    const slot = this.slots;
    this.slots += 1;
    if (slot === this.slabs.length * SLAB_SLOTS) {
      this.slabs.push(new Int32Array(SLAB_WORDS));
      this.marks.push(new Int32Array(SLAB_WORDS / 64));
    }
    if (slot === this.blockOfSlot.length) {
      const longer = new Int32Array(slot * 2);
      longer.set(this.blockOfSlot);
      this.blockOfSlot = longer;
    }
    this.blockOfSlot[slot] = block;
    this.chunks[chunk][block & (CHUNK_BLOCKS - 1)] = slot + 1;
    return slot * BLOCK_WORDS;
  }

  private zero(block: number, handle: number): void {
    const slab = this.slabs[handle >>> SLAB_SHIFT];
    const from = handle & (SLAB_WORDS - 1);
    if (this.space.tracking) {
      for (let word = 0; word < BLOCK_WORDS; word += 1) {
        if (slab[from + word] !== 0) {
          this.space.wrote(this.id, block * BLOCK_WORDS + word, slab[from + word], 0);
        }
      }
    }
    slab.fill(0, from, from + BLOCK_WORDS);
  }
}
