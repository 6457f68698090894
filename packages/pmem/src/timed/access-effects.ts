/**
 * What a request does to the world when it is made, whenever its time may come: to bytes and to
 * tags. Timing reads what is left in the source's columns: where the line was found, which dirty
 * line fell out, which pending stores a write will carry.
 */
import { assert, type StatsOf } from '@daxsim/sim';
import type { LineStore } from '../line-store.js';
import { LineOp } from '../memory.js';
import type { LineRequest, PersistenceDomain } from '../memory.js';
import type { CacheTags } from './cache-tags.js';
import { Found } from './caches.js';
import { CoherentCaches } from './coherent-caches.js';
import type { FrontEndDeclarations } from './front-end-stats.js';
import { LineJourneys } from './line-journeys.js';
import type { SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Load: LOAD, StreamLoad: STREAM_LOAD, Store: STORE, NtStore: NT_STORE } = LineOp;
const { Clwb: CLWB, ClFlushOpt: CLFLUSHOPT, Sfence: SFENCE, Mfence: MFENCE } = LineOp;
const { DirectStore: DIRECT_STORE, Atomic: ATOMIC } = LineOp;
const { L1, L2, Llc: LLC, Memory: MEMORY } = Found;
const ensure: typeof assert = assert;

export class AccessEffects {
  /** A `Found`: where the last request that uses the caches found its line. */
  found: number = MEMORY;
  /** The dirty line that it pushed out of them, or −1. */
  fallen = -1;
  /** Where the line's bytes are, or −1. */
  seen = 0;
  /** Of coherent caches: who waits for whose line. */
  readonly journeys: LineJourneys | null;
  private readonly coherent: CoherentCaches | null;
  /** The line that an atomic found. */
  private readonly old = new Int32Array(16);

  constructor(
    private readonly store: LineStore,
    private readonly caches: CacheTags | null,
    private readonly sources: SourceTable,
    private readonly stats: StatsOf<FrontEndDeclarations>,
    private readonly domain: PersistenceDomain,
    private readonly clwbDrops: boolean,
    records: number,
  ) {
    this.coherent = caches instanceof CoherentCaches ? caches : null;
    this.journeys =
      this.coherent === null
        ? null
        : new LineJourneys(this.coherent.copies, records, sources.count);
  }

  /**
   * Uses the tags, and reads early what the request will need of the host's memory; the host goes
   * on with what falls due before the request while it waits for that.
   */
  foresee(request: LineRequest): void {
    const { caches, store } = this;
    const { op, line } = request;
    this.fallen = -1;
    if (op === LOAD || op === STREAM_LOAD) this.seen = store.see(line, false);
    else if (op === STORE || op === NT_STORE || op === DIRECT_STORE || op === ATOMIC) {
      this.seen = store.see(line, true);
    } else return;
    if (caches !== null) {
      if (op === NT_STORE || op === DIRECT_STORE) {
        if (caches.flush(line, true)) this.fallen = line;
        return;
      }
      this.found = caches.use(request.source, line, op === STORE || op === ATOMIC);
      this.fallen = caches.writtenBack;
    }
    if (op === LOAD || op === STREAM_LOAD) this.seen = store.seePlace(line, this.seen);
  }

  touch(request: LineRequest, s: number): void {
    const { sources, store } = this;
    const { line, op } = request;
    if (op === SFENCE || op === MFENCE) return;
    if (op === LOAD || op === STREAM_LOAD) {
      this.stats.loads += 1;
      this.noteTags(line, s);
      store.loadPlaced(line, this.seen);
    } else if (op === STORE) {
      this.stats.stores += 1;
      this.storeBytes(request, s);
    } else if (op === ATOMIC) {
      this.stats.atomics += 1;
      store.visible.copyLine(line, this.old, 0);
      this.storeBytes(request, s);
      store.lineWords.set(this.old);
    } else if (op === NT_STORE || op === DIRECT_STORE) {
      this.stats.ntStores += 1;
      if (this.fallen >= 0) this.evict(s, this.fallen);
      const slot = this.storePast(request);
      sources.slot[s] = slot;
      store.pending.tokenOfSlot(slot, sources.token, s);
    } else {
      ensure(op === CLWB || op === CLFLUSHOPT, 'TimedMemory: not a line operation');
      this.stats.flushes += 1;
      const drops = op === CLFLUSHOPT || this.clwbDrops;
      const wasDirty = this.caches !== null && this.caches.flush(line, drops);
      sources.slot[s] = store.pending.token(line, sources.token, s);
      sources.mustWrite[s] = wasDirty || sources.token[s] > 0 ? 1 : 0;
    }
  }

  /** Bytes of a store past the caches; answers their slot. */
  private storePast({ op, line, fromByte, toByte }: LineRequest): number {
    if (op === NT_STORE) return this.store.storeSeen(line, fromByte, toByte, this.seen, false);
    ensure(toByte - fromByte === 64, 'TimedMemory: a direct store writes a whole line');
    return this.store.storeInOnePiece(line);
  }

  /** Counts where the line was found, if some cache held it. */
  countHit(): void {
    const { found, stats } = this;
    if (found === L1) stats.l1Hits += 1;
    else if (found === L2) stats.l2Hits += 1;
    else if (found === LLC) stats.llcHits += 1;
    else if (found !== MEMORY) stats.transfers += 1;
  }

  /** Of an observed machine: writes are reported when they are accepted. */
  isReportedLater(op: number, s: number): boolean {
    if (op === STORE || op === ATOMIC) return this.caches === null;
    if (op === NT_STORE || op === DIRECT_STORE) return true;
    return (op === CLWB || op === CLFLUSHOPT) && this.sources.mustWrite[s] === 1;
  }

  private storeBytes(request: LineRequest, s: number): void {
    const { sources, store } = this;
    const { line, fromByte, toByte } = request;
    this.noteTags(line, s);
    if (this.domain === 'eadr' && this.caches !== null) {
      store.storeDurable(line, fromByte, toByte);
      return;
    }
    const slot = store.storeSeen(line, fromByte, toByte, this.seen, this.caches !== null);
    sources.slot[s] = slot;
    if (this.caches === null) store.pending.tokenOfSlot(slot, sources.token, s);
  }

  private noteTags(line: number, s: number): void {
    this.sources.found[s] = this.found;
    this.countHit();
    if (this.fallen >= 0) this.evict(s, this.fallen);
    if (this.coherent !== null) this.noteCopies(this.coherent, line, s);
  }

  private noteCopies(coherent: CoherentCaches, line: number, s: number): void {
    const { found, sources } = this;
    this.stats.invalidations += coherent.invalidated;
    const too = coherent.alsoWrittenBack;
    if (too >= 0) {
      this.stats.evictions += 1;
      sources.evictedToo[s] = too;
      this.store.pending.token(too, sources.evictedTooToken, s);
    }
    if (found === L1 || found === L2) return;
    this.journeys?.begin(s, line, found === MEMORY, coherent.isKeptByLlc);
  }

  private evict(s: number, line: number): void {
    this.stats.evictions += 1;
    this.sources.evicted[s] = line;
    this.store.pending.token(line, this.sources.evictedToken, s);
  }
}
