/**
 * A memory of two tasks that tells when power could be lost to a new effect, for searches that
 * leave orders out.
 *
 *     task 0   store  store  fence          power loss before a fence sees what both have stored:
 *     task 1        store  ────▶ fence      stores commute with each other and not with fences
 *
 * Between two fences the states that power loss can leave only grow in number, so the moments
 * before fences stand for all (and the ends of calls, at which more is promised). To reach each
 * such moment with all that the other task can have stored by then, the search must know that
 * stores and fences mind each other: it is told of one cell that stores update and fences write.
 */
import { Access } from '@daxsim/sim';
import { LineOp } from '@daxsim/pmem';
import type { CrashChoice, LineRequest, Memory, PendingLine, UntimedMemory } from '@daxsim/pmem';

const LINE_BYTES = 64;
const LINE_WORDS = 16;
const LINES_PER_BLOCK = 64;
/** More than blocks of any device here. */
const BLOCKS_MOST = 1 << 18;

export class PairWatch implements Memory {
  readonly capacityBytes: number;
  readonly lineBytes: Uint8Array;
  readonly lineWords: Int32Array;
  /** Called before a fence. */
  beforeFence: () => void = ignore;
  /** Another number for each moment. */
  generation = 0;
  /** Of a block that was ever stored to: another number at each moment. */
  readonly blockVersions = {
    get: (block: number): number =>
      this.blocks.has(block) ? this.generation * BLOCKS_MOST + block : 0,
  };
  /** Lines and blocks stored to by anybody on any way so far; grow only. */
  private readonly lines = new Set<number>();
  private readonly blocks = new Set<number>();
  private readonly arena: number;
  private readonly words = new Int32Array(LINE_WORDS);

  constructor(readonly under: UntimedMemory) {
    this.capacityBytes = under.capacityBytes;
    this.lineBytes = under.lineBytes;
    this.lineWords = under.lineWords;
    this.arena = under.space.register({ name: 'order of persists', restore: ignore });
  }

  access(request: LineRequest): number {
    const { op, line } = request;
    const isFence = op === LineOp.Sfence || op === LineOp.Mfence;
    if (isFence) {
      this.met(Access.Write);
      this.beforeFence();
    } else if (op !== LineOp.Load && op !== LineOp.StreamLoad) {
      this.met(Access.Update);
      this.lines.add(line);
      this.blocks.add(Math.floor(line / LINES_PER_BLOCK));
    }
    return this.under.access(request);
  }

  /** What is promised changes: to a search that is like a fence. */
  promised(): void {
    this.met(Access.Write);
  }

  /** A number for what power loss would start from: bytes, and stores that it may take. */
  fingerprint(): string {
    const { under, words } = this;
    let low = 17;
    let high = 23;
    const mix = (from: number): void => {
      for (let i = 0; i < LINE_WORDS; i += 1) {
        const word = words[i] ?? 0;
        low = Math.imul(low ^ word, 0x01000193) ^ Math.imul(from + i, 0x9e3779b9 | 0);
        high = Math.imul(high ^ (word + from), 0x85ebca6b | 0);
        high ^= high >>> 15;
      }
    };
    let sumLow = 0;
    let sumHigh = 0;
    for (const line of this.lines) {
      low = line;
      high = ~line;
      under.peekWords(line * LINE_BYTES, words, 0, LINE_WORDS);
      mix(line);
      const units = under.pendingUnits(line);
      for (let kept = 0; kept < units; kept += 1) {
        under.survivingLine(line, kept, words);
        mix(kept);
      }
      sumLow = (sumLow + low) | 0;
      sumHigh = (sumHigh + high) | 0;
    }
    return `${sumLow} ${sumHigh}`;
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

  private met(access: number): void {
    this.under.space.watch?.met(this.arena, 0, access);
  }
}

function ignore(): void {
  // Nobody searches.
}
