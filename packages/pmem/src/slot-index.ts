/**
 * Finds the slot that stands for a key, where slots keep their keys themselves.
 *
 *   key ─▶ head of its bucket ─▶ slot ─▶ next slot of the bucket …   keys[slot << shift] === key
 *
 * Four buckets for each slot, so that the first slot looked at is nearly always the one, and taking
 * a key out moves no other, as it would in a table that is probed. Not an arena: what it says must
 * follow from state kept elsewhere.
 */
const BUCKETS_PER_SLOT = 4;

export class SlotIndex {
  /** How many slots have a key. */
  size = 0;
  /** By bucket, its first slot + 1; 0: none. */
  private heads: Int32Array;
  /** By slot, the next slot + 1 of its bucket. */
  private next: Int32Array;
  private mask: number;

  /** The key of a slot is `keys[slot << shift]`; for now no slot is in. */
  constructor(
    private keys: Int32Array,
    private readonly shift: number,
  ) {
    const slots = keys.length >> shift;
    let buckets = BUCKETS_PER_SLOT;
    while (buckets < slots * BUCKETS_PER_SLOT) buckets *= 2;
    this.heads = new Int32Array(buckets);
    this.next = new Int32Array(slots);
    this.mask = buckets - 1;
  }

  /** The slot of `key`, or −1. */
  find(key: number): number {
    const { keys, shift, next } = this;
    let slot = this.heads[hashOf(key) & this.mask] - 1;
    while (slot >= 0 && keys[slot << shift] !== key) slot = next[slot] - 1;
    return slot;
  }

  /** Enters a slot under its key, which no other slot has. */
  add(slot: number): void {
    const { heads } = this;
    const bucket = hashOf(this.keys[slot << this.shift]) & this.mask;
    this.next[slot] = heads[bucket];
    heads[bucket] = slot + 1;
    this.size += 1;
  }

  /** Takes out a slot that is in, while it still has its key. */
  remove(slot: number): void {
    const { heads, next } = this;
    const bucket = hashOf(this.keys[slot << this.shift]) & this.mask;
    let at = heads[bucket] - 1;
    if (at === slot) heads[bucket] = next[slot];
    else {
      while (next[at] !== slot + 1) at = next[at] - 1;
      next[at] = next[slot];
    }
    this.size -= 1;
  }

  /** All keys in ascending order. Allocates. */
  sortedKeys(): number[] {
    const sorted: number[] = [];
    for (const head of this.heads) {
      for (let slot = head - 1; slot >= 0; slot = this.next[slot] - 1) {
        sorted.push(this.keys[slot << this.shift]);
      }
    }
    return sorted.sort((a, b) => a - b);
  }

  /** The slots were moved to a larger array of keys; those that are in stay in. */
  moveTo(keys: Int32Array): void {
    const { heads, next } = this;
    const larger = new SlotIndex(keys, this.shift);
    for (const head of heads) {
      for (let slot = head - 1; slot >= 0; slot = next[slot] - 1) larger.add(slot);
    }
    this.keys = keys;
    this.heads = larger.heads;
    this.next = larger.next;
    this.mask = larger.mask;
  }
}

function hashOf(key: number): number {
  const h = Math.imul(key, 0x9e3779b1);
  return h ^ (h >>> 15);
}
