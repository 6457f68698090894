/** What each source is doing: its request, its clock, what it waits for. One column per fact. */
import { NEVER } from '@daxsim/sim';
import { createLineRequest, type LineRequest } from '../memory.js';

/** What a source with a pending request waits for. */
export const Waits = {
  Nothing: 0,
  Load: 1,
  Fill: 2,
  Buffer: 3,
  Fence: 4,
  Line: 5,
  /** For stores in the source's store buffer to leave it. */
  Stores: 6,
  /** For its turn behind the stores that wait for a fill buffer. */
  Turn: 7,
} as const;

export class SourceTable {
  readonly request: LineRequest[] = [];
  /** A `Waits`. */
  readonly waits: Uint8Array;
  /** With `Waits.Fill`, the record of the fill. */
  readonly waitsFor: Int32Array;
  /** How far the request under way has got. */
  readonly clock: Float64Array;
  /** Order of the request among all accesses, times two. */
  readonly rank: Float64Array;
  /** A `Found`: where the request found its line. */
  readonly found: Uint8Array;
  /** The pending stores that the request's write carries; see `PendingStores.token`. */
  readonly token: Float64Array;
  /** Where the pending stores of the token are; a hint, see `PendingStores.acceptUpTo`. */
  readonly slot: Int32Array;
  /** 1 if a flush has something to write. */
  readonly mustWrite: Uint8Array;
  /** Dirty line that fell out of the caches and is not posted yet, or −1. */
  readonly evicted: Int32Array;
  readonly evictedToken: Float64Array;
  /** One that fell out with it, or −1: only coherent caches lose two at once. */
  readonly evictedToo: Int32Array;
  readonly evictedTooToken: Float64Array;
  /** Order of the next of them among all accesses. */
  readonly evictedRank: Float64Array;
  /** Of a source that waits for a fill buffer: when the first is over, as far as is known. */
  readonly wakeAt: Float64Array;
  /** Fill buffer that is looked at first. */
  readonly nextBuffer: Int32Array;
  /** Undecided records that an sfence waits for. */
  readonly openStores: Int32Array;
  /** Undecided fills. */
  readonly openFills: Int32Array;
  /** When the last of the decided fills is over. */
  readonly fillsDoneAt: Float64Array;
  private readonly completed: Int32Array;
  private completedHead = 0;
  private completedCount = 0;

  constructor(readonly count: number) {
    for (let s = 0; s < count; s += 1) this.request.push(createLineRequest(s));
    this.waits = new Uint8Array(count);
    this.waitsFor = new Int32Array(count);
    this.clock = new Float64Array(count);
    this.rank = new Float64Array(count);
    this.found = new Uint8Array(count);
    this.token = new Float64Array(count);
    this.slot = new Int32Array(count);
    this.mustWrite = new Uint8Array(count);
    this.evicted = new Int32Array(count).fill(-1);
    this.evictedToken = new Float64Array(count);
    this.evictedToo = new Int32Array(count).fill(-1);
    this.evictedTooToken = new Float64Array(count);
    this.evictedRank = new Float64Array(count);
    this.wakeAt = new Float64Array(count).fill(NEVER);
    this.nextBuffer = new Int32Array(count);
    this.openStores = new Int32Array(count);
    this.openFills = new Int32Array(count);
    this.fillsDoneAt = new Float64Array(count);
    this.completed = new Int32Array(count);
  }

  /** The source that waits within `access` for its own completion, or −1: nobody else is told. */
  runsAhead = -1;

  pushCompleted(source: number): void {
    if (source === this.runsAhead) return;
    this.completed[(this.completedHead + this.completedCount) % this.count] = source;
    this.completedCount += 1;
  }

  /** The source that completed first, or −1. */
  takeCompleted(): number {
    if (this.completedCount === 0) return -1;
    const source = this.completed[this.completedHead];
    this.completedHead = (this.completedHead + 1) % this.count;
    this.completedCount -= 1;
    return source;
  }
}
