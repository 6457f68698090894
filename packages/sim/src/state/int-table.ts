/**
 * A plain hash table from whole numbers to numbers, in typed arrays.
 *
 * Open addressing with linear probing; a removed cell is filled by shifting later ones back, so no
 * tombstones slow down a long run. A slot is free when its value is 0: storing 0 therefore removes
 * a key, and reading an absent key gives 0, the same convention as in every arena.
 *
 * There is no iteration in slot order, because that order depends on the history of the table and
 * two equal states would then behave differently. `keys` sorts.
 *
 * This table is not undone and not hashed: timing state and reports may use it as it stands;
 * function state wants `IntMap`, which wraps it.
 */
import { assert } from '../errors.js';

// Looking up a global costs much where code runs in a context of its own, as tests do.
const { floor, imul } = Math;

const FIRST_SLOTS = 16;

export class IntTable {
  /** How many keys are present. */
  size = 0;
  private slotKeys = new Float64Array(FIRST_SLOTS);
  private slotValues = new Float64Array(FIRST_SLOTS);
  private mask = FIRST_SLOTS - 1;

  /** The value under `key` (0 … 2^53 − 1), or `absent` when there is none. */
  get(key: number, absent = 0): number {
    let slot = hashOf(key) & this.mask;
    for (;;) {
      const value = this.slotValues[slot];
      if (value === 0) return absent;
      if (this.slotKeys[slot] === key) return value;
      slot = (slot + 1) & this.mask;
    }
  }

  has(key: number): boolean {
    return this.get(key) !== 0;
  }

  /** Stores `value` under `key`; 0 removes the key. Answers the value that was there, or 0. */
  set(key: number, value: number): number {
    if (value === 0) return this.delete(key);
    let slot = hashOf(key) & this.mask;
    for (;;) {
      const old = this.slotValues[slot];
      if (old === 0) break;
      if (this.slotKeys[slot] === key) {
        this.slotValues[slot] = value;
        return old;
      }
      slot = (slot + 1) & this.mask;
    }
    this.insert(slot, key, value);
    return 0;
  }

  /** Removes `key`. Answers the value that was there, or 0. */
  delete(key: number): number {
    let slot = hashOf(key) & this.mask;
    for (;;) {
      const old = this.slotValues[slot];
      if (old === 0) return 0;
      if (this.slotKeys[slot] === key) {
        this.size -= 1;
        this.closeGap(slot);
        return old;
      }
      slot = (slot + 1) & this.mask;
    }
  }

  /** All keys in ascending order. Allocates; not for hot code. */
  keys(): number[] {
    const found: number[] = [];
    for (let slot = 0; slot <= this.mask; slot += 1) {
      if (this.slotValues[slot] !== 0) found.push(this.slotKeys[slot]);
    }
    return found.sort((a, b) => a - b);
  }

  /** Forgets every key but keeps the memory. */
  clear(): void {
    this.slotValues.fill(0);
    this.size = 0;
  }

  private insert(freeSlot: number, key: number, value: number): void {
    assert(key >= 0 && key <= Number.MAX_SAFE_INTEGER, 'IntTable: key outside 0 … 2^53 - 1');
    assert(floor(key) === key, 'IntTable: key is not a whole number');
    let slot = freeSlot;
    // Half full at most: a miss then looks at 2.5 slots on average, a hit at 1.5.
    if (this.size * 2 >= this.mask) {
      this.grow();
      slot = hashOf(key) & this.mask;
      while (this.slotValues[slot] !== 0) slot = (slot + 1) & this.mask;
    }
    this.slotKeys[slot] = key;
    this.slotValues[slot] = value;
    this.size += 1;
  }

  /** Moves later entries of the same run back, so that no probe ends before its key. */
  private closeGap(freed: number): void {
    let gap = freed;
    let slot = gap;
    for (;;) {
      slot = (slot + 1) & this.mask;
      if (this.slotValues[slot] === 0) break;
      const home = hashOf(this.slotKeys[slot]) & this.mask;
      const probed = (slot - home) & this.mask;
      if (probed >= ((slot - gap) & this.mask)) {
        this.slotKeys[gap] = this.slotKeys[slot];
        this.slotValues[gap] = this.slotValues[slot];
        gap = slot;
      }
    }
    this.slotValues[gap] = 0;
  }

  private grow(): void {
    const oldKeys = this.slotKeys;
    const oldValues = this.slotValues;
    const slots = oldKeys.length * 2;
    this.slotKeys = new Float64Array(slots);
    this.slotValues = new Float64Array(slots);
    this.mask = slots - 1;
    for (let from = 0; from < oldKeys.length; from += 1) {
      if (oldValues[from] === 0) continue;
      let slot = hashOf(oldKeys[from]) & this.mask;
      while (this.slotValues[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slotKeys[slot] = oldKeys[from];
      this.slotValues[slot] = oldValues[from];
    }
  }
}

/** Spreads neighbouring keys and keys that differ only above bit 31. */
function hashOf(key: number): number {
  const h = imul((key | 0) ^ imul((key / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1);
  return h ^ (h >>> 15);
}
