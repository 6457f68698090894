/**
 * The untimed port: no caches, no queues, no clock. What exploring, crash checking, mkfs, recovery
 * and oracles run on.
 *
 *   store              pending              any prefix of the line may survive power loss
 *   clwb, clflushopt   pending, on its way  … what the line held then is durable after the fence
 *   ntstore            pending, on its way
 *   movdir64b          the same, in one piece
 *   fence of a source  durable              everything that source put on its way
 *
 * A dirty line may also be written back at any time; at a crash that is the same as keeping any
 * prefix, so no step models it. With eADR a cached store is durable at once, and an ntstore, which
 * passes through no cache, still waits for its fence.
 *
 * All state is in arenas of the given space: mark, rewind and hash cover bytes, overlay and what is
 * on its way. Every answer is `Done` and `at` stays what it was.
 */
import { IntColumn, IntMap, LINE_BYTES, NEVER, StateSpace, assert } from '@daxsim/sim';
import { LineStore } from './line-store.js';
import {
  IssueStatus,
  LineOp,
  LineStatus,
  type CrashChoice,
  type LineRequest,
  type Memory,
  type PendingLine,
  type PersistenceDomain,
} from './memory.js';
import { MARKED_SOURCES_MAX } from './pending-stores.js';
import { PowerLossImage } from './power-loss-image.js';
import type { PageOrigin } from './visible-bytes.js';

export interface UntimedOptions {
  /** What an untouched byte reads as, 0 … 255; absent: 0. */
  readonly fillByte?: number;
}

const LINES_PER_SOURCE = 4294967296;

export class UntimedMemory implements Memory {
  readonly capacityBytes: number;
  readonly lineBytes: Uint8Array;
  readonly lineWords: Int32Array;
  /** The line that an atomic found. */
  private readonly old = new Int32Array(16);
  private readonly store: LineStore;
  /** Per source, how many lines it has on their way; the lines are in `onTheirWay`. */
  private readonly onTheirWayCount: IntColumn;
  private readonly onTheirWay: IntMap;
  /** Lines with a media error: an overlay, the bytes beneath stay. */
  private readonly poisoned: IntMap;

  constructor(
    /** Holds all state of this memory; an image has a space of its own. */
    readonly space: StateSpace,
    capacityBytes: number,
    readonly domain: PersistenceDomain,
    readonly fillByte: number,
    origin: PageOrigin | null,
  ) {
    this.store = new LineStore(space, capacityBytes, fillByte, origin);
    this.capacityBytes = capacityBytes;
    this.lineBytes = this.store.lineBytes;
    this.lineWords = this.store.lineWords;
    this.onTheirWayCount = new IntColumn(space, 'pmem lines on their way');
    this.onTheirWay = new IntMap(space, 'pmem line on its way');
    this.poisoned = new IntMap(space, 'pmem poisoned lines');
  }

  access(request: LineRequest): number {
    request.status = LineStatus.Ok;
    request.durableAt = NEVER;
    switch (request.op) {
      case LineOp.Load:
      case LineOp.StreamLoad:
        this.store.load(request.line);
        if (this.poisoned.get(request.line) !== 0) request.status = LineStatus.Poison;
        break;
      case LineOp.Store:
        this.storeCached(request);
        break;
      case LineOp.NtStore:
        this.store.storePending(request.line, request.fromByte, request.toByte, false);
        this.sendOff(request.line, request.source);
        this.mend(request);
        break;
      case LineOp.DirectStore:
        assert(isWholeLine(request), 'UntimedMemory: a direct store writes a whole line');
        this.store.storeInOnePiece(request.line);
        this.sendOff(request.line, request.source);
        this.mend(request);
        break;
      case LineOp.Atomic:
        this.fence(request.source);
        this.swap(request);
        break;
      case LineOp.Clwb:
      case LineOp.ClFlushOpt:
        this.sendOff(request.line, request.source);
        break;
      default:
        assert(
          request.op === LineOp.Sfence || request.op === LineOp.Mfence,
          'UntimedMemory: not a line operation',
        );
        this.fence(request.source);
        request.durableAt = request.at;
    }
    return IssueStatus.Done;
  }

  nextDecisionAt(): number {
    return NEVER;
  }

  decideUntil(): void {
    // Nothing is ever undecided here.
  }

  takeCompleted(): number {
    return -1;
  }

  poison(line: number): void {
    this.poisoned.set(line, 1);
  }

  peek32(address: number): number {
    return this.store.peek32(address);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.store.peekBytes(address, target, at, length);
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    this.store.peekWords(address, target, at, count);
  }

  poke32(address: number, value: number): void {
    this.store.poke32(address, value);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.store.pokeBytes(address, bytes, at, length);
  }

  touchedPages(): readonly number[] {
    return this.store.touchedPages();
  }

  mediaHash(): number {
    return this.store.mediaHash();
  }

  pendingLines(): readonly PendingLine[] {
    return this.store.pendingLines();
  }

  crashImage(choice: CrashChoice): UntimedMemory {
    return createCrashImage(new StateSpace(), this.store, this.domain, choice.keep);
  }

  /** An image that is used again for each choice of survivors; see power-loss-image.ts. */
  powerLossImage(): PowerLossImage {
    return new PowerLossImage(this.store);
  }

  /** The line's words as power loss leaves them with `kept` of its pending units, to `into[0…]`. */
  survivingLine(line: number, kept: number, into: Int32Array): void {
    this.store.visible.copyLine(line, into, 0);
    this.store.undoPending(line, kept, into, 0);
  }

  /** How many of the line's units are pending. */
  pendingUnits(line: number): number {
    return this.store.pendingUnits(line);
  }

  /** Whether some unit of the line has two stores pending. */
  hasStoredTwice(line: number): boolean {
    return this.store.hasPendingTwice(line);
  }

  /** A line that is written whole past the caches is a good line again. */
  private mend(request: LineRequest): void {
    if (!isWholeLine(request)) return;
    if (this.poisoned.get(request.line) !== 0) this.poisoned.delete(request.line);
  }

  private storeCached(request: LineRequest): void {
    if (this.domain === 'eadr') {
      this.store.storeDurable(request.line, request.fromByte, request.toByte);
      request.durableAt = request.at;
    } else {
      this.store.storePending(request.line, request.fromByte, request.toByte, true);
    }
  }

  private swap(request: LineRequest): void {
    this.store.visible.copyLine(request.line, this.old, 0);
    this.storeCached(request);
    this.lineWords.set(this.old);
    if (this.poisoned.get(request.line) !== 0) request.status = LineStatus.Poison;
  }

  /** The line's pending stores are on their way; they arrive at the source's next fence. */
  private sendOff(line: number, source: number): void {
    assert(source >= 0 && source < MARKED_SOURCES_MAX, 'UntimedMemory: more than 64 sources');
    if (!this.store.pending.mark(line, source)) return;
    const count = this.onTheirWayCount.get(source);
    const base = source * LINES_PER_SOURCE;
    // A run of partial ntstores flushes one line again and again: note it once.
    if (count > 0 && this.onTheirWay.get(base + count - 1) === line + 1) return;
    this.onTheirWay.set(base + count, line + 1);
    this.onTheirWayCount.set(source, count + 1);
  }

  private fence(source: number): void {
    const base = source * LINES_PER_SOURCE;
    let count = this.onTheirWayCount.get(source);
    if (count === 0) return;
    while (count > 0) {
      count -= 1;
      this.store.pending.acceptMarked(this.onTheirWay.get(base + count) - 1, source);
      this.onTheirWay.delete(base + count);
    }
    this.onTheirWayCount.set(source, 0);
  }
}

function isWholeLine({ fromByte, toByte }: LineRequest): boolean {
  return toByte - fromByte === LINE_BYTES;
}

/** An empty device without timing, all its state in `space`. */
export function createUntimedMemory(
  space: StateSpace,
  capacityBytes: number,
  domain: PersistenceDomain,
  options: UntimedOptions = {},
): UntimedMemory {
  return new UntimedMemory(space, capacityBytes, domain, options.fillByte ?? 0, null);
}

/**
 * What power loss leaves of `base`, as an untimed memory laid over it.
 *
 *   image page, first touch ──▶ base page ──▶ per line with pending stores: keep(line, units) ──▶
 *                               undo all units but those kept ──▶ page of the image
 *
 * Pages are copied when first touched, so an image costs what recovery reads. The base is only
 * read; it must not be written while the image is in use, because untouched pages still lie in it.
 * An image can crash again. Its state hash counts changes since the crash, not what it started
 * with.
 */
export function createCrashImage(
  space: StateSpace,
  base: LineStore,
  domain: PersistenceDomain,
  keep: (line: number, units: number) => number,
): UntimedMemory {
  const origin: PageOrigin = {
    copyPage: (page, into) => base.copySurvivingPage(page, into, keep),
    touchedPages: () => base.visible.touchedPages(),
  };
  return new UntimedMemory(space, base.capacityBytes, domain, base.visible.fillByte, origin);
}
