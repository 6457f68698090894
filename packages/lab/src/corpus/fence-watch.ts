/**
 * A memory that tells of fences before they take effect, and remembers which lines were stored to:
 * those are all that two moments of one scenario can differ in.
 */
import { LineOp } from '@daxsim/pmem';
import type { CrashChoice, LineRequest, Memory, PendingLine } from '@daxsim/pmem';

export class FenceWatch implements Memory {
  readonly capacityBytes: number;
  readonly lineBytes: Uint8Array;
  readonly lineWords: Int32Array;
  beforeFence: () => void = () => undefined;
  /** Lines stored to by anybody on any way explored so far; grows only. */
  private readonly touched = new Set<number>();
  private sorted: number[] = [];

  constructor(private readonly memory: Memory) {
    this.capacityBytes = memory.capacityBytes;
    this.lineBytes = memory.lineBytes;
    this.lineWords = memory.lineWords;
  }

  access(request: LineRequest): number {
    const { op } = request;
    if (op === LineOp.Sfence || op === LineOp.Mfence) this.beforeFence();
    else if (op === LineOp.Store || op === LineOp.NtStore || op === LineOp.DirectStore) {
      this.touched.add(request.line);
    }
    return this.memory.access(request);
  }

  /**
   * The state that power loss starts from as numbers: equal ones for equal bytes, durable and
   * pending, in all lines that were ever stored to.
   */
  fingerprint(): string {
    if (this.sorted.length !== this.touched.size) {
      this.sorted = [...this.touched].sort((a, b) => a - b);
    }
    const durable = this.memory.crashImage({ keep: () => 0 });
    let low = 17;
    let high = 23;
    for (const line of this.sorted) {
      for (let word = 0; word < 16; word += 1) {
        const address = line * 64 + word * 4;
        const seen = this.memory.peek32(address);
        const kept = durable.peek32(address);
        low = Math.imul(low ^ seen, 0x01000193) ^ Math.imul(kept + line, 0x9e3779b9 | 0);
        high =
          Math.imul(high ^ kept, 0x85ebca6b | 0) ^ Math.imul(seen + word + line, 0xc2b2ae35 | 0);
        high ^= high >>> 15;
      }
    }
    const pending = this.memory
      .pendingLines()
      .map(({ line, units }) => `${String(line)}:${String(units)}`);
    return `${String(low >>> 0)} ${String(high >>> 0)} ${pending.join(',')}`;
  }

  poison(line: number): void {
    this.memory.poison?.(line);
  }

  nextDecisionAt(): number {
    return this.memory.nextDecisionAt();
  }

  decideUntil(until: number): void {
    this.memory.decideUntil(until);
  }

  takeCompleted(): number {
    return this.memory.takeCompleted();
  }

  peek32(address: number): number {
    return this.memory.peek32(address);
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    this.memory.peekWords(address, target, at, count);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.memory.peekBytes(address, target, at, length);
  }

  poke32(address: number, value: number): void {
    this.memory.poke32(address, value);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.memory.pokeBytes(address, bytes, at, length);
  }

  mediaHash(): number {
    return this.memory.mediaHash();
  }

  pendingLines(): readonly PendingLine[] {
    return this.memory.pendingLines();
  }

  crashImage(choice: CrashChoice): Memory {
    return this.memory.crashImage(choice);
  }
}
