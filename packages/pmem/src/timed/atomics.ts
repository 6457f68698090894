/**
 * Locked read-modify-writes: the source waits until nothing of its own is under way, then for the
 * line, and has it alone.
 *
 *   stores, flushes, ntstores, streaming loads over ─▶ line: here     the instruction alone
 *                                                            elsewhere what its line takes, no less
 *                                                            memory    read, then the instruction
 *
 * What the line of another core costs is measured with compare-and-swap, so the instruction is in
 * it. Without caches the line is read, and written behind it.
 */
import { NEVER, assert } from '@daxsim/sim';
import { IssueStatus, type LineRequest } from '../memory.js';
import { Found } from './caches.js';
import type { CoreSide } from './core-side.js';
import type { Loads } from './loads.js';
import { Waits, type SourceTable } from './sources.js';
import type { Stores } from './stores.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { L2: IN_L2, Memory: IN_MEMORY } = Found;
const { Fence: AWAITS_FENCE, Line: AWAITS_LINE } = Waits;
const never: number = NEVER;

export class Atomics {
  private readonly sources: SourceTable;

  constructor(
    private readonly side: CoreSide,
    private readonly loads: Loads,
    private readonly stores: Stores,
  ) {
    this.sources = side.sources;
  }

  /**
   * Takes the atomic as far as decided times reach; called again while it waits as a fence does.
   */
  perform(s: number, request: LineRequest): number {
    const { sources, side } = this;
    const { storeBuffer } = side;
    const isOpen = sources.openStores[s] > 0 || sources.openFills[s] > 0;
    if (isOpen || (storeBuffer !== null && !storeBuffer.isSettled(s))) {
      sources.waits[s] = AWAITS_FENCE;
      return PENDING;
    }
    const from = sources.clock[s];
    sources.clock[s] = side.buffers.overAt(s, true, from);
    if (storeBuffer !== null && storeBuffer.leftAt(s) > sources.clock[s]) {
      sources.clock[s] = storeBuffer.leftAt(s);
    }
    side.stats.fenceWaitTicks += sources.clock[s] - from;
    const found = sources.found[s];
    if (found === IN_MEMORY) {
      if (this.loads.read(s, request) !== DONE) return PENDING;
      this.came(s, request);
      return DONE;
    }
    const lasts = side.ticks.locked[found];
    if (side.journeys === null || found <= IN_L2) sources.clock[s] += lasts;
    else {
      const at = side.journeys.leave(s, -1, sources.clock[s], lasts);
      if (at === never) {
        sources.waits[s] = AWAITS_LINE;
        return PENDING;
      }
      sources.clock[s] = at;
    }
    side.complete(s);
    return DONE;
  }

  /** The line is here from memory, at the source's clock: ends the request. */
  came(s: number, request: LineRequest): void {
    const { sources, side } = this;
    sources.clock[s] += side.ticks.atomic;
    if (side.caches === null) {
      // Nothing else of the source is under way, so a fill buffer is free.
      const status = this.stores.post(s, request, side.ticks.store);
      assert(status === DONE, 'Atomics: a write behind its own read had to wait');
      return;
    }
    side.journeyOver(s);
    side.complete(s);
  }
}
