/**
 * Lock waits and holds per lock and mode, in the columns of the kernel's lock_stat. Holds of a task
 * are few, so each task has a short list of them; nothing is keyed by text.
 */
import { LockMode, type MachineObserver } from '@daxsim/sim';

/** One row; times in ticks. */
export interface LockRow {
  readonly lock: string;
  readonly mode: 'shared' | 'exclusive';
  acquisitions: number;
  contentions: number;
  waitTicks: number;
  waitTicksMax: number;
  holdTicks: number;
  holdTicksMax: number;
}

interface Hold {
  readonly lock: number;
  readonly key: number;
  readonly since: number;
}

export class LockFigures implements MachineObserver {
  readonly rows: LockRow[] = [];
  /** Told of every wait that ended. */
  onWait: ((task: number, lock: string, from: number, to: number) => void) | undefined;
  private readonly holds: Hold[][] = [];

  constructor(
    private readonly lockNames: readonly string[],
    tasks: number,
  ) {
    for (const lock of lockNames)
      this.rows.push(emptyRow(lock, 'shared'), emptyRow(lock, 'exclusive'));
    for (let task = 0; task < tasks; task += 1) this.holds.push([]);
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
    row.waitTicks += wait;
    if (wait > row.waitTicksMax) row.waitTicksMax = wait;
    this.holds[task]!.push({ lock, key, since: at });
    if (wait > 0) this.onWait?.(task, this.lockNames[lock] ?? '', at - wait, at);
  }

  released(task: number, lock: number, key: number, mode: number, at: number): void {
    const holds = this.holds[task]!;
    for (let i = holds.length - 1; i >= 0; i -= 1) {
      const hold = holds[i]!;
      if (hold.lock !== lock || hold.key !== key) continue;
      holds.splice(i, 1);
      const row = this.rowOf(lock, mode);
      const ticks = at - hold.since;
      row.holdTicks += ticks;
      if (ticks > row.holdTicksMax) row.holdTicksMax = ticks;
      return;
    }
  }

  private rowOf(lock: number, mode: number): LockRow {
    return this.rows[lock * 2 + (mode === LockMode.Exclusive ? 1 : 0)]!;
  }
}

function emptyRow(lock: string, mode: 'shared' | 'exclusive'): LockRow {
  return {
    lock,
    mode,
    acquisitions: 0,
    contentions: 0,
    waitTicks: 0,
    waitTicksMax: 0,
    holdTicks: 0,
    holdTicksMax: 0,
  };
}
