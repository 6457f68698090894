/**
 * What each line was asked for from fence to fence, as a number: all that power loss can see.
 *
 *     store a, store b, flush b, flush a, fence │ store c …       one number from fence to fence:
 *        what each line saw, in its order, whatever the order of lines; a fence of nothing is none
 */
import { LineOp } from '@daxsim/pmem';
import { Digest } from '@daxsim/sim';
import type { LineRequest } from '@daxsim/pmem';

export class PersistOrder {
  private digest = new Digest();
  private readonly lines = new Map<number, number>();

  /** `words` are those of the line that a store is about. */
  constructor(private readonly words: () => Int32Array) {}

  /** For `FilteredMemory`: lets everything pass. */
  readonly note = (request: LineRequest): boolean => {
    const { op, line, fromByte, toByte } = request;
    if (op === LineOp.Sfence || op === LineOp.Mfence) this.fence();
    else if (op !== LineOp.Load && op !== LineOp.StreamLoad) {
      let sum = mix(mix(this.lines.get(line) ?? 17, op), fromByte * 64 + toByte);
      if (op === LineOp.Store || op === LineOp.NtStore || op === LineOp.DirectStore) {
        const words = this.words();
        for (let i = fromByte >>> 2; i < (toByte + 3) >>> 2; i += 1) sum = mix(sum, words[i] ?? 0);
      }
      this.lines.set(line, sum);
    }
    return true;
  };

  /** Ends a run in a state; answers its number and begins anew. */
  end(state: number): string {
    this.fence();
    this.digest.add(state);
    const hex = this.digest.hex();
    this.digest = new Digest();
    return hex;
  }

  private fence(): void {
    if (this.lines.size === 0) return;
    let sum = 0;
    for (const [line, seen] of this.lines) sum = (sum + mix(seen, line)) | 0;
    this.digest.addWord(sum);
    this.lines.clear();
  }
}

function mix(sum: number, value: number): number {
  const h = Math.imul(sum ^ value, 0xcc9e2d51);
  return Math.imul((h << 13) | (h >>> 19), 5) + 0x6546b64;
}
