/** Counts, errors and latencies per kind of operation, in simulated time. */
import { Histogram } from '@daxsim/sim';
import { opKindNames } from '@daxsim/trace';

/** Figures of one kind. */
export interface KindFigures {
  readonly kind: string;
  count: number;
  errors: number;
  bytes: number;
  /** Latencies in ticks. */
  readonly latency: Histogram;
}

export class OperationFigures {
  readonly kinds: (KindFigures | undefined)[] = [];

  add(kind: number, isError: boolean, ticks: number, bytes: number): void {
    const figures = this.of(kind);
    figures.count += 1;
    if (isError) figures.errors += 1;
    figures.bytes += bytes;
    figures.latency.record(ticks);
  }

  of(kind: number): KindFigures {
    let figures = this.kinds[kind];
    if (figures === undefined) {
      const name = opKindNames[kind] ?? 'other';
      figures = { kind: name, count: 0, errors: 0, bytes: 0, latency: new Histogram() };
      this.kinds[kind] = figures;
    }
    return figures;
  }

  /** Kinds that occurred, in the order of their numbers. */
  present(): KindFigures[] {
    return this.kinds.filter((figures) => figures !== undefined);
  }
}
