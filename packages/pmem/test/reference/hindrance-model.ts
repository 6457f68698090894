/** Reference: slow lines and a throttled machine. */
import { LineOp } from '../../src/memory.js';
import type { Hindrance, ScriptedRequest } from '../traffic.js';

export class HindranceModel {
  /** When the next line may go. */
  private nextAt = 0;

  constructor(private readonly hindrance: Hindrance) {}

  /** How much later a request ends that starts now; called in the order of their starts. */
  late(now: number, { op, line }: ScriptedRequest): number {
    if (op === LineOp.Sfence || op === LineOp.Mfence) return 0;
    const { slow, spacing } = this.hindrance;
    const start = Math.max(now, this.nextAt);
    if (spacing > 0) this.nextAt = start + spacing;
    return (slow.get(line) ?? 0) + start - now;
  }
}
