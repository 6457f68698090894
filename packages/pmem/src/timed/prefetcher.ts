/**
 * What the cores bring before it is asked for.
 *
 *   load of line n behind n − 1     ─▶ n + 1 into the L1             next line
 *   miss of the L2                  ─▶ the other half of 128 bytes   pair
 *   miss of the L1                  ─▶ on along the page's stream    streamer (`stream-table.ts`)
 *
 *   access ─▶ tags of the line ─▶ tags of what is prefetched ─▶ slot ─▶ controller ─▶ slot free
 *                                 (at once, in the order of the accesses)
 *
 * A prefetch leaves when the access is made, whatever that has to wait for, and never another page.
 * It needs two slots free, one for its line and one for what that may push out of the last level,
 * or it is dropped. A line that another core has stays there. Who asks for a line that is under way
 * to his own core waits for it (`Loads`, `Stores`, `Flushes`); fences do not.
 *
 * Figures: a prefetched line is useful when it is asked for while some cache has it, late when it
 * was not there yet, lost when it was asked for, or prefetched again, after it had fallen out.
 *
 * Left out: strides by the address of the instruction, which requests do not have; prefetchers that
 * slow down where they are of no use; prefetches of one core that another one waits for.
 */
import { defineStats, type StatsOf } from '@daxsim/sim';
import { LineTable } from '../line-table.js';
import { EVICTION_OP, LineOp, type LineRequest } from '../memory.js';
import type { PendingStores } from '../pending-stores.js';
import { Found } from './caches.js';
import type { CoreSide, LinesAhead } from './core-side.js';
import type { PrefetchConfig } from './prefetch-config.js';
import { NO_RECORD, RecordKind, type Requests } from './requests.js';
import { StreamTable } from './stream-table.js';

const { Load: LOAD, StreamLoad: STREAM_LOAD, Store: STORE } = LineOp;
const { L1: IN_L1, L2: IN_L2, Llc: IN_LLC, Memory: IN_MEMORY } = Found;
const { Prefetch: PREFETCH, Eviction: EVICTION } = RecordKind;
const NONE = NO_RECORD;
const LINES_PER_PAGE = 64;
const FAR = -1;
/** Ranks of what an access prefetches lie between its own and the next one's. */
const RANK_STEP = 1 / 128;

const declarations = {
  prefetches: ['count', 'Lines that were prefetched, from the LLC or memory.'],
  prefetchesFromMemory: ['count', 'Of these, from memory.'],
  prefetchesUseful: ['count', 'Prefetched lines that were asked for while some cache had them.'],
  prefetchesLate: ['count', 'Of these, were still under way.'],
  prefetchesLost: ['count', 'Prefetched lines that fell out of the caches before they were used.'],
  prefetchesDropped: ['count', 'Prefetches that found fewer than two slots free.'],
} as const;
export const prefetchStats = defineStats(declarations);

/** What prefetching asks of the caches. */
export interface AheadTags {
  /** After `fetchAhead`: the dirty line that fell out to memory, or −1. */
  readonly writtenBack: number;
  /**
   * Brings a line of the LLC or of memory nearer: into the core's L1 or L2, or the LLC. Answers a
   * `Found`; nothing was done if that is as near as `target`, or another core.
   */
  fetchAhead(core: number, line: number, target: number): number;
}

export class Prefetcher implements LinesAhead {
  readonly stats: StatsOf<typeof declarations> = prefetchStats.create();
  private readonly requests: Requests;
  private readonly streams: StreamTable[] = [];
  private readonly lastLoad: Int32Array;
  /** Prefetched lines that nobody asked for yet. */
  private readonly unused = new LineTable();
  /** Of each source: prefetches undecided, and when the last of the others is over. */
  private readonly open: Int32Array;
  private readonly doneAt: Float64Array;
  private readonly slots: number;
  private readonly nearSlots: number;
  private readonly perAccess: number;
  private readonly hasNextLine: boolean;
  private readonly hasPairs: boolean;
  /** Found by `findRoom`: two free slots. */
  private lineSlot = NONE;
  private fallenSlot = NONE;
  private taken = 0;
  /** The access that is observed: its request, and the rank of what was prefetched last. */
  private request: LineRequest | null = null;
  private rank = 0.5;

  constructor(
    config: PrefetchConfig,
    private readonly side: CoreSide,
    private readonly tags: AheadTags,
    private readonly pending: PendingStores,
  ) {
    const { count } = side.sources;
    const { streams, startSteps, distanceLines } = config;
    this.requests = side.requests;
    if (streams.value > 0) {
      for (let s = 0; s < count; s += 1) {
        this.streams.push(new StreamTable(streams.value, startSteps.value, distanceLines.value));
      }
    }
    this.lastLoad = new Int32Array(count).fill(-2);
    this.open = new Int32Array(count);
    this.doneAt = new Float64Array(count);
    this.slots = config.slots.value;
    this.nearSlots = config.nearSlots.value;
    this.perAccess = config.perAccess.value;
    this.hasNextLine = config.nextLine.value;
    this.hasPairs = config.pairs.value;
  }

  /** An access was made, and its line brought to its core; what it causes leaves at once. */
  observe(request: LineRequest, s: number): void {
    const { op, line } = request;
    if (op !== LOAD && op !== STREAM_LOAD && op !== STORE) return;
    const found = this.side.sources.found[s];
    this.request = request;
    this.rank = this.side.sources.rank[s];
    if (this.unused.get(line) >= 0) this.noteUse(s, line, found);
    if (this.hasNextLine && op !== STORE) this.afterLoad(s, line);
    if (found === IN_L1) return;
    if (this.hasPairs && found !== IN_L2) this.fetch(s, line ^ 1, IN_L2);
    if (this.streams.length > 0) this.follow(this.streams[s], s, line);
  }

  /** The source's prefetch of `line` that is not over at `at`, or `NONE`. */
  underWay(s: number, line: number, at: number): number {
    const { requests } = this;
    if (this.open[s] === 0 && this.doneAt[s] <= at) return NONE;
    const first = s * requests.perSource + requests.fillBuffers;
    let latest: number = NONE;
    for (let record = first; record < first + this.slots; record += 1) {
      if (requests.line[record] !== line || requests.doneAt[record] <= at) continue;
      if (requests.kind[record] !== PREFETCH) continue;
      if (latest === NONE || requests.rank[record] > requests.rank[latest]) latest = record;
    }
    return latest;
  }

  /** The time of a prefetch from memory is decided: its `doneAt`. */
  came(s: number, record: number): void {
    this.open[s] -= 1;
    this.doneAt[s] = Math.max(this.requests.doneAt[record], this.doneAt[s]);
  }

  private noteUse(s: number, line: number, found: number): void {
    this.unused.delete(line);
    if (found === IN_MEMORY) {
      this.stats.prefetchesLost += 1;
      return;
    }
    this.stats.prefetchesUseful += 1;
    const at = this.side.sources.clock[s];
    if (this.underWay(s, line, at) !== NONE) this.stats.prefetchesLate += 1;
  }

  private afterLoad(s: number, line: number): void {
    const goesOn = line === this.lastLoad[s] + 1;
    this.lastLoad[s] = line;
    if (goesOn && (line + 1) % LINES_PER_PAGE !== 0) this.fetch(s, line + 1, IN_L1);
  }

  private follow(stream: StreamTable, s: number, line: number): void {
    stream.observe(line);
    for (let asked = 0; asked < this.perAccess; asked += 1) {
      const next = stream.next();
      if (next < 0 || !this.fetch(s, next, FAR)) return;
      stream.advance();
    }
  }

  /** False if it was dropped. `FAR` is the L2, or the LLC where many are under way. */
  private fetch(s: number, line: number, target: number): boolean {
    if (!this.findRoom(s)) {
      this.stats.prefetchesDropped += 1;
      return false;
    }
    const outer = this.taken >= this.nearSlots ? IN_LLC : IN_L2;
    const to = target === FAR ? outer : target;
    const found = this.tags.fetchAhead(s, line, to);
    if (found <= to || (found !== IN_LLC && found !== IN_L2 && found !== IN_MEMORY)) return true;
    this.rank += RANK_STEP * 2;
    if (this.tags.writtenBack >= 0) this.evict(s, this.tags.writtenBack);
    this.count(line, found);
    const { requests } = this;
    const record = this.lineSlot;
    this.enter(record, PREFETCH, line, this.rank);
    const at = this.side.sources.clock[s];
    if (found === IN_MEMORY) {
      this.open[s] += 1;
      requests.arriveAt[record] = at + this.side.ticks.toController;
      this.side.send(record);
    } else {
      requests.doneAt[record] = at + this.side.ticks.hit[found];
      this.doneAt[s] = Math.max(requests.doneAt[record], this.doneAt[s]);
    }
    return true;
  }

  private count(line: number, found: number): void {
    const { stats, unused } = this;
    stats.prefetches += 1;
    if (found === IN_MEMORY) {
      stats.prefetchesFromMemory += 1;
      if (unused.get(line) >= 0) stats.prefetchesLost += 1;
    }
    unused.set(line, 0);
  }

  /** Sends off the dirty line that a prefetch pushed out of the caches. */
  private evict(s: number, line: number): void {
    const { requests, side } = this;
    const record = this.fallenSlot;
    side.stats.evictions += 1;
    this.enter(record, EVICTION, line, this.rank - RANK_STEP);
    requests.op[record] = EVICTION_OP;
    requests.slot[record] = -1;
    this.pending.token(line, requests.token, record);
    const at = side.sources.clock[s];
    requests.departedAt[record] = at;
    requests.arriveAt[record] = at + side.ticks.toController;
    side.send(record);
  }

  private enter(record: number, kind: number, line: number, rank: number): void {
    const { requests, request } = this;
    if (request === null) return;
    requests.enter(record, kind, request, rank);
    requests.line[record] = line;
  }

  /** Finds two free slots, and how many are taken. */
  private findRoom(s: number): boolean {
    const { requests } = this;
    const at = this.side.sources.clock[s];
    const first = s * requests.perSource + requests.fillBuffers;
    this.lineSlot = NONE;
    this.fallenSlot = NONE;
    this.taken = 0;
    for (let record = first; record < first + this.slots; record += 1) {
      if (requests.doneAt[record] > at) this.taken += 1;
      else if (this.lineSlot === NONE) this.lineSlot = record;
      else this.fallenSlot = record;
    }
    return this.fallenSlot !== NONE;
  }
}
