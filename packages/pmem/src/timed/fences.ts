/**
 * Fences: wait for what the source's stores and flushes have under way; an mfence for its streaming
 * loads, too. What is undecided is waited for; then the latest of the decided times counts.
 */
import { IssueStatus, LineOp, type LineRequest } from '../memory.js';
import type { CoreSide } from './core-side.js';
import { Waits, type SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Mfence: MFENCE } = LineOp;
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { Fence: AWAITS_FENCE } = Waits;

export class Fences {
  private readonly sources: SourceTable;

  constructor(private readonly side: CoreSide) {
    this.sources = side.sources;
  }

  fence(s: number, request: LineRequest): number {
    const { sources } = this;
    const { ticks, stats } = this.side;
    const { storeBuffer } = this.side;
    const all = request.op === MFENCE;
    const isOpen = sources.openStores[s] > 0 || (all && sources.openFills[s] > 0);
    if (isOpen || (storeBuffer !== null && !storeBuffer.isSettled(s))) {
      sources.waits[s] = AWAITS_FENCE;
      return PENDING;
    }
    const from = sources.clock[s];
    const ready = from + (all ? ticks.mfence : ticks.sfence);
    let at = this.side.buffers.overAt(s, all, ready);
    if (storeBuffer !== null) at = Math.max(at, storeBuffer.leftAt(s));
    stats.fences += 1;
    stats.fenceWaitTicks += at - from;
    sources.clock[s] = at;
    this.side.complete(s);
    return DONE;
  }
}
