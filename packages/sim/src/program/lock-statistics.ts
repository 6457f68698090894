/**
 * Lock waits and holds per lock class and mode, in the shape of the kernel's lock_stat: how often
 * it was taken, how often somebody had to wait, how long the waits and holds were. An observer: the
 * locks know nothing of it.
 */
import { LockMode } from '../locks/lock-table.js';
import type { MachineObserver } from './sync-unit.js';

/** Counters of one lock class in one mode; times in ticks. */
export interface LockCounters {
  readonly lock: string;
  readonly mode: 'shared' | 'exclusive';
  acquisitions: number;
  contentions: number;
  waitTicksTotal: number;
  waitTicksMax: number;
  holdTicksTotal: number;
  holdTicksMax: number;
}

export class LockStatistics implements MachineObserver {
  readonly rows: LockCounters[] = [];
  /** When each (task, lock, key) now held was acquired. */
  private readonly since = new Map<string, number>();

  constructor(lockNames: readonly string[]) {
    for (const lock of lockNames) {
      for (const mode of ['shared', 'exclusive'] as const) {
        this.rows.push({
          lock,
          mode,
          acquisitions: 0,
          contentions: 0,
          waitTicksTotal: 0,
          waitTicksMax: 0,
          holdTicksTotal: 0,
          holdTicksMax: 0,
        });
      }
    }
  }

  retired(): void {
    // Instructions are not its business.
  }

  blocked(_task: number, lock: number, _key: number, mode: number): void {
    this.rowOf(lock, mode).contentions += 1;
  }

  acquired(task: number, lock: number, key: number, mode: number, wait: number, at: number): void {
    const row = this.rowOf(lock, mode);
    row.acquisitions += 1;
    row.waitTicksTotal += wait;
    if (wait > row.waitTicksMax) row.waitTicksMax = wait;
    this.since.set(`${task}/${lock}/${key}`, at);
  }

  released(task: number, lock: number, key: number, mode: number, at: number): void {
    const id = `${task}/${lock}/${key}`;
    const since = this.since.get(id);
    if (since === undefined) return;
    this.since.delete(id);
    const row = this.rowOf(lock, mode);
    row.holdTicksTotal += at - since;
    if (at - since > row.holdTicksMax) row.holdTicksMax = at - since;
  }

  private rowOf(lock: number, mode: number): LockCounters {
    return this.rows[lock * 2 + (mode === LockMode.Exclusive ? 1 : 0)];
  }
}
