/**
 * Loads that the source waits for.
 *
 *   found in memory     record of the blocking load ─▶ controller … done
 *   found in a cache    over at once, or when the source's own fill of the line is
 *   held by others      when it comes; coherent caches only
 *   in the store buffer forwarded, or behind the store (`store-buffer.ts`)
 */
import { NEVER } from '@daxsim/sim';
import { IssueStatus, type LineRequest } from '../memory.js';
import { Found } from './caches.js';
import type { CoreSide } from './core-side.js';
import type { LineJourneys } from './line-journeys.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import { Waits, type SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Done: DONE, Pending: PENDING } = IssueStatus;
const { L2: IN_L2, Memory: IN_MEMORY } = Found;
const { Nothing: NOTHING, Load: AWAITS_LOAD, Fill: AWAITS_FILL, Line: AWAITS_LINE } = Waits;
const never: number = NEVER;
const { Load: LOAD_KIND } = RecordKind;
const NONE = NO_RECORD;

export class Loads {
  private readonly requests: Requests;
  private readonly sources: SourceTable;

  constructor(private readonly side: CoreSide) {
    this.requests = side.requests;
    this.sources = side.sources;
  }

  load(s: number, request: LineRequest): number {
    const { requests, sources } = this;
    const { side } = this;
    const { storeBuffer } = side;
    const found = sources.found[s];
    // A line that left the core's own caches was taken from its store buffer, too.
    if (storeBuffer !== null && (side.journeys === null || found <= IN_L2)) {
      const status = storeBuffer.load(s, request);
      if (status === DONE) side.complete(s);
      if (status >= 0) return status;
    }
    if (found === IN_MEMORY) {
      if (this.read(s, request) !== DONE) return PENDING;
      side.journeyOver(s);
      side.complete(s);
      return DONE;
    }
    if (side.journeys !== null && found > IN_L2) return this.follow(s, side.journeys);
    const filling = side.fillUnderWay(s, request.line);
    if (filling !== NONE && !requests.isDecided(filling)) {
      sources.waits[s] = AWAITS_FILL;
      sources.waitsFor[s] = filling;
      return PENDING;
    }
    this.completeHit(s, filling);
    return DONE;
  }

  /** The fill that the source's hit waited for is decided. */
  filled(s: number, record: number): void {
    const { sources } = this;
    if (sources.waitsFor[s] !== record) return;
    sources.waits[s] = NOTHING;
    this.completeHit(s, record);
    sources.pushCompleted(s);
  }

  /** Reads the line from memory for the waiting source; it is there at the source's clock. */
  read(s: number, request: LineRequest): number {
    const { requests, sources, side } = this;
    const { ticks } = side;
    const record = s * requests.perSource + requests.perSource - 1;
    requests.enter(record, LOAD_KIND, request, sources.rank[s]);
    requests.arriveAt[record] = sources.clock[s] + ticks.toController;
    const controller = side.controllers[side.interleaver.channelOf(request.line)];
    const line = side.interleaver.localLine(request.line);
    requests.localLine[record] = line;
    controller.arriveAt = requests.arriveAt[record];
    if (side.far === null && side.atOnce.serve(controller, s, line)) {
      sources.clock[s] = controller.backAt + ticks.fromController;
      return DONE;
    }
    sources.waits[s] = AWAITS_LOAD;
    if (side.far === null) controller.enqueueRead(record);
    else side.far.send(record);
    return PENDING;
  }

  /** The line comes from another cache, or from the LLC while others may have it. */
  private follow(s: number, journeys: LineJourneys): number {
    const { sources, side } = this;
    const at = journeys.leave(s, -1, sources.clock[s], side.ticks.hit[sources.found[s]]);
    if (at === never) {
      sources.waits[s] = AWAITS_LINE;
      return PENDING;
    }
    sources.clock[s] = at;
    side.complete(s);
    return DONE;
  }

  private completeHit(s: number, filling: number): void {
    const { sources, requests } = this;
    const at = sources.clock[s] + this.side.ticks.hit[sources.found[s]];
    sources.clock[s] = filling === NONE ? at : Math.max(requests.doneAt[filling], at);
    this.side.complete(s);
  }
}
