/**
 * What locks cost, by class and mode, in the columns of Linux /proc/lock_stat: how often they were
 * taken, by another CPU than before, after waiting; how long was waited and held.
 */
import { LockMode } from '../locks/lock-kinds.js';

/** One row of the table; times in ticks. */
export interface LockRow {
  readonly name: string;
  readonly mode: 'R' | 'W';
  conBounces: number;
  contentions: number;
  waitMin: number;
  waitMax: number;
  waitTotal: number;
  acqBounces: number;
  acquisitions: number;
  holdMin: number;
  holdMax: number;
  holdTotal: number;
}

export class LockTally {
  readonly rows: LockRow[];
  /** Time waited, by lock. */
  readonly waitedOf: number[] = [];
  private readonly lastCpu: number[] = [];

  constructor(readonly classNames: readonly string[]) {
    this.rows = classNames.flatMap((name) => [emptyRow(name, 'R'), emptyRow(name, 'W')]);
  }

  /** Forgets what was counted, not who touched what last. */
  clear(): void {
    for (const row of this.rows) Object.assign(row, emptyRow(row.name, row.mode));
    this.waitedOf.length = 0;
  }

  acquired(
    cls: number,
    mode: number,
    lock: number,
    cpu: number,
    isContended: boolean,
    waited: number,
  ): void {
    const row = this.rows[cls * 2 + (mode === LockMode.Shared ? 0 : 1)];
    const bounces = this.lastCpu[lock] !== undefined && this.lastCpu[lock] !== cpu;
    this.lastCpu[lock] = cpu;
    row.acquisitions += 1;
    if (bounces) row.acqBounces += 1;
    if (!isContended) return;
    row.contentions += 1;
    if (bounces) row.conBounces += 1;
    row.waitTotal += waited;
    this.waitedOf[lock] = (this.waitedOf[lock] ?? 0) + waited;
    if (waited > row.waitMax) row.waitMax = waited;
    if (waited < row.waitMin) row.waitMin = waited;
  }

  /** A lock was given back that was held so long. */
  held(cls: number, mode: number, ticks: number): void {
    const row = this.rows[cls * 2 + (mode === LockMode.Shared ? 0 : 1)];
    row.holdTotal += ticks;
    if (ticks > row.holdMax) row.holdMax = ticks;
    if (ticks < row.holdMin) row.holdMin = ticks;
  }
}

function emptyRow(name: string, mode: 'R' | 'W'): LockRow {
  return {
    ...{ name, mode, conBounces: 0, contentions: 0 },
    ...{ waitMin: Infinity, waitMax: 0, waitTotal: 0 },
    ...{ acqBounces: 0, acquisitions: 0, holdMin: Infinity, holdMax: 0, holdTotal: 0 },
  };
}
