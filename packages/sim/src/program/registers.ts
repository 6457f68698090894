/**
 * Registers of a frame. All recipes of one system share one register file: a name means the same
 * in each of them, so a call says by name what it hands over and what it takes back.
 */
import { assert } from '../errors.js';
import type { NumberColumn } from '../state/column.js';

/** Register names resolved to slots: `R.inode` is a small integer. */
export type Registers<N extends string> = { readonly [K in N]: number };

/** How many calls deep a task may go: operation, fault inside its copy, fsync inside that, log. */
export const MAX_DEPTH = 8;

/** Resolves register names to slots, in the order given. */
export function defineRegisters<N extends string>(names: readonly N[]): Registers<N> {
  assert(new Set(names).size === names.length, 'defineRegisters: a name is listed twice');
  const slots: Record<string, number> = {};
  names.forEach((name, slot) => {
    slots[name] = slot;
  });
  return Object.freeze(slots) as Registers<N>;
}

/**
 * The registers of the running call. One object is reused for all steps; it is valid only until
 * the step returns.
 */
export class Frame {
  /** Task that runs. */
  task = 0;
  /** Call depth of the running frame, 0 for the operation itself. */
  depth = 0;
  private base = 0;

  constructor(
    private readonly cells: NumberColumn,
    private readonly cellsPerFrame: number,
  ) {}

  /** Points the frame at a task's call; used by the machine. */
  select(task: number, depth: number): void {
    this.task = task;
    this.depth = depth;
    this.base = (task * MAX_DEPTH + depth) * this.cellsPerFrame;
  }

  get(slot: number): number {
    return this.cells.get(this.base + slot);
  }

  set(slot: number, value: number): void {
    this.cells.set(this.base + slot, value);
  }

  /** Zeroes every register, so that a finished call leaves no trace in the state. */
  clear(): void {
    for (let slot = 0; slot < this.cellsPerFrame; slot += 1) {
      if (this.cells.get(this.base + slot) !== 0) this.cells.set(this.base + slot, 0);
    }
  }
}
