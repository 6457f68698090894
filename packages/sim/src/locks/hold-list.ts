/**
 * What each task holds of locks that several tasks may hold at once: shared holds and units of
 * resources. (An exclusive holder is in the lock's own word.)
 *
 * Holds of a task stand in the order in which they were taken, without gaps; a lock held twice
 * stands there twice. Freed cells go back to 0.
 */
import { assert } from '../errors.js';
import { IntColumn, NumberColumn } from '../state/column.js';
import type { StateSpace } from '../state/space.js';

/** Holds that one task may have at a time. */
export const HOLDS_PER_TASK = 256;

export class HoldList {
  private readonly counts: IntColumn;
  private readonly classes: IntColumn;
  private readonly keys: NumberColumn;
  private readonly amounts: NumberColumn;

  constructor(space: StateSpace) {
    this.counts = new IntColumn(space, 'holds.count');
    this.classes = new IntColumn(space, 'holds.class');
    this.keys = new NumberColumn(space, 'holds.key');
    this.amounts = new NumberColumn(space, 'holds.amount');
  }

  add(task: number, cls: number, key: number, amount: number): void {
    const count = this.counts.get(task);
    assert(count < HOLDS_PER_TASK, 'HoldList: a task holds too many locks');
    this.counts.set(task, count + 1);
    this.put(task * HOLDS_PER_TASK + count, cls, key, amount);
  }

  /**
   * Takes `amount` off the latest hold of this instance that has that much, else off the latest
   * ones together, and drops the holds of which nothing is left. Answers whether there was as much.
   */
  take(task: number, cls: number, key: number, amount: number): boolean {
    let cell = this.find(task, cls, key, amount);
    if (cell < 0 && this.amountOf(task, cls, key) < amount) return false;
    let wanted = amount;
    while (wanted > 0) {
      if (cell < 0) cell = this.find(task, cls, key, 1);
      const held = this.amounts.get(cell);
      const taken = Math.min(held, wanted);
      if (held > taken) this.amounts.set(cell, held - taken);
      else this.drop(task, cell);
      wanted -= taken;
      cell = -1;
    }
    return true;
  }

  /** Units of the instance that `task` holds, over all its holds. */
  amountOf(task: number, cls: number, key: number): number {
    let sum = 0;
    const end = task * HOLDS_PER_TASK + this.counts.get(task);
    for (let cell = task * HOLDS_PER_TASK; cell < end; cell += 1) {
      if (this.classes.get(cell) === cls && this.keys.get(cell) === key) {
        sum += this.amounts.get(cell);
      }
    }
    return sum;
  }

  private find(task: number, cls: number, key: number, amount: number): number {
    const first = task * HOLDS_PER_TASK;
    for (let cell = first + this.counts.get(task) - 1; cell >= first; cell -= 1) {
      const same = this.keys.get(cell) === key && this.classes.get(cell) === cls;
      if (same && this.amounts.get(cell) >= amount) return cell;
    }
    return -1;
  }

  private drop(task: number, cell: number): void {
    const last = task * HOLDS_PER_TASK + this.counts.get(task) - 1;
    for (let at = cell; at < last; at += 1) {
      this.put(at, this.classes.get(at + 1), this.keys.get(at + 1), this.amounts.get(at + 1));
    }
    this.put(last, 0, 0, 0);
    this.counts.add(task, -1);
  }

  private put(cell: number, cls: number, key: number, amount: number): void {
    this.classes.set(cell, cls);
    this.keys.set(cell, key);
    this.amounts.set(cell, amount);
  }
}
