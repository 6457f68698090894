/**
 * What a request does to the world when it is made, whenever its time may come: to bytes and to
 * tags. Timing reads what is left in the source's columns: where the line was found, which dirty
 * line fell out, which pending stores a write will carry.
 */
import { assert, type StatsOf } from '@daxsim/sim';
import type { LineStore } from '../line-store.js';
import { LineOp } from '../memory.js';
import type { LineRequest, PersistenceDomain } from '../memory.js';
import { Found, type Caches } from './caches.js';
import type { FrontEndDeclarations } from './front-end-stats.js';
import type { SourceTable } from './sources.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Load: LOAD, StreamLoad: STREAM_LOAD, Store: STORE, NtStore: NT_STORE } = LineOp;
const { Clwb: CLWB, ClFlushOpt: CLFLUSHOPT, Sfence: SFENCE, Mfence: MFENCE } = LineOp;
const { L1, L2, Llc: LLC, OtherCore: OTHER_CORE, Memory: MEMORY } = Found;
const ensure: typeof assert = assert;

export class AccessEffects {
  /** What `foresee` read of caches: kept, so that the read is not left out. */
  near = 0;
  private seen = 0;

  constructor(
    private readonly store: LineStore,
    private readonly caches: Caches | null,
    private readonly sources: SourceTable,
    private readonly stats: StatsOf<FrontEndDeclarations>,
    private readonly domain: PersistenceDomain,
    private readonly clwbDrops: boolean,
  ) {}

  /**
   * Reads early what the request will need of the host's memory; the host goes on with what falls
   * due before the request while it waits for that.
   */
  foresee(request: LineRequest): void {
    const { op, line, source } = request;
    if (op === LOAD || op === STREAM_LOAD) this.seen = this.store.see(line, false);
    else if (op === STORE || op === NT_STORE) this.seen = this.store.see(line, true);
    else return;
    if (this.caches !== null) this.near = this.caches.foresee(source, line);
  }

  touch(request: LineRequest, s: number): void {
    const { sources, store } = this;
    const { line, op } = request;
    if (op === SFENCE || op === MFENCE) return;
    if (op === LOAD || op === STREAM_LOAD) {
      this.stats.loads += 1;
      this.useCaches(s, line, false);
      store.loadSeen(line, this.seen);
    } else if (op === STORE) {
      this.stats.stores += 1;
      this.useCaches(s, line, true);
      if (this.domain === 'eadr' && this.caches !== null) {
        store.storeDurable(line, request.fromByte, request.toByte);
      } else {
        const slot = store.storeSeen(line, request.fromByte, request.toByte, this.seen);
        sources.slot[s] = slot;
        if (this.caches === null) store.pending.tokenOfSlot(slot, sources.token, s);
      }
    } else if (op === NT_STORE) {
      this.stats.ntStores += 1;
      if (this.caches !== null && this.caches.flush(line, true)) this.evict(s, line);
      const slot = store.storeSeen(line, request.fromByte, request.toByte, this.seen);
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

  private useCaches(s: number, line: number, writes: boolean): void {
    if (this.caches === null) {
      this.sources.found[s] = MEMORY;
      return;
    }
    const found = this.caches.use(s, line, writes);
    this.sources.found[s] = found;
    if (found === L1) this.stats.l1Hits += 1;
    else if (found === L2) this.stats.l2Hits += 1;
    else if (found === LLC) this.stats.llcHits += 1;
    else if (found === OTHER_CORE) this.stats.transfers += 1;
    if (this.caches.writtenBack >= 0) this.evict(s, this.caches.writtenBack);
  }

  private evict(s: number, line: number): void {
    this.stats.evictions += 1;
    this.sources.evicted[s] = line;
    this.store.pending.token(line, this.sources.evictedToken, s);
  }
}
