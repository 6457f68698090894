/**
 * Looks for a run of free blocks in one block group: Linux 6.12 fs/ext4/mballoc.c, whose buddy
 * bitmaps are read off the free runs here.
 *
 *     free run     ┊ 66 ───────────────────────── 511 ┊
 *     its chunks   │66,67│68…71│72…79│80…95│96…127│128…255│256…511│
 *
 * A chunk is the largest power of two, aligned to its length, that is free: up to 8192 blocks.
 * Places count from the device's start; groups begin on multiples of the largest chunk, so that
 * both count alike.
 *
 *     aligned   the first chunk of the smallest order that is large enough
 *     striped   the first stripe unit that is free
 *     best      of the first chunks, joined until they suffice, the one with least to spare
 */
import { NO_BIT } from '@daxsim/sim';

/** What the search asks of the allocator; both answer −1 when there is none before the limit. */
export interface FreeBlocks {
  nextAvailable(from: number, limit: number): number;
  nextTaken(from: number, limit: number): number;
}

/** Largest chunk, as a power of two: 13 with blocks of 4 KiB. */
const ORDER_MOST = 13;
/** Candidates after which the best one so far is taken, and after which the search ends. */
const FOUND_LEAST = 10;
const FOUND_MOST = 200;

export class GroupSearch {
  /** Of the group last measured. */
  freeCount = 0;
  runCount = 0;
  /** What was found; `length` may be more than was asked for. */
  block = 0;
  length = 0;
  /** Whether what was found is to be taken, not only the best so far. */
  isFound = false;
  /** Whether enough was looked at. */
  isOver = false;

  private runEnd = 0;
  private candidates = 0;
  private readonly firstOfOrder = new Int32Array(ORDER_MOST + 1);

  constructor(private readonly free: FreeBlocks) {}

  /** Begins a search over one group after the other. */
  begin(): void {
    this.block = 0;
    this.length = 0;
    this.isFound = false;
    this.isOver = false;
    this.candidates = 0;
  }

  /** Counts free blocks and runs of [from, limit). */
  measure(from: number, limit: number): void {
    this.freeCount = 0;
    this.runCount = 0;
    for (let at = this.nextRun(from, limit); at !== NO_BIT; at = this.nextRun(this.runEnd, limit)) {
      this.freeCount += this.runEnd - at;
      this.runCount += 1;
    }
  }

  /** The first chunk of at least 2^`order` blocks, of the smallest order that there is. */
  findAligned(from: number, limit: number, order: number): void {
    const firsts = this.firstOfOrder.fill(NO_BIT);
    for (let run = this.nextRun(from, limit); run !== NO_BIT;) {
      for (let at = run; at < this.runEnd;) {
        const chunk = this.orderOf(at, run);
        if (firsts[chunk] === NO_BIT) firsts[chunk] = at;
        at += 1 << chunk;
      }
      run = this.nextRun(this.runEnd, limit);
    }
    for (let chunk = order; chunk <= ORDER_MOST && !this.isFound; chunk += 1) {
      if (firsts[chunk] === NO_BIT) continue;
      this.block = firsts[chunk];
      this.length = 1 << chunk;
      this.isFound = true;
    }
  }

  /** The first multiple of `unit` that begins as many free blocks. */
  findStriped(from: number, limit: number, unit: number): void {
    for (let at = Math.ceil(from / unit) * unit; at < limit; at += unit) {
      const length = this.reach(at, unit, from, limit);
      if (length < unit) continue;
      this.block = at;
      this.length = length;
      this.isFound = true;
      return;
    }
  }

  /** The best run for `wanted` blocks; `isWhole`: shorter ones are not looked at. */
  findBest(from: number, limit: number, wanted: number, isWhole: boolean): void {
    for (let run = this.nextRun(from, limit); run !== NO_BIT;) {
      const end = this.runEnd;
      for (let at = run; at < end;) {
        if (isWhole && end - at < wanted) break;
        const length = this.reachIn(at, wanted, run);
        this.candidate(at, length, wanted);
        if (this.isFound || this.isOver) return;
        at += length;
      }
      run = this.nextRun(end, limit);
    }
    if (this.length >= wanted) this.isFound = true;
  }

  /** How far chunks from `at` on reach until they are `wanted` blocks or end; 0 if it is taken. */
  reach(at: number, wanted: number, from: number, limit: number): number {
    const start = this.free.nextAvailable(at, at + 1);
    if (start === NO_BIT) return 0;
    const taken = this.free.nextTaken(at, limit);
    this.runEnd = taken === NO_BIT ? limit : taken;
    let run = at;
    while (run > from && this.free.nextAvailable(run - 1, run) !== NO_BIT) {
      run -= 1;
      if (at - run >= 1 << ORDER_MOST) break;
    }
    return this.reachIn(at, wanted, run);
  }

  /** The same within the run [run, runEnd). */
  private reachIn(at: number, wanted: number, run: number): number {
    let order = this.orderOf(at, run);
    let next = Math.floor(at / (1 << order)) * (1 << order) + (1 << order);
    while (next - at < wanted && next < this.runEnd) {
      order = this.orderOf(next, run);
      next += 1 << order;
    }
    return next - at;
  }

  /** The order of the chunk that a block of the run [run, runEnd) is in. */
  private orderOf(block: number, run: number): number {
    let order = 0;
    while (order < ORDER_MOST) {
      const size = 2 << order;
      const start = Math.floor(block / size) * size;
      if (start < run || start + size > this.runEnd) break;
      order += 1;
    }
    return order;
  }

  /** Weighs a candidate against the best so far. */
  private candidate(block: number, length: number, wanted: number): void {
    this.candidates += 1;
    let isBetter = this.length === 0 || length === wanted;
    if (this.length < wanted) isBetter ||= length > this.length;
    else if (length > wanted) isBetter ||= length < this.length;
    if (isBetter) {
      this.block = block;
      this.length = length;
    }
    if (length === wanted) this.isFound = true;
    else if (this.candidates > FOUND_MOST) this.isOver = true;
    else if (this.length >= wanted && this.candidates > FOUND_LEAST) this.isFound = true;
  }

  /** Start of the next free run of [from, limit); its end is `runEnd`. */
  private nextRun(from: number, limit: number): number {
    const start = this.free.nextAvailable(from, limit);
    if (start === NO_BIT) return NO_BIT;
    const taken = this.free.nextTaken(start, limit);
    this.runEnd = taken === NO_BIT ? limit : taken;
    return start;
  }
}
