/**
 * A map from whole numbers (0 … 2^53 − 1) to numbers, as an arena: what is sparse (page → entry,
 * lock instance → word) lives here, what is dense in a column.
 *
 * A value of 0 means *absent*: `set(key, 0)` deletes, an absent key reads as 0 unless the caller
 * names another answer, and `size` counts non-zero values. So the state is a function of contents
 * alone; the undo log needs no separate record of presence, and a map that was filled and emptied
 * again hashes like one never touched. Whoever must store 0 stores value + 1.
 */
import type { Arena, StateSpace } from './space.js';
import { IntTable } from './int-table.js';

export class IntMap implements Arena {
  readonly id: number;
  private readonly table = new IntTable();

  constructor(
    private readonly space: StateSpace,
    readonly name: string,
  ) {
    this.id = space.register(this);
  }

  /** How many keys are present. */
  get size(): number {
    return this.table.size;
  }

  /** The value under `key`, or `absent` when there is none. */
  get(key: number, absent = 0): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, key);
    return this.table.get(key, absent);
  }

  has(key: number): boolean {
    return this.get(key) !== 0;
  }

  /** Stores `value` (exact integer, never -0 or NaN) under `key`; 0 deletes. */
  set(key: number, value: number): void {
    const old = this.table.set(key, value);
    if (this.space.tracking) this.space.wrote(this.id, key, old, value);
  }

  delete(key: number): void {
    this.set(key, 0);
  }

  /** Adds `delta` and answers the new value; a sum of 0 deletes. */
  add(key: number, delta: number): number {
    const value = this.get(key) + delta;
    this.set(key, value);
    return value;
  }

  /** All keys, ascending, whatever the order they were written in. Allocates. */
  keys(): number[] {
    return this.table.keys();
  }

  restore(key: number, value: number): void {
    this.table.set(key, value);
  }
}
