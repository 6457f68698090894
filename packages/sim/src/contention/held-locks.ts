/**
 * Which locks each task has: those that its script took, with since when, and those on whose owner
 * others may spin.
 */
import { assert } from '../errors.js';
import type { LockTally } from './lock-tally.js';

/** Locks that a task may hold at once. */
const HELD_MOST = 16;

export class HeldLocks {
  private readonly held: Int32Array;
  private readonly since: Float64Array;
  private readonly count: Int32Array;
  private readonly owned: Int32Array;
  private readonly ownedCount: Int32Array;

  constructor(
    tasks: number,
    private readonly tally: LockTally,
  ) {
    this.held = new Int32Array(tasks * HELD_MOST);
    this.since = new Float64Array(tasks * HELD_MOST);
    this.count = new Int32Array(tasks);
    this.owned = new Int32Array(tasks * HELD_MOST);
    this.ownedCount = new Int32Array(tasks);
  }

  add(task: number, lock: number, at: number): void {
    const place = task * HELD_MOST + this.count[task];
    this.held[place] = lock;
    this.since[place] = at;
    this.count[task] += 1;
    assert(this.count[task] < HELD_MOST, 'HeldLocks: a task holds too many locks');
  }

  /** Takes a lock off the list and counts how long it was held. */
  remove(task: number, lock: number, cls: number, mode: number, at: number): void {
    const from = task * HELD_MOST;
    let place = this.count[task] - 1;
    while (place >= 0 && this.held[from + place] !== lock) place -= 1;
    assert(place >= 0, 'HeldLocks: released a lock that is not held');
    this.tally.held(cls, mode, at - this.since[from + place]);
    for (let i = place; i < this.count[task] - 1; i += 1) {
      this.held[from + i] = this.held[from + i + 1];
      this.since[from + i] = this.since[from + i + 1];
    }
    this.count[task] -= 1;
  }

  owns(task: number, lock: number): void {
    this.owned[task * HELD_MOST + this.ownedCount[task]] = lock;
    this.ownedCount[task] += 1;
    assert(this.ownedCount[task] < HELD_MOST, 'HeldLocks: a task owns too many locks');
  }

  disowns(task: number, lock: number): void {
    const from = task * HELD_MOST;
    const last = this.ownedCount[task] - 1;
    let at = last;
    while (at > 0 && this.owned[from + at] !== lock) at -= 1;
    this.owned[from + at] = this.owned[from + last];
    this.ownedCount[task] = last;
  }

  /** How many locks a task owns, and the one at a place of that list. */
  ownedBy(task: number): number {
    return this.ownedCount[task];
  }

  ownedAt(task: number, place: number): number {
    return this.owned[task * HELD_MOST + place];
  }
}
