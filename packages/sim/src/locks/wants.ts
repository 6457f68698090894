/** What each waiting task waits for: state, and all 0 for a task that does not wait. */
import { IntColumn, NumberColumn } from '../state/column.js';
import type { StateSpace } from '../state/space.js';

export class Wants {
  /** Class + 1. */
  private readonly classes: IntColumn;
  readonly key: NumberColumn;
  readonly mode: IntColumn;
  readonly amount: NumberColumn;
  /** The part [from, to), for locks that are taken in parts. */
  readonly from: NumberColumn;
  readonly to: NumberColumn;

  constructor(space: StateSpace) {
    this.classes = new IntColumn(space, 'wanted.class');
    this.key = new NumberColumn(space, 'wanted.key');
    this.mode = new IntColumn(space, 'wanted.mode');
    this.amount = new NumberColumn(space, 'wanted.amount');
    this.from = new NumberColumn(space, 'wanted.from');
    this.to = new NumberColumn(space, 'wanted.to');
  }

  /** Class of the lock that `task` waits for, or −1. */
  classOf(task: number): number {
    return this.classes.get(task) - 1;
  }

  note(task: number, cls: number, key: number, mode: number, amount: number): void {
    this.classes.set(task, cls + 1);
    this.key.set(task, key);
    this.mode.set(task, mode);
    this.amount.set(task, amount);
  }

  notePart(task: number, from: number, to: number): void {
    this.from.set(task, from);
    this.to.set(task, to);
  }

  forget(task: number): void {
    this.note(task, -1, 0, 0, 0);
    if (this.to.get(task) !== 0) this.notePart(task, 0, 0);
  }
}
