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
  private mask: number;

  /**
   * The key of a slot is `keys[slot << shift]`, and `links[(slot << shift) + linkAt]` is for the
   * next slot + 1 of its bucket, which is ours to write; for now no slot is in.
   */
  constructor(
    private keys: Int32Array,
    private readonly shift: number,
    private links: Int32Array,
    private readonly linkAt: number,
  ) {
    const slots = keys.length >> shift;
    let buckets = BUCKETS_PER_SLOT;
    while (buckets < slots * BUCKETS_PER_SLOT) buckets *= 2;
    this.heads = new Int32Array(buckets);
    this.mask = buckets - 1;
  }

  /** The slot of `key`, or −1. */
  find(key: number): number {
    const { keys, shift, links, linkAt } = this;
    let slot = this.heads[hashOf(key) & this.mask] - 1;
    while (slot >= 0 && keys[slot << shift] !== key) slot = links[(slot << shift) + linkAt] - 1;
    return slot;
  }

  /** Reads what `find` will need, without deciding on it; the answer means nothing. */
  look(key: number): number {
    const first = this.heads[hashOf(key) & this.mask] - 1;
    return this.keys[(first & ~(first >> 31)) << this.shift];
  }

  /** Enters a slot under its key, which no other slot has. */
  add(slot: number): void {
    const { heads } = this;
    const bucket = hashOf(this.keys[slot << this.shift]) & this.mask;
    this.links[(slot << this.shift) + this.linkAt] = heads[bucket];
    heads[bucket] = slot + 1;
    this.size += 1;
  }

  /** Takes out a slot that is in, while it still has its key. */
  remove(slot: number): void {
    const { heads, links, shift, linkAt } = this;
    const bucket = hashOf(this.keys[slot << shift]) & this.mask;
    const next = links[(slot << shift) + linkAt];
    let before = heads[bucket] - 1;
    if (before === slot) heads[bucket] = next;
    else {
      let at = (before << shift) + linkAt;
      while (links[at] !== slot + 1) {
        before = links[at] - 1;
        at = (before << shift) + linkAt;
      }
      links[at] = next;
    }
    this.size -= 1;
  }

  /** All keys in ascending order. Allocates. */
  sortedKeys(): number[] {
    const sorted: number[] = [];
    for (const head of this.heads) {
      let slot = head - 1;
      while (slot >= 0) {
        sorted.push(this.keys[slot << this.shift]);
        slot = this.links[(slot << this.shift) + this.linkAt] - 1;
      }
    }
    return sorted.sort((a, b) => a - b);
  }

  /** The slots were moved to larger arrays; those that are in stay in. */
  moveTo(keys: Int32Array, links: Int32Array): void {
    const { heads, shift, linkAt } = this;
    const larger = new SlotIndex(keys, shift, links, linkAt);
    for (const head of heads) {
      let slot = head - 1;
      while (slot >= 0) {
        const next = links[(slot << shift) + linkAt] - 1;
        larger.add(slot);
        slot = next;
      }
    }
    this.keys = keys;
    this.links = links;
    this.heads = larger.heads;
    this.mask = larger.mask;
  }
}

function hashOf(key: number): number {
  const h = Math.imul(key, 0x9e3779b1);
  return h ^ (h >>> 15);
}
