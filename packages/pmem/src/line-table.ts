/**
 * A hash table from lines (or other indexes below 2^31) to small integers, for hot paths.
 *
 * Open addressing, linear probing, at most half full; a removed cell is filled by shifting later
 * ones back, so probes stay short for ever. Key and value lie side by side: a lookup touches one
 * host line. Not an arena: what it says must follow from state kept elsewhere.
 */

export class LineTable {
  /** How many keys are present. */
  size = 0;
  /** Cell i: key + 1 as 32 bits (0 is free), value. */
  private cells: Int32Array;
  private mask: number;

  /** `expected` keys keep it at most a quarter full; more make it grow. */
  constructor(expected = 16) {
    let cells = 16;
    while (cells < expected * 4) cells *= 2;
    this.cells = new Int32Array(cells * 2);
    this.mask = cells - 1;
  }

  /** The value under `key`, or −1. */
  get(key: number): number {
    const { cells, mask } = this;
    const tag = (key + 1) | 0;
    let cell = hashOf(key) & mask;
    for (;;) {
      const found = cells[cell * 2];
      if (found === tag) return cells[cell * 2 + 1];
      if (found === 0) return -1;
      cell = (cell + 1) & mask;
    }
  }

  /** Stores `value` (0 …) under `key`. */
  set(key: number, value: number): void {
    const tag = (key + 1) | 0;
    let cell = hashOf(key) & this.mask;
    for (;;) {
      const found = this.cells[cell * 2];
      if (found === tag) break;
      if (found === 0) {
        if (this.size * 2 >= this.mask) {
          this.grow();
          this.set(key, value);
          return;
        }
        this.cells[cell * 2] = tag;
        this.size += 1;
        break;
      }
      cell = (cell + 1) & this.mask;
    }
    this.cells[cell * 2 + 1] = value;
  }

  delete(key: number): void {
    const { cells, mask } = this;
    const tag = (key + 1) | 0;
    let gap = hashOf(key) & mask;
    for (;;) {
      const found = cells[gap * 2];
      if (found === 0) return;
      if (found === tag) break;
      gap = (gap + 1) & mask;
    }
    this.size -= 1;
    let cell = gap;
    for (;;) {
      cell = (cell + 1) & mask;
      const moved = cells[cell * 2];
      if (moved === 0) break;
      const probed = (cell - hashOf((moved - 1) | 0)) & mask;
      if (probed < ((cell - gap) & mask)) continue;
      cells[gap * 2] = moved;
      cells[gap * 2 + 1] = cells[cell * 2 + 1];
      gap = cell;
    }
    cells[gap * 2] = 0;
  }

  /** All keys in ascending order. Allocates. */
  keys(): number[] {
    const keys: number[] = [];
    for (let cell = 0; cell <= this.mask; cell += 1) {
      if (this.cells[cell * 2] !== 0) keys.push((this.cells[cell * 2] - 1) | 0);
    }
    return keys.sort((a, b) => a - b);
  }

  private grow(): void {
    const old = this.cells;
    this.cells = new Int32Array(old.length * 2);
    this.mask = old.length - 1;
    this.size = 0;
    for (let i = 0; i < old.length; i += 2)
      if (old[i] !== 0) this.set((old[i] - 1) | 0, old[i + 1]);
  }
}

function hashOf(key: number): number {
  const h = Math.imul(key, 0x9e3779b1);
  return h ^ (h >>> 15);
}
