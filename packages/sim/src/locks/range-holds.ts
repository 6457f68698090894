/**
 * What each task holds of range locks and sequence counts: parts of an instance, [from, to).
 *
 *      range      held ══[2 MiB, 4 MiB) exclusive══    asked ──[3 MiB, 5 MiB)──   overlap: conflict
 *      seqcount   a write section marks every overlapping sample of a reader as stale
 *
 * A sequence count is modelled without its number: what a reader wants to know is whether a write
 * section began or ended since it sampled, and that is one bit per sample. So two states that
 * differ only in how many sections there have been are one state, and the number cannot wrap.
 *
 * Holds of a task stand in the order in which they were taken, without gaps; freed cells go back
 * to 0.
 */
import { assert } from '../errors.js';
import { IntColumn, NumberColumn } from '../state/column.js';
import type { StateSpace } from '../state/space.js';

/** Ranges that one task may hold at a time. */
export const RANGES_PER_TASK = 32;

/** What a hold is; numbers are part of the state. */
export const RangeHold = { Shared: 1, Exclusive: 2, Stale: 3 } as const;

export class RangeHolds {
  private readonly counts: IntColumn;
  private readonly classes: IntColumn;
  private readonly kinds: IntColumn;
  private readonly keys: NumberColumn;
  private readonly froms: NumberColumn;
  private readonly tos: NumberColumn;

  constructor(space: StateSpace) {
    this.counts = new IntColumn(space, 'ranges.count');
    this.classes = new IntColumn(space, 'ranges.class');
    this.kinds = new IntColumn(space, 'ranges.kind');
    this.keys = new NumberColumn(space, 'ranges.key');
    this.froms = new NumberColumn(space, 'ranges.from');
    this.tos = new NumberColumn(space, 'ranges.to');
  }

  add(task: number, cls: number, key: number, kind: number, from: number, to: number): void {
    const count = this.counts.get(task);
    assert(count < RANGES_PER_TASK, 'RangeHolds: a task holds too many ranges');
    this.counts.set(task, count + 1);
    this.put(task * RANGES_PER_TASK + count, cls, key, kind, from, to);
  }

  /** Takes away the latest such hold; answers its kind, or 0 when there is none. */
  take(
    task: number,
    cls: number,
    key: number,
    exclusive: boolean,
    from: number,
    to: number,
  ): number {
    const cell = this.find(task, cls, key, exclusive, from, to);
    if (cell < 0) return 0;
    const kind = this.kinds.get(cell);
    const last = task * RANGES_PER_TASK + this.counts.get(task) - 1;
    for (let at = cell; at < last; at += 1) {
      const next = at + 1;
      this.put(
        at,
        this.classes.get(next),
        this.keys.get(next),
        this.kinds.get(next),
        this.froms.get(next),
        this.tos.get(next),
      );
    }
    this.put(last, 0, 0, 0, 0, 0);
    this.counts.add(task, -1);
    return kind;
  }

  /** The kind of a task's latest such hold, or 0. */
  kindOf(task: number, cls: number, key: number, from: number, to: number): number {
    const shared = this.find(task, cls, key, false, from, to);
    const cell = shared < 0 ? this.find(task, cls, key, true, from, to) : shared;
    return cell < 0 ? 0 : this.kinds.get(cell);
  }

  /** Gives the latest such hold another kind; answers whether there was one. */
  turn(
    task: number,
    cls: number,
    key: number,
    exclusive: boolean,
    from: number,
    to: number,
    kind: number,
  ): boolean {
    const cell = this.find(task, cls, key, exclusive, from, to);
    if (cell >= 0) this.kinds.set(cell, kind);
    return cell >= 0;
  }

  /** Whether `task` holds anything of the instance. */
  holds(task: number, cls: number, key: number): boolean {
    return this.overlaps(task, cls, key, 0, Infinity, false);
  }

  /** Whether `task` holds a part of [from, to), exclusively if `onlyExclusive`. */
  overlaps(
    task: number,
    cls: number,
    key: number,
    from: number,
    to: number,
    onlyExclusive: boolean,
  ): boolean {
    const first = task * RANGES_PER_TASK;
    for (let cell = first + this.counts.get(task) - 1; cell >= first; cell -= 1) {
      if (!this.isAt(cell, cls, key)) continue;
      if (onlyExclusive && this.kinds.get(cell) !== RangeHold.Exclusive) continue;
      if (this.froms.get(cell) < to && from < this.tos.get(cell)) return true;
    }
    return false;
  }

  /** Marks every sample of `task` that overlaps [from, to) as stale. */
  makeStale(task: number, cls: number, key: number, from: number, to: number): void {
    const first = task * RANGES_PER_TASK;
    for (let cell = first + this.counts.get(task) - 1; cell >= first; cell -= 1) {
      if (!this.isAt(cell, cls, key) || this.kinds.get(cell) !== RangeHold.Shared) continue;
      if (this.froms.get(cell) < to && from < this.tos.get(cell)) {
        this.kinds.set(cell, RangeHold.Stale);
      }
    }
  }

  private isAt(cell: number, cls: number, key: number): boolean {
    return this.keys.get(cell) === key && this.classes.get(cell) === cls;
  }

  private find(
    task: number,
    cls: number,
    key: number,
    exclusive: boolean,
    from: number,
    to: number,
  ): number {
    const first = task * RANGES_PER_TASK;
    for (let cell = first + this.counts.get(task) - 1; cell >= first; cell -= 1) {
      if (!this.isAt(cell, cls, key)) continue;
      if ((this.kinds.get(cell) === RangeHold.Exclusive) !== exclusive) continue;
      if (this.froms.get(cell) === from && this.tos.get(cell) === to) return cell;
    }
    return -1;
  }

  private put(
    cell: number,
    cls: number,
    key: number,
    kind: number,
    from: number,
    to: number,
  ): void {
    this.classes.set(cell, cls);
    this.keys.set(cell, key);
    this.kinds.set(cell, kind);
    this.froms.set(cell, from);
    this.tos.set(cell, to);
  }
}
