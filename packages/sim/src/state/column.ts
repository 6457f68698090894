/**
 * Growable columns of numbers, the simplest arenas: cell i of a column that was never written
 * holds 0, and a column grows to any index that is written.
 */
import { assert } from '../errors.js';
import type { Arena, StateSpace } from './space.js';

const FIRST_CELLS = 64;

/** 32-bit signed integers. */
export class IntColumn implements Arena {
  readonly id: number;
  private cells = new Int32Array(FIRST_CELLS);

  constructor(
    private readonly space: StateSpace,
    readonly name: string,
  ) {
    this.id = space.register(this);
  }

  /** The value of a cell, 0 if it was never written. `index` is a whole number >= 0. */
  get(index: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, index);
    return index < this.cells.length ? this.cells[index] : 0;
  }

  set(index: number, value: number): void {
    assert(index >= 0, 'IntColumn: negative index');
    assert((value | 0) === value, 'IntColumn: value is not a 32-bit integer');
    if (index >= this.cells.length) this.growTo(index);
    if (this.space.tracking) this.space.wrote(this.id, index, this.cells[index], value);
    this.cells[index] = value;
  }

  /** Adds `delta` and answers the new value. */
  add(index: number, delta: number): number {
    const value = this.get(index) + delta;
    this.set(index, value);
    return value;
  }

  /** Adds `delta`, and nobody learns what the sum is: two tasks may do so in either order. */
  count(index: number, delta: number): void {
    if (index >= this.cells.length) this.growTo(index);
    const old = this.cells[index];
    if (this.space.tracking) this.space.counted(this.id, index, old, old + delta);
    this.cells[index] = old + delta;
  }

  restore(index: number, value: number): void {
    this.cells[index] = value;
  }

  private growTo(index: number): void {
    const cells = new Int32Array(capacityFor(index, this.cells.length));
    cells.set(this.cells);
    this.cells = cells;
  }
}

/** Whole numbers to 2^53 either way: times, addresses, `NEVER`. No fractions, NaN or -0. */
export class NumberColumn implements Arena {
  readonly id: number;
  private cells = new Float64Array(FIRST_CELLS);

  constructor(
    private readonly space: StateSpace,
    readonly name: string,
  ) {
    this.id = space.register(this);
  }

  /** The value of a cell, 0 if it was never written. `index` is a whole number >= 0. */
  get(index: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, index);
    return index < this.cells.length ? this.cells[index] : 0;
  }

  set(index: number, value: number): void {
    assert(index >= 0, 'NumberColumn: negative index');
    if (index >= this.cells.length) this.growTo(index);
    if (this.space.tracking) this.space.wrote(this.id, index, this.cells[index], value);
    this.cells[index] = value;
  }

  /** Adds `delta` and answers the new value. */
  add(index: number, delta: number): number {
    const value = this.get(index) + delta;
    this.set(index, value);
    return value;
  }

  restore(index: number, value: number): void {
    this.cells[index] = value;
  }

  private growTo(index: number): void {
    const cells = new Float64Array(capacityFor(index, this.cells.length));
    cells.set(this.cells);
    this.cells = cells;
  }
}

function capacityFor(index: number, present: number): number {
  let capacity = present;
  while (capacity <= index) capacity *= 2;
  return capacity;
}
