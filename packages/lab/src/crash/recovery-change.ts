/**
 * Recovery with one of its own steps changed: what it asks of the memory passes through here.
 *
 *     stores, flushes ─ fence 1 ─ stores, flushes ─ fence 2 …      home lines, tail, orphans
 *     drop flush 1: those before fence 1 are not written back      drop fence 1: not waited for
 *     skip persist 1: stores, flushes and the fence are not there
 *
 * Orders of steps are not changed here; knob `replay` has a wrong one (`tailFirst`).
 */
import { LineOp } from '@daxsim/pmem';
import { assert } from '@daxsim/sim';
import type { LineRequest } from '@daxsim/pmem';

const OPERATORS = ['drop flush', 'drop fence', 'skip persist'] as const;
type Operator = (typeof OPERATORS)[number];

/** What names of changes begin with. */
const RECOVERY = 'recovery: ';

/** Whether a mutation is one of recovery. */
export function isRecoveryChange(mutation: string): boolean {
  return mutation.startsWith(RECOVERY);
}

/** The names of all changes of a recovery with so many fences. */
export function recoveryChanges(fences: number): readonly string[] {
  return Array.from({ length: fences }, (_none, i) =>
    OPERATORS.map((operator) => `${RECOVERY}${operator} ${i + 1}`),
  ).flat();
}

/** One run of recovery, with the change of this name; any other name only counts its fences. */
export class RecoveryChange {
  /** Fences asked for so far. */
  fences = 0;
  private readonly operator: Operator | null;
  private readonly at: number;

  constructor(name: string) {
    const text = isRecoveryChange(name) ? name.slice(RECOVERY.length) : '';
    const operator = OPERATORS.find((one) => text.startsWith(one)) ?? null;
    assert(text === '' || operator !== null, 'RecoveryChange: no such change');
    this.operator = operator;
    this.at = Number(text.slice(operator?.length ?? 0)) - 1;
  }

  /** For `FilteredMemory`: whether a request is done. */
  readonly lets = ({ op }: LineRequest): boolean => {
    const { operator } = this;
    const isHere = operator !== null && this.fences === this.at;
    switch (op) {
      case LineOp.Sfence:
      case LineOp.Mfence:
        this.fences += 1;
        return !isHere || operator === 'drop flush';
      case LineOp.Clwb:
      case LineOp.ClFlushOpt:
        return !isHere || operator === 'drop fence';
      case LineOp.Store:
      case LineOp.NtStore:
      case LineOp.DirectStore:
        return !isHere || operator !== 'skip persist';
      default:
        return true;
    }
  };
}
