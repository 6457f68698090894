/**
 * Who may have which block.
 *
 *   available ──reserve──▶ reserved ──allocate──▶ allocated ──free──▶ busy ──▶ available
 *       ▲                     │                                        │
 *       └──────giveBack───────┘        file blocks: when the freeing transaction is durable
 *                                      metadata:    when it is checkpointed
 *
 * Only `allocated` is on media, a bit per block. A busy block may not go to another file before its
 * loss is certain: after a crash it would belong to both. A busy metadata block waits longer,
 * because until the tail has passed them, replay would write old records over the new file's bytes.
 *
 * A small pool is kept from reservations, so that an extent tree can grow a block when a full file
 * system has holes punched.
 */
import { Bitmap, IntMap, NO_BIT, NumberColumn, assert } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import type { LogWatcher } from './journal.js';
import type { Geometry } from './layout.js';
import type { ReusePolicy } from './reuse-policy.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import { MediaOutcome } from './outcome.js';
import type { Transaction } from './transaction.js';
import type { AllocatorPort } from './volume.js';

/** Longest run that one reservation, and one transaction, may take or free. */
export const RUN_BLOCKS_MAX = 32768;
const POOL_BLOCKS_MAX = 64;
const POOL_SHARE = 64;

const WORDS_PER_BLOCK_BITS = 32;
const BITS_PER_BLOCK_SHIFT = 15;
const RUN_SHIFT = 65536;

/** Counters; the two queues of busy runs each have a first and a next number. */
const Cell = {
  reserved: 0,
  busy: 1,
  fileFirst: 2,
  fileNext: 3,
  metadataFirst: 4,
  metadataNext: 5,
  delayed: 6,
} as const;

export class Allocator implements AllocatorPort, LogWatcher {
  reservedBlock = 0;
  policy: ReusePolicy = { atOnce: false, freedFirst: false };
  metadataPlace: () => number = nowhere;

  private readonly availableBits: Bitmap;
  private readonly busyBits: Bitmap;
  /** Kept for a file or for small files: free, but not available. */
  private readonly keptBits: Bitmap;
  /** Blocks that were freed and may be used again, where allocations prefer those. */
  private readonly freedBits: Bitmap;
  private readonly counters: NumberColumn;
  /** Queue number · 2 + (1 for metadata) → block · 65536 + length, and → sequence. */
  private readonly busyRuns: IntMap;
  private readonly busySequences: IntMap;
  readonly pool: number;

  constructor(
    space: StateSpace,
    private readonly geometry: Geometry,
    private readonly metadata: MetadataBlocks,
    private readonly transaction: Transaction,
  ) {
    this.availableBits = new Bitmap(space, 'availableBlocks');
    this.busyBits = new Bitmap(space, 'busyBlocks');
    this.keptBits = new Bitmap(space, 'keptBlocks');
    this.freedBits = new Bitmap(space, 'freedBlocks');
    this.counters = new NumberColumn(space, 'allocator');
    this.busyRuns = new IntMap(space, 'busyRuns');
    this.busySequences = new IntMap(space, 'busySequences');
    const fileBlocks = geometry.blocks - geometry.firstFileBlock;
    this.pool = Math.min(POOL_BLOCKS_MAX, Math.floor(fileBlocks / POOL_SHARE));
  }

  get available(): number {
    const promised = this.pool + this.counters.get(Cell.delayed);
    return Math.max(0, this.availableBits.count - promised);
  }

  get delayed(): number {
    return this.counters.get(Cell.delayed);
  }

  addDelayed(delta: number): void {
    const delayed = this.counters.add(Cell.delayed, delta);
    assert(delayed >= 0, 'Allocator: more delayed blocks given back than promised');
  }

  get reserved(): number {
    return this.counters.get(Cell.reserved);
  }

  get busy(): number {
    return this.counters.get(Cell.busy);
  }

  get free(): number {
    return this.available + this.busy + this.keptBits.count;
  }

  isAvailable(block: number): boolean {
    return this.availableBits.get(block);
  }

  isBusy(block: number): boolean {
    return this.busyBits.get(block);
  }

  /** Whether the block is allocated as far as the in-core bitmap knows. */
  isAllocated(block: number): boolean {
    const handle = this.metadata.at(this.bitmapBlock(block));
    const word = this.metadata.get(handle, bitmapWord(block));
    return ((word >>> (block & 31)) & 1) !== 0;
  }

  /** Why a reservation failed. */
  failure(): MediaOutcome {
    return this.busy > 0 ? MediaOutcome.SpaceBusy : MediaOutcome.NoSpace;
  }

  reserve(goal: number, wanted: number, align: number): number {
    const most = Math.min(wanted, this.available, RUN_BLOCKS_MAX);
    if (most <= 0) return 0;
    const freed = this.policy.freedFirst ? this.freedBits.nextSet(0, this.geometry.blocks) : NO_BIT;
    if (freed !== NO_BIT) return this.take(freed, this.freedRun(freed, most));
    const from = this.inRange(goal) ? goal : this.geometry.firstFileBlock;
    if (align > 1) {
      const aligned = this.findAligned(from, most, align);
      if (aligned !== NO_BIT) return this.take(aligned, most);
    }
    const near = this.findNear(from, most);
    if (near !== NO_BIT) return this.take(near, most);
    const longest = this.availableBits.findRun(
      this.geometry.firstFileBlock,
      most,
      this.geometry.blocks,
    );
    return this.take(longest, this.availableBits.runLength);
  }

  reserveExactly(block: number, length: number): boolean {
    if (length > this.available || !this.inRange(block)) return false;
    if (block + length > this.geometry.blocks) return false;
    if (!this.isRun(block, length)) return false;
    this.take(block, length);
    return true;
  }

  nextAvailable(from: number, limit: number): number {
    return this.availableBits.nextSet(from, limit);
  }

  nextTaken(from: number, limit: number): number {
    return this.availableBits.nextClear(from, limit);
  }

  keep(block: number, length: number): void {
    this.availableBits.clearRange(block, length);
    this.keptBits.setRange(block, length);
  }

  unkeep(block: number, length: number): void {
    const end = block + length;
    for (let at = this.keptBits.nextSet(block, end); at !== NO_BIT;) {
      const run = this.keptBits.nextClear(at, end);
      const count = (run === NO_BIT ? end : run) - at;
      this.keptBits.clearRange(at, count);
      this.availableBits.setRange(at, count);
      at = this.keptBits.nextSet(at + count, end);
    }
  }

  hasKept(block: number, length: number): boolean {
    return this.keptBits.nextSet(block, block + length) !== NO_BIT;
  }

  reserveKept(block: number, most: number): number {
    if (!this.keptBits.get(block)) return 0;
    const end = this.keptBits.nextClear(block, block + most);
    const length = end === NO_BIT ? most : end - block;
    this.keptBits.clearRange(block, length);
    this.counters.add(Cell.reserved, length);
    this.reservedBlock = block;
    return length;
  }

  giveBack(block: number, length: number): void {
    assert(length <= this.reserved, 'Allocator: more given back than reserved');
    this.counters.add(Cell.reserved, -length);
    this.availableBits.setRange(block, length);
  }

  /** A reservation becomes a file's, in the open transaction. */
  allocate(block: number, length: number): void {
    assert(length <= this.reserved, 'Allocator: allocated what was not reserved');
    this.counters.add(Cell.reserved, -length);
    this.writeBits(block, length, true);
  }

  /** Whether `count` metadata blocks can be taken. */
  hasForMetadata(count: number): boolean {
    return this.availableBits.count >= count;
  }

  /**
   * A block for a tree, allocated in the open transaction; checked before. The last one that is
   * available, unless somebody else places metadata: among file blocks it would stand in the way of
   * the next extent.
   */
  takeForMetadata(): number {
    let block = this.metadataPlace();
    if (block === NO_BIT) block = this.lastAvailable();
    assert(block !== NO_BIT, 'Allocator: no block for metadata');
    this.availableBits.clear(block);
    if (this.policy.freedFirst) this.freedBits.clear(block);
    this.writeBits(block, 1, true);
    return block;
  }

  /** Frees a run in the open transaction; it stays busy for now. */
  release(block: number, length: number, isMetadata: boolean): void {
    assert(length < RUN_SHIFT, 'Allocator: run too long to free at once');
    this.writeBits(block, length, false);
    if (this.policy.atOnce && !isMetadata) {
      this.makeAvailable(block, length);
      return;
    }
    this.busyBits.setRange(block, length);
    this.counters.add(Cell.busy, length);
    const next = isMetadata ? Cell.metadataNext : Cell.fileNext;
    const key = this.counters.get(next) * 2 + (isMetadata ? 1 : 0);
    this.busyRuns.set(key, block * RUN_SHIFT + length);
    this.busySequences.set(key, this.transaction.sequence);
    this.counters.add(next, 1);
  }

  durable(sequence: number): void {
    this.endBusy(Cell.fileFirst, Cell.fileNext, 0, sequence);
  }

  checkpointed(sequence: number): void {
    this.endBusy(Cell.metadataFirst, Cell.metadataNext, 1, sequence);
  }

  private endBusy(first: number, next: number, kind: number, sequence: number): void {
    const limit = this.counters.get(next);
    let number = this.counters.get(first);
    while (number < limit && this.busySequences.get(number * 2 + kind) <= sequence) {
      const key = number * 2 + kind;
      const run = this.busyRuns.get(key);
      const block = Math.floor(run / RUN_SHIFT);
      const length = run - block * RUN_SHIFT;
      this.busyBits.clearRange(block, length);
      this.makeAvailable(block, length);
      this.counters.add(Cell.busy, -length);
      this.busyRuns.delete(key);
      this.busySequences.delete(key);
      number += 1;
    }
    this.counters.set(first, number);
    if (number === limit) {
      // An empty queue starts over, so that equal states have equal cells.
      this.counters.set(first, 0);
      this.counters.set(next, 0);
    }
  }

  private makeAvailable(block: number, length: number): void {
    this.availableBits.setRange(block, length);
    if (this.policy.freedFirst) this.freedBits.setRange(block, length);
  }

  private freedRun(block: number, most: number): number {
    const end = this.freedBits.nextClear(block, block + most);
    return end === NO_BIT ? most : end - block;
  }

  private take(block: number, length: number): number {
    if (this.policy.freedFirst) this.freedBits.clearRange(block, length);
    this.availableBits.clearRange(block, length);
    this.counters.add(Cell.reserved, length);
    this.reservedBlock = block;
    return length;
  }

  /**
   * Where a run of `wanted` starts nearest to `goal`: there, or at the start of a run behind or
   * before it. A run before it is used from its start, so that the file can grow into the rest
   * (Linux 6.12 fs/xfs/libxfs/xfs_alloc.c, xfs_alloc_compute_diff).
   */
  private findNear(goal: number, wanted: number): number {
    const bits = this.availableBits;
    if (goal + wanted <= this.geometry.blocks && this.isRun(goal, wanted)) return goal;
    let behind = bits.findRun(goal, wanted, this.geometry.blocks);
    if (bits.runLength < wanted) behind = NO_BIT;
    const first = this.geometry.firstFileBlock;
    // What is farther than the run behind is not looked at.
    let at = behind === NO_BIT ? first : Math.max(first, goal - (behind - goal) + 1);
    if (at > first && bits.get(at - 1)) at = bits.nextClear(at, goal);
    let before = NO_BIT;
    while (at !== NO_BIT && at < goal) {
      const start = bits.nextSet(at, goal);
      if (start === NO_BIT) break;
      const end = bits.nextClear(start, start + wanted);
      if (end === NO_BIT) before = start;
      at = bits.nextClear(start, goal);
    }
    return before === NO_BIT ? behind : before;
  }

  private findAligned(from: number, wanted: number, align: number): number {
    const found = this.findAlignedIn(from, this.geometry.blocks, wanted, align);
    return found === NO_BIT
      ? this.findAlignedIn(this.geometry.firstFileBlock, from, wanted, align)
      : found;
  }

  private findAlignedIn(from: number, limit: number, wanted: number, align: number): number {
    let at = Math.ceil(from / align) * align;
    while (at + wanted <= limit) {
      const taken = this.availableBits.nextClear(at, at + wanted);
      if (taken === NO_BIT) return at;
      const next = this.availableBits.nextSet(taken, limit);
      if (next === NO_BIT) return NO_BIT;
      at = Math.ceil(next / align) * align;
    }
    return NO_BIT;
  }

  private lastAvailable(): number {
    for (let limit = this.geometry.blocks; limit > 0;) {
      const from = Math.max(0, limit - WORDS_PER_BLOCK_BITS);
      let found = this.availableBits.nextSet(from, limit);
      for (let next = found; next !== NO_BIT; next = this.availableBits.nextSet(next + 1, limit)) {
        found = next;
      }
      if (found !== NO_BIT) return found;
      limit = from;
    }
    return NO_BIT;
  }

  private isRun(block: number, length: number): boolean {
    return this.availableBits.nextClear(block, block + length) === NO_BIT;
  }

  private inRange(block: number): boolean {
    return block >= this.geometry.firstFileBlock && block < this.geometry.blocks;
  }

  private bitmapBlock(block: number): number {
    return this.geometry.blockBitmapFirstBlock + (block >>> BITS_PER_BLOCK_SHIFT);
  }

  /** Sets or clears bits of the bitmap on media, asserting that each one changes. */
  private writeBits(block: number, length: number, on: boolean): void {
    for (let at = block, end = block + length; at < end;) {
      const handle = this.metadata.at(this.bitmapBlock(at));
      const word = bitmapWord(at);
      const low = at & 31;
      const bits = Math.min(WORDS_PER_BLOCK_BITS - low, end - at);
      const mask = (bits === 32 ? -1 : (1 << bits) - 1) << low;
      const old = this.metadata.get(handle, word);
      assert((old & mask) === (on ? 0 : mask), 'Allocator: a block allocated or freed twice');
      this.metadata.set(handle, word, on ? old | mask : old & ~mask);
      at += bits;
    }
  }

  /** Reads which blocks are free, when nothing else is known yet. */
  load(): void {
    const { firstFileBlock, blocks } = this.geometry;
    for (let at = firstFileBlock; at < blocks;) {
      const handle = this.metadata.at(this.bitmapBlock(at));
      const allocated = this.metadata.get(handle, bitmapWord(at));
      const end = Math.min(blocks, (at | 31) + 1);
      if (allocated === 0) this.availableBits.setRange(at, end - at);
      else {
        for (let block = at; block < end; block += 1) {
          if (((allocated >>> (block & 31)) & 1) === 0) this.availableBits.set(block);
        }
      }
      at = end;
    }
  }
}

function nowhere(): number {
  return NO_BIT;
}

function bitmapWord(block: number): number {
  return (block >>> 5) & 1023;
}
