/**
 * A memory that tells when power could be lost to a new effect.
 *
 *     store … store ── fence ──▶ `beforeFence`: everything stored since the last fence is in doubt
 *
 * Between two fences that make something durable, the states that power loss may leave only grow in
 * number: a line that is not stored yet counts as one of which nothing survived. So the moment
 * before the fence represents every moment since the one before, and it is the only one that has to
 * be searched (plus the moments at which a promise is made, which the driver knows).
 *
 * With caches inside the persistence domain (eADR) every cached store is such a moment itself.
 */
import { NumberColumn } from '@daxsim/sim';
import { LineOp } from '@daxsim/pmem';
import type { CrashChoice, LineRequest, Memory, PendingLine, UntimedMemory } from '@daxsim/pmem';

const LINES_PER_BLOCK = 64;

export class PersistWatch implements Memory {
  readonly capacityBytes: number;
  readonly lineBytes: Uint8Array;
  readonly lineWords: Int32Array;
  /**
   * A number for what each 4 KiB block holds: another after each store, the old one after a rewind,
   * and none of them twice for different bytes.
   */
  readonly blockVersions: NumberColumn;
  /** Called before a fence of a source that has flushed something. */
  beforeFence: () => void = ignore;
  /** Another number whenever a block that a file can have may hold something else than before. */
  generation = 0;
  private versions = 0;
  private isDirty = false;

  /** `firstFileBlock` is the first block that a file can have. */
  constructor(
    readonly under: UntimedMemory,
    private readonly firstFileBlock = 0,
  ) {
    this.capacityBytes = under.capacityBytes;
    this.lineBytes = under.lineBytes;
    this.lineWords = under.lineWords;
    this.blockVersions = new NumberColumn(under.space, 'crash.block versions');
  }

  access(request: LineRequest): number {
    const { op } = request;
    if (op === LineOp.Store || op === LineOp.NtStore || op === LineOp.DirectStore) {
      const block = Math.floor(request.line / LINES_PER_BLOCK);
      this.versions += 1;
      if (block >= this.firstFileBlock) this.generation += 1;
      this.blockVersions.set(block, this.versions);
      this.isDirty = true;
      const answer = this.under.access(request);
      if (this.under.domain === 'eadr' && op === LineOp.Store) this.beforeFence();
      return answer;
    }
    if ((op === LineOp.Sfence || op === LineOp.Mfence) && this.isDirty) {
      this.beforeFence();
      this.isDirty = false;
    }
    return this.under.access(request);
  }

  /** A state before was put back, in which something may be in doubt. */
  rewound(): void {
    this.generation += 1;
    this.isDirty = true;
  }

  nextDecisionAt(): number {
    return this.under.nextDecisionAt();
  }

  decideUntil(): void {
    this.under.decideUntil();
  }

  takeCompleted(): number {
    return this.under.takeCompleted();
  }

  peek32(address: number): number {
    return this.under.peek32(address);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.under.peekBytes(address, target, at, length);
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    this.under.peekWords(address, target, at, count);
  }

  poke32(address: number, value: number): void {
    this.under.poke32(address, value);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.under.pokeBytes(address, bytes, at, length);
  }

  mediaHash(): number {
    return this.under.mediaHash();
  }

  pendingLines(): readonly PendingLine[] {
    return this.under.pendingLines();
  }

  crashImage(choice: CrashChoice): Memory {
    return this.under.crashImage(choice);
  }
}

function ignore(): void {
  // Nobody searches.
}
