/**
 * Fan-out: several observers where the machine knows one.
 *
 *      machine ─▶ fan-out ─┬▶ digest        in the order in which they were added, every time
 *                          ├▶ lock statistics
 *                          └▶ timeline
 *
 * The events are those of `MachineObserver`, plain calls with numbers, so that being observed
 * allocates nothing; a machine that nobody observes holds null and pays one test. Observers must
 * not change function state: what they keep is report state.
 */
import type { MachineObserver } from './program/sync-unit.js';

/** The machine's observer for a list of them: null for none, the one itself for one. */
export function fanOut(observers: readonly MachineObserver[]): MachineObserver | null {
  if (observers.length === 0) return null;
  return observers.length === 1 ? observers[0] : new FanOut([...observers]);
}

class FanOut implements MachineObserver {
  constructor(private readonly all: readonly MachineObserver[]) {}

  retired(task: number, program: number, counter: number, outcome: number, at: number): void {
    for (let i = 0; i < this.all.length; i += 1) {
      this.all[i].retired(task, program, counter, outcome, at);
    }
  }

  blocked(task: number, lock: number, key: number, mode: number, at: number): void {
    for (let i = 0; i < this.all.length; i += 1) this.all[i].blocked(task, lock, key, mode, at);
  }

  acquired(
    task: number,
    lock: number,
    key: number,
    mode: number,
    waited: number,
    at: number,
  ): void {
    for (let i = 0; i < this.all.length; i += 1) {
      this.all[i].acquired(task, lock, key, mode, waited, at);
    }
  }

  downgraded(task: number, lock: number, key: number, at: number): void {
    for (let i = 0; i < this.all.length; i += 1) this.all[i].downgraded?.(task, lock, key, at);
  }

  released(task: number, lock: number, key: number, mode: number, at: number): void {
    for (let i = 0; i < this.all.length; i += 1) this.all[i].released(task, lock, key, mode, at);
  }
}
