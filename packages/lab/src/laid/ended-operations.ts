/**
 * Operations that ended otherwise because of a fault: how many of each kind, and the first ones.
 */
import type { OperationPlace } from './running-operations.js';

/** An operation that ended otherwise because of a fault. */
export interface EndedJson extends OperationPlace {
  /** As in `ended`. */
  readonly end: string;
  /** Bytes that were moved before. */
  readonly moved: number;
  /** First line that it failed at, and when; null: it knew before. */
  readonly address: number | null;
  readonly failed_at_ps: number | null;
}

/** An access that failed. */
export interface FailedAccess {
  readonly line: number;
  /** When it was made, ticks. */
  readonly at: number;
}

const KEPT = 5;
const LINE_BYTES = 64;

export class EndedOperations {
  readonly first: EndedJson[] = [];
  private readonly ended = new Map<string, Map<string, number>>();

  /** `failed`: its first access that did, if any did. */
  add(
    place: OperationPlace | null,
    end: string,
    moved: number,
    failed: FailedAccess | undefined,
  ): void {
    const kind = place?.operation ?? 'other';
    const ends = this.ended.get(kind) ?? new Map<string, number>();
    this.ended.set(kind, ends);
    ends.set(end, (ends.get(end) ?? 0) + 1);
    if (this.first.length >= KEPT || place === null) return;
    this.first.push({
      ...place,
      end,
      moved: end === 'short' ? moved : 0,
      address: failed === undefined ? null : failed.line * LINE_BYTES,
      failed_at_ps: failed?.at ?? null,
    });
  }

  counts(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.ended].map(([kind, ends]) => [kind, Object.fromEntries(ends)]),
    );
  }
}
